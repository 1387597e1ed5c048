"""Values of the whole document but parties and totals: number, dates, order, account, currency."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import msgspec

from ingestion.document import Box, Evidence, Reading, Term
from ingestion.extract.anchors import TITLES, Label
from ingestion.extract.currencies import CODES, DOLLARS
from ingestion.extract.dates import Day
from ingestion.extract.ids import ibans, vat_id
from ingestion.extract.marks import Mark, Stretch, View

_ID = re.compile(r"[^\s:;,()\"'«»]*\d[^\s:;,()\"'«»]*")
_CODE = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")
_FAR = 120
"""Days within which a bill falls due, as a rule."""


class Doubted(msgspec.Struct, frozen=True):
    """Readings, and codes for what of them a person should look at."""

    values: dict[Term, Reading]
    doubts: tuple[str, ...] = ()


def identifier(view: View, place: Stretch) -> tuple[str, Evidence] | None:
    """The first word with a digit that is neither date nor money; one that ends in a hyphen goes on below."""
    cell = place.cell
    taken = [(day.start, day.end) for day in view.days(cell) if not day.compact]
    money = [each for each in view.amounts(cell) if each.currency or each.percent]
    taken += [(each.start, each.end) for each in money]
    for found in _ID.finditer(cell.text, place.start, place.end):
        text = found[0].strip(".#*|/").removesuffix("-")
        if not text or any(found.start() < end and start < found.end() for start, end in taken):
            continue
        begin = found.start() + found[0].index(text)
        return text, cell.evidence(begin, begin + len(text))
    return _broken(view, place)


def _broken(view: View, place: Stretch) -> tuple[str, Evidence] | None:
    """`OM-` at the end of a line, and the rest of the number below."""
    text = place.cell.text
    if place.end != len(text) or not re.search(r"[A-Z0-9]-$", text):
        return None
    begin = text.rfind(" ", 0, len(text)) + 1
    box = place.cell.box
    for cell in view.sheet.below(place.cell.page, box, 1.5 * (box.y1 - box.y0)):
        if len(cell.tokens) == 1 and any(map(str.isdigit, cell.text)):
            first, rest = place.cell.evidence(begin, len(text)), cell.evidence(0, len(cell.text))
            around: Box | None = first.box.union(rest.box) if first.box and rest.box else None
            whole = text[begin:] + cell.text
            return whole, msgspec.structs.replace(first, text=whole, box=around)
    return None


def document_number(view: View) -> Reading | None:
    """The document's number: by its label, else behind or under the title."""
    found: list[tuple[float, str, Evidence]] = []
    for mark in view.of(Label.NUMBER):
        if Label.OTHER in mark.labels or mark.first > 6:
            continue
        places = [*view.behind(mark, far=1), *view.before(mark), *list(view.under(mark))[:2]]
        for place in places:
            if (read := identifier(view, place)) is not None:
                found.append((place.closeness + (0.05 if mark.closed else 0), *read))
                break
    for mark in view.of(*TITLES):
        if mark.first > 0 or len(mark.cell.tokens) > 8 or Label.ORDER in mark.labels or Label.OTHER in mark.labels:
            continue
        for place in [*view.behind(mark, far=1), *list(view.under(mark))[:2]]:
            read = identifier(view, place)
            if read is not None and vat_id(read[0]) is None:
                found.append((place.closeness - 0.3 - (0.1 if len(read[0]) < 3 else 0), *read))
                break
    if not found:
        return None
    score, value, evidence = max(found, key=lambda each: each[0])
    return Reading(value, (evidence,), min(0.95, score * 0.95))


def _dates(view: View, *labels: Label) -> Iterator[tuple[float, Day, Evidence]]:
    for mark in view.of(*labels):
        if mark.first > 8 and len(mark.cell.tokens) > 16:
            continue
        behind = list(view.behind(mark, far=1))
        for place in [*behind, *view.before(mark), *list(view.under(mark))[:2]]:
            within = [day for day in view.days(place.cell) if place.start <= day.start and day.end <= place.end]
            if within:
                day = within[0]
                yield place.closeness * _plain(mark), day, place.cell.evidence(day.start, day.end)
                break
            if behind and not view.amounts(behind[0].cell) and mark.closed:
                break


def _in_title(view: View) -> Iterator[tuple[Day, Evidence]]:
    """The date in the line of the title: `Invoice 17 of 3 May 2024`."""
    for mark in view.of(*TITLES, Label.NUMBER):
        cell = mark.cell
        if mark.first == 0 and Label.OTHER not in mark.labels and Label.ORDER not in mark.labels:
            for day in view.days(cell)[:1]:
                if day.start >= mark.end and not day.compact and len(cell.tokens) < 10:
                    yield day, cell.evidence(day.start, day.end)


def _plain(mark: Mark) -> float:
    return (1.0 if mark.first == 0 else 0.9) - (0.2 if len(mark.cell.tokens) > 9 else 0.0)


