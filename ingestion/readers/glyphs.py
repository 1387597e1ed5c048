"""PDFium's signs of a page, gathered to words, in places on the page as it is shown.

Loose boxes are taken: as high as the font and as wide as the step to the next sign, so that words of one line have
one height whatever their letters. Signs are handled as columns of numbers: a page has thousands.
"""

from __future__ import annotations

import ctypes
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
from pypdfium2 import PdfPage, raw

from ingestion.document import Box
from ingestion.readers.lines import SKEWED, UPRIGHT, Piece

Numbers = np.ndarray[Any, np.dtype[Any]]

_HYPHEN = 0x02
"""What PDFium gives for a hyphen at the end of a line."""
_SPACES = np.array([0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F, 0x3000])
_LAM = "\u0644"
_ALEFS = "\u0622\u0623\u0625\u0627"
_UNSEEN_MODES = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


class Glyphs(msgspec.Struct, frozen=True):
    """What the text layer of a page holds."""

    pieces: tuple[Piece, ...] = ()
    invisible: frozenset[int] = frozenset()
    """Which of the pieces are set in an invisible mode, by index."""
    replaced: frozenset[int] = frozenset()
    """Which of the pieces the file gives for one drawn sign (ISO 32000-1, 14.9.4): nobody sees them as such."""
    figures: tuple[Box, ...] = ()
    """The places of all digits, each of which has to be seen for its number to be what a person reads."""
    figures_of: tuple[int, ...] = ()
    """Index of the piece each belongs to."""
    signs: int = 0
    unmapped: int = 0
    """Signs without a letter behind them."""


class _Signs(msgspec.Struct, frozen=True):
    """The signs of all words, one after the other: index in the text layer, code, and sides as shown."""

    index: Numbers
    code: Numbers
    left: Numbers
    top: Numbers
    right: Numbers
    bottom: Numbers
    starts: Numbers
    """Where a word begins."""


@contextmanager
def text_of(page: PdfPage) -> Iterator[raw.FPDF_TEXTPAGE]:
    """The page's text layer, closed afterwards."""
    text = raw.FPDFText_LoadPage(page.raw)
    try:
        yield text
    finally:
        raw.FPDFText_ClosePage(text)


def count(text: raw.FPDF_TEXTPAGE) -> int:
    """Signs of the page, those included that PDFium puts between words."""
    return max(0, int(raw.FPDFText_CountChars(text)))


def gather(text: raw.FPDF_TEXTPAGE, page: PdfPage) -> Glyphs:
    """The words, in the order of the file."""
    signs = _signs(text, page)
    if signs is None:
        return Glyphs()
    ends = np.append(signs.starts[1:], len(signs.code)).tolist()
    starts = signs.starts.tolist()
    letters = [chr(code) for code in signs.code.tolist()]
    firsts, lasts = signs.index[signs.starts].tolist(), signs.index[[end - 1 for end in ends]].tolist()
    boxes = _boxes(signs)
    one_place = _in_one_place(signs)
    forward = _runs_forward(signs)
    turned = page.get_rotation() // 90
    pieces: list[Piece] = []
    invisible: set[int] = set()
    replaced: set[int] = set()
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        shown = "".join(letters[start:end])
        drawn = raw.FPDFText_GetTextObject(text, firsts[number])
        turn = _turn(raw.FPDFText_GetCharAngle(text, firsts[number]), turned)
        if (one_place[number] and end - start > 2) or _is_replaced(drawn, shown):
            replaced.add(number)
        elif turn != UPRIGHT or not forward[number] or not shown.isascii():
            shown = _along(signs, letters, start, end, turn)
        if _is_unseen(drawn) or (end - start > 1 and _is_unseen(raw.FPDFText_GetTextObject(text, lasts[number]))):
            invisible.add(number)
        pieces.append(Piece(shown, boxes[number], turn))
    figures = np.flatnonzero([letter.isdecimal() for letter in letters])
    return Glyphs(
        pieces=tuple(pieces),
        invisible=frozenset(invisible),
        replaced=frozenset(replaced),
        figures=tuple(map(Box, *(side[figures].tolist() for side in _sides(signs)))),
        figures_of=tuple((np.searchsorted(signs.starts, figures, side="right") - 1).tolist()),
        signs=len(letters),
        unmapped=int(_unmapped(signs.code).sum()),
    )


def _signs(text: raw.FPDF_TEXTPAGE, page: PdfPage) -> _Signs | None:
    """All signs but spaces, cut into words; None where there are none."""
    number = count(text)
    code = np.fromiter(map(raw.FPDFText_GetUnicode, repeat(text), range(number)), np.int64, number)
    sides = (raw.FS_RECTF * number)()
    deque(map(raw.FPDFText_GetLooseCharBox, repeat(text), range(number), map(ctypes.byref, sides)), maxlen=0)
    left, top, right, bottom = np.frombuffer(sides, np.float32).reshape(number, 4).astype(np.float64).T.copy()
    blank = np.isin(code, _SPACES)
    index = np.flatnonzero(~blank & ~((code >= 0xDC00) & (code < 0xE000)))
    if not len(index):
        return None
    for each in index[~(top[index] - bottom[index] > 0.1)].tolist():
        left[each], bottom[each], right[each], top[each] = _tight(text, each)
    shown = _shown(page, left[index], bottom[index], right[index], top[index])
    begins = np.append(True, _apart(*shown) | (np.diff(np.cumsum(blank)[index]) > 0))
    return _Signs(index, _codes(code, index), *shown, np.flatnonzero(begins))


