"""From answers to an extraction: what is grounded, how surely, why the rest was dropped. All arithmetic is ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from ingestion.document import Column, Extraction, Kind, Reading, Term
from ingestion.extract import fields
from ingestion.extract.layout import Cell
from ingestion.extract.llm.answer import Answer, Said, SaidItem
from ingestion.extract.llm.numbering import Lines, Part
from ingestion.extract.llm.reasons import Doubt
from ingestion.extract.llm.values import COLUMNS, TERMS, Grounded, on, readings
from ingestion.extract.marks import View

_GROUNDED, _ADDS_UP, _UNSURE, _CONTRADICTORY = 0.8, 0.95, 0.4, 0.2
"""Raw scores, which only order readings: a language model's own word of how sure it is isn't asked for."""
_CENT = Decimal("0.011")
_TOTALS = (Term.NET, Term.TAX, Term.TOTAL)
_KINDS = {kind.value: kind for kind in Kind}
_NAMES = {term.value: term for term in Term}
_HEADINGS = {column.value: column for column in Column}
_FAR = 12
"""Lines that one citation may span: more would find any digits somewhere."""

Spot = tuple[int, int]
"""Which cell, and the index of the value's first sign."""


class Credit(msgspec.Struct, frozen=True):
    """Whose reading it is; stands in every piece of evidence."""

    model: str
    prompt: str
    """Digest."""


class Answered(msgspec.Struct, frozen=True):
    """What came of one part of a document."""

    part: Part
    answer: Answer


