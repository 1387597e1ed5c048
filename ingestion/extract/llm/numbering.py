"""A document as numbered lines: what a language model is shown, and what its citations are looked up in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import msgspec

from ingestion.errors import NoAnswer
from ingestion.extract.layout import Cell, Sheet
from ingestion.extract.llm.reasons import Reason

_LARGEST = 16_000
"""Signs of lines in one call: about five thousand tokens of Latin text, twice as many of Arabic."""
_LONGEST_LINE = 2_000
_MOST_LINES = 120
"""In one call: where each of them is an item, the answer takes about sixteen thousand tokens."""
_CONTEXT = 25
"""Lines of the document's beginning that each later part is shown as well: headings and parties."""
_MOST_PARTS = 8


class Part(msgspec.Struct, frozen=True):
    """What one call is shown."""

    numbers: tuple[int, ...]
    own: range
    """Numbers that this part is asked about; what others it has are there to understand them."""


class Lines:
    """Printed lines by number, from 1 in reading order over all pages of a document."""

    def __init__(self, sheet: Sheet) -> None:
        self._cells: dict[int, list[Cell]] = {}
        last: tuple[int, int] | None = None
        for cell in sheet.cells:
            if (cell.page, cell.line) != last:
                last = cell.page, cell.line
                self._cells[len(self._cells) + 1] = []
            self._cells[len(self._cells)].append(cell)

    def __len__(self) -> int:
        return len(self._cells)

    def cells(self, number: int) -> list[Cell]:
        """Of a line; none where there is no such line."""
        return self._cells.get(number, [])

    def shown(self, number: int) -> str:
        """`12|Total<tab>AED 1,422.75`; on one line whatever the words hold."""
        texts = (" ".join(cell.text.split()) for cell in self._cells[number])
        return f"{number}|" + "\t".join(texts)[:_LONGEST_LINE]

    def parts(self) -> tuple[Part, ...]:
        """The document in as many calls as it takes, most often one; none without words. `NoAnswer` for too many."""
        if not self._cells:
            return ()
        parts: list[Part] = []
        start, size = 1, 0
        for number in self._cells:
            length = len(self.shown(number)) + 1
            if (size + length > _LARGEST or number - start == _MOST_LINES) and number > start:
                parts.append(_part(start, number))
                start, size = number, sum(len(self.shown(each)) + 1 for each in _part(number, number).numbers)
            size += length
        parts.append(_part(start, len(self._cells) + 1))
        if len(parts) > _MOST_PARTS:
            raise NoAnswer(Reason.TOO_LONG, f"The document would take {len(parts)} calls; {_MOST_PARTS} are allowed.")
        return tuple(parts)

    def message(self, part: Part) -> str:
        """The lines between two marks that nobody could know beforehand."""
        mark = secrets.token_hex(16)
        return "\n".join([f"BEGIN {mark}", *self._told(part), f"END {mark}"])

    def _told(self, part: Part) -> Iterator[str]:
        for number in part.numbers:
            yield self.shown(number)


def _part(start: int, end: int) -> Part:
    before = range(1, min(start, _CONTEXT + 1))
    return Part((*before, *range(start, end)), range(start, end))
