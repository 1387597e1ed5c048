"""The lines of a bill: rows of a table by the columns of its head, over several rows and pages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ingestion.document import Column
from ingestion.extract.anchors import Label
from ingestion.extract.cells import Figure, read
from ingestion.extract.columns import Head, Row, heads, rows_of
from ingestion.extract.line import VALUES, Entry, Line, in_words, line, multiplies
from ingestion.extract.marks import View

_TOTALS = (Label.NET, Label.TAX, Label.TOTAL, Label.PAYABLE)


def lines(view: View) -> tuple[Line, ...]:
    """The lines of the table that looks most like a bill's: the one with most complete rows."""
    best: list[Entry] = []
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
    return tuple(each for each in (line(entry, limit) for entry in best) if _says_something(each))


def _without_strays(view: View, entries: list[Entry]) -> list[Entry]:
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


def _sum(entries: list[Entry]) -> Decimal:
    return sum(
        (each.figures[Label.AMOUNT].amount.value for each in entries if Label.AMOUNT in each.figures), Decimal(0)
    )


def _says_something(found: Line) -> bool:
    """An amount alone is a sum or a remark within the table."""
    return bool(found.keys() & {Column.DESCRIPTION, Column.ITEM, Column.QUANTITY})


def _weight(entries: list[Entry]) -> float:
    return sum(
        len(entry.figures.keys() & VALUES.keys())
        + (1 if any(map(in_words, entry.texts.get(Label.DESCRIPTION, []))) else 0)
        + (2 if multiplies(entry.figures) else 0)
        for entry in entries
    )


def _entries(view: View, head: Head, rows: dict[int, list[Row]], until: float | None) -> Iterator[Entry]:
    """Lines under a head, on its page and, where no totals ended the table, on the following ones."""
    for page in sorted(rows):
        if page < head.page:
            continue
        found, ended = _rows(view, head, page, rows[page], until if page == head.page else None)
        yield from _grouped(head, found)
        if ended:
            return


def _rows(view: View, head: Head, page: int, rows: list[Row], until: float | None) -> tuple[list[Entry], bool]:
    """Rows of a page that may belong to lines, and whether totals ended the table."""
    found: list[Entry] = []
    ended = False
    for row in rows:
        top, bottom = min(cell.box.y0 for cell in row), max(cell.box.y1 for cell in row)
        if page == head.page and ((top + bottom) / 2 < head.bottom or (until is not None and top >= until - 3)):
            continue
        figures, texts = read(view, head, row)
        multiplied = multiplies(figures)
        if not multiplied and _is_head(view, row):
            continue
        if not multiplied and _is_total(view, row):
            ended = ended or not _only_part(view, row)
            continue
        if not ended or multiplied:
            found.append(Entry(page, top, bottom, figures, texts))
    return found, ended


def _grouped(head: Head, rows: list[Entry]) -> Iterator[Entry]:
    """Rows put together to lines: texts go to the line they stand nearer to, figures to the one that lacks them."""
    entry: Entry | None = None
    above: list[Entry] = []
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


def _nearer_below(head: Head, entry: Entry | None, row: Entry, following: list[Entry]) -> bool:
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


def _append(entry: Entry, more: Entry) -> None:
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


def _completes(entry: Entry, new: Entry) -> bool:
    """Figures that slipped into the row below: the line has no amount yet, and nothing stands twice."""
    return (
        Label.AMOUNT not in entry.figures
        and Label.AMOUNT in new.figures
        and not entry.figures.keys() & new.figures.keys()
        and new.page == entry.page
        and new.top - entry.bottom < 1.2 * (new.bottom - new.top)
    )


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
