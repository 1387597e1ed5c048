"""The states of an issued document as a table, and the public state derived from what is known about it.

`State` is where our own work stands and what `lifecycle.advance()` compares and sets. What others say of the document
afterwards (the tax authority, the buyer) are facts that arrive in any order; they are columns of their own and never
overwrite each other. `headline()` makes of all of them the one word that a user sees.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where our own work on an issued document stands."""

    DRAFT = "DRAFT"
    """May be changed and thrown away; no number given, nothing in the ledger."""
    FINALIZED = "FINALIZED"
    """Sealed: numbered, signed, in the ledger; its bytes never change again."""
    APPROVED = "APPROVED"
    """A second person agreed to send it."""
    REJECTED = "REJECTED"
    """A second person refused; keeps its number and its place in the ledger."""
    QUEUED = "QUEUED"
    """Sending was ordered; no attempt has begun."""
    SENDING = "SENDING"
    """An attempt is written down and under way; its outcome may be unknown."""
    SENT = "SENT"
    """The sender's access point (corner 2) has taken it, with evidence."""
    DELIVERED = "DELIVERED"
    """The receiver's access point (corner 3) has taken it."""
    UNDELIVERED = "UNDELIVERED"
    """Corner 3 refused it, even late; never sent a second time: correct it instead."""
    FAILED = "FAILED"
    """Not taken by corner 2, and certainly so; may be queued again once the cause is mended."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.FINALIZED}),
    State.FINALIZED: frozenset({State.APPROVED, State.REJECTED}),
    State.APPROVED: frozenset({State.QUEUED, State.REJECTED}),
    State.REJECTED: frozenset(),
    State.QUEUED: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.SENT, State.FAILED}),
    State.SENT: frozenset({State.DELIVERED, State.UNDELIVERED}),
    State.DELIVERED: frozenset({State.UNDELIVERED}),
    State.UNDELIVERED: frozenset(),
    State.FAILED: frozenset({State.QUEUED, State.REJECTED}),
}
"""Which state may follow which. A draft that is thrown away leaves the table altogether."""

EVIDENCED = frozenset(
    {State.FINALIZED, State.APPROVED, State.REJECTED, State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED}
)
"""States whose entering is proved by a ledger entry."""

SEALED = frozenset(State) - {State.DRAFT}
"""States of a document whose bytes are fixed."""


class Public(StrEnum):
    """The one word shown to users and machines; a closed list that integrators may rely on."""

    DRAFT = "DRAFT"
    FINALIZED = "FINALIZED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"
    REPORT_REFUSED = "REPORT_REFUSED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"


class Outside(msgspec.Struct, frozen=True):
    """What others have said of a document that we sent; `None` is silence, never a yes."""

    reported: bool | None = None
    """Corner 5, the tax authority, took the report (`True`) or refused it (`False`)."""
    accepted: bool | None = None
    """The buyer agreed to the document (`True`) or declined it (`False`)."""


def headline(state: State, outside: Outside) -> Public:
    """The public state: bad news first, then the furthest that is known.

    >>> headline(State.QUEUED, Outside())
    <Public.SENDING: 'SENDING'>
    >>> headline(State.DELIVERED, Outside(reported=False, accepted=True))
    <Public.REPORT_REFUSED: 'REPORT_REFUSED'>
    """
    if state is State.QUEUED:
        return Public.SENDING
    if state in {State.SENT, State.DELIVERED}:
        if outside.reported is False:
            return Public.REPORT_REFUSED
        if outside.accepted is not None:
            return Public.ACCEPTED if outside.accepted else Public.DECLINED
    return Public(state.value)
