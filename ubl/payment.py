"""How it is paid: means, accounts, terms, and what was paid already."""

from datetime import date
from decimal import Decimal

from ubl.parties import Identifier, Model


class Account(Model, frozen=True, kw_only=True):
    """IBG-17. Account to pay into."""

    id: str | None = None
    """IBT-084. IBAN or account number; needed for payment means 30. 0..1."""
    scheme: str | None = None
    """IBT-084-1. Scheme of the number, such as IBAN. 0..1."""
    name: str | None = None
    """IBT-085. Account name. 0..1."""
    branch: str | None = None
    """IBT-086. Service provider: BIC or branch number. 0..1."""


class Card(Model, frozen=True, kw_only=True):
    """IBG-18. Card that was charged."""

    number: str
    """IBT-087. The last digits, never the whole number. 1..1."""
    network: str
    """Card network, such as VISA. 1..1."""
    holder: str | None = None
    """IBT-088. Holder's name. 0..1."""


class Mandate(Model, frozen=True, kw_only=True):
    """IBG-19. Direct debit."""

    id: str | None = None
    """IBT-089. Mandate reference. 0..1."""
    account: str | None = None
    """IBT-091. Account debited. 0..1."""


class PaymentMeans(Model, frozen=True, kw_only=True):
    """IBG-16. One way to pay."""

    id: str | None = None
    """IBT-187. Name of this instruction, for `PaymentTerms.means`. 0..1."""
    code: str
    """IBT-081. UNCL4461: in the Emirates 1 10 20 21 30 49 54 55 68. 1..1."""
    name: str | None = None
    """IBT-082. The means in words. 0..1."""
    payment_ids: tuple[Identifier, ...] = ()
    """IBT-083. Remittance information. 0..n."""
    card: Card | None = None
    """IBG-18. Card. 0..1."""
    account: Account | None = None
    """IBG-17. Account to pay into. 0..1."""
    mandate: Mandate | None = None
    """IBG-19. Direct debit. 0..1."""


class PaymentTerms(Model, frozen=True, kw_only=True):
    """IBG-33. One set of terms."""

    means: str | None = None
    """IBT-187. The payment means these terms are for. 0..1."""
    note: str | None = None
    """IBT-020. The terms in words. 0..1."""
    amount: Decimal | None = None
    """IBT-176. Instalment. 0..1."""
    due_date: date | None = None
    """IBT-177. When the instalment is due. 0..1."""


class Prepayment(Model, frozen=True, kw_only=True):
    """IBG-35. An amount paid already."""

    id: str | None = None
    """IBT-179. Payment reference. 0..1."""
    amount: Decimal | None = None
    """IBT-180. Paid amount. 0..1."""
    received: date | None = None
    """IBT-181. When it was received. 0..1."""
    type: str | None = None
    """IBT-182. Kind of payment. 0..1."""
