"""What a verification says: values, to be shown, compared and recorded as an entry themselves."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal
from uuid import UUID

import msgspec

VERIFIER = "involinks-verify/1"
"""Changes whenever the same ledger could be judged differently."""


class Level(IntEnum):
    """How deep; each level includes those above it."""

    LINKS = 0
    """Form, place, hash and link of every entry, and that the head is the end."""
    CONTENTS = 1
    """Stored bytes hashed again; number, seller and totals read again from both forms of a document."""
    SEALS = 2
    """Signatures, by keys in force at their place."""


class Reason(StrEnum):
    """Why an entry fails. A code is never given another meaning."""

    LEDGER_MISSING = "LEDGER_MISSING"
    NOTHING_CHECKED = "NOTHING_CHECKED"
    ENTRY_MISSING = "ENTRY_MISSING"
    ENTRY_REPEATED = "ENTRY_REPEATED"
    ENTRY_MALFORMED = "ENTRY_MALFORMED"
    COLUMN_DIFFERS = "COLUMN_DIFFERS"
    """A column that repeats part of the hashed bytes says something else."""
    HASH_WRONG = "HASH_WRONG"
    LINK_BROKEN = "LINK_BROKEN"
    BEYOND_HEAD = "BEYOND_HEAD"
    HEAD_WRONG = "HEAD_WRONG"
    CONTENT_MISSING = "CONTENT_MISSING"
    CONTENT_ALTERED = "CONTENT_ALTERED"
    FACTS_DIFFER = "FACTS_DIFFER"
    SEAL_MISSING = "SEAL_MISSING"
    SEAL_WRONG = "SEAL_WRONG"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_NOT_IN_FORCE = "KEY_NOT_IN_FORCE"
    KEY_EVENT_WRONG = "KEY_EVENT_WRONG"
    KEY_TABLE_DIFFERS = "KEY_TABLE_DIFFERS"
    """The table of public keys isn't what the entries say."""
    PRIVATE_KEY_DAMAGED = "PRIVATE_KEY_DAMAGED"


class Failure(msgspec.Struct, frozen=True):
    """One thing that doesn't hold."""

    seq: int
    """The entry it was found at; where a whole stretch is missing, the first one missing."""
    reason: Reason
    detail: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """How much was looked at and found good."""

    entries: int = 0
    contents: int = 0
    facts: int = 0
    """Documents whose facts were read again from JSON and XML."""
    seals: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one company."""

    company_id: UUID
    status: Literal["ok", "failed", "incomplete"]
    """`incomplete`: nothing failed so far, but not all was looked at."""
    level: Level
    head_count: int
    """Entries there should be."""
    head_hash: str
    """Hash of the last one, hex."""
    checked: Checked
    failed: int
    """Entries that fail, and what else fails."""
    failures: tuple[Failure, ...] = ()
    """The first ones, in order of seq, at most 20."""
    verifier: str = VERIFIER

    @property
    def first_bad_seq(self) -> int | None:
        """Seq of the first entry that fails."""
        return self.failures[0].seq if self.failures else None

    @property
    def reason(self) -> Reason | None:
        """Why it fails."""
        return self.failures[0].reason if self.failures else None
