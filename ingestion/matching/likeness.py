"""How much a line of a bill is like a line of an order, in per mille; an integer, so that a replay never differs.

An item number that both sides write decides most; without one the words do. Price and unit only help to tell apart
what is alike: a bill with a wrong price must still find its line, or nobody would see that the price is wrong.
"""

from __future__ import annotations

import re
from decimal import Decimal

from rapidfuzz import fuzz

from ingestion.orders import BillLine, OrderLine

SAME_ITEM, WORDS_WITH_ITEM = 700, 150
WORDS_ALONE = 850
PRICE, UNIT = 120, 30
OTHER_ITEM = 400
"""Taken off where both write a number of the same kind and the two differ."""


def likeness(line: BillLine, order_line: OrderLine) -> int:
    """0 to 1,000."""
    item = _item(line, order_line)
    words = int(fuzz.token_sort_ratio(_words(line.description), _words(order_line.description)))
    told = WORDS_WITH_ITEM if item else WORDS_ALONE
    score = words * told // 100 + (SAME_ITEM if item else 0) - (OTHER_ITEM if item is False else 0)
    known = line.unit == order_line.unit or line.unit in order_line.factors
    return max(0, score + _price(line, order_line) + (UNIT if known else 0))


def factor(line: BillLine, order_line: OrderLine) -> Decimal | None:
    """How much of the order line's unit one of the bill line's unit is; None: not known."""
    return Decimal(1) if line.unit == order_line.unit else order_line.factors.get(line.unit)


def _item(line: BillLine, order_line: OrderLine) -> bool | None:
    """Whether the item numbers agree; None where there are none to compare."""
    pairs = [
        (_bare(line.standard_item), _bare(order_line.standard_item)),
        (_bare(line.seller_item), _bare(order_line.seller_item)),
        (_bare(line.buyer_item), _bare(order_line.buyer_item)),
    ]
    both = [one == other for one, other in pairs if one and other]
    return any(both) if both else None


def _price(line: BillLine, order_line: OrderLine) -> int:
    size = factor(line, order_line)
    if size is None or not size or not order_line.price:
        return 0
    apart = abs(line.price / size - order_line.price) / abs(order_line.price)
    return int(PRICE * max(Decimal(0), 1 - apart))


def _bare(item: str) -> str:
    return re.sub(r"[\W_]+", "", item).casefold()


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).casefold().strip()