def dates(view: View) -> Doubted:
    """Issue and due date. Where day and month are open, the rest of the document decides, else it's doubted."""
    issue = list(_dates(view, Label.ISSUE_DATE))
    issue += [(0.75 * score, day, evidence) for score, day, evidence in _dates(view, Label.DATE)]
    issue += [(0.9, day, evidence) for day, evidence in _in_title(view)]
    due = list(_dates(view, Label.DUE_DATE))
    others = [evidence.box for *_, evidence in [*due, *_dates(view, Label.OTHER_DATE)]]
    if not issue:
        for cell in view.sheet.cells:
            for day in view.days(cell):
                evidence = cell.evidence(day.start, day.end)
                if evidence.box not in others and not day.compact:
                    issue.append((0.4, day, evidence))
    values: dict[Term, Reading] = {}
    doubts: list[str] = []
    best = max(issue, key=lambda each: each[0], default=None)
    last = max(due, key=lambda each: each[0], default=None)
    order = view.month_first
    if order is None and best is not None and last is not None:
        order = by_span(best[1], last[1])
    for term, chosen in ((Term.ISSUE_DATE, best), (Term.DUE_DATE, last)):
        if chosen is None:
            continue
        score, day, evidence = chosen
        value = day.mdy if day.dmy is None or (order and day.mdy is not None) else day.dmy
        if value is None:
            continue
        sure = min(0.97, score)
        if day.open and order is None:
            doubts.append(f"ambiguous_{term.value}")
            sure *= 0.5
        values[term] = Reading(value, (evidence,), sure)
    return Doubted(values, tuple(doubts))


def by_span(issue: Day, due: Day) -> bool | None:
    """The order in which a bill falls due soon after its date, where the other order says otherwise."""

    def fits(first: date | None, second: date | None) -> bool:
        return first is not None and second is not None and 0 <= (second - first).days <= _FAR

    dmy, mdy = fits(issue.dmy, due.dmy), fits(issue.mdy or issue.dmy, due.mdy or due.dmy)
    return None if dmy == mdy else mdy


def order_number(view: View) -> Reading | None:
    """The buyer's order that the document names."""
    found: list[tuple[float, str, Evidence]] = []
    for mark in view.of(Label.ORDER):
        for place in [*view.behind(mark, far=1), *list(view.under(mark))[:1]]:
            if (read := identifier(view, place)) is not None:
                found.append((place.closeness - 0.05 * mark.first, *read))
                break
    if not found:
        return None
    score, value, evidence = max(found, key=lambda each: each[0])
    return Reading(value, (evidence,), 0.85 * score)


def account(view: View) -> Doubted:
    """The IBAN: one that passes its check. One that fails is given with a doubt, and only beside its label."""
    failed: Reading | None = None
    for cell in view.sheet.cells:
        if len(cell.text) < 15:
            continue
        for found in ibans(cell.text):
            evidence = cell.evidence(found.start, found.end)
            if found.proven:
                return Doubted({Term.IBAN: Reading(found.value, (evidence,), 0.97)})
            if any(Label.IBAN in mark.labels for near in view.sheet.beside(cell) for mark in view.marks[id(near)]):
                failed = failed or Reading(found.value, (evidence,), 0.3)
    if failed is None:
        return Doubted({})
    return Doubted({Term.IBAN: failed}, ("iban_check",))


def currency(view: View) -> Doubted:
    """ISO 4217: by its label, else the one that stands at most amounts. `$` alone is USD with a doubt."""
    for mark in view.of(Label.CURRENCY):
        for place in [*view.behind(mark, far=1), *list(view.under(mark))[:1]]:
            code = next((found for found in _CODE.finditer(place.text) if found[0] in CODES), None)
            if code is not None:
                evidence = place.cell.evidence(place.start + code.start(), place.start + code.end())
                return Doubted({Term.CURRENCY: Reading(code[0], (evidence,), 0.97)})
    votes: Counter[str] = Counter()
    shown: dict[str, Evidence] = {}
    for cell in view.sheet.cells:
        for amount in view.amounts(cell):
            if amount.currency:
                votes[amount.currency] += 1
                shown.setdefault(amount.currency, cell.evidence(amount.start, amount.end))
        for code in _CODE.finditer(cell.text):
            if code[0] in CODES and len(cell.tokens) < 8:
                votes[code[0]] += 1
                shown.setdefault(code[0], cell.evidence(*code.span()))
    if votes["$"]:
        named = [code for code in DOLLARS if votes[code]]
        code_named = max(named, key=lambda code: votes[code]) if named else "USD"
        if not named:
            shown["USD"] = shown["$"]
        votes[code_named] += votes["$"]
        bare = not named
        del votes["$"]
        chosen = votes.most_common(1)[0][0]
        doubts = ("dollar",) if bare and chosen == "USD" else ()
        return Doubted({Term.CURRENCY: Reading(chosen, (shown[chosen],), 0.6 if doubts else 0.9)}, doubts)
    votes = +votes
    if not votes:
        return Doubted({})
    (chosen, count), *rest = votes.most_common(2)
    sure = 0.95 if not rest or count > 2 * rest[0][1] else 0.6
    return Doubted({Term.CURRENCY: Reading(chosen, (shown[chosen],), sure)})
