"""The head of a table of lines: which column holds what, by its words in one row or in several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from ingestion.document import Box, Source
from ingestion.extract.anchors import COLUMNS, PHRASES, Label
from ingestion.extract.layout import Cell, fold
from ingestion.extract.marks import Mark, View

NUMERIC = (
    Label.POSITION, Label.QUANTITY, Label.PRICE, Label.AMOUNT, Label.GROSS, Label.RATE, Label.LINE_TAX, Label.DISCOUNT,
)  # fmt: skip
TEXT = (Label.DESCRIPTION, Label.ITEM, Label.UNIT)
_ORDER = {label: rank for rank, label in enumerate([*TEXT, *NUMERIC])}


class Heading(msgspec.Struct, frozen=True):
    """One column's heading; `label` is None where its words aren't known."""

    label: Label | None
    x0: float
    x1: float
    could: tuple[Label, ...] = ()
    """What its words may announce."""


class Head(msgspec.Struct, frozen=True):
    """The head of a table."""

    page: int
    top: float
    bottom: float
    headings: tuple[Heading, ...]
    """From left to right."""

    def has(self, label: Label) -> bool:
        """Whether there is such a column."""
        return any(heading.label is label for heading in self.headings)

    def alternatives(self) -> Iterator[Head]:
        """Itself; with the last column for amounts where none is known to hold them; with another one for descriptions.

        `Article` and `Item` announce a number or a description: which of two does is seen in the rows.
        """
        yield self
        for index, heading in enumerate(self.headings):
            if heading.label is None and Label.DESCRIPTION in heading.could:
                named = [_moved(each) for each in self.headings]
                named[index] = msgspec.structs.replace(heading, label=Label.DESCRIPTION)
                yield msgspec.structs.replace(self, headings=tuple(named))
        last = self.headings[-1]
        if not self.has(Label.AMOUNT) and self.has(Label.PRICE) and last.label is not Label.PRICE:
            amount = Heading(Label.AMOUNT, last.x0, last.x1)
            yield msgspec.structs.replace(self, headings=(*self.headings[:-1], amount))

    @property
    def weight(self) -> int:
        """How much it looks like the head of a table of lines."""
        known = {heading.label for heading in self.headings} - {None}
        money = Label.AMOUNT in known or Label.PRICE in known or Label.GROSS in known
        text = Label.DESCRIPTION in known or Label.ITEM in known
        return len(known) if money and text else 0


def _moved(heading: Heading) -> Heading:
    """One step back from descriptions: they become numbers of articles, and those nothing."""
    label = (
        {Label.DESCRIPTION: Label.ITEM, Label.ITEM: None}.get(heading.label, heading.label) if heading.label else None
    )
    return msgspec.structs.replace(heading, label=label)


class _Piece(msgspec.Struct, frozen=True):
    text: str
    box: Box
    keys: tuple[str, ...]
    """Known phrases in it that may head a column."""


Row = list[Cell]


def rows_of(view: View, page: int) -> list[Row]:
    """Cells of a page by rows, from top to bottom, each from left to right."""
    rows = _rows(view.sheet.on(page))
    for row in rows:
        row.sort(key=lambda cell: cell.box.x0)
    return rows


def _rows(cells: list[Cell]) -> list[Row]:
    """By base lines; recognised cells by the lines they were put in, for their boxes are of uneven heights."""
    rows: list[Row] = []
    if cells and cells[0].source is Source.OCR:
        lines: dict[int, Row] = {}
        for cell in cells:
            lines.setdefault(cell.line, []).append(cell)
        return sorted(lines.values(), key=_middle)
    base = height = 0.0
    for cell in sorted(cells, key=lambda each: each.box.y1):
        if rows and abs(cell.box.y1 - base) <= 0.32 * min(height, cell.height):
            rows[-1].append(cell)
        else:
            rows.append([cell])
            base, height = cell.box.y1, cell.height
    return rows


def heads(view: View, page: int, rows: list[Row]) -> list[Head]:
    """Heads of tables of lines on a page, from top to bottom."""
    found: list[Head] = []
    for index, row in enumerate(rows):
        if found and row[0].box.y0 < found[-1].bottom:
            continue
        if len(_labels(view, row)) < 2 or _has_figures(view, row):
            continue
        head = _grown(view, page, rows, index)
        if head.weight >= 2:
            found.append(head)
    return found


def _labels(view: View, row: Row) -> set[Label]:
    """Kinds of columns a row may announce; words inside a sentence don't count."""
    found: set[Label] = set()
    for cell in row:
        marks = view.marks[id(cell)]
        covered = sum(mark.last - mark.first for mark in marks)
        if marks and covered * 2 >= len(cell.tokens):
            found |= {label for mark in marks for label in mark.labels if label in COLUMNS}
    return found


def _has_figures(view: View, row: Row) -> bool:
    """Amounts or dates; a bare number counts among the words, not beside them: there it is the margin's."""
    worded = [cell.box for cell in row if any(_heads(mark) for mark in view.marks[id(cell)])]
    left, right = min((box.x0 for box in worded), default=0.0), max((box.x1 for box in worded), default=1e9)
    for cell in row:
        for amount in view.amounts(cell):
            among = cell.box.x1 > left and cell.box.x0 < right
            if amount.decimals or amount.currency or (among and amount.end - amount.start == len(cell.text)):
                return True
    return any(view.days(cell) for cell in row)


