"""PDFium's signs of a page, gathered to words, in places on the page as it is shown.

Loose boxes are taken: as high as the font and as wide as the step to the next sign, so that words of one line have
one height whatever their letters.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from pypdfium2 import PdfPage, raw

from ingestion.document import Box
from ingestion.readers.lines import SKEWED, Piece

_HYPHEN = 0x02
"""What PDFium gives for a hyphen at the end of a line."""
_SPACES = frozenset({0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F, 0x3000})
_LAM = "\u0644"
_ALEFS = "\u0622\u0623\u0625\u0627"
_UNSEEN_MODES = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)

Sign = tuple[str, float, float, float, float]
"""A sign and its box on the page as shown: left, top, right, bottom."""


class Glyphs(msgspec.Struct, frozen=True):
    """What the text layer of a page holds."""

    pieces: tuple[Piece, ...]
    invisible: frozenset[int]
    """Which of the pieces are set in an invisible mode, by index."""
    replaced: frozenset[int]
    """Which of the pieces the file gives for one drawn sign (ISO 32000-1, 14.9.4): nobody sees them as such."""
    signs: int
    unmapped: int
    """Signs without a letter behind them."""


def shown(page: PdfPage) -> Callable[[float, float, float, float], tuple[float, float, float, float]]:
    """From PDF's left, bottom, right, top to left, top, right, bottom on the page as shown: cropped and rotated."""
    x0, y0, x1, y1 = page.get_bbox()
    turned = page.get_rotation()
    if turned == 90:
        return lambda left, bottom, right, top: (bottom - y0, left - x0, top - y0, right - x0)
    if turned == 180:
        return lambda left, bottom, right, top: (x1 - right, bottom - y0, x1 - left, top - y0)
    if turned == 270:
        return lambda left, bottom, right, top: (y1 - top, x1 - right, y1 - bottom, x1 - left)
    return lambda left, bottom, right, top: (left - x0, y1 - top, right - x0, y1 - bottom)


def count(text: raw.FPDF_TEXTPAGE) -> int:
    """Signs of the page, those included that PDFium puts between words."""
    return max(0, int(raw.FPDFText_CountChars(text)))


def gather(text: raw.FPDF_TEXTPAGE, page: PdfPage) -> Glyphs:
    """The words, in the order of the file."""
    turned = page.get_rotation() // 90
    pieces: list[Piece] = []
    invisible: set[int] = set()
    replaced: set[int] = set()
    signs = unmapped = 0
    for first, word in _words(text, shown(page)):
        signs += len(word)
        unmapped += sum(_is_unmapped(sign[0]) for sign in word)
        turn = _turn(raw.FPDFText_GetCharAngle(text, first), turned)
        if any(_is_unseen(text, index) for index in {first, first + len(word) - 1}):
            invisible.add(len(pieces))
        if _is_replaced(text, first, word):
            replaced.add(len(pieces))
        ordered = word if len(pieces) in replaced else _along(word, turn)
        box = Box(
            min(sign[1] for sign in word),
            min(sign[2] for sign in word),
            max(sign[3] for sign in word),
            max(sign[4] for sign in word),
        )
        pieces.append(Piece("".join(sign[0] for sign in ordered), box, turn))
    return Glyphs(tuple(pieces), frozenset(invisible), frozenset(replaced), signs, unmapped)


@contextmanager
def text_of(page: PdfPage) -> Iterator[raw.FPDF_TEXTPAGE]:
    """The page's text layer, closed afterwards."""
    text = raw.FPDFText_LoadPage(page.raw)
    try:
        yield text
    finally:
        raw.FPDFText_ClosePage(text)


