"""The states of an issued document as a table, and the public words derived from everything known about it.

`State` is where our own work stands, and what `lifecycle.advance()` compares and sets. What others say afterwards (the
receiver's access point, the tax authority, the buyer) are facts that arrive late, twice and in any order: they are
columns of their own (`c3`, `c5`, `buyer`, each a `peppol.statuses.Outcome`), learned without moving the state, and
never overwrite each other. The database derives `Public`, the one word a user sees, from all four in a generated
column.
"""

from __future__ import annotations

from enum import StrEnum


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
    """The sender's access point (corner 2) has taken it, with evidence; never sent a second time."""
    FAILED = "FAILED"
    """Surely not taken by corner 2; may be queued again once the cause is mended."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.FINALIZED}),
    State.FINALIZED: frozenset({State.APPROVED, State.REJECTED}),
    State.APPROVED: frozenset({State.QUEUED, State.REJECTED}),
    State.REJECTED: frozenset(),
    State.QUEUED: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.SENT, State.FAILED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset({State.QUEUED, State.REJECTED}),
}
"""Which state may follow which. A draft that is thrown away leaves the table altogether."""

EVIDENCED = frozenset({State.FINALIZED, State.APPROVED, State.REJECTED, State.SENT, State.FAILED})
"""States whose entering is proved by a ledger entry."""

SEALED = frozenset(State) - {State.DRAFT}
"""States of a document whose bytes are fixed."""


class Public(StrEnum):
    """The one word shown to users and machines; a closed list that integrators may rely on."""

    DRAFT = "DRAFT"
    FINALIZED = "FINALIZED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    """Refused inside the own company."""
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    REPORTED = "REPORTED"
    """The tax authority has it; there is no receiver (a predefined endpoint), or none has confirmed it yet."""
    DELIVERED = "DELIVERED"
    UNDELIVERABLE = "UNDELIVERABLE"
    """Corner 3 could not be reached."""
    REFUSED = "REFUSED"
    """Corner 3 refused the document."""
    REPORT_REFUSED = "REPORT_REFUSED"
    """The tax authority refused the report."""
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    """The buyer refuses to pay."""
    PAID = "PAID"
