"""Printed lines from words in their places. Pure geometry: the order in which a file draws its words isn't believed."""

from __future__ import annotations

import msgspec

from ingestion.document import Box, Word
from ingestion.readers.directions import in_order, letters, runs_backward, spoken

UPRIGHT, SKEWED = 0, 4


class Piece(msgspec.Struct):
    """A word's signs as they stand from left to right (or along their own direction)."""

    shown: str
    box: Box
    """On the page as shown."""
    turn: int = UPRIGHT
    """Quarter turns against the clock of the direction it runs in; `SKEWED` for any other angle."""


class Layout(msgspec.Struct, frozen=True):
    """The words of a page in reading order."""

    words: tuple[Word, ...]
    overlaid: bool
    """Different words lie on each other."""
    mixed: bool
    """A word has Arabic letters and digits."""


class _Placed(msgspec.Struct):
    """A piece in the frame in which its text runs from left to right."""

    piece: Piece
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def base(self) -> float:
        """The base line, roughly: a fifth of the height hangs below it."""
        return self.bottom - 0.2 * self.height


def arrange(pieces: list[Piece]) -> Layout:
    """Lines from top to bottom, words as they are spoken; turned text after the upright, each turn by itself.

    What stands far apart in a line (columns) runs as most of the page does.
    """
    words: list[Word] = []
    overlaid = mixed = False
    number = 0
    backward = runs_backward(piece.shown for piece in pieces)
    for turn in sorted({piece.turn for piece in pieces}):
        placed = [_place(piece) for piece in pieces if piece.turn == turn]
        for line in _lines(placed, apart=turn == SKEWED):
            joined, crossed = _joined(line)
            overlaid = overlaid or crossed
            before = len(words)
            for cell in _cells(joined, backward=backward):
                for each in in_order(cell, [one.piece.shown for one in cell], backward=backward):
                    text = letters(spoken(each.piece.shown))
                    if text:
                        mixed = mixed or (each.piece.shown != text and any(map(str.isdecimal, text)))
                        words.append(Word(text, each.piece.box, number))
            number += len(words) > before
    return Layout(tuple(words), overlaid, mixed)


def _cells(line: list[_Placed], *, backward: bool) -> list[list[_Placed]]:
    """A line cut where a wide gap is."""
    cells: list[list[_Placed]] = []
    for each in line:
        if cells and each.left - cells[-1][-1].right < 1.2 * max(each.height, cells[-1][-1].height):
            cells[-1].append(each)
        else:
            cells.append([each])
    return cells[::-1] if backward else cells


def _place(piece: Piece) -> _Placed:
    box = piece.box
    if piece.turn == 1:
        return _Placed(piece, -box.y1, box.x0, -box.y0, box.x1)
    if piece.turn == 2:
        return _Placed(piece, -box.x1, -box.y1, -box.x0, -box.y0)
    if piece.turn == 3:
        return _Placed(piece, box.y0, -box.x1, box.y1, -box.x0)
    return _Placed(piece, box.x0, box.y0, box.x1, box.y1)


def _lines(placed: list[_Placed], *, apart: bool) -> list[list[_Placed]]:
    """Words with one base line, from left to right; lines from top to bottom."""
    if apart:
        return [[each] for each in placed]
    lines: list[list[_Placed]] = []
    base = height = 0.0
    for each in sorted(placed, key=lambda one: one.base):
        if lines and each.base - base <= 0.3 * min(height, each.height):
            lines[-1].append(each)
            height = max(height, each.height)
        else:
            lines.append([each])
            base, height = each.base, each.height
    for line in lines:
        line.sort(key=lambda one: (one.left, one.right))
    return lines


def _joined(line: list[_Placed]) -> tuple[list[_Placed], bool]:
    """A line whose touching fragments are one word and whose doubled words (a way to print bold) stand once."""
    result: list[_Placed] = []
    overlaid = False
    for each in line:
        last = result[-1] if result else None
        if last is None or each.left - last.right > 0.06 * each.height:
            result.append(each)
            continue
        covered = min(last.right, each.right) - each.left
        if each.piece.shown == last.piece.shown and covered > 0.7 * (each.right - each.left):
            continue
        if covered > 0.5 * min(each.right - each.left, last.right - last.left):
            overlaid = True
            result.append(each)
        elif abs(each.height - last.height) < 0.2 * each.height:
            piece = Piece(last.piece.shown + each.piece.shown, last.piece.box.union(each.piece.box), each.piece.turn)
            result[-1] = _place(piece)
        else:
            result.append(each)
    return result, overlaid