def _words(
    text: raw.FPDF_TEXTPAGE, place: Callable[[float, float, float, float], tuple[float, float, float, float]]
) -> Iterator[tuple[int, list[Sign]]]:
    """Index of its first sign, and the signs of each word."""
    rectangle = raw.FS_RECTF()
    reference = ctypes.byref(rectangle)
    code_of, box_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    word: list[Sign] = []
    first = 0
    for index in range(count(text)):
        code = code_of(text, index)
        if 0xDC00 <= code < 0xE000:
            continue
        if code in _SPACES:
            if word:
                yield first, word
                word = []
            continue
        if not box_of(text, index, reference):
            continue
        box = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
        if not box[3] - box[1] > 0.1:
            box = _tight(text, index) or box
        if 0xD800 <= code < 0xDC00:  # PDFium gives the two halves of a sign beyond 65,535 one after the other
            code = 0x10000 + ((code - 0xD800) << 10) + ((code_of(text, index + 1) - 0xDC00) & 0x3FF)
        sign = (_sign(code), *place(*box))
        if word and _breaks(word[-1], sign):
            yield first, word
            word = []
        if not word:
            first = index
        word.append(sign)
    if word:
        yield first, word


def _sign(code: int) -> str:
    if code == _HYPHEN:
        return "-"
    return chr(code) if code < 0x110000 else "\ufffd"


def _is_unmapped(sign: str) -> bool:
    """A control, a private sign or a replacement: the font doesn't say which letter it draws."""
    return sign < " " or sign == "\ufffd" or "\ue000" <= sign <= "\uf8ff"


def _tight(text: raw.FPDF_TEXTPAGE, index: int) -> tuple[float, float, float, float] | None:
    """The sign's inked box, for fonts that don't state how high they are."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not raw.FPDFText_GetCharBox(text, index, left, right, bottom, top):
        return None
    return left.value, bottom.value, right.value, top.value


def _breaks(before: Sign, sign: Sign) -> bool:
    """Whether a new word begins although the file has no space: the next sign stands elsewhere."""
    size = max(before[4] - before[2], sign[4] - sign[2], before[3] - before[1])
    across = max(sign[1] - before[3], before[1] - sign[3])
    down = max(sign[2] - before[4], before[2] - sign[4])
    return across > 0.6 * size or down > 0.6 * size


def _turn(angle: float, page: int) -> int:
    """Quarter turns against the clock as shown, from an angle with the clock in the page before it is rotated."""
    if angle < 0:
        return 0
    quarters = angle / (math.pi / 2)
    nearest = round(quarters)
    return (-nearest - page) % 4 if abs(quarters - nearest) < 0.1 else SKEWED


def _along(word: list[Sign], turn: int) -> list[Sign]:
    """The signs in the order they stand along the word's direction."""
    if turn == 1:
        return sorted(word, key=lambda sign: -sign[4])
    if turn == 2:
        return sorted(word, key=lambda sign: -sign[3])
    if turn == 3:
        return sorted(word, key=lambda sign: sign[2])
    if turn == SKEWED:
        return word
    ordered = sorted(word, key=lambda sign: sign[1])
    for index in range(len(ordered) - 1):  # PDFium takes a lam-alef apart and gives both one place, as they are spoken
        one, other = ordered[index : index + 2]
        if one[0] == _LAM and other[0] in _ALEFS and one[1] == other[1]:
            ordered[index : index + 2] = other, one
    return ordered


def _is_replaced(text: raw.FPDF_TEXTPAGE, index: int, word: list[Sign]) -> bool:
    """Whether a word isn't what is drawn there: several signs in one place, or a number given as ActualText.

    Programs write Arabic clusters and ligatures as ActualText, but never a number, which is drawn digit by digit.
    """
    if len(word) > 2 and all(sign[1:] == word[0][1:] for sign in word):
        return True
    if not any(sign[0].isdecimal() for sign in word):
        return False
    drawn = raw.FPDFText_GetTextObject(text, index)
    if not drawn:
        return False
    marks = (raw.FPDFPageObj_GetMark(drawn, each) for each in range(max(0, raw.FPDFPageObj_CountMarks(drawn))))
    return any(raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText") != raw.FPDF_OBJECT_UNKNOWN for mark in marks)


def _is_unseen(text: raw.FPDF_TEXTPAGE, index: int) -> bool:
    """Whether the sign is set to be neither filled nor stroked (ISO 32000-1, 9.3.6)."""
    drawn = raw.FPDFText_GetTextObject(text, index)
    return bool(drawn) and raw.FPDFTextObj_GetTextRenderMode(drawn) in _UNSEEN_MODES
