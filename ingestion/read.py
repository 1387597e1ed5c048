"""A file's bytes to its documents: structured data first, then the text layer, then recognition, page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from ingestion.comparison import Disagreement
from ingestion.confidence import Addressee, Confidence, Thresholds
from ingestion.detect import Detected
from ingestion.document import Extraction, Source, Transcript
from ingestion.extract import Supplier
from ingestion.extractor import Extractor
from ingestion.instruments import Readers
from ubl import Invoice

__all__ = ["Extractor", "PageFacts", "ReadDocument", "ReadFile", "Readers", "read"]

Progress = Callable[[int, int], None]
"""Told after each page: pages done, pages in all."""


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
    """What stands."""
    invoice: Invoice | None = None
    """All of a structured document; None where words were read."""
    others: tuple[Extraction, ...] = ()
    """Other readings of it, as they were: of the page beside embedded XML, of a language model beside the rules."""
    disagreements: tuple[Disagreement, ...] = ()
    confidence: Confidence
    doubts: tuple[str, ...] = ()
    """Of the file, its pages and its extraction: codes of `readers.doubts`, `ocr.doubts` and the extractors."""


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file held."""

    sha256: str
    documents: tuple[ReadDocument, ...]
    """At least one."""
    pages: tuple[PageFacts, ...]
    transcript: Transcript
    """The words with their places, for whoever learns from corrections."""


def read(
    data: bytes,
    detected: Detected,
    known: Sequence[Supplier],
    readers: Readers,
    *,
    today: date,
    own: Addressee | None = None,
    thresholds: Thresholds | None = None,
    progress: Progress | None = None,
) -> ReadFile:
    """Every document of a file, read, compared and judged. Blocks: call it in a thread of a worker.

    Raises `Refused` where the file is never read, `Unavailable` (and `Missing`) where something failed just now.
    """
    raise NotImplementedError
