"""The states of a bill, as a table."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where our work on a supplier's bill stands."""

    RECEIVED = "RECEIVED"
    """Its original is kept; it waits to be read, or is being read."""
    NEEDS_REVIEW = "NEEDS_REVIEW"
    """Read, and not surely enough: a person corrects and accepts, or discards it."""
    FAILED = "FAILED"
    """It could not be read; `failure` says why. It may be read again."""
    READ = "READ"
    """Accepted, by the machine or by a person; from here its values don't change. It waits for its match."""
    MATCHED = "MATCHED"
    """What is billed was ordered and received, within the company's tolerances."""
    EXCEPTION = "EXCEPTION"
    """It doesn't match; a person decides, or an order or receipt makes it match."""
    APPROVED = "APPROVED"
    """It may be paid."""
    REFUSED = "REFUSED"
    """It won't be paid; what it had consumed of orders is given back."""
    PAID = "PAID"
    DISCARDED = "DISCARDED"
    """The reading was thrown away before anyone accepted it; the original is kept, and may be read again."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.RECEIVED: frozenset({State.READ, State.NEEDS_REVIEW, State.FAILED, State.DISCARDED}),
    State.NEEDS_REVIEW: frozenset({State.READ, State.RECEIVED, State.DISCARDED}),
    State.FAILED: frozenset({State.RECEIVED, State.DISCARDED}),
    State.READ: frozenset({State.MATCHED, State.EXCEPTION}),
    State.MATCHED: frozenset({State.MATCHED, State.EXCEPTION, State.APPROVED, State.REFUSED}),
    State.EXCEPTION: frozenset({State.EXCEPTION, State.MATCHED, State.APPROVED, State.REFUSED}),
    State.APPROVED: frozenset({State.PAID}),
    State.REFUSED: frozenset(),
    State.PAID: frozenset(),
    State.DISCARDED: frozenset({State.RECEIVED}),
}
"""Which state may follow which. What is matched again may end where it stood, with another verdict."""

EVIDENCED = frozenset(
    {State.READ, State.MATCHED, State.EXCEPTION, State.APPROVED, State.REFUSED, State.PAID, State.DISCARDED}
)
"""Entered only together with a ledger entry."""

UNACCEPTED = frozenset({State.RECEIVED, State.NEEDS_REVIEW, State.FAILED})
"""Nobody has accepted what was read, if anything was."""
OPEN = frozenset({State.READ, State.MATCHED, State.EXCEPTION})
"""Accepted and not decided: matched again when an order, a receipt or the supplier changes."""
ACCEPTED = OPEN | {State.APPROVED, State.PAID}
"""Accepted and not refused."""
