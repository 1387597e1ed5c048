"""The lines of a bill: rows of a table by the columns of its head, over several rows and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from ingestion.document import Column, Reading
from ingestion.extract.anchors import Label
from ingestion.extract.cells import Figure, Text, read
from ingestion.extract.columns import Head, Row, heads, rows_of
from ingestion.extract.marks import View

_TOTALS = (Label.NET, Label.TAX, Label.TOTAL, Label.PAYABLE)
_VALUES = {
    Label.QUANTITY: Column.QUANTITY, Label.PRICE: Column.UNIT_PRICE, Label.AMOUNT: Column.NET_AMOUNT,
    Label.RATE: Column.TAX_RATE,
}  # fmt: skip
_TIMES = re.compile(
    r"\(?(?<![\d.,])(\d{1,6}(?:[.,]\d{1,3})?)\s?[x×*]\s?(\d{1,9}(?:[.,]\d{1,6})?)(?:\s?[A-Z€$£]{1,3})?(?![\d.,])\)?"
)
Line = Mapping[Column, Reading]


class _Entry(msgspec.Struct):
    """One line while it is put together."""

    page: int
    top: float
    bottom: float
    figures: dict[Label, Figure]
    texts: dict[Label, list[Text]]


def lines(view: View) -> tuple[Line, ...]:
    """The lines of the table that looks most like a bill's: the one with most complete rows."""
    best: list[_Entry] = []
    pages = sorted(view.sheet.pages)
    rows = {page: rows_of(view, page) for page in pages}
    found = [(page, head) for page in pages for head in heads(view, page, rows[page])]
    for index, (page, head) in enumerate(found):
        later = [other for other in found[index + 1 :] if other[0] == page]
        for each in head.alternatives():
            entries = list(_entries(view, each, rows, later[0][1].top if later else None))
            if _weight(entries) > _weight(best):
                best = entries
    best = _without_strays(view, best)
    limit = max((text.box.x1 for entry in best for text in entry.texts.get(Label.DESCRIPTION, [])), default=0.0)
    return tuple(line for line in (_line(entry, limit) for entry in best) if _says_something(line))


def _without_strays(view: View, entries: list[_Entry]) -> list[_Entry]:
    """Without rows that only look like lines, where the sum of the others is printed and that of all isn't.

    Those are others: with an amount, and a quantity or a price.
    """
    whole = [
        each for each in entries if Label.AMOUNT in each.figures and {Label.QUANTITY, Label.PRICE} & each.figures.keys()
    ]
    if len(whole) in (0, len(entries)):
        return entries
    sums = {
        abs(amount.value)
        for mark in view.of(*_TOTALS, Label.PART)
        for place in (*view.behind(mark, far=4), *view.under(mark, lines=6))
        for amount in view.amounts(place.cell)
    }
    return whole if abs(_sum(whole)) in sums and abs(_sum(entries)) not in sums - {abs(_sum(whole))} else entries


def _sum(entries: list[_Entry]) -> Decimal:
    return sum(
        (each.figures[Label.AMOUNT].amount.value for each in entries if Label.AMOUNT in each.figures), Decimal(0)
    )


def _says_something(line: Line) -> bool:
    """An amount alone is a sum or a remark within the table."""
    return bool(line.keys() & {Column.DESCRIPTION, Column.ITEM, Column.QUANTITY})


def _weight(entries: list[_Entry]) -> float:
    return sum(
        len(entry.figures.keys() & _VALUES.keys())
        + (1 if any(map(_in_words, entry.texts.get(Label.DESCRIPTION, []))) else 0)
        + (2 if _multiplies(entry.figures) else 0)
        for entry in entries
    )


def _entries(view: View, head: Head, rows: dict[int, list[Row]], until: float | None) -> Iterator[_Entry]:
    """Lines under a head, on its page and, where no totals ended the table, on the following ones."""
    for page in sorted(rows):
        if page < head.page:
            continue
        found, ended = _rows(view, head, page, rows[page], until if page == head.page else None)
        yield from _grouped(head, found)
        if ended:
            return


