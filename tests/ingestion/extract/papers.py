"""Transcripts written by hand: words at places, as a reader would give them."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.document import Box, Page, Source, Transcript, Word

SIGN, HEIGHT = 5.0, 10.0
"""Width of a letter and height of a line, in points."""
Placed = tuple[float, float, str]
"""Left edge, top, words."""


def page(texts: Sequence[Placed], *, number: int = 1, width: float = 600, height: float = 840) -> Page:
    """Texts from top to bottom; those at the same height are one line."""
    words: list[Word] = []
    lines: dict[float, int] = {}
    for x, y, text in sorted(texts, key=lambda each: (each[1], each[0])):
        line = lines.setdefault(y, len(lines))
        left = x
        for word in text.split(" "):
            words.append(Word(word, Box(left, y, left + SIGN * len(word), y + HEIGHT), line))
            left += SIGN * (len(word) + 0.6)
    return Page(number=number, width=width, height=height, words=tuple(words), source=Source.TEXT, engine="hand")


def paper(*pages: Sequence[Placed]) -> Transcript:
    """A file of such pages."""
    return Transcript(sha256="00" * 32, pages=tuple(page(texts, number=n) for n, texts in enumerate(pages, 1)))


def right(edge: float, y: float, text: str) -> Placed:
    """A text that ends at an edge, as figures do."""
    words = text.split(" ")
    return edge - SIGN * (sum(map(len, words)) + 0.6 * (len(words) - 1)), y, text


INVOICE: list[Placed] = [
    (400, 40, "TAX INVOICE"),
    (40, 40, "Palm Trading LLC"),
    (40, 55, "TRN: 100123456700003"),
    (300, 80, "Invoice No:"), (420, 80, "PT-2024/117"),
    (300, 95, "Invoice Date:"), (420, 95, "13/05/2024"),
    (300, 110, "Due Date:"), (420, 110, "12/06/2024"),
    (300, 125, "PO Number:"), (420, 125, "4500017"),
    (40, 150, "Bill to"),
    (40, 165, "Oasis Stores LLC"),
    (40, 180, "TRN: 100765432100003"),
    (40, 250, "Description"), right(300, 250, "Qty"), right(400, 250, "Unit Price"), right(540, 250, "Amount"),
    (40, 270, "Office chair"), right(300, 270, "4"), right(400, 270, "250.00"), right(540, 270, "1,000.00"),
    (40, 290, "Desk lamp"), right(300, 290, "10"), right(400, 290, "35.50"), right(540, 290, "355.00"),
    (360, 330, "Subtotal"), right(540, 330, "AED 1,355.00"),
    (360, 345, "VAT 5%"), right(540, 345, "AED 67.75"),
    (360, 360, "Total"), right(540, 360, "AED 1,422.75"),
    (40, 400, "IBAN: AE07 0331 2345 6789 0123 456"),
]  # fmt: skip
