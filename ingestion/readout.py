"""What reading a file gives: its documents, each judged, its pages, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import msgspec

from ingestion.comparison import Disagreement
from ingestion.confidence import Confidence
from ingestion.document import Extraction, Source, Transcript
from ubl import Invoice


class PageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A page without its words."""

    number: int
    """From 1."""
    width: float
    """In points, as shown."""
    height: float
    source: Source
    engine: str
    quality: float
    doubts: tuple[str, ...] = ()


class ReadDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One of the documents in a file."""

    pages: tuple[int, ...]
    """Numbers of its pages; none for XML."""
    extraction: Extraction
    """What stands; the confidence of each value is the share measured for such readings."""
    invoice: Invoice | None = None
    """All of a structured document; None where words were read."""
    others: tuple[Extraction, ...] = ()
    """Other readings of it, as they were: of the page beside embedded XML, of a language model beside the rules."""
    disagreements: tuple[Disagreement, ...] = ()
    confidence: Confidence
    doubts: tuple[str, ...] = ()
    """Of the file, its pages and its extraction: codes of `readers.doubts`, `ocr.doubts` and the extractors."""
    failures: tuple[str, ...] = ()
    """Why an extractor couldn't read it, in words; the others' values stand without it."""


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file held."""

    sha256: str
    documents: tuple[ReadDocument, ...]
    """At least one."""
    pages: tuple[PageFacts, ...]
    transcript: Transcript
    """The words with their places, for whoever learns from corrections."""

    @classmethod
    def of(cls, transcript: Transcript, documents: Sequence[ReadDocument]) -> Self:
        """The file of these words."""
        return cls(
            sha256=transcript.sha256,
            documents=tuple(documents),
            pages=tuple(
                PageFacts(
                    number=page.number,
                    width=page.width,
                    height=page.height,
                    source=page.source,
                    engine=page.engine,
                    quality=page.quality,
                    doubts=page.doubts,
                )
                for page in transcript.pages
            ),
            transcript=transcript,
        )
