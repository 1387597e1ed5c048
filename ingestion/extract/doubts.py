"""What speaks against values that were read and may even add up: told with the extraction, for a person to settle.

No value is changed here. Each rule asks whether the paper says anything that the reading leaves unexplained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import combinations, pairwise
from statistics import median

from ingestion.document import Box, Column, Evidence, Reading, Term
from ingestion.extract.anchors import OTHER_KINDS, UNSETTLED, Label
from ingestion.extract.currencies import CODES, NO_DECIMALS, SHARED, THREE_DECIMALS
from ingestion.extract.layout import Cell
from ingestion.extract.line import Line
from ingestion.extract.marks import View

_SUMS = (Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE)
_CODE = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")
_AMOUNTS = frozenset({Label.NET, Label.TAX, Label.TOTAL, Label.PAYABLE, Label.PART})
_EDGE = 4.0
"""Points by which figures of one column may stand apart."""
_WORDS = 5
"""Of a title that names another kind of document; more are a sentence."""
_TALL = 1.2
"""Height of a title, by the usual one."""
_NUMBERED = frozenset({"no", "nr", "number", "num", ""})
_MOST = 12
"""Amounts among which parts of sums are looked for."""


class Doubt(StrEnum):
    """Codes that the extraction carries."""

    OTHER_TITLE = "other_title"
    """A title names a document that asks for no payment, or an invoice that isn't one yet or no more."""
    UNEXPLAINED = "amounts_unexplained"
    """An amount stands in the column of the totals that no value read explains."""
    TAX_UNNAMED = "tax_unnamed"
    """What would be the tax by arithmetic isn't called one."""
    CURRENCY_ELSEWHERE = "currency_elsewhere"
    """The totals are given in another currency, or in none while several are printed."""
    CURRENCY_SIGN = "currency_sign"
    """Its sign is used by several currencies, and no code tells which."""
    DECIMALS = "decimals_open"
    """The totals have other decimals than the currency, so that their separators may mean something else."""


def doubts(
    view: View,
    header: Mapping[Term, Reading],
    lines: tuple[Line, ...],
    between: tuple[Reading, ...],
    *,
    tax_labelled: bool,
) -> Iterator[Doubt]:
    """Everything that is left unexplained. `tax_labelled`: the tax was found by its label, not by arithmetic alone."""
    if _another(view, lines):
        yield Doubt.OTHER_TITLE
    if _unexplained(view, header, lines, between):
        yield Doubt.UNEXPLAINED
    if Term.TAX in header and not tax_labelled and not _tax_named(view, header[Term.TAX].evidence):
        yield Doubt.TAX_UNNAMED
    yield from _currency(view, header)
    if _decimals(header):
        yield Doubt.DECIMALS


def _another(view: View, lines: tuple[Line, ...]) -> bool:
    """Whether a title over the lines names another kind of document, and no greater one over it says invoice."""
    high = list(_high(view, lines))
    usual = median([cell.height for cell in view.sheet.cells]) if high else 0.0
    titles = [mark.cell for mark in view.of(Label.INVOICE, Label.CREDIT_NOTE) if mark.first == 0 and not mark.closed]
    return any(
        _unsettled(cell)
        or (
            _names_another(view, cell, tall=cell.height > _TALL * usual)
            and not any(each.box.y0 < cell.box.y0 and each.height >= cell.height for each in high if each in titles)
        )
        for cell in high
        if len(cell.tokens) <= _WORDS
    )


def _high(view: View, lines: tuple[Line, ...]) -> Iterator[Cell]:
    """Cells of the first page over its lines, where titles stand."""
    first = min(view.sheet.pages, default=0)
    page = view.sheet.pages.get(first)
    tops = [
        view.sheet.level(first, each.box).y0
        for line in lines
        for reading in line.values()
        for each in reading.evidence
        if each.page == first and each.box is not None
    ]
    until = min(tops, default=page.height / 2 if page is not None else 0.0)
    return (cell for cell in view.sheet.on(first) if cell.box.y1 < until)


