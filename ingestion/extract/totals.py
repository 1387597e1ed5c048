"""The totals: net, tax, total and payable, taken so that they add up. Labels propose, arithmetic decides.

Nothing is given that isn't printed: where a tax is printed per rate only, its parts support net and total, and the
sum is left to whoever needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from ingestion.document import Evidence, Reading, Term
from ingestion.extract.anchors import Label
from ingestion.extract.marks import Mark, Stretch, View

_ROLES = (Label.NET, Label.TAX, Label.TOTAL, Label.PAYABLE)
_CENT = Decimal("0.011")
_UNLABELLED = 0.12


class Figure(msgspec.Struct, frozen=True):
    """A printed amount that may play a part in the totals."""

    value: Decimal
    evidence: tuple[Evidence, ...]
    score: float
    negative: bool = False
    """Printed below zero, on a credit note, where `value` is without its sign."""


def totals(view: View, lines: Decimal | None, *, credit: bool) -> tuple[dict[Term, Reading], bool]:
    """Readings for net, tax, total and payable as far as they are printed, and whether what makes the tax is called so.

    `lines`: the sum of the lines' net amounts, which the net total should be unless there are charges.
    `credit`: a credit note, on which some of the amounts may be printed below zero and others not: all get the total's
    sign.
    """
    found = {role: _figures(view, role, credit=credit) for role in _ROLES}
    best = _adding_up(view, found, lines, credit=credit)
    values: dict[Term, Reading] = {}
    if best is not None:
        net, tax, total, score = best
        sign = -1 if total.negative else 1
        sure = min(0.98, 0.5 + 0.15 * score)
        values[Term.NET] = Reading(sign * net.value, net.evidence, sure)
        if len(tax.evidence) == 1:
            values[Term.TAX] = Reading(sign * tax.value, tax.evidence, sure)
        values[Term.TOTAL] = Reading(sign * total.value, total.evidence, sure)
    else:
        for role, term in ((Label.NET, Term.NET), (Label.TAX, Term.TAX), (Label.TOTAL, Term.TOTAL)):
            if found[role]:
                figure = max(found[role], key=lambda each: (each.score, each.value))
                values[term] = Reading(_signed(figure), figure.evidence, 0.35 * figure.score)
        if Term.TOTAL not in values and found[Label.PAYABLE]:
            figure = max(found[Label.PAYABLE], key=lambda each: each.score)
            values[Term.TOTAL] = Reading(_signed(figure), figure.evidence, 0.3 * figure.score)
    if found[Label.PAYABLE]:
        figure = max(found[Label.PAYABLE], key=lambda each: each.score)
        values[Term.PAYABLE] = Reading(_signed(figure), figure.evidence, 0.8 * figure.score)
    elif best is not None:
        values[Term.PAYABLE] = Reading(_signed(best[2]), best[2].evidence, 0.5)
    return values, best is None or best[1].score > _UNLABELLED


def _figures(view: View, role: Label, *, credit: bool) -> list[Figure]:
    figures: list[Figure] = []
    for mark in view.of(role):
        if _in_prose(mark):
            continue
        for rank, (place, value, evidence, money) in enumerate(_amounts(view, mark, role)):
            score = place.closeness * (1.0 if mark.first == 0 else 0.7) - 0.08 * rank + (0.1 if money else 0.0)
            score += 0.004 * len(mark.key)
            figures.append(Figure(abs(value) if credit else value, (evidence,), score, credit and value < 0))
    return figures


def _signed(figure: Figure) -> Decimal:
    return -figure.value if figure.negative else figure.value


def _in_prose(mark: Mark) -> bool:
    cell = mark.cell
    return mark.first > 4 or len(cell.tokens) > 14


def _amounts(view: View, mark: Mark, role: Label) -> Iterator[tuple[Stretch, Decimal, Evidence, bool]]:
    """Amounts that a mark announces, the likeliest first: those in its row, else those in the column under it."""
    found: list[tuple[Stretch, Decimal, Evidence, bool]] = []
    for place in view.behind(mark, far=4):
        found.extend(_of(view, place))
    if not found:
        found = [each for place in view.before(mark) for each in _of(view, place)]
    if not any(money for *_, money in found) and _heads_totals(view, mark):
        for place in view.under(mark, lines=6):
            found.extend(_of(view, place))
    if role is Label.TAX and not any(each[3] for each in found):
        found = [each for each in found if each[1] != each[1].to_integral_value()] or found
    yield from reversed(found)


def _of(view: View, place: Stretch) -> Iterator[tuple[Stretch, Decimal, Evidence, bool]]:
    for amount in view.amounts(place.cell):
        if amount.start >= place.start and amount.end <= place.end and not amount.percent:
            yield place, amount.value, place.cell.evidence(amount.start, amount.end), amount.decimals > 0


def _heads_totals(view: View, mark: Mark) -> bool:
    """It stands in a row of headings for totals, and not for lines."""
    labels = [other.labels for cell in view.sheet.beside(mark.cell) for other in view.marks[id(cell)]]
    if any(Label.QUANTITY in each or Label.PRICE in each or Label.POSITION in each for each in labels):
        return False
    return len(labels) == 1 or sum(any(role in each for role in _ROLES) for each in labels) >= 2


def _adding_up(
    view: View, found: dict[Label, list[Figure]], lines: Decimal | None, *, credit: bool
) -> tuple[Figure, Figure, Figure, float] | None:
    """The three figures of which two are the sum of the third, with the most support by labels."""
    printed = _printed(view, credit=credit)
    nets = _by_value([*found[Label.NET], *printed])
    taxes = _by_value([*found[Label.TAX], *_parts(found[Label.TAX]), *printed])
    payable = [Figure(each.value, each.evidence, 0.7 * each.score, each.negative) for each in found[Label.PAYABLE]]
    best: tuple[Figure, Figure, Figure, float] | None = None
    for total in _by_value([*found[Label.TOTAL], *payable]).values():
        for net in nets.values():
            tax = taxes.get(total.value - net.value)
            if tax is None or not _plausible(net.value, tax.value):
                continue
            score = total.score + net.score + tax.score
            if tax.value == 0:
                score -= 0.5 if tax.score > _UNLABELLED else 2
            if net.score <= _UNLABELLED and tax.score <= _UNLABELLED:
                continue
            if lines is not None and abs(lines - net.value) < _CENT:
                score += 0.5
            if best is None or score > best[3]:
                best = net, tax, total, score
    return best


def _plausible(net: Decimal, tax: Decimal) -> bool:
    return net * tax >= 0 and abs(tax) <= abs(net) * Decimal("0.4")


def _printed(view: View, *, credit: bool) -> list[Figure]:
    """Every amount with decimals, whatever is said of it."""
    return [
        Figure(abs(amount.value) if credit else amount.value, (cell.evidence(amount.start, amount.end),), _UNLABELLED)
        for cell in view.sheet.cells
        for amount in view.amounts(cell)
        if not amount.percent and (amount.decimals or amount.currency)
    ]


def _by_value(figures: list[Figure]) -> dict[Decimal, Figure]:
    best: dict[Decimal, Figure] = {}
    for figure in figures:
        if figure.value not in best or figure.score > best[figure.value].score:
            best[figure.value] = figure
    return best


def _parts(taxes: list[Figure]) -> list[Figure]:
    """The sum of a tax that is printed per rate, one figure a row."""
    rows: dict[tuple[int | None, int], Figure] = {}
    for figure in taxes:
        place = figure.evidence[0]
        key = (place.page, round(place.box.y0 if place.box else 0))
        if key not in rows or figure.score > rows[key].score:
            rows[key] = figure
    if not 2 <= len(rows) <= 6:
        return []
    evidence = tuple(each for figure in rows.values() for each in figure.evidence)
    return [Figure(sum((each.value for each in rows.values()), Decimal(0)), evidence, 0.5)]
