"""Two readings of one document: what both say, where they differ, and which value stands and why.

Values that both give are surer than one of them. Where they differ our rules' stands unless arithmetic or check digits
speak for the other; a value that no printed word carries never stands, whoever gives it. All arithmetic is done here.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ingestion.document import Term, Value


class Why(StrEnum):
    """Why a value stands against another."""

    STATED = "stated"
    """The embedded XML states it; the page shows another value, or none (`other` is None)."""
    ADDS_UP = "adds_up"
    """Only with it net and tax make the total."""
    PROVEN = "proven"
    """Its check digits hold, the other's don't."""
    FIRST = "first"
    """Nothing speaks for either: the rules' stands."""
    UNGROUNDED = "ungrounded"
    """The other reading gives a value that isn't in the words it points at; it is dropped."""


class Disagreement(msgspec.Struct, frozen=True):
    """A value that two readings give differently."""

    term: Term
    stands: Value | None
    other: Value | None
    why: Why
    line: int | None = None
    """From 0; None for a value of the whole document."""
