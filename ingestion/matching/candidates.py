"""Which orders a bill is about: those it names, else the one open order that resembles it by far the most.

A number counts as the same when letters and digits are, whatever stands between them; where nothing is found that way,
what print and OCR confuse (O and 0, I and 1 ...) counts as the same too. Of two orders that fit alike a person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ingestion.matching.findings import Code, Finding, Hint, Remedy
from ingestion.matching.likeness import likeness
from ingestion.orders import Bill, Order

RESEMBLES = 600
"""Per mille of the bill's net amount, weighed by how well its lines fit, from which an order counts as resembling."""
MARGIN = 100
"""Per mille by which one order must lead before all others."""

_CONFUSED = str.maketrans("OQDILSBZG", "001115826")
_PREFIX = re.compile(r"\A(?:PURCHASEORDER|ORDER|PO)(?=.)")


class Chosen(msgspec.Struct, frozen=True):
    """The orders a bill is held against, and what was noticed in finding them."""

    orders: tuple[Order, ...]
    findings: tuple[Finding, ...]


def bare(number: str) -> str:
    """Letters and digits alone, without the word "order" in front and leading zeros.

    >>> bare("P.O. 000-4711/a")
    '4711A'
    """
    letters = re.sub(r"[^A-Z0-9]", "", number.upper())
    return _PREFIX.sub("", letters).lstrip("0") or letters


def confusable(number: str) -> str:
    """The same for any two numbers that a reader could take for each other.

    >>> confusable("PO-1O5") == confusable("P0 I0S")
    True
    """
    letters = re.sub(r"[^A-Z0-9]", "", number.upper()).translate(_CONFUSED)
    return letters.removeprefix("P0").lstrip("0") or letters


def choose(bill: Bill, orders: Sequence[Order]) -> Chosen:
    """The orders of `orders` (any supplier's, open or closed) that the bill is about; none where nobody can tell."""
    named = sorted({*filter(None, bill.orders), *(line.order_number for line in bill.lines if line.order_number)})
    if not named:
        return _resembling(bill, [order for order in orders if order.supplier == bill.supplier and not order.closed])
    found: dict[str, Order] = {}
    findings: list[Finding] = []
    for number in named:
        fitting = _numbered(number, orders)
        mine = [order for order in fitting if order.supplier == bill.supplier]
        if len(mine) == 1:
            found[mine[0].number] = mine[0]
        elif mine:
            findings.append(_unclear(mine))
        elif fitting:
            findings.append(Finding(code=Code.SUPPLIER_DIFFERS, order=fitting[0].number, holds=True, hints=_CHOOSE))
        else:
            findings.append(Finding(code=Code.ORDER_UNKNOWN, order=number, holds=True, hints=_CHOOSE))
    findings += [
        Finding(code=Code.ORDER_CLOSED, order=order.number, holds=True) for order in found.values() if order.closed
    ]
    return Chosen(tuple(found[number] for number in sorted(found)), tuple(findings))


_CHOOSE = (Hint(Remedy.CHOOSE),)


def _numbered(number: str, orders: Sequence[Order]) -> list[Order]:
    exact = [order for order in orders if bare(order.number) == bare(number)]
    return exact or [order for order in orders if confusable(order.number) == confusable(number)]


def _resembling(bill: Bill, orders: Sequence[Order]) -> Chosen:
    ranked = sorted(((_resemblance(bill, order), order.number, order) for order in orders), key=lambda one: one[:2])
    ranked = [one for one in reversed(ranked) if one[0] >= RESEMBLES]
    if not ranked:
        return Chosen((), (Finding(code=Code.NO_ORDER, holds=True, hints=_CHOOSE),))
    rivals = [order for score, _, order in ranked if score > ranked[0][0] - MARGIN]
    if len(rivals) > 1:
        return Chosen((), (_unclear(rivals),))
    return Chosen((ranked[0][2],), ())


def _resemblance(bill: Bill, order: Order) -> int:
    whole = sum(abs(line.net) for line in bill.lines)
    if not whole:
        return 0
    best = ((abs(line.net), max((likeness(line, one) for one in order.lines), default=0)) for line in bill.lines)
    return int(sum(net * score for net, score in best) / whole)


def _unclear(orders: Sequence[Order]) -> Finding:
    return Finding(
        code=Code.ORDER_UNCLEAR, order=", ".join(sorted(order.number for order in orders)), holds=True, hints=_CHOOSE
    )
