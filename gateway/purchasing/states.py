"""The states of a purchase order, as a table."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a purchase order stands."""

    DRAFT = "DRAFT"
    """Being written; no bill is held against it."""
    SENDING = "SENDING"
    """On its way by e-mail: the message is written down, and it can't be changed meanwhile."""
    SENT = "SENT"
    """The supplier has it, by what the mail server or a person says. Changes are kept with their reasons."""
    CLOSED = "CLOSED"
    """Nothing more is expected; a bill that names it is held."""
    CANCELLED = "CANCELLED"
    """Nothing was received or billed of it, and nothing will be."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.SENDING, State.SENT, State.CANCELLED}),
    State.SENDING: frozenset({State.SENT, State.DRAFT}),
    State.SENT: frozenset({State.CLOSED, State.CANCELLED}),
    State.CLOSED: frozenset({State.SENT}),
    State.CANCELLED: frozenset(),
}
"""Which state may follow which."""

EVIDENCED = frozenset({State.SENT, State.CLOSED, State.CANCELLED})
"""States whose entering is proved by a ledger entry."""
