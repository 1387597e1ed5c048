"""Where known words stand on the pages, and the places where what they announce may stand: behind, right of, below."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from ingestion.document import Box
from ingestion.extract.anchors import COMPOUNDS, PHRASES, PREFIXES, Label
from ingestion.extract.dates import Day, days, month_first
from ingestion.extract.layout import Cell, Sheet
from ingestion.extract.numbers import Amount, amounts, decimal_mark

_LONGEST = 7
"""Tokens of a phrase."""


class Mark(msgspec.Struct, frozen=True):
    """A known phrase in a cell."""

    cell: Cell
    first: int
    last: int
    """One past its last token."""
    key: str
    labels: tuple[Label, ...]

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.cell.box_of(self.first, self.last)

    @property
    def end(self) -> int:
        """Where it ends in the cell's text."""
        return self.cell.starts[self.last - 1] + len(self.cell.tokens[self.last - 1].text)

    @property
    def closed(self) -> bool:
        """A colon follows: its value stands right behind."""
        return self.cell.tokens[self.last - 1].text.endswith(":")


class Stretch(msgspec.Struct, frozen=True):
    """A part of a cell's text where a value may stand."""

    cell: Cell
    start: int
    end: int
    closeness: float
    """1 behind the phrase, less further away."""

    @property
    def text(self) -> str:
        """As read."""
        return self.cell.text[self.start : self.end]


class View:
    """A sheet with its marks and what holds for the whole document: the decimal sign, the order of day and month."""

    def __init__(self, sheet: Sheet) -> None:
        """Everything is found once."""
        self.sheet = sheet
        self.marks: dict[int, list[Mark]] = {id(cell): list(_marks(cell)) for cell in sheet.cells}
        self._of: dict[Label, list[tuple[int, Mark]]] = {}
        for place, mark in enumerate(mark for cell in sheet.cells for mark in self.marks[id(cell)]):
            for label in mark.labels:
                self._of.setdefault(label, []).append((place, mark))
        self.decimal = decimal_mark(cell.text for cell in sheet.cells)
        self.currency = ""
        self._amounts: dict[int, list[Amount]] = {}
        self._days: dict[int, list[Day]] = {id(cell): list(days(cell.text)) for cell in sheet.cells}

    def of(self, *labels: Label) -> Iterator[Mark]:
        """All marks with one of these labels, in reading order."""
        found = {place: mark for label in labels for place, mark in self._of.get(label, ())}
        for place in sorted(found):
            yield found[place]

    def amounts(self, cell: Cell) -> list[Amount]:
        """Numbers of a cell that are no part of a date."""
        found = self._amounts.get(id(cell))
        if found is None:
            taken = [(day.start, day.end) for day in self._days[id(cell)] if not day.compact]
            found = [
                amount
                for amount in amounts(cell.text, self.decimal, self.currency)
                if all(amount.end <= start or end <= amount.start for start, end in taken)
            ]
            self._amounts[id(cell)] = found
        return found

    def forget_amounts(self) -> None:
        """Read numbers anew: the currency is known now, and with it how many decimals are usual."""
        self._amounts.clear()

    def days(self, cell: Cell) -> list[Day]:
        """Dates of a cell."""
        return self._days[id(cell)]

    @cached_property
    def month_first(self) -> bool | None:
        """Whether figures are month, day, year here; None: nothing says so."""
        return month_first(day for found in self._days.values() for day in found)

    def behind(self, mark: Mark, *, far: int = 2) -> Iterator[Stretch]:
        """Places right of a mark: the rest of its cell, then up to `far` cells beside; ended by another mark.

        Words that only say the same in another language, or about the value, are passed over.
        """
        cell = mark.cell
        start, end, blocked = mark.end, len(cell.text), False
        for other in self.marks[id(cell)]:
            if other.first >= mark.last:
                if self._passed(mark, other) and not _said(cell.text[start : cell.starts[other.first]]):
                    start = other.end
                    continue
                end, blocked = cell.starts[other.first], True
                break
        if _said(cell.text[start:end]):
            yield Stretch(cell, start, end, 1.0)
        if blocked:
            return
        closeness = 0.95
        row = self.sheet.beside(cell)
        seen = 0
        for other_cell in row:
            if other_cell is cell or other_cell.box.x0 < cell.box.x1 - 2:
                continue
            start = 0
            for other in self.marks[id(other_cell)]:
                if self._passed(mark, other) and not _said(other_cell.text[start : other_cell.starts[other.first]]):
                    start = other.end
                else:
                    blocked, end = True, other_cell.starts[other.first]
                    break
            stop = end if blocked else len(other_cell.text)
            if _said(other_cell.text[start:stop]):
                yield Stretch(other_cell, start, stop, closeness)
                closeness -= 0.1
                seen += 1
            if blocked or seen >= far:
                return

    def before(self, mark: Mark) -> Iterator[Stretch]:
        """Places left of a mark, as Arabic runs: the nearest cell."""
        row = [cell for cell in self.sheet.beside(mark.cell) if cell.box.x1 <= mark.cell.box.x0 + 2]
        if row and not self.marks[id(row[-1])]:
            yield Stretch(row[-1], 0, len(row[-1].text), 0.75)

    def under(self, mark: Mark, *, lines: float = 2.6) -> Iterator[Stretch]:
        """Places below a mark; ended by another mark."""
        box = mark.box
        for cell in self.sheet.below(mark.cell.page, box, lines * (box.y1 - box.y0)):
            marks = self.marks[id(cell)]
            if marks and marks[0].first == 0:
                if self._passed(mark, marks[0]):
                    continue
                return
            yield Stretch(cell, 0, len(cell.text), 0.85 - 0.002 * (cell.box.y0 - box.y1))

    @staticmethod
    def _passed(mark: Mark, other: Mark) -> bool:
        return (
            Label.NOTE in other.labels
            or other.labels == (Label.POSITION,)
            or (other.key != mark.key and any(label in mark.labels for label in other.labels))
        )


def _said(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _compound(key: str) -> Label | None:
    """A word that ends in one that names a kind of document, as German and its neighbours put them together."""
    return next((label for end, label in COMPOUNDS.items() if key.endswith(end)), None)


def _marks(cell: Cell) -> Iterator[Mark]:
    tokens = cell.tokens
    index = 0
    while index < len(tokens):
        key, best = "", 0
        found = ""
        for last in range(index, min(index + _LONGEST, len(tokens))):
            key += tokens[last].key
            if key not in PREFIXES:
                break
            if key in PHRASES and tokens[last].key:
                found, best = key, last + 1
            if tokens[last].text.endswith(":"):
                break
        if not found or not tokens[index].key:
            if (label := _compound(tokens[index].key)) is not None:
                yield Mark(cell, index, index + 1, tokens[index].key, (label,))
            index += 1
            continue
        if best < len(tokens) and not tokens[best].key and tokens[best].text.startswith(":"):
            best += 1
        yield Mark(cell, index, best, found, PHRASES[found])
        index = best
