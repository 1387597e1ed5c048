"""The states of a response that we send, as a table; what became of the document it is about isn't touched by them."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a response of ours stands."""

    QUEUED = "QUEUED"
    """Given and sealed; its sending was ordered, no attempt has begun."""
    SENDING = "SENDING"
    """An attempt is written down and under way; its outcome may be unknown."""
    SENT = "SENT"
    """Our access point has taken it, with evidence; never sent a second time."""
    FAILED = "FAILED"
    """Surely not taken; may be queued again once the cause is mended."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.SENT, State.FAILED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset({State.QUEUED}),
}
"""Which state may follow which."""

EVIDENCED = frozenset({State.SENT, State.FAILED})
"""States whose entering is proved by a ledger entry; that it was given at all is proved by its first one."""
