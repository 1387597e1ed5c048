"""A row of a table of lines by its columns: numbers and words, each to the heading it stands under."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ingestion.document import Box, Evidence
from ingestion.extract.anchors import Label
from ingestion.extract.columns import NUMERIC, Head, Row
from ingestion.extract.layout import Cell
from ingestion.extract.marks import View
from ingestion.extract.numbers import Amount

_FAR = 70.0
"""Points that a figure may stand away from its heading."""

_CODE = 10**9
"""A whole number from here on is no quantity and no price."""


class Figure(msgspec.Struct, frozen=True):
    """A number in a row."""

    amount: Amount
    cell: Cell
    box: Box

    @property
    def evidence(self) -> Evidence:
        """Where it stands."""
        return self.cell.evidence(self.amount.start, self.amount.end)


class Text(msgspec.Struct, frozen=True):
    """Words in a row."""

    cell: Cell
    start: int
    end: int
    box: Box

    @property
    def text(self) -> str:
        """As read."""
        return self.cell.text[self.start : self.end].strip()


def read(view: View, head: Head, row: Row) -> tuple[dict[Label, Figure], dict[Label, list[Text]]]:
    """The figures and texts of a row by column. A number that no column takes stays part of its text."""
    figures: list[Figure] = []
    for cell in row:
        found = view.amounts(cell)
        wordy = bool(found) and _column(head, cell.box) is Label.DESCRIPTION and _has_words(cell, found)
        for amount in found:
            if not amount.decimals and abs(amount.value) >= _CODE:
                continue  # of an article, a parcel, a meter
            first, last = cell.tokens_at(amount.start, amount.end)
            figure = Figure(amount, cell, cell.box_of(first, last))
            if not wordy or _column(head, figure.box) in NUMERIC:
                figures.append(figure)
    assigned = _assigned(head, figures)
    taken = list(assigned.values())
    texts: dict[Label, list[Text]] = {}
    for cell in row:
        column = _column(head, cell.box)
        if column is not None:
            texts.setdefault(column, []).extend(_texts(cell, [each for each in taken if each.cell is cell]))
    return assigned, texts


def _has_words(cell: Cell, found: list[Amount]) -> bool:
    """There is more in the cell than figures and their units of one letter."""
    return any(
        sum(map(str.isalpha, token.text)) >= 2 and all(not each.start <= start < each.end for each in found)
        for token, start in zip(cell.tokens, cell.starts, strict=True)
    )


def _texts(cell: Cell, mine: list[Figure]) -> Iterator[Text]:
    """What is left of a cell between its figures."""
    start = 0
    mine = sorted(mine, key=lambda each: each.amount.start)
    for end, following in [*((each.amount.start, each.amount.end) for each in mine), (len(cell.text), 0)]:
        piece = cell.text[start:end]
        if any(map(str.isalnum, piece)):
            begin = start + len(piece) - len(piece.lstrip())
            first, last = cell.tokens_at(begin, start + len(piece.rstrip()))
            yield Text(cell, begin, end, cell.box_of(first, last))
        start = following


def _distance(box: Box, x0: float, x1: float) -> float:
    edges = min(abs(box.x1 - x1), abs(box.x0 - x0), abs((box.x0 + box.x1 - x0 - x1) / 2))
    return 0.5 * edges if min(box.x1, x1) > max(box.x0, x0) else edges + 5


def _column(head: Head, box: Box) -> Label | None:
    """What the nearest heading announces."""
    return min(head.headings, key=lambda heading: _distance(box, heading.x0, heading.x1)).label


def _assigned(head: Head, figures: list[Figure]) -> dict[Label, Figure]:
    """Figures to columns so that both run from left to right and the distances are the least together."""
    figures = sorted(figures, key=lambda figure: figure.box.x0)
    columns = [heading for heading in head.headings if heading.label not in (Label.ITEM, Label.UNIT)]
    best: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())] * (len(columns) + 1)
    for number, figure in enumerate(figures):
        row: list[tuple[float, tuple[tuple[int, int], ...]]] = [(best[0][0] + _FAR, best[0][1])]
        for index, heading in enumerate(columns):
            cost = _distance(figure.box, heading.x0, heading.x1)
            if figure.amount.percent and heading.label not in (Label.RATE, Label.DISCOUNT, None, Label.DESCRIPTION):
                cost += 40
            if figure.amount.currency and heading.label in (Label.POSITION, Label.QUANTITY, Label.RATE):
                cost += 40
            taken = best[index][0] + min(cost, 2 * _FAR), (*best[index][1], (number, index))
            skipped = best[index + 1][0] + _FAR, best[index + 1][1]
            row.append(min(row[index], taken, skipped, key=lambda each: each[0]))
        best = row
    result: dict[Label, Figure] = {}
    for number, index in best[-1][1]:
        label = columns[index].label
        if label is not None and label in NUMERIC:
            result[label] = figures[number]
    return result