def _grown(view: View, page: int, rows: list[Row], seed: int) -> Head:
    """The head with the rows above and below that belong to it, as far as that makes more columns known."""
    best = _head(page, view, rows[seed : seed + 1])
    low, high = seed, seed + 1
    for step in (1, 1, 1, -1, -1, -1):
        first, last = (low, high + 1) if step > 0 else (low - 1, high)
        if first < 0 or last > len(rows):
            continue
        added = rows[last - 1] if step > 0 else rows[first]
        near = rows[high - 1] if step > 0 else rows[low]
        height = max(cell.height for cell in near)
        gap = abs(_middle(added) - _middle(near))
        if gap > 1.6 * height or _has_figures(view, added) or not _fits(view, best, added):
            continue
        if any(len(cell.tokens) > 4 for cell in added):
            continue
        grown = _head(page, view, rows[first:last])
        if grown.weight >= best.weight:
            best, low, high = grown, first, last
    return best


def _middle(row: Row) -> float:
    return sum((cell.box.y0 + cell.box.y1) / 2 for cell in row) / len(row)


def _fits(view: View, head: Head, row: Row) -> bool:
    """It announces columns as well, or only stands above or below those that are there."""
    return bool(_labels(view, row)) or all(
        any(cell.box.x0 < heading.x1 and heading.x0 < cell.box.x1 for heading in head.headings) for cell in row
    )


def _whole(view: View, cell: Cell) -> _Piece:
    return _Piece(cell.text, cell.box, tuple(mark.key for mark in view.marks[id(cell)] if _heads(mark)))


def _heads(mark: Mark) -> bool:
    return any(label in COLUMNS for label in mark.labels)


def _cut(view: View, cell: Cell) -> list[_Piece]:
    """A cell that holds several headings, cut where each begins."""
    starts = [mark.first for mark in view.marks[id(cell)] if _heads(mark)] or [0]
    edges = sorted({0, *starts, len(cell.tokens)})
    pieces = []
    for first, last in pairwise(edges):
        keys = tuple(mark.key for mark in view.marks[id(cell)] if mark.first == first and _heads(mark))
        text = " ".join(token.text for token in cell.tokens[first:last])
        pieces.append(_Piece(text, cell.box_of(first, last), keys))
    return pieces


def _head(page: int, view: View, rows: list[Row]) -> Head:
    columns: list[list[_Piece]] = []
    for group in _grouped([[(_whole(view, cell), cell) for cell in row] for row in rows]):
        pieces = [piece for piece, _ in group]
        several = len({key for piece in pieces for key in piece.keys}) > 1
        if several and not _known(_text(pieces)) and any(len(piece.keys) > 1 for piece in pieces):
            cells = [cell for _, cell in group]
            lines = [[(piece, cell) for piece in _cut(view, cell)] for cell in cells]
            columns.extend([piece for piece, _ in part] for part in _grouped(lines))
        else:
            columns.append(pieces)
    columns.sort(key=lambda column: min(piece.box.x0 for piece in column))
    boxes = [cell.box for row in rows for cell in row]
    return Head(page, min(box.y0 for box in boxes), max(box.y1 for box in boxes), _named(columns))


def _grouped(rows: list[list[tuple[_Piece, Cell]]]) -> list[list[tuple[_Piece, Cell]]]:
    """Pieces of several rows by columns: those that stand under each other."""
    columns: list[list[tuple[_Piece, Cell]]] = []
    for row in rows:
        taken: set[int] = set()
        for piece, cell in row:
            if not any(map(str.isalnum, piece.text)) and piece.text not in "#%":
                continue
            same = next(
                (
                    index
                    for index, column in enumerate(columns)
                    if index not in taken and any(_overlap(piece.box, other.box) for other, _ in column)
                ),
                len(columns),
            )
            if same == len(columns):
                columns.append([])
            columns[same].append((piece, cell))
            taken.add(same)
    return columns


def _text(pieces: list[_Piece]) -> str:
    return fold("".join(piece.text for piece in pieces))


def _known(key: str) -> list[Label]:
    return [label for label in PHRASES.get(key, ()) if label in COLUMNS]


def _overlap(one: Box, other: Box) -> bool:
    shared = min(one.x1, other.x1) - max(one.x0, other.x0)
    return shared > 0.3 * min(one.x1 - one.x0, other.x1 - other.x0)


def _rank(choices: list[Label], index: int) -> tuple[int, int]:
    """Columns with the fewest choices first; of several for an amount the last, else the first."""
    return len(choices) or 99, -index if Label.AMOUNT in choices else index


def _named(columns: list[list[_Piece]]) -> tuple[Heading, ...]:
    """Each column its label: the one with the fewest choices first, and none twice but for amounts."""
    choices: list[list[Label]] = []
    for column in columns:
        keys = [
            _text(column),
            *(fold(piece.text) for piece in column),
            *(key for piece in column for key in piece.keys),
        ]
        choices.append(list(dict.fromkeys(label for key in keys for label in _known(key))))
        sign = "".join(piece.text for piece in column).strip()
        if not choices[-1] and sign in ("#", "%"):
            choices[-1] = [Label.POSITION if sign == "#" else Label.RATE]
    named: dict[int, Label] = {}
    for index in sorted(range(len(columns)), key=lambda each: _rank(choices[each], each)):
        left = [label for label in choices[index] if label not in named.values()]
        if left:
            named[index] = left[0]
    price = next((index for index, label in named.items() if label is Label.PRICE), None)
    if price is not None and Label.QUANTITY not in named.values():
        # "Amount" before the price is how many
        for index in range(price):
            if index not in named and Label.AMOUNT in choices[index]:
                named[index] = Label.QUANTITY
                break
    if price is not None and not {Label.QUANTITY, Label.AMOUNT} & set(named.values()):
        named[price] = Label.AMOUNT
    return tuple(
        Heading(
            named.get(index),
            min(piece.box.x0 for piece in column),
            max(piece.box.x1 for piece in column),
            tuple(choices[index]),
        )
        for index, column in enumerate(columns)
    )