def _rows(view: View, head: Head, page: int, rows: list[Row], until: float | None) -> tuple[list[_Entry], bool]:
    """Rows of a page that may belong to lines, and whether totals ended the table."""
    found: list[_Entry] = []
    ended = False
    for row in rows:
        top, bottom = min(cell.box.y0 for cell in row), max(cell.box.y1 for cell in row)
        if page == head.page and ((top + bottom) / 2 < head.bottom or (until is not None and top >= until - 3)):
            continue
        figures, texts = read(view, head, row)
        multiplied = _multiplies(figures)
        if not multiplied and _is_head(view, row):
            continue
        if not multiplied and _is_total(view, row):
            ended = ended or not _only_part(view, row)
            continue
        if not ended or multiplied:
            found.append(_Entry(page, top, bottom, figures, texts))
    return found, ended


def _grouped(head: Head, rows: list[_Entry]) -> Iterator[_Entry]:
    """Rows put together to lines: texts go to the line they stand nearer to, figures to the one that lacks them."""
    entry: _Entry | None = None
    above: list[_Entry] = []
    for index, row in enumerate(rows):
        if entry is not None and _completes(entry, row):
            entry.figures = {**row.figures, **entry.figures}
            _append(entry, row)
        elif _begins(head, row.figures):
            if entry is not None:
                yield entry
            entry = row
            for other in reversed(above):
                for label, texts in other.texts.items():
                    entry.texts[label] = [*texts, *entry.texts.get(label, [])]
            above = []
        elif above or _nearer_below(head, entry, row, rows[index + 1 : index + 4]):
            above.append(row)
        elif entry is not None and row.top - entry.bottom < 1.2 * (row.bottom - row.top):
            _append(entry, row)
    if entry is not None:
        yield entry


def _nearer_below(head: Head, entry: _Entry | None, row: _Entry, following: list[_Entry]) -> bool:
    """A text that stands nearer to the line below than to the one above."""
    bottom = row.bottom
    for other in following:
        gap = other.top - bottom
        if gap > 0.3 * (row.bottom - row.top):
            return False
        if _begins(head, other.figures):
            return entry is None or gap < row.top - entry.bottom - 1
        bottom = max(bottom, other.bottom)
    return False


def _append(entry: _Entry, more: _Entry) -> None:
    entry.bottom = max(entry.bottom, more.bottom)
    for label, texts in more.texts.items():
        entry.texts.setdefault(label, []).extend(texts)


def _begins(head: Head, figures: dict[Label, Figure]) -> bool:
    """A row with an amount begins a line; where the table has no such column, one with a price or quantity."""
    if Label.AMOUNT in figures or Label.GROSS in figures:
        return True
    if Label.QUANTITY in figures and (Label.PRICE in figures or Label.POSITION in figures):
        return True
    return not head.has(Label.AMOUNT) and (Label.PRICE in figures or Label.QUANTITY in figures)


def _completes(entry: _Entry, new: _Entry) -> bool:
    """Figures that slipped into the row below: the line has no amount yet, and nothing stands twice."""
    return (
        Label.AMOUNT not in entry.figures
        and Label.AMOUNT in new.figures
        and not entry.figures.keys() & new.figures.keys()
        and new.page == entry.page
        and new.top - entry.bottom < 1.2 * (new.bottom - new.top)
    )


def _multiplies(figures: dict[Label, Figure]) -> bool:
    if not {Label.QUANTITY, Label.PRICE, Label.AMOUNT} <= figures.keys():
        return False
    product = figures[Label.QUANTITY].amount.value * figures[Label.PRICE].amount.value
    amount = figures[Label.AMOUNT].amount.value
    if amount == 0:
        return product == 0
    return abs(abs(product) - abs(amount)) <= max(Decimal("0.02"), abs(amount) / 200)


def _is_total(view: View, row: Row) -> bool:
    for cell in row:
        for mark in view.marks[id(cell)]:
            if mark.first == 0 and any(label in mark.labels for label in (*_TOTALS, Label.PART)):
                return True
    return False


def _only_part(view: View, row: Row) -> bool:
    """A sum within the table: nothing but allowances, charges, sums of parts."""
    marks = [mark for cell in row for mark in view.marks[id(cell)] if mark.first == 0]
    return not any(label in mark.labels for mark in marks for label in _TOTALS)


def _is_head(view: View, row: Row) -> bool:
    known = {label for cell in row for mark in view.marks[id(cell)] for label in mark.labels}
    return len(known & {Label.DESCRIPTION, Label.QUANTITY, Label.PRICE, Label.AMOUNT, Label.POSITION}) >= 3 and not any(
        amount.decimals for cell in row for amount in view.amounts(cell)
    )


