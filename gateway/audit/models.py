"""What the ledger's endpoints answer. Hashes and ids of keys are lower-case hex, times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ledger.entry import Kind, decode
from ledger.record import Head, Record
from ledger.report import Level, Report

LevelName = Literal["links", "contents", "seals", "checkpoints", "witnessed"]
"""How deep a verification goes; each level includes those before it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HeadView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain ends. Write it down: a later ledger must still contain it."""

    company_id: UUID
    created_at: datetime
    count: int
    """Number of entries; the last one's seq is one less."""
    hash: str
    """Hash of the last entry."""
    key_id: str
    """The document key in force."""

    @classmethod
    def of(cls, head: Head) -> HeadView:
        """As answered."""
        return cls(
            company_id=head.company_id,
            created_at=_EPOCH + timedelta(microseconds=head.created_us),
            count=head.count,
            hash=head.hash.hex(),
            key_id=head.key_id.hex(),
        )


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. All but `signature` and `body` can be read out of `body` too; who doubts compares."""

    seq: int
    kind: str
    at: datetime
    series: str
    number: str
    hash: str
    """SHA-256 of `body`."""
    previous: str
    invoice_hash: str
    """SHA-256 of the canonical JSON; of a document the envelope around it."""
    xml_hash: str
    """SHA-256 of the attached bytes; zeros where there are none."""
    key_id: str
    """The key that sealed it; zeros where it is not sealed."""
    signature: bytes | None
    """RSA-PSS over `invoice_hash|xml_hash`, 129 ASCII characters."""
    body: bytes
    """The bytes that were hashed."""

    @classmethod
    def of(cls, record: Record) -> EntryView:
        """As answered. Raises `EntryMalformed` where the stored bytes are damaged."""
        entry = decode(record.body)
        return cls(
            seq=record.seq,
            kind=Kind(record.kind).name.lower(),
            at=entry.at,
            series=record.series,
            number=record.number,
            hash=record.entry_hash.hex(),
            previous=entry.previous.hex(),
            invoice_hash=entry.invoice_hash.hex(),
            xml_hash=entry.xml_hash.hex(),
            key_id=entry.key_id.hex(),
            signature=record.signature,
            body=record.body,
        )


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some entries in order of seq."""

    entries: list[EntryView]
    next: int | None
    """Ask for `first=<next>` to go on; null at the end."""


class Since(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checkpoint to begin behind. Empty: where the newest good verification ended."""

    size: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    """So many entries are known."""
    root: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")] | None = None
    """The tree's root over them, from a checkpoint that you kept; absent: from a good verification of that size."""


class VerificationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to verify."""

    level: LevelName = "checkpoints"
    deep: bool = False
    """Read the facts of documents from their XML as well, and compare; many times slower."""
    since: Since | None = None
    """Verify only what came after a checkpoint, and that it came after that very one."""


class VerificationView(msgspec.Struct, frozen=True, kw_only=True):
    """A verification that was asked for, its progress, its outcome."""

    id: UUID
    level: LevelName
    deep: bool
    since_size: int | None = None
    """It began behind so many entries."""
    since_root: bytes | None = None
    requested_by: str
    requested_at: datetime
    state: Literal["queued", "running", "done"]
    checked: int
    """Entries seen so far."""
    total: int
    """Entries there are; 0 until it begins."""
    report: Report | None = None
    """The outcome, once `done`: `status`, the failures with seq and reason, counts per level."""
    note: str | None = None
    """The ledger keys' signatures over the report: a signed note over the SHA-256 of its canonical JSON."""
    entry_seq: int | None = None
    """The entry that records the report."""


def level_name(level: int) -> LevelName:
    """The level as it is written in JSON."""
    names: tuple[LevelName, ...] = ("links", "contents", "seals", "checkpoints", "witnessed")
    return names[level]


def level_of(name: LevelName) -> Level:
    """The level behind a name."""
    return Level[name.upper()]
