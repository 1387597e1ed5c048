"""A file's bytes to its documents: structured data first, then the text layer, then recognition, page by page.

    XML             read as it is; nothing is guessed
    PDF with XML    the XML stands; the pages are read all the same and held against it
    PDF             each page by its text layer, or recognised where that is missing or worth nothing
    picture         each frame recognised

Pages of words are split into documents, read by our rules and, where there is a language model, by that too; the two
readings are compared and the result judged. What can't be read is absent, what is doubtful is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from ingestion import comparison, confidence
from ingestion.comparison import Disagreement
from ingestion.confidence import Addressee, Thresholds
from ingestion.detect import Detected, FileKind
from ingestion.document import Extraction, Page, Transcript
from ingestion.errors import Missing, Refused, Unavailable
from ingestion.extract import Supplier, document
from ingestion.extract.split import split
from ingestion.extractor import Extractor
from ingestion.instruments import Readers
from ingestion.readers import cii, pdf_attachments, ubl_xml
from ingestion.readers.doubts import Doubt
from ingestion.readers.structured import Structured
from ingestion.readout import PageFacts, ReadDocument, ReadFile
from schemas import xmlsafe
from ubl import Invoice

__all__ = ["Extractor", "PageFacts", "ReadDocument", "ReadFile", "Readers", "read", "reread"]

Progress = Callable[[int, int], None]
"""Told after each page: pages done, pages in all."""
RECOGNISED = frozenset({Doubt.NO_TEXT, Doubt.UNMAPPED, Doubt.OCR_LAYER})
"""What makes a page of a PDF be recognised."""


class _Judge(msgspec.Struct, frozen=True):
    """What doesn't change from document to document."""

    known: Sequence[Supplier]
    today: date
    own: Addressee | None
    thresholds: Thresholds | None

    def __call__(
        self,
        pages: Sequence[Page],
        extraction: Extraction,
        doubts: Sequence[str],
        *,
        invoice: Invoice | None = None,
        others: tuple[Extraction, ...] = (),
        disagreements: tuple[Disagreement, ...] = (),
        failures: tuple[str, ...] = (),
    ) -> ReadDocument:
        every = tuple(dict.fromkeys((*doubts, *(each for page in pages for each in page.doubts), *extraction.doubts)))
        sure = confidence.judge(
            extraction,
            supplier_known=confidence.known_by_tax_id(extraction, self.known),
            today=self.today,
            thresholds=self.thresholds,
            own=self.own,
            doubts=every,
            disagreements=disagreements,
            invoice=invoice,
        )
        return ReadDocument(
            pages=tuple(page.number for page in pages),
            extraction=confidence.calibrated(extraction),
            invoice=invoice,
            others=others,
            disagreements=disagreements,
            confidence=sure,
            doubts=tuple(map(str, every)),
            failures=failures,
        )


def read(
    data: bytes,
    detected: Detected,
    known: Sequence[Supplier],
    readers: Readers,
    *,
    today: date,
    own: Addressee | None = None,
    thresholds: Thresholds | None = None,
    llm: Extractor | None = None,
    progress: Progress | None = None,
) -> ReadFile:
    """Every document of a file, read, compared and judged. Blocks: call it in a thread of a worker.

    `known`: the company's suppliers. `own`: the company itself. `llm`: instead of the readers' own, as budgets are
    kept per company. Raises `Refused` where the file is never read, `Unavailable` (and `Missing`) where something
    failed just now.
    """
    judge = _Judge(known, today, own, thresholds)
    sha256 = hashlib.sha256(data).hexdigest()
    if detected.kind is FileKind.XML:
        structured = _structured(data, readers.bounds.size)
        documents = [judge((), structured.extraction, (), invoice=structured.invoice)]
        return ReadFile.of(Transcript(sha256=sha256, pages=()), documents)
    told = progress or _nobody
    if detected.kind is not FileKind.PDF:
        pages = readers.ocr.pictures(data, progress=told)
        transcript = Transcript(sha256=sha256, pages=pages)
        return ReadFile.of(transcript, _words(transcript, (), readers, llm, judge))
    reading = readers.pdf.read(data)
    embedded = pdf_attachments.invoices(reading.attachments, readers.bounds)
    doubts: tuple[str, ...] = (*reading.doubts, *embedded.doubts)
    try:
        transcript = _recognised(data, reading.transcript, readers, told)
    except Missing:
        if not embedded.invoices:
            raise
        transcript = reading.transcript  # what was to be recognised stays in doubt, so that a person compares
    if embedded.invoices:
        return ReadFile.of(transcript, _embedded(transcript, embedded.invoices, doubts, judge))
    return ReadFile.of(transcript, _words(transcript, doubts, readers, llm, judge))