def _line(entry: _Entry, limit: float) -> dict[Column, Reading]:
    values: dict[Column, Reading] = {}
    _count_in_place(entry)
    sure = 0.95 if _multiplies(entry.figures) else 0.7
    for label, column in _VALUES.items():
        if label in entry.figures:
            figure = entry.figures[label]
            certain = sure if figure.amount.sure else 0.4
            values[column] = Reading(figure.amount.value, (figure.evidence,), certain)
    for label, column in (
        (Label.DESCRIPTION, Column.DESCRIPTION),
        (Label.ITEM, Column.ITEM),
        (Label.UNIT, Column.UNIT),
    ):
        pieces = entry.texts.get(label, [])
        if label is Label.DESCRIPTION:
            pieces = _wrapped(_worded(pieces) or list(filter(_in_words, entry.texts.get(Label.ITEM, []))), limit)
        if pieces:
            text = " ".join(piece.text for piece in pieces).strip(" |:")
            evidence = tuple(piece.cell.evidence(piece.start, piece.end) for piece in pieces)
            values[column] = Reading(text, evidence, 0.7)
    return _times(values)


def _worded(pieces: list[Text]) -> list[Text]:
    """Without the rows before the first with words: the article's number, over its name."""
    for index, piece in enumerate(pieces):
        if _in_words(piece):
            return [each for each in pieces[:index] if each.box.y1 > piece.box.y0 + 0.5 * _height(piece)] + pieces[
                index:
            ]
    return pieces


def _in_words(piece: Text) -> bool:
    """Says what a thing is, and isn't its number."""
    letters, digits = sum(map(str.isalpha, piece.text)), sum(map(str.isdigit, piece.text))
    return letters >= 3 and letters > digits


def _count_in_place(entry: _Entry) -> None:
    """A first column that is no running number but, times the price, the amount."""
    figures = entry.figures
    if Label.POSITION in figures and Label.QUANTITY not in figures and figures[Label.POSITION].amount.decimals:
        counted = {**figures, Label.QUANTITY: figures[Label.POSITION]}
        if _multiplies(counted):
            entry.figures = counted


def _times(values: dict[Column, Reading]) -> dict[Column, Reading]:
    """`(3 x 49.00)` in the text of a line without columns for it, where the product is the amount."""
    text, amount = values.get(Column.DESCRIPTION), values.get(Column.NET_AMOUNT)
    if text is None or amount is None or {Column.QUANTITY, Column.UNIT_PRICE} & values.keys():
        return values
    words = str(text.value)
    for found in _TIMES.finditer(words):
        quantity, price = Decimal(found[1].replace(",", ".")), Decimal(found[2].replace(",", "."))
        if quantity * price == amount.value:
            evidence = tuple(msgspec.structs.replace(each, text=found[0].strip("() ")) for each in text.evidence[:1])
            values[Column.QUANTITY] = Reading(quantity, evidence, 0.9)
            values[Column.UNIT_PRICE] = Reading(price, evidence, 0.9)
            rest = (words[: found.start()] + words[found.end() :]).strip()
            if rest:
                values[Column.DESCRIPTION] = Reading(rest, text.evidence, text.confidence)
            break
    return values


def _labelled(piece: Text) -> bool:
    """Begins with a label and its colon: `Delivery date: 1 May`."""
    return any(":" in word for word in piece.text.split()[:3])


def _height(piece: Text) -> float:
    return piece.box.y1 - piece.box.y0


def _wrapped(pieces: list[Text], limit: float) -> list[Text]:
    """The first paragraph: a row goes on in the next only where its first word had no room any more."""
    kept: list[Text] = []
    for piece in pieces:
        if kept and piece.box.y0 > kept[-1].box.y1 - 0.5 * (piece.box.y1 - piece.box.y0):
            word = piece.cell.tokens[piece.cell.tokens_at(piece.start, piece.start + 1)[0]].box
            room = limit - max(each.box.x1 for each in kept if each.cell.line == kept[-1].cell.line)
            if word.x1 - word.x0 < room - 3 or _height(piece) < 0.92 * _height(kept[0]) or _labelled(piece):
                break
        kept.append(piece)
    return kept
