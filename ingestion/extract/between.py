"""Amounts that stand between the sums: allowances and charges of the whole document, what was paid before, rounding."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.document import Reading
from ingestion.extract.anchors import Label
from ingestion.extract.marks import View

_SUMS = ("base", "basis", "bemessung", "alap", "items", "lines", "positionssumme", "summe", "linesum")
"""Phrases of the same label that announce a sum or what a tax is reckoned from, folded."""
_MOST = 6
"""With more of them any difference could be explained by some."""


def between(view: View) -> tuple[Reading, ...]:
    """Each with its sign as printed; none where there are too many to tell anything by."""
    found = tuple(_found(view))
    return found if len(found) <= _MOST else ()


def _found(view: View) -> Iterator[Reading]:
    for mark in view.of(Label.PART):
        if mark.first > 0 or any(each in mark.key for each in _SUMS):
            continue
        stretches = [
            (place.cell, amount)
            for place in view.behind(mark, far=4)
            for amount in view.amounts(place.cell)
            if place.start <= amount.start and amount.end <= place.end and not amount.percent
        ]
        if stretches:
            cell, amount = stretches[-1]
            if amount.decimals and amount.value:
                yield Reading(amount.value, (cell.evidence(amount.start, amount.end),), 0.7)