def _codes(code: Numbers, index: Numbers) -> Numbers:
    """With the halves of signs beyond 65,535 put together, as PDFium gives them one after the other."""
    own = code[index]
    high = np.flatnonzero((own >= 0xD800) & (own < 0xDC00))
    following = code[np.minimum(index[high] + 1, len(code) - 1)]
    own[high] = 0x10000 + ((own[high] - 0xD800) << 10) + ((following - 0xDC00) & 0x3FF)
    own[own == _HYPHEN] = ord("-")
    own[own > 0x10FFFF] = 0xFFFD
    return own


def _tight(text: raw.FPDF_TEXTPAGE, index: int) -> tuple[float, float, float, float]:
    """The sign's inked box, for fonts that don't state how high they are; zeros where it has none."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
    return left.value, bottom.value, right.value, top.value


def _shown(
    page: PdfPage, left: Numbers, bottom: Numbers, right: Numbers, top: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """From PDF's sides to left, top, right, bottom on the page as shown: cropped and rotated."""
    x0, y0, x1, y1 = page.get_bbox()
    turned = page.get_rotation()
    if turned == 90:
        return bottom - y0, left - x0, top - y0, right - x0
    if turned == 180:
        return x1 - right, bottom - y0, x1 - left, top - y0
    if turned == 270:
        return y1 - top, x1 - right, y1 - bottom, x1 - left
    return left - x0, y1 - top, right - x0, y1 - bottom


def _apart(left: Numbers, top: Numbers, right: Numbers, bottom: Numbers) -> Numbers:
    """Whether a new word begins although the file has no space: the next sign stands elsewhere."""
    size = np.maximum(np.maximum((bottom - top)[:-1], (bottom - top)[1:]), (right - left)[:-1])
    across = np.maximum(left[1:] - right[:-1], left[:-1] - right[1:])
    down = np.maximum(top[1:] - bottom[:-1], top[:-1] - bottom[1:])
    result: Numbers = np.maximum(across, down) > 0.6 * size
    return result


def _sides(signs: _Signs) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    return signs.left, signs.top, signs.right, signs.bottom


def _boxes(signs: _Signs) -> list[Box]:
    """Around each word."""
    least, most = np.minimum.reduceat, np.maximum.reduceat
    ways = (least, least, most, most)
    sides = (way(side, signs.starts).tolist() for way, side in zip(ways, _sides(signs), strict=True))
    return list(map(Box, *sides))


def _in_one_place(signs: _Signs) -> list[bool]:
    """For each word whether all of its signs have one place."""
    same = [
        np.minimum.reduceat(side, signs.starts) == np.maximum.reduceat(side, signs.starts)
        for side in (signs.left, signs.right, signs.top)
    ]
    result: list[bool] = (same[0] & same[1] & same[2]).tolist()
    return result


def _runs_forward(signs: _Signs) -> list[bool]:
    """For each word whether its signs come from left to right in the file as well."""
    back = np.append(False, np.diff(signs.left) < 0)
    back[signs.starts] = False
    result: list[bool] = (~np.logical_or.reduceat(back, signs.starts)).tolist()
    return result


def _unmapped(code: Numbers) -> Numbers:
    """A control, a private sign or a replacement: the font doesn't say which letter it draws."""
    result: Numbers = (code < 0x20) | (code == 0xFFFD) | ((code >= 0xE000) & (code <= 0xF8FF))
    return result


def _turn(angle: float, page: int) -> int:
    """Quarter turns against the clock as shown, from an angle with the clock in the page before it is rotated."""
    if angle < 0:
        return UPRIGHT
    quarters = angle / (math.pi / 2)
    nearest = round(quarters)
    return (-nearest - page) % 4 if abs(quarters - nearest) < 0.1 else SKEWED


def _along(signs: _Signs, letters: list[str], start: int, end: int, turn: int) -> str:
    """The signs in the order they stand along the word's direction."""
    if turn == SKEWED:
        return "".join(letters[start:end])
    side, sense = ((signs.left, 1), (signs.bottom, -1), (signs.right, -1), (signs.top, 1))[turn]
    places = (sense * side[start:end]).tolist()
    order = sorted(range(end - start), key=places.__getitem__)
    ordered = [letters[start + each] for each in order]
    for index in range(len(order) - 1):  # PDFium takes a lam-alef apart and gives both one place, as they are spoken
        one, other = ordered[index : index + 2]
        if one == _LAM and other in _ALEFS and places[order[index]] == places[order[index + 1]]:
            ordered[index : index + 2] = other, one
    return "".join(ordered)


def _is_replaced(drawn: raw.FPDF_PAGEOBJECT, shown: str) -> bool:
    """Whether a number is given as ActualText and may be another than the one that is drawn.

    Programs write Arabic clusters and ligatures as ActualText, but never a number, which is drawn digit by digit.
    """
    if not drawn or shown.isalpha() or not any(map(str.isdecimal, shown)):
        return False
    marks = (raw.FPDFPageObj_GetMark(drawn, each) for each in range(max(0, raw.FPDFPageObj_CountMarks(drawn))))
    return any(raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText") != raw.FPDF_OBJECT_UNKNOWN for mark in marks)


def _is_unseen(drawn: raw.FPDF_PAGEOBJECT) -> bool:
    """Whether a sign is set to be neither filled nor stroked (ISO 32000-1, 9.3.6)."""
    return bool(drawn) and raw.FPDFTextObj_GetTextRenderMode(drawn) in _UNSEEN_MODES
