"""Sums that bear each other out, and those that don't: to the fils, whatever the amounts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingestion.arithmetic import sums
from ingestion.document import Column, Evidence, Extraction, Kind, Reading, Source, Term

MONEY = st.decimals(-(10**7), 10**7, places=2)
FILS = Decimal("0.01")


def of(value: Decimal) -> Reading:
    return Reading(value, (Evidence(source=Source.TEXT, engine="hand", text=str(value), page=1),), 0.9)


def paper(
    net: Decimal, tax: Decimal, total: Decimal, *, lines: list[Decimal], between: list[Decimal] | None = None
) -> Extraction:
    return Extraction(
        kind=Kind.INVOICE,
        header={Term.NET: of(net), Term.TAX: of(tax), Term.TOTAL: of(total)},
        lines=tuple({Column.NET_AMOUNT: of(each)} for each in lines),
        between=tuple(map(of, between or [])),
        extractor="hand",
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(MONEY, min_size=1, max_size=8), MONEY)
def test_a_fils_more_or_less_is_seen(lines: list[Decimal], tax: Decimal) -> None:
    net = sum(lines, Decimal(0))
    assert (sums(paper(net, tax, net + tax, lines=lines)).totals, sums(paper(net, tax, net, lines=lines)).lines) == (
        True, True,
    )  # fmt: skip
    assert sums(paper(net, tax, net + tax + FILS, lines=lines)).totals is False
    assert sums(paper(net + FILS, tax, net + tax, lines=lines)).lines is False


@settings(max_examples=60, deadline=None)
@given(st.lists(MONEY, min_size=1, max_size=5), st.lists(MONEY.filter(bool), min_size=1, max_size=3))
def test_what_is_printed_in_between_explains_a_difference(lines: list[Decimal], between: list[Decimal]) -> None:
    net = sum(lines, Decimal(0)) + sum(between, Decimal(0))
    assert sums(paper(net, Decimal(0), net, lines=lines, between=between)).lines is True
    assume(FILS not in between and -FILS not in between)
    assert sums(paper(net + FILS / 10, Decimal(0), net, lines=lines, between=between)).lines is False


def test_a_price_may_have_been_rounded_as_far_as_it_is_printed() -> None:
    def product(quantity: str, price: str, amount: str) -> bool | None:
        line = {Column.QUANTITY: quantity, Column.UNIT_PRICE: price, Column.NET_AMOUNT: amount}
        return sums(
            Extraction(
                kind=Kind.INVOICE,
                header={},
                lines=({column: of(Decimal(text)) for column, text in line.items()},),
                extractor="hand",
            )
        ).products

    assert product("3", "3.33", "10.00") is True
    assert product("3", "3.33", "10.04") is False
    assert product("4", "250", "1000") is True
    assert product("4", "250", "1000.02") is False
    assert product("4", "250", "-1000.00") is True  # a credit note prints one of them below zero


def test_nothing_is_said_of_what_is_not_there() -> None:
    empty = sums(Extraction(kind=Kind.OTHER, header={}, extractor="hand"))
    assert (empty.totals, empty.payable, empty.lines, empty.products) == (None,) * 4
