"""The XML inside a PDF (PDF/A-3: Factur-X, ZUGFeRD, and UBL in the same way), told by its root element, not its name.

Supplementary files (delivery notes, photos, time sheets) are left alone.
"""

from __future__ import annotations

import ctypes

import msgspec
import pypdfium2
from pypdfium2 import raw

from ingestion.bounds import Bounds
from ingestion.document import Term
from ingestion.errors import Refused
from ingestion.readers import cii, ubl_xml
from ingestion.readers.doubts import Doubt
from ingestion.readers.structured import Structured
from schemas import xmlsafe

_STARTS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SAME = (Term.INVOICE_NUMBER, Term.CURRENCY, Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE)


class Attachment(msgspec.Struct, frozen=True):
    """A file embedded in a PDF that may be XML."""

    name: str
    content: bytes


class Embedded(msgspec.Struct, frozen=True):
    """The invoices a PDF carries."""

    invoices: tuple[Structured, ...]
    """In the order of the file; copies of one invoice in another syntax or profile are left out, the fullest stays."""
    doubts: tuple[Doubt, ...]


def collect(document: pypdfium2.PdfDocument, bounds: Bounds) -> tuple[Attachment, ...]:
    """The embedded files that begin as XML does. Raises `Refused`: `too_many_attachments`, `attachment_too_large`."""
    count = raw.FPDFDoc_GetAttachmentCount(document.raw)
    if count > bounds.attachments:
        raise Refused(
            "too_many_attachments",
            f"{count:,} files are embedded in the PDF; at most {bounds.attachments} are looked at. Send them apart.",
        )
    found = (_attachment(document, index, bounds) for index in range(count))
    return tuple(each for each in found if each is not None)


def _attachment(document: pypdfium2.PdfDocument, index: int, bounds: Bounds) -> Attachment | None:
    handle = raw.FPDFDoc_GetAttachment(document.raw, index)
    size = ctypes.c_ulong()
    if not handle or not raw.FPDFAttachment_GetFile(handle, None, 0, size) or not size.value:
        return None
    if size.value > bounds.size:
        raise Refused(
            "attachment_too_large",
            f"A file embedded in the PDF has {size.value:,} bytes; at most {bounds.size:,} are taken. Send it apart.",
        )
    content = (ctypes.c_ubyte * size.value)()
    if not raw.FPDFAttachment_GetFile(handle, content, size.value, size):
        return None
    data = bytes(content)
    name = _name(handle)
    if not data[:64].lstrip(b" \t\r\n").startswith(_STARTS):
        return None
    if len(data) > bounds.attachment_size:
        raise Refused(
            "attachment_too_large",
            f"The XML embedded in the PDF has {len(data):,} bytes; at most {bounds.attachment_size:,} are taken.",
        )
    return Attachment(name, data)


def _name(handle: raw.FPDF_ATTACHMENT) -> str:
    size = int(raw.FPDFAttachment_GetName(handle, None, 0))
    buffer = ctypes.create_string_buffer(min(size, 2048))
    raw.FPDFAttachment_GetName(handle, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), len(buffer))
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def invoices(attachments: tuple[Attachment, ...], bounds: Bounds) -> Embedded:
    """Each attachment with the root of an invoice, read. XML that can't be read is a doubt; the PDF is still read."""
    found: list[Structured] = []
    doubts: dict[Doubt, None] = {}
    for attachment in attachments:
        try:
            root = xmlsafe.parse(attachment.content, limit=bounds.attachment_size)
        except xmlsafe.XmlRefused:
            doubts[Doubt.UNREADABLE_XML] = None
            continue
        reader = next((each for each in (ubl_xml, cii) if each.is_invoice(root)), None)
        if reader is None:
            continue
        invoice = reader.read(root)
        twin = next((index for index, other in enumerate(found) if _same(invoice, other)), None)
        if twin is None:
            found.append(invoice)
        elif _values(invoice) > _values(found[twin]):
            found[twin] = invoice
    if len(found) > 1:
        doubts[Doubt.SEVERAL_INVOICES] = None
    return Embedded(tuple(found), tuple(doubts))


def _same(one: Structured, other: Structured) -> bool:
    """Whether both state one invoice: nothing that decides about money differs."""
    return all(
        one.extraction.header[term].value == other.extraction.header[term].value
        for term in _SAME
        if term in one.extraction.header and term in other.extraction.header
    )


def _values(invoice: Structured) -> int:
    return len(invoice.extraction.header) + sum(map(len, invoice.extraction.lines))
