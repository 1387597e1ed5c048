"""What a verification says: values, to be shown, compared and recorded as an entry themselves."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from operator import add
from typing import Literal
from uuid import UUID

import msgspec

VERIFIER = "involinks-verify/2"
"""Changes whenever the same ledger could be judged differently."""


class Level(IntEnum):
    """How deep; each level includes those above it."""

    LINKS = 0
    """Form, place, hash and link of every entry, and that the head is the end."""
    CONTENTS = 1
    """Stored bytes hashed again; number, day, seller, currency and total read again from a document's JSON.

    A deep verification reads them from the XML as well, and compares."""
    SEALS = 2
    """Signatures, by keys in force at their place."""
    CHECKPOINTS = 3
    """The Merkle tree built again: every stored note, its root and signatures; stored nodes; the head covered."""
    WITNESSED = 4
    """What others keep about this ledger: cosigned notes and time stamps agree with it."""


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
    CHECKPOINT_MISSING = "CHECKPOINT_MISSING"
    """A batch, or the head, has no signed checkpoint."""
    CHECKPOINT_WRONG = "CHECKPOINT_WRONG"
    """A checkpoint isn't the signed note of the ledger at its size, by the ledger keys in force there."""
    TREE_WRONG = "TREE_WRONG"
    """A stored node of the Merkle tree isn't what the entries give."""
    HISTORY_CUT = "HISTORY_CUT"
    """The ledger is shorter than it is known to have been."""
    HISTORY_REWRITTEN = "HISTORY_REWRITTEN"
    """The ledger at some size isn't what it is known to have been."""
    JOINT_BROKEN = "JOINT_BROKEN"
    """Where two segments meet, the stored state isn't what the entries before give."""
    CLOSE_WRONG = "CLOSE_WRONG"
    """A period close isn't what the entries before it come to."""
    WITNESS_MISSING = "WITNESS_MISSING"
    """Nobody outside vouches for anything of it."""
    WITNESS_WRONG = "WITNESS_WRONG"
    """A cosignature or a time stamp doesn't hold."""


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
    """Documents whose facts were read again."""
    seals: int = 0
    checkpoints: int = 0
    witnessed: int = 0
    """Statements of others that agree: cosigned notes, time stamps, checkpoints known from before."""
    erased: int = 0
    """Contents about natural persons that were destroyed, as a later entry says; entry and seal still hold."""
    closed: int = 0
    """Contents about natural persons that nobody opened for this verification: not everything was looked at."""
    closes: int = 0
    """Period closes that were made again from the entries before them."""
    proven: int = 0
    """Entries before `since` that were shown to belong to the tree known from before."""

    def __add__(self, other: Checked) -> Checked:
        """Both together."""
        ours, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Checked(**dict(zip(self.__struct_fields__, map(add, ours, theirs), strict=True)))


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the ledger that was looked at in one go."""

    first: int
    last: int
    """Seq of its last entry."""
    hash: str
    """That entry's hash, hex: the next segment begins behind it."""
    failed: int


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
    root: str = ""
    """Root of the Merkle tree over the entries as they were read, hex; empty below `CHECKPOINTS`."""
    deep: bool = False
    """Whether facts were read from the XML as well."""
    since: int = 0
    """Entries before it were taken as known: they are bound by the root that the verification began from."""
    checked: Checked
    failed: int
    """Entries that fail, and what else fails."""
    failures: tuple[Failure, ...] = ()
    """The first ones, in order of seq, at most 20."""
    segments: tuple[Segment, ...] = ()
    verifier: str = VERIFIER

    @property
    def first_bad_seq(self) -> int | None:
        """Seq of the first entry that fails."""
        return self.failures[0].seq if self.failures else None

    @property
    def reason(self) -> Reason | None:
        """Why it fails."""
        return self.failures[0].reason if self.failures else None