def extraction(view: View, lines: Lines, answered: Sequence[Answered], credit: Credit, extractor: str) -> Extraction:
    """Of one document, from the answers to all of its parts."""
    doubts: list[str] = []
    kind = _kind([each.answer.kind for each in answered])
    header = _header(view, lines, answered, doubts)
    _order_days(view, header)
    items = _items(view, lines, answered, doubts)
    values = _scored(header, doubts, credit=kind is Kind.CREDIT_NOTE)
    for term in (Term.ISSUE_DATE, Term.DUE_DATE):
        if term in header and not header[term].sure:
            doubts.append(f"ambiguous_{term.value}")
    return Extraction(
        kind=kind,
        header={term: _credited(values[term], credit) for term in Term if term in values},
        lines=tuple({name: _credited(reading, credit) for name, reading in item.items()} for item in items),
        extractor=extractor,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _kind(said: Iterable[str]) -> Kind:
    """What the first part was taken for that was taken for anything."""
    kinds = [_KINDS.get(each, Kind.OTHER) for each in said]
    return next((kind for kind in kinds if kind is not Kind.OTHER), Kind.OTHER)


def _cells(lines: Lines, cited: Sequence[int]) -> list[Cell]:
    """Of the cited lines from top to bottom; none where they lie too far apart to be one place."""
    numbers = sorted(set(cited))
    if not numbers or numbers[-1] - numbers[0] > _FAR:
        return []
    return [cell for number in numbers for cell in lines.cells(number)]


def _header(view: View, lines: Lines, answered: Sequence[Answered], doubts: list[str]) -> dict[Term, Grounded]:
    """Terms that are grounded, and given with one value only in all answers."""
    found: dict[Term, Grounded] = {}
    dropped: set[Term] = set()
    for said in (each for part in answered for each in part.answer.values):
        term = _NAMES.get(said.term)
        if term is None:
            doubts.append(Doubt.MALFORMED.of("term"))
            continue
        read = _value(view, lines, said, term)
        if isinstance(read, Doubt):
            doubts.append(read.of(term.value))
        elif term in found and found[term].value != read.value:
            dropped.add(term)
            doubts.append(Doubt.REPEATED.of(term.value))
        else:
            found.setdefault(term, read)
    return {term: read for term, read in found.items() if term not in dropped}


def _value(view: View, lines: Lines, said: Said, term: Term) -> Grounded | Doubt:
    read = readings(TERMS[term], view, said.text, _cells(lines, said.lines))
    return read if isinstance(read, Doubt) else read[0]


def _order_days(view: View, header: dict[Term, Grounded]) -> None:
    """Day and month by what nothing else decides: that a bill falls due soon after its date. As our rules do."""
    issue, due = header.get(Term.ISSUE_DATE), header.get(Term.DUE_DATE)
    if view.month_first is None and issue is not None and due is not None and issue.day and due.day:
        order = fields.by_span(issue.day, due.day)
        for term, read in ((Term.ISSUE_DATE, issue), (Term.DUE_DATE, due)):
            if read.day is not None:
                header[term] = next(on(read.day, read.places, month_first=order), read)


def _items(
    view: View, lines: Lines, answered: Sequence[Answered], doubts: list[str]
) -> tuple[Mapping[Column, Reading], ...]:
    """Each item once, in its order; one whose amount stands where another's does is dropped."""
    items: list[Mapping[Column, Reading]] = []
    amounts: set[Spot] = set()
    for each in answered:
        for said in each.answer.items:
            cited = {number for cell in said.cells for number in cell.lines}
            if cited & set(each.part.numbers) and not cited & set(each.part.own):
                continue  # shown for understanding only; the part that it belongs to gives it
            cells = _item(view, lines, said, doubts)
            amount = cells.get(Column.NET_AMOUNT)
            spot = _spot(amount) if amount is not None else None
            if spot is not None and spot in amounts:
                doubts.append(Doubt.REPEATED.of("line"))
            elif cells.keys() & {Column.NET_AMOUNT, Column.UNIT_PRICE, Column.QUANTITY}:
                items.append(_checked(cells, doubts))
                if spot is not None:
                    amounts.add(spot)
            else:
                doubts.append(Doubt.UNGROUNDED.of("line"))
    return tuple(items)


def _item(view: View, lines: Lines, said: SaidItem, doubts: list[str]) -> dict[Column, Grounded]:
    """An item's cells; no two numbers of an item are read from the same place."""
    found: dict[Column, Grounded] = {}
    taken: set[Spot] = set()
    for cell in said.cells:
        column = _HEADINGS.get(cell.column)
        if column is None:
            doubts.append(Doubt.MALFORMED.of("column"))
            continue
        read = readings(COLUMNS[column], view, cell.text, _cells(lines, cell.lines))
        if isinstance(read, Doubt):
            doubts.append(read.of(column.value))
            continue
        free = [each for each in read if isinstance(each.value, str) or _spot(each) not in taken]
        if column in found or not free:
            doubts.append(Doubt.REPEATED.of(column.value))
            continue
        found[column] = free[-1] if column is Column.NET_AMOUNT else free[0]
        if not isinstance(free[0].value, str):
            taken.add(_spot(found[column]))
    return found


def _spot(read: Grounded) -> Spot:
    place = read.places[0]
    return id(place.cell), place.start


def _checked(item: Mapping[Column, Grounded], doubts: list[str]) -> Mapping[Column, Reading]:
    """With what arithmetic says: quantity times price is the amount, to half a percent."""
    factors = [item[each].value for each in (Column.QUANTITY, Column.UNIT_PRICE, Column.NET_AMOUNT) if each in item]
    numbers = [each for each in factors if isinstance(each, Decimal)]
    sure = _GROUNDED
    if len(numbers) == 3:
        quantity, price, amount = numbers
        holds = abs(abs(quantity * price) - abs(amount)) <= max(Decimal("0.02"), abs(amount) / 200)
        sure = _ADDS_UP if holds else _UNSURE
        if not holds:
            doubts.append(Doubt.CONTRADICTORY.of("line"))
    return {column: Reading(read.value, read.evidence, sure if read.sure else _UNSURE) for column, read in item.items()}


def _scored(header: Mapping[Term, Grounded], doubts: list[str], *, credit: bool) -> dict[Term, Reading]:
    """With what arithmetic says of the totals. On a credit note all of them get the total's sign, as our rules do."""
    values = {term: read.value for term, read in header.items()}
    if credit:
        total = values.get(Term.TOTAL)
        sign = -1 if isinstance(total, Decimal) and total < 0 else 1
        values |= {term: sign * abs(each) for term in _TOTALS if isinstance(each := values.get(term), Decimal)}
    sums = [each for term in _TOTALS if isinstance(each := values.get(term), Decimal)]
    score = _GROUNDED
    if len(sums) == len(_TOTALS):
        net, tax, total_ = sums
        score = _ADDS_UP if abs(net + tax - total_) < _CENT else _CONTRADICTORY
        if score == _CONTRADICTORY:
            doubts.append(Doubt.CONTRADICTORY.of("totals"))
    return {
        term: Reading(
            values[term], read.evidence, min(score if term in _TOTALS else _GROUNDED, 1.0 if read.sure else _UNSURE)
        )
        for term, read in header.items()
    }


def _credited(reading: Reading, credit: Credit) -> Reading:
    evidence = tuple(
        msgspec.structs.replace(each, model=credit.model, prompt=credit.prompt) for each in reading.evidence
    )
    return Reading(reading.value, evidence, reading.confidence)