def _names_another(view: View, cell: Cell, *, tall: bool) -> bool:
    """It says nothing but another kind's name; behind a taller one a number may follow. A label has a value beside."""
    words = [token.key for token in cell.tokens]
    if tall:
        words = [word for word in words if not any(map(str.isdigit, word)) and word not in _NUMBERED]
    elif cell.text.rstrip().endswith(":") or any(each.box.x0 > cell.box.x1 for each in view.sheet.beside(cell)):
        return False
    return "".join(words) in OTHER_KINDS


def _unsettled(cell: Cell) -> bool:
    """The title of an invoice that isn't one yet or no more: `PRO FORMA INVOICE`."""
    words = [token.key for token in cell.tokens]
    return any(each in "".join(words) for each in ("invoice", "rechnung", "facture", "creditnote")) and any(
        each in UNSETTLED for each in (*words, *map("".join, pairwise(words)))
    )


def _unexplained(
    view: View, header: Mapping[Term, Reading], lines: tuple[Line, ...], between: tuple[Reading, ...]
) -> bool:
    """Whether an amount below the lines, in the total's column or behind labels under its label, has no explanation."""
    total = header.get(Term.TOTAL)
    places = total.evidence if total is not None else ()
    place = next((each for each in places if each.page is not None and each.box is not None), None)
    if place is None or place.box is None or place.page is None:
        return False
    column = view.sheet.level(place.page, place.box)
    above = _end_of(view, lines, place.page, column)
    margins = [
        _label_of(view, cell) for cell in view.sheet.on(place.page) if _level(cell, column) and _holds(cell, column)
    ]
    known = {abs(value) for term in _SUMS if (value := _number(header.get(term)))}
    parts = {abs(value) for each in between if (value := _number(each)) is not None}
    amounts = [_number(line.get(Column.NET_AMOUNT)) for line in lines]
    known.add(abs(sum((each for each in amounts if each is not None), Decimal(0))))
    whole = not _places(total)
    left: list[Decimal] = []
    for cell in view.sheet.on(place.page):
        if cell.box.y0 < above:
            continue
        for amount in view.amounts(cell):
            box = cell.box_of(*cell.tokens_at(amount.start, amount.end))
            if amount.percent or not (amount.decimals or amount.currency or whole):
                continue
            if not _under(box, column) and not any(_under(_label_of(view, cell), each) for each in margins):
                continue
            labels = _labels(view, cell)
            if not (
                (abs(amount.value) in known and (labels & _AMOUNTS or _level(cell, column)))
                or (amount.value == 0 and labels & _AMOUNTS)
                or (abs(amount.value) in parts and Label.PART in labels)
            ):
                left.append(abs(amount.value))
    net, tax = (abs(_number(header.get(term)) or Decimal(0)) for term in (Term.NET, Term.TAX))
    return bool(_without_parts(left, {net, tax} if tax else set())) or _total_again(view, header)


def _label_of(view: View, cell: Cell) -> Box:
    """What stands left of it, as its label does; itself where nothing does."""
    before = [other.box for other in view.sheet.beside(cell) if other.box.x1 <= cell.box.x0 + 2]
    return before[-1] if before else cell.box


def _labels(view: View, cell: Cell) -> set[Label]:
    """What the words of its row announce."""
    return {label for other in view.sheet.beside(cell) for mark in view.marks[id(other)] for label in mark.labels}


def _total_again(view: View, header: Mapping[Term, Reading]) -> bool:
    """What is to be paid is less or more than the total and called the total itself: which one is it?"""
    total, payable = _number(header.get(Term.TOTAL)), _number(header.get(Term.PAYABLE))
    return total != payable and any(
        amount.value == payable
        for mark in view.of(Label.TOTAL)
        if mark.first == 0 and Label.PAYABLE not in mark.labels
        for place in view.behind(mark, far=4)
        for amount in view.amounts(place.cell)
    )


def _without_parts(left: list[Decimal], sums: set[Decimal]) -> list[Decimal]:
    """What is left when those are taken out that together make a sum: bases and taxes per rate."""
    if len(left) > _MOST:
        return left
    found = next(
        (
            chosen
            for count in range(2, len(left) + 1)
            for chosen in combinations(range(len(left)), count)
            if sum(left[index] for index in chosen) in sums
        ),
        None,
    )
    if found is None:
        return left
    return _without_parts([each for index, each in enumerate(left) if index not in found], sums)


