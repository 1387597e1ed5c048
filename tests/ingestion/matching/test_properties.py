"""What holds for every bill: the order of lines means nothing, and no more is consumed than there is without a word."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.matching import Code, Word, match
from ingestion.matching.findings import STRUCTURAL
from tests.ingestion.matching.values import bill, bill_line, order, order_line

_ITEMS = st.sampled_from(["", "A", "B", "C"])
_WORDS = st.sampled_from(["Paper A4", "Paper A3", "Steel bolt M8", "Steel bolt M10", "Freight", "ورق طباعة"])
_QUANTITY = st.decimals(0, 20, places=1)
_PRICE = st.sampled_from([Decimal(price) for price in ("1.00", "9.99", "10.00", "10.01", "100.00")])


@st.composite
def order_lines(draw):
    count = draw(st.integers(1, 5))
    return [
        order_line(
            str(number), draw(_QUANTITY), draw(_PRICE), seller_item=draw(_ITEMS), description=draw(_WORDS),
            accepted=draw(_QUANTITY), billed=draw(_QUANTITY),
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


@st.composite
def bill_lines(draw):
    count = draw(st.integers(1, 5))
    return [
        bill_line(str(number), draw(_QUANTITY), draw(_PRICE), seller_item=draw(_ITEMS), description=draw(_WORDS))
        for number in range(1, count + 1)
    ]


@settings(max_examples=150, deadline=None)
@given(order_lines(), bill_lines(), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_lines_changes_nothing(ordered, billed, random, credit):
    first = match(bill(*billed, credit=credit), [order(*ordered)])
    random.shuffle(ordered)
    random.shuffle(billed)
    again = match(bill(*billed, credit=credit), [order(*ordered)])
    assert msgspec.json.encode(first) == msgspec.json.encode(again)


@settings(max_examples=150, deadline=None)
@given(order_lines(), bill_lines())
def test_every_line_is_consumed_whole_or_named(ordered, billed):
    verdict = match(bill(*billed), [order(*ordered)])
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for one in verdict.consumed:
        taken[one.line] += one.quantity
    lost = {finding.line for finding in verdict.findings if finding.code in STRUCTURAL}
    for line in billed:
        if verdict.word is Word.AMBIGUOUS:
            assert not verdict.consumed
        else:
            assert (line.id in lost) != (line.id in taken)
            assert line.id in lost or taken[line.id] == line.quantity


@settings(max_examples=150, deadline=None)
@given(order_lines(), bill_lines())
def test_nothing_beyond_what_is_due_is_consumed_in_silence(ordered, billed):
    verdict = match(bill(*billed), [order(*ordered)])
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for one in verdict.consumed:
        taken[one.order_line] += one.quantity
    said = {
        finding.order_line for finding in verdict.findings if finding.code in {Code.BEYOND_ORDER, Code.BEYOND_RECEIPT}
    }
    for line in ordered:
        assert taken[line.id] <= line.due or line.id in said
    if verdict.clear:
        assert all(taken[line.id] <= line.due for line in ordered)


@settings(max_examples=100, deadline=None)
@given(order_lines(), bill_lines())
def test_a_full_match_costs_what_is_due_to_the_hundredth(ordered, billed):
    verdict = match(bill(*billed), [order(*ordered)])
    due = sum((line.due * line.price for line in ordered), Decimal(0))
    net = sum((line.net for line in billed), Decimal(0))
    if verdict.word is Word.FULL_MATCH:
        assert abs(net - due) < Decimal("0.01") * (1 + len(ordered))
        assert verdict.clear
