"""The text layer of a PDF as a person sees the page: words in their places, and apart from them what nobody sees.

pages   rotation and CropBox applied: places are those of the page as shown
words   by the signs' places, not by the order of the file; Arabic as it is spoken, in plain letters
hidden  invisible, paper-coloured, covered, off the page or tiny words are left out, and the page is in doubt
"""

from __future__ import annotations

import hashlib

import pypdfium2
from pypdfium2 import raw

from ingestion.bounds import Bounds
from ingestion.document import Page, Source, Transcript
from ingestion.errors import Refused
from ingestion.readers import glyphs
from ingestion.readers.doubts import Doubt
from ingestion.readers.ink import Ink
from ingestion.readers.lines import UPRIGHT, Layout, Piece, arrange
from ingestion.readers.pdf import ENGINE, opened

_TINY = 2.4
"""Points of height: a font of two points, the smallest that is printed, has 2.4."""
_FLATTENED = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)


def read(data: bytes, bounds: Bounds | None = None) -> Transcript:
    """The pages of a PDF. Raises `Refused`. In this process: for files of strangers see `ingestion.readers.confined`.

    A page without a text layer has no words and the doubt `no_text`, or `blank`; nothing is recognised here.
    """
    bounds = bounds or Bounds()
    with opened(data, bounds) as document:
        return transcript(document, data, bounds)


def transcript(document: pypdfium2.PdfDocument, data: bytes, bounds: Bounds) -> Transcript:
    """`read` for a document that is open."""
    pages = tuple(_page(document, number, bounds) for number in range(len(document)))
    return Transcript(sha256=hashlib.sha256(data).hexdigest(), pages=pages)


def _page(document: pypdfium2.PdfDocument, index: int, bounds: Bounds) -> Page:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        raise Refused("damaged", f"Page {index + 1} of the PDF is damaged. Export it again and send it.") from None
    try:
        if _has_fields(page):
            raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
            page.close()
            page = document[index]
        width, height = page.get_size()
        with glyphs.text_of(page) as text:
            if glyphs.count(text) > bounds.characters:
                raise Refused(
                    "too_much_text",
                    f"Page {index + 1} holds more than {bounds.characters:,} signs, as no bill does. Check the file.",
                )
            found = glyphs.gather(text, page)
        ink = Ink(page)
    finally:
        page.close()
    seen = _seen(found, ink, width, height)
    layout = arrange(list(seen.values()))
    mapped = 1 - found.unmapped / found.signs if found.signs else 1.0
    return Page(
        number=index + 1,
        width=width,
        height=height,
        words=layout.words,
        source=Source.TEXT,
        engine=ENGINE,
        quality=mapped if seen else 0.0,
        doubts=_doubts(found, ink, layout, seen),
    )


def _has_fields(page: pypdfium2.PdfPage) -> bool:
    """Whether the page shows text that isn't its own content: a form's values, stamps."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), 1000)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) in _FLATTENED:
                return True
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return False


def _seen(found: glyphs.Glyphs, ink: Ink, width: float, height: float) -> dict[int, Piece]:
    """The words that a person sees, by their index."""
    shows = ink.within([piece.box for piece in found.pieces])
    left_out = found.invisible | found.replaced
    return {
        index: piece
        for index, piece in enumerate(found.pieces)
        if shows[index]
        and index not in left_out
        and 0 <= (piece.box.x0 + piece.box.x1) / 2 <= width
        and 0 <= (piece.box.y0 + piece.box.y1) / 2 <= height
        and _size(piece) >= _TINY
    }


def _size(piece: Piece) -> float:
    """Height of the signs, however they run."""
    across, down = piece.box.x1 - piece.box.x0, piece.box.y1 - piece.box.y0
    return across if piece.turn in (1, 3) else down


def _doubts(found: glyphs.Glyphs, ink: Ink, layout: Layout, seen: dict[int, Piece]) -> tuple[Doubt, ...]:
    doubts: list[Doubt] = []
    if not seen:
        doubts.append(Doubt.BLANK if ink.none else Doubt.NO_TEXT)
    if len(seen) + len(found.replaced) < len(found.pieces):
        layer = len(found.invisible) > len(found.pieces) / 2 and not ink.none
        doubts.append(Doubt.OCR_LAYER if layer else Doubt.HIDDEN)
    parts = zip(found.figures_of, ink.of_each(found.figures), strict=True)
    if any(index in seen and not digit for index, digit in parts):
        doubts.append(Doubt.PARTLY)
    shown = {piece.shown for piece in seen.values()}
    if any(found.pieces[index].shown not in shown for index in found.replaced):
        doubts.append(Doubt.REPLACED)
    if found.unmapped > 0.02 * found.signs:
        doubts.append(Doubt.UNMAPPED)
    if layout.overlaid:
        doubts.append(Doubt.OVERLAID)
    if layout.mixed:
        doubts.append(Doubt.ARABIC)
    if 2 * sum(piece.turn != UPRIGHT for piece in seen.values()) > len(seen):
        doubts.append(Doubt.SIDEWAYS)
    return tuple(doubts)
