"""What may be said of a bill: one table of codes. Which of them hold a payment is decided by tolerances."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec


class Code(StrEnum):
    """Why a bill, or a line of it, isn't what was expected."""

    ORDER_UNKNOWN = "order_unknown"
    """It names an order that isn't among the supplier's."""
    NO_ORDER = "no_order"
    """It names none, and no open order of the supplier resembles it."""
    ORDER_UNCLEAR = "order_unclear"
    """It names none, and several open orders resemble it alike."""
    ORDER_CLOSED = "order_closed"
    SUPPLIER_DIFFERS = "supplier_differs"
    CURRENCY_DIFFERS = "currency_differs"
    """Another currency than the order's, and no rate is known."""
    BEFORE_ORDER = "before_order"
    """Older than its order."""
    LINE_UNORDERED = "line_unordered"
    """No line of an order fits."""
    LINE_UNCLEAR = "line_unclear"
    """Two lines of orders fit alike, and it matters which."""
    UNIT_DIFFERS = "unit_differs"
    """Another unit, and no factor between the two is known."""
    PRICE_ABOVE = "price_above"
    PRICE_BELOW = "price_below"
    BEYOND_ORDER = "beyond_order"
    """More than was ordered, with what was billed before."""
    BEYOND_RECEIPT = "beyond_receipt"
    """No more than was ordered, but more than was received and accepted."""
    BEYOND_BILLED = "beyond_billed"
    """A credit note takes back more than was billed."""
    LESS_THAN_DUE = "less_than_due"
    """Part of what is due: the rest may come with another bill."""
    AMOUNT_WRONG = "amount_wrong"
    """A line's amount isn't its own quantity times price."""
    TAX_RATE_DIFFERS = "tax_rate_differs"
    TAX_WRONG = "tax_wrong"
    """The document's VAT isn't what its own lines and rates give."""
    CHARGES_ABOVE = "charges_above"
    CHARGES_BELOW = "charges_below"
    ROUNDING_LARGE = "rounding_large"
    TOTAL_WRONG = "total_wrong"
    """The amount due isn't lines, charges, VAT and rounding together."""


class Remedy(StrEnum):
    """What would make it match."""

    RECEIVE = "receive"
    """If so much more were received."""
    ORDER = "order"
    """If so much more were ordered."""
    BILL_AT_MOST = "bill_at_most"
    """If no more than that were billed."""
    PRICE_AT_MOST = "price_at_most"
    CHARGE_AT_MOST = "charge_at_most"
    AMOUNT = "amount"
    """If the amount were this."""
    RATE = "rate"
    """If the rate, percent or of exchange, were given as this, or at all where no value stands."""
    CHOOSE = "choose"
    """If a person chose the order or line."""


class Hint(msgspec.Struct, frozen=True):
    """One way to a match."""

    remedy: Remedy
    value: Decimal | None = None
    """A quantity in the order line's unit, a price or an amount in the order's currency, a percentage."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One deviation; a value, never an exception."""

    code: Code
    line: str | None = None
    """The bill's line; None for the whole document."""
    order: str | None = None
    """Number of the order concerned."""
    order_line: str | None = None
    expected: Decimal | None = None
    found: Decimal | None = None
    money: Decimal = Decimal(0)
    """What it costs or saves, order's currency: positive where we would pay more than was expected."""
    holds: bool
    """Beyond its tolerance: payment waits for a person."""
    hints: tuple[Hint, ...] = ()
    """Ways to a match, each enough by itself."""


STRUCTURAL = frozenset(
    {
        Code.ORDER_UNKNOWN, Code.NO_ORDER, Code.ORDER_UNCLEAR, Code.SUPPLIER_DIFFERS, Code.CURRENCY_DIFFERS,
        Code.LINE_UNORDERED, Code.LINE_UNCLEAR, Code.UNIT_DIFFERS,
    }
)  # fmt: skip
"""Nothing can be compared there, so no tolerance helps: they always hold."""
