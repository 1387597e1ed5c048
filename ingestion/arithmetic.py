"""Whether the amounts of a document bear each other out. Our own sums: nobody's word is taken for one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations, product
from typing import TypeVar

import msgspec

from ingestion.document import Column, Extraction, Reading, Term
from ubl import Invoice
from ubl.invoice import Totals
from ubl.lines import Line as UblLine

_Key = TypeVar("_Key", Term, Column)
_CENT = Decimal("0.01")
_PARTS = 3
"""Amounts in between that together explain a difference; with more, any could be."""


class Sums(msgspec.Struct, frozen=True):
    """Each None where the amounts for it aren't all there."""

    totals: bool | None
    """Net and tax make the total, to the last digit."""
    payable: bool | None
    """What is to be paid is the total, or what is left of it after printed amounts: paid before, rounding."""
    lines: bool | None
    """The lines make the net total, or printed allowances and charges make up the difference."""
    products: bool | None
    """Quantity and price make each line's amount, as closely as they are printed."""


def sums(extraction: Extraction, invoice: Invoice | None = None) -> Sums:
    """`invoice`: a structured document, which says what stands between its sums."""
    header = extraction.header
    net, tax, total, payable = (_number(header, term) for term in (Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE))
    totals = (invoice.totals if invoice is not None else None) or Totals()
    summed = line_sum(extraction.lines)
    return Sums(
        totals=None if net is None or tax is None or total is None else net + tax == total,
        payable=None
        if total is None or payable is None
        else _explained(payable - total, extraction, _or_0(totals.rounding) - _or_0(totals.prepaid)),
        lines=None
        if net is None or summed is None
        else _explained(net - summed, extraction, _or_0(totals.charges) - _or_0(totals.allowances)),
        products=_products(extraction, invoice),
    )


def line_sum(lines: tuple[Mapping[Column, Reading], ...]) -> Decimal | None:
    """Of the lines' net amounts; None unless every line has one."""
    amounts = [amount for line in lines if (amount := _number(line, Column.NET_AMOUNT)) is not None]
    return sum(amounts, Decimal(0)) if lines and len(amounts) == len(lines) else None


def _explained(difference: Decimal, extraction: Extraction, stated: Decimal) -> bool:
    """Whether up to three of the amounts printed in between make the difference, added or taken off."""
    printed = [abs(each.value) for each in extraction.between if isinstance(each.value, Decimal)]
    reached = {Decimal(0), stated}
    for count in range(1, min(_PARTS, len(printed)) + 1):
        for chosen in combinations(printed, count):
            reached |= {sum(signed, Decimal(0)) for signed in product(*((each, -each) for each in chosen))}
    return difference in reached


def _products(extraction: Extraction, invoice: Invoice | None) -> bool | None:
    """None where no line has all three."""
    stated: tuple[UblLine, ...] | tuple[None, ...] = (None,) * len(extraction.lines)
    if invoice is not None and len(invoice.lines) == len(extraction.lines):
        stated = invoice.lines
    found = [_product(line, other) for line, other in zip(extraction.lines, stated, strict=True)]
    known = [each for each in found if each is not None]
    return all(known) if known else None


def _product(line: Mapping[Column, Reading], stated: UblLine | None) -> bool | None:
    quantity, price, amount = (
        _number(line, column) for column in (Column.QUANTITY, Column.UNIT_PRICE, Column.NET_AMOUNT)
    )
    if quantity is None or price is None or amount is None:
        return None
    between = Decimal(0)
    if stated is not None:
        between = sum((_or_0(each.amount) for each in stated.charges), Decimal(0))
        between -= sum((_or_0(each.amount) for each in stated.allowances), Decimal(0))
    between -= quantity * price * _or_0(_number(line, Column.DISCOUNT)) / 100
    doubt = _CENT + abs(quantity) * _half_of_last(price) + abs(price) * _half_of_last(quantity)
    return abs(abs(quantity * price + between) - abs(amount)) <= doubt


def _half_of_last(value: Decimal) -> Decimal:
    """By how much a printed number may have been rounded; a whole one wasn't.

    >>> _half_of_last(Decimal("3.33")), _half_of_last(Decimal("3"))
    (Decimal('0.005'), Decimal('0'))
    """
    exponent = value.as_tuple().exponent
    return Decimal(5).scaleb(exponent - 1) if isinstance(exponent, int) and exponent < 0 else Decimal(0)


def _number(values: Mapping[_Key, Reading], key: _Key) -> Decimal | None:
    value = values[key].value if key in values else None
    return value if isinstance(value, Decimal) else None


def _or_0(value: Decimal | None) -> Decimal:
    return value if value is not None else Decimal(0)
