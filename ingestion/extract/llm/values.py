"""From a text in its place to a value: parsed from the printed words by the same code as our rules use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from ingestion.document import Column, Evidence, Term, Value
from ingestion.extract.currencies import CODES, SYMBOLS
from ingestion.extract.dates import Day
from ingestion.extract.ids import compact, is_iban, tax_ids
from ingestion.extract.layout import Cell
from ingestion.extract.llm.grounding import Place, digits, find, follow
from ingestion.extract.llm.reasons import Doubt
from ingestion.extract.marks import View
from ingestion.extract.numbers import Amount


class Grounded(msgspec.Struct, frozen=True):
    """A value with the places that it was parsed from."""

    value: Value
    places: tuple[Place, ...]
    sure: bool = True
    """False where the printed words allow another reading."""
    day: Day | None = None
    """Of a date: all its readings."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Of each place."""
        return tuple(place.evidence for place in self.places)


Parse = Callable[[View, str, Sequence[Cell]], Iterator[Grounded]]
"""Every reading of a text in the cells of the cited lines; the text stands there, but may be no such value."""


def _amounts(view: View, text: str, cells: Sequence[Cell]) -> Iterator[tuple[Amount, Place]]:
    """Numbers that are printed with these very digits, all of them and no others."""
    for place in find(text, cells):
        for amount in view.amounts(place.cell):
            if place.digits and digits(place.cell.text, amount.start, amount.end) == place.digits:
                yield amount, Place(place.cell, amount.start, amount.end)


def _money(view: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    for amount, place in _amounts(view, text, cells):
        if not amount.percent:
            yield Grounded(amount.value, (place,), amount.sure)


def _rate(view: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    for amount, place in _amounts(view, text, cells):
        if not amount.currency and 0 <= amount.value <= 100:
            yield Grounded(amount.value, (place,), amount.sure)


def _day(view: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    for place in find(text, cells):
        for day in view.days(place.cell):
            if digits(place.cell.text, day.start, day.end) == place.digits:
                yield from on(day, (Place(place.cell, day.start, day.end),), month_first=view.month_first)


def on(day: Day, places: tuple[Place, ...], *, month_first: bool | None) -> Iterator[Grounded]:
    """One of a day's readings, by the order of day and month in the document; day first and unsure where it is open."""
    value = day.mdy if day.dmy is None or (month_first and day.mdy is not None) else day.dmy
    if value is not None:
        yield Grounded(value, places, not day.open or month_first is not None, day)


def _number(view: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    """A number of something: whole, with a digit, no amount of money and no date."""
    for place in find(text, cells):
        taken = [(day.start, day.end) for day in view.days(place.cell) if not day.compact]
        taken += [(each.start, each.end) for each in view.amounts(place.cell) if each.currency or each.percent]
        apart = all(end <= place.start or place.end <= start for start, end in taken)
        if place.whole and place.digits and apart:
            yield Grounded(place.text, (place,))


def _tax_id(_: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    for place in find(text, cells):
        for found in tax_ids(place.text, labelled=True):
            if place.whole and found.value == compact(place.text):
                yield Grounded(found.value, (place,), found.proven)


def _iban(_: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    for place in find(text, cells):
        if place.whole and is_iban(place.text):
            yield Grounded(compact(place.text), (place,))


def _currency(_: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    """A code, or a sign or name that stands for one; a bare `$` stands for several and is left to our rules."""
    code = SYMBOLS.get(text.strip(), text.strip().upper())
    if code not in CODES:
        return
    for place in find(text, cells):
        yield Grounded(code, (place,))
    for cell in cells:
        at = cell.text.find(text.strip())
        if at >= 0 and not any(map(str.isalnum, text)):
            yield Grounded(code, (Place(cell, at, at + len(text.strip())),))


def _words(_: View, text: str, cells: Sequence[Cell]) -> Iterator[Grounded]:
    for place in find(text, cells):
        yield Grounded(place.text.strip(), (place,))
    places = follow(text, cells)
    if len(places) > 1:
        yield Grounded(" ".join(place.text.strip() for place in places), places)


TERMS: dict[Term, Parse] = {
    Term.SUPPLIER_NAME: _words, Term.SUPPLIER_TAX_ID: _tax_id, Term.BUYER_NAME: _words, Term.BUYER_TAX_ID: _tax_id,
    Term.INVOICE_NUMBER: _number, Term.ISSUE_DATE: _day, Term.DUE_DATE: _day, Term.CURRENCY: _currency,
    Term.NET: _money, Term.TAX: _money, Term.TOTAL: _money, Term.PAYABLE: _money,
    Term.PO_NUMBER: _number, Term.IBAN: _iban,
}  # fmt: skip
COLUMNS: dict[Column, Parse] = {
    Column.DESCRIPTION: _words, Column.ITEM: _words, Column.QUANTITY: _money, Column.UNIT: _words,
    Column.UNIT_PRICE: _money, Column.NET_AMOUNT: _money, Column.TAX_RATE: _rate, Column.DISCOUNT: _rate,
}  # fmt: skip


def readings(parse: Parse, view: View, text: str, cells: Sequence[Cell]) -> tuple[Grounded, ...] | Doubt:
    """Every place where the value stands, all of the same value; else why there is none."""
    found = tuple(parse(view, text, cells))
    if not found:
        printed = next(find(text, cells), None) is not None or bool(follow(text, cells))
        return Doubt.MALFORMED if printed else Doubt.UNGROUNDED
    if len({_same(each.value) for each in found}) > 1:
        return Doubt.REPEATED
    return found


def _same(value: Value) -> Decimal | date | str:
    return compact(value) if isinstance(value, str) else value
