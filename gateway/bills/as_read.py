"""READING: what was read of a bill, every value with its place, as `gateway.bills.evidence` keeps it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from gateway.bills.changes import shown
from ingestion.comparison import Disagreement
from ingestion.document import Column, Evidence, Extraction, Reading, Term
from ingestion.read import PageFacts, ReadDocument, ReadFile


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value stands."""

    source: str
    engine: str
    text: str
    page: int | None
    box: tuple[str, str, str, str] | None
    """x0, y0, x1, y1 in points from the top left corner of the page."""
    path: str
    confidence: str
    model: str
    prompt: str


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value that was read, and what speaks for it."""

    term: str
    value: str
    confidence: str
    evidence: tuple[Spot, ...]


class Extracted(msgspec.Struct, frozen=True, kw_only=True):
    """What one extractor made of the document."""

    extractor: str
    kind: str
    header: tuple[Value, ...]
    lines: tuple[tuple[Value, ...], ...]
    doubts: tuple[str, ...]


class Differing(msgspec.Struct, frozen=True, kw_only=True):
    """Where two readings say different things."""

    term: str | None
    """Of the document, or of a line."""
    line: int | None
    stands: str | None
    other: str | None
    why: str


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A page, without its words."""

    number: int
    width: str
    height: str
    source: str
    engine: str
    quality: str
    doubts: tuple[str, ...]


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """READING: what was read, and why it was (not) accepted without a person."""

    bill_id: UUID
    file_sha256: str
    transcript_sha256: str | None
    """Of all words with their places, as kept in the storage; null where no words were read (XML)."""
    part: int
    pages: tuple[Sheet, ...]
    reading: Extracted
    others: tuple[Extracted, ...]
    disagreements: tuple[Differing, ...]
    doubts: tuple[str, ...]
    failures: tuple[str, ...]
    """Why an extractor couldn't read it, in words."""
    score: Decimal
    reasons: tuple[str, ...]
    accepted: bool
    read_at: datetime


def read(
    bill_id: UUID, part: int, file: ReadFile, document: ReadDocument, *, transcript: str | None, now: datetime
) -> Read:
    """A reading as the ledger keeps it."""
    pages = {page.number: page for page in file.pages}
    return Read(
        bill_id=bill_id,
        file_sha256=file.sha256,
        transcript_sha256=transcript,
        part=part,
        pages=tuple(_sheet(pages[number]) for number in document.pages if number in pages),
        reading=_extracted(document.extraction),
        others=tuple(map(_extracted, document.others)),
        disagreements=tuple(
            Differing(
                term=_named(one),
                line=one.line,
                stands=shown(one.stands),
                other=shown(one.other),
                why=one.why,
            )
            for one in document.disagreements
        ),
        doubts=document.doubts,
        failures=tuple(map(_sound, document.failures)),
        score=document.confidence.score,
        reasons=tuple(reason.value for reason in document.confidence.reasons),
        accepted=document.confidence.acceptable,
        read_at=now,
    )


def _extracted(extraction: Extraction) -> Extracted:
    return Extracted(
        extractor=extraction.extractor,
        kind=extraction.kind.value,
        header=tuple(_value(term, reading) for term, reading in extraction.header.items()),
        lines=tuple(tuple(_value(column, each) for column, each in line.items()) for line in extraction.lines),
        doubts=extraction.doubts,
    )


def _value(term: Term | Column, reading: Reading) -> Value:
    return Value(
        term=term.value,
        value=_sound(shown(reading.value) or ""),
        confidence=_share(reading.confidence),
        evidence=tuple(map(_spot, reading.evidence)),
    )


def _spot(evidence: Evidence) -> Spot:
    box = evidence.box
    return Spot(
        source=evidence.source.value,
        engine=evidence.engine,
        text=_sound(evidence.text),
        page=evidence.page,
        box=(_place(box.x0), _place(box.y0), _place(box.x1), _place(box.y1)) if box else None,
        path=_sound(evidence.path),
        confidence=_share(evidence.confidence),
        model=evidence.model,
        prompt=evidence.prompt,
    )


def _named(one: Disagreement) -> str | None:
    name = one.term or one.column
    return name.value if name else None


def _sheet(page: PageFacts) -> Sheet:
    return Sheet(
        number=page.number, width=_place(page.width), height=_place(page.height), source=page.source.value,
        engine=page.engine, quality=_share(page.quality), doubts=page.doubts,
    )  # fmt: skip


def _place(points: float) -> str:
    return f"{points:.2f}"


def _share(share: float) -> str:
    return f"{share:.4f}"


def _sound(text: str) -> str:
    """A text that UTF-8 can hold: recognition and broken fonts give lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")