def _end_of(view: View, lines: tuple[Line, ...], page: int, total: Box) -> float:
    """The lower edge of the last line over the total on its page."""
    ends = [
        view.sheet.level(page, each.box).y1
        for line in lines
        for column in (Column.NET_AMOUNT, Column.UNIT_PRICE, Column.QUANTITY)
        if column in line
        for each in line[column].evidence
        if each.page == page and each.box is not None
    ]
    return max((end for end in ends if end < total.y1), default=total.y0) - 1


def _under(box: Box, column: Box) -> bool:
    edge = max(_EDGE, (column.y1 - column.y0) / 2)
    return abs(box.x1 - column.x1) <= edge or abs(box.x0 - column.x0) <= _EDGE / 2


def _tax_named(view: View, evidence: tuple[Evidence, ...]) -> bool:
    """Whether a word for tax stands in the row, wherever."""
    return any(
        Label.TAX in mark.labels
        for each in evidence
        for cell in view.sheet.on(each.page or 0)
        if each.box is not None and _level(cell, view.sheet.level(cell.page, each.box))
        for mark in view.marks[id(cell)]
    )


def _holds(cell: Cell, box: Box) -> bool:
    return cell.box.x0 - 1 <= box.x0 and box.x1 <= cell.box.x1 + 1


def _level(cell: Cell, box: Box) -> bool:
    return cell.box.y0 < (box.y0 + box.y1) / 2 < cell.box.y1


def _currency(view: View, header: Mapping[Term, Reading]) -> Iterator[Doubt]:
    reading = header.get(Term.CURRENCY)
    if reading is None:
        return
    chosen, printed = str(reading.value), {code[0] for cell in view.sheet.cells for code in _CODE.finditer(cell.text)}
    at_sums = {code for term in _SUMS if term in header for each in header[term].evidence for code in _said(view, each)}
    signs = {amount.currency for cell in view.sheet.cells for amount in view.amounts(cell) if amount.currency}
    seen = {each for each in (printed & CODES) | signs if each != "$"}
    if at_sums - {chosen} or (not at_sums and len(seen) > 1):
        yield Doubt.CURRENCY_ELSEWHERE
    if chosen not in printed and any(sign in each.text for each in reading.evidence for sign in SHARED):
        yield Doubt.CURRENCY_SIGN


def _said(view: View, evidence: Evidence) -> Iterator[str]:
    """Currencies in the row of a value."""
    if evidence.page is None or evidence.box is None:
        return
    box = view.sheet.level(evidence.page, evidence.box)
    for cell in view.sheet.on(evidence.page):
        if _level(cell, box) and len(cell.tokens) <= 2 * _WORDS:
            yield from (code[0] for code in _CODE.finditer(cell.text) if code[0] in CODES)
            yield from (amount.currency for amount in view.amounts(cell) if amount.currency not in ("", "$"))


def _decimals(header: Mapping[Term, Reading]) -> bool:
    currency = str(header[Term.CURRENCY].value) if Term.CURRENCY in header else ""
    usual = 3 if currency in THREE_DECIMALS else 0 if currency in NO_DECIMALS else 2
    for term in (Term.NET, Term.TOTAL, Term.PAYABLE):
        value = _number(header.get(term))
        if value is None:
            continue
        places = _places(header[term])
        text = "".join(each.text for each in header[term].evidence)
        if places > max(usual, 2) or (usual == 3 and not places and re.search(r"\d[.,]\d{3}(?!\d)", text)):
            return True
        if usual == 0 and places not in (0, 2):
            return True
    return False


def _places(reading: Reading | None) -> int:
    """Decimals as printed."""
    value = _number(reading)
    exponent = value.as_tuple().exponent if value is not None else 0
    return -exponent if isinstance(exponent, int) else 0


def _number(reading: Reading | None) -> Decimal | None:
    return reading.value if reading is not None and isinstance(reading.value, Decimal) else None
