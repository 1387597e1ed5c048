"""Opening a PDF, or saying why not; and what it would do if a viewer let it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from pypdfium2 import raw

from ingestion.bounds import Bounds
from ingestion.errors import Refused
from ingestion.readers.doubts import Doubt

ENGINE = f"pypdfium2 {pypdfium2.PYPDFIUM_INFO.version}"

_OBJECTS = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_UNPACKED = 4 * 1024 * 1024
"""Bytes of all object streams together that are searched for actions."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_SCRIPT = re.compile(rb"/(?:JavaScript|JS)\b")
_ACTION = re.compile(rb"/(?:Launch|SubmitForm|ImportData|GoToR|GoToE)\b")


@contextmanager
def opened(data: bytes, bounds: Bounds) -> Iterator[pypdfium2.PdfDocument]:
    """The document, closed afterwards. Raises `Refused`: `encrypted`, `truncated`, `damaged`, `too_many_pages`.

    A document that opens without a password is taken even where its author forbids printing or copying.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _refusal(getattr(error, "err_code", None), data) from None
    try:
        pages = len(document)
        if pages == 0:
            raise _refusal(None, data)
        if pages > bounds.pages:
            raise Refused(
                "too_many_pages",
                f"The PDF has {pages:,} pages; at most {bounds.pages} are read. Send each bill as a file of its own.",
            )
        yield document
    finally:
        document.close()


def _refusal(code: int | None, data: bytes) -> Refused:
    if (
        code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY) and b"/Encrypt" in data
    ):  # the code may be an earlier one's
        return Refused("encrypted", "The PDF is protected by a password. Save it without one and send it again.")
    if b"%%EOF" not in data[-2048:]:
        return Refused("truncated", "The PDF breaks off before its end. It was not transferred whole: send it again.")
    return Refused("damaged", "The PDF is damaged and can't be opened. Export it again from the program that made it.")


def doubts(document: pypdfium2.PdfDocument, data: bytes) -> tuple[Doubt, ...]:
    """What of the file as a whole a person should know. Actions are looked for in the open and in object streams."""
    found: dict[Doubt, None] = {}
    if b"%%EOF" not in data[-2048:]:
        found[Doubt.TRUNCATED] = None
    if raw.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        found[Doubt.JAVASCRIPT] = None
    for part in _objects(data):
        plain = _ESCAPED.sub(lambda sign: bytes((int(sign[1], 16),)), part) if b"#" in part else part
        if _SCRIPT.search(plain):
            found[Doubt.JAVASCRIPT] = None
        if _ACTION.search(plain):
            found[Doubt.ACTION] = None
    return tuple(found)


def _objects(data: bytes) -> Iterator[bytes]:
    """Where objects are written: between the streams, and in compressed object streams; not the streams' contents."""
    start, budget = 0, _UNPACKED
    while (begin := data.find(b"stream", start)) >= 0:
        yield data[start:begin]
        head = data[max(start, begin - 400) : begin]
        end = data.find(b"endstream", begin)
        if end < 0:
            return
        opening = _STREAM.match(data, begin)
        if opening and budget > 0 and _OBJECTS.search(head):
            unpacked = _inflated(data[opening.end() : end], budget)
            budget -= len(unpacked)
            yield unpacked
        start = end + len(b"endstream")
    yield data[start:]


def _inflated(packed: bytes, budget: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, budget)
    except zlib.error:  # encrypted, or packed otherwise: what it holds can't be told without PDFium
        return b""
