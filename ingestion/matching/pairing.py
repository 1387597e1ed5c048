"""Which line of a bill goes with which line of the orders, decided for all of them together.

The best sum of likenesses is taken over the whole bill: line by line, an early line could take what a later one fits
better. Afterwards several bill lines may share one order line, and one may spill over to its order line's equals.
The result doesn't depend on the order in which lines are given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[attr-defined]

from ingestion.matching.candidates import bare
from ingestion.matching.likeness import factor, likeness
from ingestion.orders import Bill, BillLine, Order, OrderLine

FITS = 500
"""Likeness from which two lines may go together."""
MARGIN = 40
"""A lead smaller than this, over a line with another price, rate or order, is a person's choice."""
NAMED = 2_000
"""The bill's line names order and position."""


class Part(msgspec.Struct, frozen=True):
    """So much of a bill's line goes to that line of an order."""

    line: BillLine
    order: Order
    order_line: OrderLine
    quantity: Decimal
    """In the order line's unit."""
    net: Decimal
    """Of the line's net amount, the bill's currency."""


class Pairing(msgspec.Struct, frozen=True):
    """Every line of a bill in exactly one of these."""

    parts: tuple[Part, ...]
    unordered: tuple[BillLine, ...]
    """Nothing fits."""
    unclear: tuple[tuple[BillLine, OrderLine, OrderLine], ...]
    """Two fit alike."""
    other_unit: tuple[tuple[BillLine, OrderLine], ...]
    """One fits, but in a unit that can't be converted."""


class _Place(msgspec.Struct, frozen=True):
    order: Order
    line: OrderLine


def pair(bill: Bill, orders: Sequence[Order], room: Callable[[OrderLine], Decimal]) -> Pairing:
    """`room`: how much of an order line's quantity is to be had: what is due, or for a credit note what was billed."""
    lines = sorted(bill.lines, key=_line_key)
    places = sorted((_Place(order, line) for order in orders for line in order.lines), key=_place_key)
    scores = [[_score(line, place) for place in places] for line in lines]
    chosen = _assign(scores, len(places))
    unclear = {row: rival for row in range(len(lines)) if (rival := _rival(row, chosen, scores, places)) is not None}
    free = {place.line.id: room(place.line) for place in places}
    parts: list[Part] = []
    unordered, doubtful, other_unit = [], [], []
    for row, line in enumerate(lines):
        column = chosen[row]
        if column is None:
            unordered.append(line)
        elif row in unclear:
            doubtful.append((line, places[column].line, places[unclear[row]].line))
        elif (size := factor(line, places[column].line)) is None:
            other_unit.append((line, places[column].line))
        else:
            parts += _spread(line, size, column, scores[row], places, free)
    return Pairing(tuple(parts), tuple(unordered), tuple(doubtful), tuple(other_unit))


def _score(line: BillLine, place: _Place) -> int:
    number, position = line.order_number, line.order_position
    if number and bare(number) != bare(place.order.number):
        return 0
    if position and position == place.line.position:
        return NAMED
    return likeness(line, place.line)


def _assign(scores: list[list[int]], places: int) -> list[int | None]:
    """For each row its column: one to one where that is best, then whatever fits best among those in use."""
    if not scores:
        return []
    # A column of its own for each row stands for "nothing fits", at the price of the least likeness that counts.
    matrix = np.full((len(scores), places + len(scores)), FITS - 1, dtype=np.int64)
    matrix[:, :places] = np.array(scores, dtype=np.int64).reshape(len(scores), places)
    _, columns = linear_sum_assignment(matrix, maximize=True)
    chosen: list[int | None] = [int(column) if column < places else None for column in columns]
    for row, column in enumerate(chosen):
        if column is None and places:
            best = max(range(places), key=lambda one: (scores[row][one], -one))
            chosen[row] = best if scores[row][best] >= FITS else None
    return chosen


def _rival(row: int, chosen: list[int | None], scores: list[list[int]], places: list[_Place]) -> int | None:
    """Another place that would do as well, alone or by a swap with the row that holds it, and where it matters."""
    column = chosen[row]
    if column is None or scores[row][column] >= NAMED:
        return None
    mine = scores[row]
    for other, score in enumerate(mine):
        if other == column or score < FITS or not _matters(places[column], places[other]):
            continue
        holders = [one for one, place in enumerate(chosen) if place == other]
        lost = min((scores[one][other] - scores[one][column] for one in holders), default=0)
        if mine[column] - score + max(lost, 0) < MARGIN:
            return other
    return None


def _matters(one: _Place, other: _Place) -> bool:
    def worth(place: _Place) -> tuple[object, ...]:
        line = place.line
        return place.order.number, line.price, line.tax_rate, line.unit, line.group

    return worth(one) != worth(other)


def _spread(
    line: BillLine, size: Decimal, column: int, scores: list[int], places: list[_Place], free: dict[str, Decimal]
) -> list[Part]:
    """The line's quantity over its place and, where there isn't room, that place's equals; the rest stays at home."""
    home = places[column]
    equals = [
        place
        for index, place in enumerate(places)
        if index != column
        and scores[index] >= max(FITS, scores[column] - 2 * MARGIN)
        and not _matters(home, place)
        and factor(line, place.line) == size
    ]
    quantity = line.quantity * size
    taken: dict[str, Decimal] = defaultdict(Decimal)
    left = quantity
    for place in (home, *equals):
        share = min(left, free[place.line.id])
        if share > 0:
            taken[place.line.id] += share
            left -= share
    taken[home.line.id] += left
    parts: list[Part] = []
    rest = line.net
    filled = [place for place in (home, *equals) if taken[place.line.id] or place is home]
    for number, place in enumerate(filled):
        share = taken[place.line.id]
        free[place.line.id] -= share
        last = number == len(filled) - 1
        net = rest if last or not quantity else line.net * share / quantity
        rest -= net
        parts.append(Part(line, place.order, place.line, share, net))
    return parts


def _line_key(line: BillLine) -> tuple[object, ...]:
    return (
        line.order_number, line.order_position, line.seller_item, line.buyer_item, line.standard_item,
        line.description, line.unit, line.price, line.quantity, line.net, line.id,
    )  # fmt: skip


def _place_key(place: _Place) -> tuple[object, ...]:
    return place.order.number, place.line.position.zfill(12), place.line.id
