"""Amounts that stand between the sums: allowances and charges of the whole document, what was paid before, rounding."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.document import Reading
from ingestion.extract.anchors import Label
from ingestion.extract.marks import View

_SUMS = ("base", "basis", "bemessung", "alap", "items", "lines", "positionssumme", "summe", "linesum")
"""Phrases of the same label that announce a sum or what a tax is reckoned from, folded."""
_DEEP = 3
"""Words before the phrase in its cell: its other language; with more of them it is prose."""
_MOST = 6
"""With more of them any difference could be explained by some."""


def between(view: View) -> tuple[Reading, ...]:
    """Each with its sign as printed; none where there are too many to tell anything by."""
    found = {(each.evidence[0].page, each.evidence[0].box): each for each in _found(view)}
    return tuple(found.values()) if len(found) <= _MOST else ()


def _found(view: View) -> Iterator[Reading]:
    for mark in view.of(Label.PART):
        if mark.first > _DEEP or any(each in mark.key for each in _SUMS):
            continue
        for places in (view.behind(mark, far=4), view.before(mark)):
            stretches = [
                (place.cell, amount)
                for place in places
                for amount in view.amounts(place.cell)
                if place.start <= amount.start and amount.end <= place.end and not amount.percent
            ]
            if stretches:
                cell, amount = stretches[-1]
                if amount.decimals and amount.value:
                    yield Reading(amount.value, (cell.evidence(amount.start, amount.end),), 0.7)
                break