def reread(
    transcript: Transcript,
    known: Sequence[Supplier],
    readers: Readers,
    *,
    today: date,
    own: Addressee | None = None,
    thresholds: Thresholds | None = None,
    llm: Extractor | None = None,
    doubts: Sequence[str] = (),
) -> ReadFile:
    """The documents of words that were read before: nothing is recognised again where only the master has learned.

    `doubts`: those about the file as a whole, which the transcript doesn't hold. For files without XML.
    """
    return ReadFile.of(transcript, _words(transcript, doubts, readers, llm, _Judge(known, today, own, thresholds)))


def _nobody(done: int, pages: int) -> None:
    """Nobody wants to know."""


def _structured(data: bytes, limit: int) -> Structured:
    """An XML file that is an invoice. Raises `Refused`: `not_xml`, `not_an_invoice`."""
    try:
        root = xmlsafe.parse(data, limit=limit)
    except xmlsafe.XmlRefused as refused:
        raise Refused("not_xml", f"The XML can't be read: {refused}.") from None
    if ubl_xml.is_invoice(root):
        return ubl_xml.read(root)
    if cii.is_invoice(root):
        return cii.read(root)
    raise Refused("not_an_invoice", "The XML is no invoice that is read: send UBL 2 or a Cross Industry Invoice.")


def _recognised(data: bytes, transcript: Transcript, readers: Readers, told: Progress) -> Transcript:
    """With the pages recognised whose text layer is missing or worth nothing; what else is in doubt there stays."""
    poor = [page.number for page in transcript.pages if RECOGNISED & set(page.doubts)]
    done = len(transcript.pages) - len(poor)
    if done:
        told(done, len(transcript.pages))
    if not poor:
        return transcript

    def one_more(recognised: int, _: int) -> None:
        told(done + recognised, len(transcript.pages))

    found: Mapping[int, Page] = {
        page.number: page for page in readers.ocr.scanned(readers.pdf, data, poor, progress=one_more)
    }
    pages = tuple(
        page
        if page.number not in found
        else msgspec.structs.replace(
            found[page.number],
            doubts=(*found[page.number].doubts, *(each for each in page.doubts if each not in RECOGNISED)),
        )
        for page in transcript.pages
    )
    return msgspec.structs.replace(transcript, pages=pages)


def _embedded(
    transcript: Transcript, invoices: Sequence[Structured], doubts: Sequence[str], judge: _Judge
) -> list[ReadDocument]:
    """Each invoice with the pages it belongs to: where there are as many documents on the pages, one by one."""
    groups = split(transcript)
    if len(groups) != len(invoices):
        groups = (transcript.pages,) * len(invoices)
    documents = []
    for pages, structured in zip(groups, invoices, strict=True):
        shown = document(pages, judge.known)
        part = msgspec.structs.replace(transcript, pages=pages)
        documents.append(
            judge(
                pages,
                structured.extraction,
                doubts,
                invoice=structured.invoice,
                others=(shown,),
                disagreements=comparison.against_page(structured.extraction, shown, part),
            )
        )
    return documents


def _words(
    transcript: Transcript, doubts: Sequence[str], readers: Readers, llm: Extractor | None, judge: _Judge
) -> list[ReadDocument]:
    """Each document by our rules, and by the language model where there is one."""
    model = llm or readers.llm
    documents = []
    for pages in split(transcript):
        ours = document(pages, judge.known)
        if model is None or not any(page.words for page in pages):
            documents.append(judge(pages, ours, doubts))
            continue
        try:
            part = msgspec.structs.replace(transcript, pages=pages)
            theirs = model.extract(part, judge.known, kind_hint=ours.kind)
        except Unavailable as unavailable:
            documents.append(judge(pages, ours, doubts, failures=(f"{model.name}: {unavailable}",)))
            continue
        if len(theirs) != 1:
            found = (*doubts, "parts_differ") if theirs else doubts
            documents.append(judge(pages, ours, found, others=theirs))
            continue
        both = comparison.compare(ours, theirs[0])
        documents.append(
            judge(pages, both.extraction, doubts, others=(ours, *theirs), disagreements=both.disagreements)
        )
    return documents
