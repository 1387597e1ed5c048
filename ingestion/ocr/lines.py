"""Printed lines from recognised words: engines box words loosely, and a photographed line climbs or bends."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ingestion.document import Box
from ingestion.ocr.engine import Seen
from ingestion.readers.directions import in_order, letters, runs_backward

_WIDE = {code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFF01, 0xFF5F), 0x3000, 0x3002)}
_WIDE[0x3002] = "."


def plain(text: str) -> str:
    """As other readers write it: no presentation forms, no marks of direction, no wide East Asian punctuation.

    >>> plain("Total：")
    'Total:'
    """
    return letters(text.translate(_WIDE))


def arranged(words: Iterable[Seen]) -> list[tuple[int, Seen]]:
    """Words in reading order, each with the number of its line. Words without a sign are left out."""
    readable = [word for word in words if word.text]
    backward = runs_backward(word.text for word in readable)
    result: list[tuple[int, Seen]] = []
    for number, line in enumerate(_lines(readable)):
        for cell in _cells(line, backward=backward):
            ordered = in_order(cell, [word.text for word in cell], backward=backward)
            result.extend((number, word) for word in ordered)
    return result


def _lines(words: list[Seen]) -> list[list[Seen]]:
    """From left to right each word follows the line whose last word is most level with it."""
    lines: list[list[Seen]] = []
    for word in sorted(words, key=lambda one: (one.box.x0, one.box.y0)):
        level = [line for line in lines if _shift(line[-1].box, word.box) < 0.5]
        if level:
            min(level, key=lambda line: _shift(line[-1].box, word.box)).append(word)
        else:
            lines.append([word])
    lines.sort(key=lambda line: sum(map(_middle, (word.box for word in line))) / len(line))
    return lines


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2


def _shift(one: Box, other: Box) -> float:
    """Between their middles, in heights of the lower one."""
    height = min(one.y1 - one.y0, other.y1 - other.y0)
    return abs(_middle(one) - _middle(other)) / max(height, 1e-6)


def _cells(line: list[Seen], *, backward: bool) -> list[list[Seen]]:
    """A line cut where a wide gap is."""
    cells: list[list[Seen]] = []
    for word in line:
        last = cells[-1][-1].box if cells else None
        if last and word.box.x0 - last.x1 < 1.2 * max(word.box.y1 - word.box.y0, last.y1 - last.y0):
            cells[-1].append(word)
        else:
            cells.append([word])
    return cells[::-1] if backward else cells
