"""What was read of a supplier's document: pages of words in their places, and values with the evidence for each.

Places are points (1/72 inch) from the top left corner of the page as it is shown. Confidence is a share between 0 and 1
of how often such a reading is right; it is never made up where nothing measures it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec


class Source(StrEnum):
    """Where words come from, the surest first."""

    XML = "xml"
    """Structured data; nothing was guessed."""
    TEXT = "text"
    """The text layer of a PDF."""
    OCR = "ocr"
    """Recognised in a picture."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle on a page."""

    x0: float
    y0: float
    x1: float
    y1: float

    def union(self, other: Box) -> Box:
        """The smallest box around both.

        >>> Box(0, 0, 1, 1).union(Box(2, 0, 3, 2))
        Box(x0=0, y0=0, x1=3, y1=2)
        """
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


class Word(msgspec.Struct, frozen=True):
    """One word as printed."""

    text: str
    box: Box
    line: int
    """Number of the printed line within its page, from 0, in reading order."""
    confidence: float = 1.0
    level: Box | None = None
    """Where it stands to the other words once the page is upright and flat; None: as `box`."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page."""

    number: int
    """From 1."""
    width: float
    height: float
    words: tuple[Word, ...]
    """In reading order."""
    source: Source
    engine: str
    """Name and version of what read it: `pypdfium2 5.0`."""
    quality: float = 1.0
    """How well it could be read as a whole."""
    doubts: tuple[str, ...] = ()
    """Why a person should look: codes, `arabic_unreadable`."""


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of one file."""

    sha256: str
    """Of the file."""
    pages: tuple[Page, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Where one value stands."""

    source: Source
    engine: str
    text: str
    """As read."""
    page: int | None = None
    """None for structured data."""
    box: Box | None = None
    path: str = ""
    """XPath, for structured data."""
    confidence: float = 1.0
    model: str = ""
    """The language model that pointed there; empty where none did."""
    prompt: str = ""
    """Digest of its prompt."""


class Term(StrEnum):
    """Values of a whole document."""

    SUPPLIER_NAME = "supplier_name"
    SUPPLIER_TAX_ID = "supplier_tax_id"
    BUYER_NAME = "buyer_name"
    BUYER_TAX_ID = "buyer_tax_id"
    INVOICE_NUMBER = "invoice_number"
    ISSUE_DATE = "issue_date"
    DUE_DATE = "due_date"
    CURRENCY = "currency"
    NET = "net"
    TAX = "tax"
    TOTAL = "total"
    PAYABLE = "payable"
    PO_NUMBER = "po_number"
    IBAN = "iban"


class Column(StrEnum):
    """Values of a line."""

    DESCRIPTION = "description"
    ITEM = "item"
    QUANTITY = "quantity"
    UNIT = "unit"
    UNIT_PRICE = "unit_price"
    NET_AMOUNT = "net_amount"
    TAX_RATE = "tax_rate"
    DISCOUNT = "discount"
    """Per cent taken off quantity times price."""


Value = str | Decimal | date


class Reading(msgspec.Struct, frozen=True):
    """One value and what speaks for it."""

    value: Value
    evidence: tuple[Evidence, ...]
    confidence: float


class Kind(StrEnum):
    """What a document is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    ORDER = "order"
    DELIVERY_NOTE = "delivery_note"
    STATEMENT = "statement"
    OTHER = "other"


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """What one extractor makes of a transcript, or a reader of structured data. What isn't there is absent."""

    kind: Kind
    header: Mapping[Term, Reading]
    lines: tuple[Mapping[Column, Reading], ...] = ()
    between: tuple[Reading, ...] = ()
    """Amounts printed between the sums, with their sign: allowances, charges, what was paid before, rounding."""
    extractor: str
    """Name and version: `rules/1`."""
    doubts: tuple[str, ...] = ()
    """Why a person should look at it: codes, `ambiguous_issue_date`."""
