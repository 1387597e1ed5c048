"""The states of a received document, as a table."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where our work on a received document stands."""

    RECEIVED = "RECEIVED"
    """Kept, checked, in the ledger; nobody has looked at it."""
    ACKNOWLEDGED = "ACKNOWLEDGED"
    """A person or a machine of ours took notice."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.RECEIVED: frozenset({State.ACKNOWLEDGED}),
    State.ACKNOWLEDGED: frozenset(),
}
"""Which state may follow which."""

EVIDENCED = frozenset(State)
"""Both are proved by a ledger entry."""
