"""Every value of a bill with what speaks for it: read out of the ledger's entries, not out of what lists show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway.bills.as_read import Differing, Extracted, Read, Sheet, Spot, Value
from gateway.bills.changes import shown
from gateway.bills.evidence import SERIES, Corrected
from gateway.bills.fields import Fields, Line
from ledger.entry import Kind
from ledger.store.outline import about


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What a person put right."""

    was: str | None
    now: str | None
    """Null: it isn't on the document."""
    page: int | None
    """Where it stands, if the person showed it; the box in points from the top left corner of the page."""
    box: tuple[str, str, str, str] | None
    by: str
    at: datetime
    entry: int
    """The ledger's entry that proves it."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One value as it stands."""

    term: str
    """A member of `fields`, or of one of its lines."""
    line: int | None
    """From 0; null for a value of the whole document."""
    value: str | None
    """What stands; null where it was taken out."""
    read: str | None
    """What was read; null where only a person gave it."""
    reader: str | None
    """The extractor that read it."""
    confidence: str | None
    """Share of such readings that were right."""
    evidence: tuple[Spot, ...]
    """Where it stands on the page: page, box in points, the text as read, engine, and the model and the digest of its
    prompt where one pointed there."""
    corrections: tuple[Correction, ...]
    """Oldest first."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of a bill."""

    entry: int
    """The ledger's entry of the reading."""
    sha256: str
    """Of that entry's canonical JSON."""
    reader: str
    read_at: datetime
    pages: tuple[Sheet, ...]
    values: tuple[Shown, ...]
    others: tuple[Extracted, ...]
    """Other readings, as they were."""
    disagreements: tuple[Differing, ...]
    doubts: tuple[str, ...]


class _Step(msgspec.Struct, frozen=True):
    """Of a reading or acceptance, which share a kind: whether it is a reading."""

    reading: msgspec.Raw = msgspec.Raw(b"")


class _Round(msgspec.Struct, frozen=True):
    """Of a correction or a lifted hold, which share a kind: whether values were changed."""

    changes: msgspec.Raw = msgspec.Raw(b"")


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    entry: int
    sha256: str
    read: Read
    corrected: tuple[tuple[int, Corrected], ...]
    """Since then, with their entries."""


async def proof(
    db: AsyncConnection, company_id: UUID, bill_id: UUID, standing: Fields | None, *, keys: KeyStore
) -> Proof | None:
    """Of the last reading; None where nothing was read so far. `standing`: what stands of it."""
    known = await _known(db, company_id, bill_id, keys)
    if known is None or standing is None:
        return None
    return Proof(
        entry=known.entry,
        sha256=known.sha256,
        reader=known.read.reading.extractor,
        read_at=known.read.read_at,
        pages=known.read.pages,
        values=tuple(_values(known, standing)),
        others=known.read.others,
        disagreements=known.read.disagreements,
        doubts=known.read.doubts,
    )


async def _known(db: AsyncConnection, company_id: UUID, bill_id: UUID, keys: KeyStore) -> _Known | None:
    """The last reading and what was corrected after it."""
    kinds = (Kind.READING, Kind.CORRECTION)
    known: _Known | None = None
    for line in await about(db, company_id, SERIES, str(bill_id), kinds=kinds, keys=keys):
        if line.canonical is None:
            continue
        if line.kind == Kind.READING:
            if msgspec.json.decode(line.canonical, type=_Step).reading:
                read = msgspec.json.decode(line.canonical, type=Read, strict=False)
                digest = hashlib.sha256(line.canonical).hexdigest()
                known = _Known(entry=line.seq, sha256=digest, read=read, corrected=())
        elif known is not None and msgspec.json.decode(line.canonical, type=_Round).changes:
            put_right = (line.seq, msgspec.json.decode(line.canonical, type=Corrected))
            known = msgspec.structs.replace(known, corrected=(*known.corrected, put_right))
    return known


class _Place:
    """A line, or the whole document: what was read there, and what was put right since."""

    def __init__(self, read: tuple[Value, ...] = ()) -> None:
        self.read = {value.term: value for value in read}
        self.corrections: dict[str, list[Correction]] = {}

    def shown(self, standing: Fields | Line, line: int | None, reader: str) -> Iterator[Shown]:
        """Each value that stands, was read, or was put right."""
        for term in standing.__struct_fields__:
            value = None if term == "lines" else shown(getattr(standing, term))
            read, corrections = self.read.get(term), tuple(self.corrections.get(term, ()))
            if value is not None or read is not None or corrections:
                yield Shown(
                    term=term,
                    line=line,
                    value=value,
                    read=read.value if read else None,
                    reader=reader if read else None,
                    confidence=read.confidence if read else None,
                    evidence=read.evidence if read else (),
                    corrections=corrections,
                )


def _values(known: _Known, standing: Fields) -> Iterator[Shown]:
    """The rounds are walked through again, so that a line which moved up keeps what is known of it."""
    reading = known.read.reading
    document, lines = _Place(reading.header), [_Place(line) for line in reading.lines]
    for entry, fact in known.corrected:
        for change in fact.changes:
            if change.line is not None and not change.term:
                del lines[change.line]
                continue
            if change.line == len(lines):
                lines.append(_Place())
            place = document if change.line is None else lines[change.line]
            done = Correction(
                was=change.was, now=change.now, page=change.page, box=change.box,
                by=fact.corrected_by, at=fact.corrected_at, entry=entry,
            )  # fmt: skip
            place.corrections.setdefault(change.term, []).append(done)
    yield from document.shown(standing, None, reading.extractor)
    for number, (place, line) in enumerate(zip(lines, standing.lines, strict=True)):
        yield from place.shown(line, number, reading.extractor)
