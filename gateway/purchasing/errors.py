"""What goes wrong with orders and receipts, each of a family of `gateway.http.problems`:

NotFound  <- OrderNotFound, ReceiptNotFound
Conflict  <- NumberTaken, VersionMoved, NotOpen, InUse, CounteredAlready, NoMailServer, MailWaits
Invalid   <- NotOrderable (findings say which values can't be taken)
Exception <- Overtaken (never answered: whoever matches a bill matches again)
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway.http.problems import Conflict, Finding, Invalid, NotFound


class Overtaken(Exception):
    """An order moved between being read and being consumed: read it again, match again."""

    def __init__(self, number: str) -> None:
        """`number`: the order's."""
        super().__init__(f"Order {number} was changed, received or billed meanwhile")
        self.number = number


class OrderNotFound(NotFound):
    """Another company's orders look the same from here."""

    def __init__(self, order: UUID | str) -> None:
        """Its id or number."""
        super().__init__(f"There is no purchase order {order} in this company.")


class ReceiptNotFound(NotFound):
    """Another company's receipts look the same from here."""

    def __init__(self, receipt_id: UUID) -> None:
        """Name it."""
        super().__init__(f"There is no goods receipt {receipt_id} in this company.")


class NumberTaken(Conflict):
    """The number, or one that reads the same, stands on another one."""

    code = "number-taken"

    def __init__(self, what: str, number: str) -> None:
        """`what`: order or receipt."""
        super().__init__(f"There is a {what} already whose number reads like {number}; give another one.")


class VersionMoved(Conflict):
    """Somebody else changed it meanwhile."""

    code = "version-moved"

    def __init__(self, present: int) -> None:
        """`present`: the version that it has."""
        super().__init__(
            "This order was changed meanwhile; read it again and repeat the change.", facts={"version": present}
        )


class NotOpen(Conflict):
    """Its state doesn't allow this."""

    code = "order-not-open"

    def __init__(self, number: str, state: str, what: str) -> None:
        """`what`: a participle, "received"."""
        super().__init__(f"Order {number} is {state}; nothing of it can be {what}.", facts={"state": state})


class InUse(Conflict):
    """Something was received or billed."""

    code = "order-in-use"

    def __init__(self, number: str) -> None:
        """`number`: the order's."""
        super().__init__(f"Something of order {number} was received or billed; close it instead of cancelling it.")


class CounteredAlready(Conflict):
    """A receipt is taken back once, and what takes one back isn't taken back."""

    code = "receipt-countered"

    def __init__(self, number: str) -> None:
        """`number`: the receipt's."""
        super().__init__(f"Receipt {number} was taken back, or takes one back itself; write a new one.")


class NoMailServer(Conflict):
    """Nothing can be mailed from here."""

    code = "no-mail-server"

    def __init__(self) -> None:
        super().__init__(
            "No mail server is set up (INVOLINKS_MAIL_SERVER, INVOLINKS_MAIL_FROM); send the order yourself and say so "
            'with {"by": "hand"}.'
        )


class MailWaits(Conflict):
    """One letter of an order at a time."""

    code = "order-mail-waits"

    def __init__(self, number: str) -> None:
        """`number`: the order's."""
        super().__init__(f"Order {number} is on its way by e-mail already; wait for the outcome.")


class NotOrderable(Invalid):
    """Values that can't be taken."""

    code = "invalid-order"

    def __init__(self, findings: Sequence[Finding]) -> None:
        """`findings`: each names its place in the body."""
        first = findings[0].message
        more = f" And {len(findings) - 1} more; see `findings`." if len(findings) > 1 else ""
        super().__init__(f"{first}{more}", findings=tuple(findings))
