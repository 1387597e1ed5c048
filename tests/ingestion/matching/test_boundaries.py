"""The verdict's boundaries, to the hundredth, and what no error may hide behind."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from ingestion.matching import Code, Limit, Policy, Tolerances, Word, match
from tests.ingestion.matching.values import bill, bill_line, order, order_line

FREE = Policy(company=Tolerances(price_above=Limit(), quantity_above=Limit(), line_amount=Limit()))


def codes(verdict):
    return {finding.code for finding in verdict.findings}


@pytest.mark.parametrize(
    ("net", "word"),
    [
        ("1000.00", Word.FULL_MATCH),
        ("1000.009", Word.FULL_MATCH),
        ("1000.01", Word.VARIANCE_DETECTED),
        ("999.99", Word.VARIANCE_DETECTED),
        ("1049.99", Word.VARIANCE_DETECTED),
        ("1050.00", Word.PARTIAL_MATCH),
        ("950.01", Word.VARIANCE_DETECTED),
        ("950.00", Word.PARTIAL_MATCH),
    ],
)
def test_a_hundredth_decides(net, word):
    line = bill_line("1", net=Decimal(net))
    assert match(bill(line), [order(order_line("1"))], FREE).word is word


def test_two_errors_do_not_make_each_other_good():
    lines = bill_line("1", 10, 110), bill_line("2", 10, 90)
    verdict = match(bill(*lines), [order(order_line("1"), order_line("2"))], FREE)
    assert verdict.word is Word.PARTIAL_MATCH
    assert verdict.deviation == 100 and verdict.percent == 10


def test_a_small_line_far_off_is_not_lost_in_a_large_bill():
    lines = bill_line("1", 10, 100_000), bill_line("2", 1, 12)
    verdict = match(bill(*lines), [order(order_line("1", 10, 100_000), order_line("2", 1, 10))])
    assert (verdict.word, verdict.percent) == (Word.PARTIAL_MATCH, 20)
    assert not verdict.clear


def test_a_percentage_alone_does_not_let_five_percent_of_a_million_pass():
    capped = Policy(company=Tolerances(price_above=Limit(percent=Decimal(5), absolute=Decimal(50))))
    dear = match(bill(bill_line("1", 1, 1_040_000)), [order(order_line("1", 1, 1_000_000))], capped)
    cheap = match(bill(bill_line("1", 1, 1_040)), [order(order_line("1", 1, 1_000))], capped)
    assert [dear.clear, cheap.clear] == [False, True]
    assert dear.word is cheap.word is Word.VARIANCE_DETECTED


@pytest.mark.parametrize(("price", "clear"), [("102.00", True), ("102.01", False)])
def test_a_limit_includes_its_boundary(price, clear):
    policy = Policy(company=Tolerances(price_above=Limit(percent=Decimal(2))))
    assert match(bill(bill_line("1", 10, price)), [order(order_line("1"))], policy).clear is clear


def test_a_price_a_hundredth_too_high_holds():
    verdict = match(bill(bill_line("1", 10, "100.01")), [order(order_line("1"))])
    assert codes(verdict) == {Code.PRICE_ABOVE} and not verdict.clear


def test_what_was_billed_before_is_not_due_again():
    again = order(order_line("1", billed=Decimal(10)))
    verdict = match(bill(bill_line("1")), [again])
    assert verdict.word is Word.PARTIAL_MATCH and verdict.percent is None
    assert codes(verdict) == {Code.BEYOND_ORDER}


def test_a_part_of_what_is_due_is_a_partial_match_that_may_be_paid():
    verdict = match(bill(bill_line("1", 4)), [order(order_line("1"))])
    assert verdict.word is Word.PARTIAL_MATCH and verdict.clear
    assert codes(verdict) == {Code.LESS_THAN_DUE}
    assert [one.quantity for one in verdict.consumed] == [4]


def test_a_delivery_that_was_billed_alone_matches_in_full():
    delivered, waiting = order_line("1"), order_line("2", accepted=Decimal(0))
    assert match(bill(bill_line("1")), [order(delivered, waiting)]).word is Word.FULL_MATCH


def test_wrong_vat_is_never_a_full_match():
    wrong = bill(bill_line("1"), tax=Decimal("60.00"), payable=Decimal("1060.00"))
    verdict = match(wrong, [order(order_line("1"))])
    assert verdict.word is Word.VARIANCE_DETECTED and not verdict.clear
    assert codes(verdict) == {Code.TAX_WRONG}


def test_a_total_that_does_not_add_up_holds():
    verdict = match(bill(bill_line("1"), payable=Decimal("1150.00")), [order(order_line("1"))])
    assert codes(verdict) == {Code.TOTAL_WRONG} and not verdict.clear


def test_charges_are_held_against_what_was_agreed():
    agreed = order(order_line("1"), charges=Decimal(30))
    tax = Decimal("51.50")
    fair = bill(bill_line("1"), charges=30, tax=tax, payable=Decimal("1081.50"))
    dear = bill(bill_line("1"), charges=45, tax=tax, payable=Decimal("1096.50"))
    assert match(fair, [agreed]).word is Word.FULL_MATCH
    assert codes(match(dear, [agreed])) == {Code.CHARGES_ABOVE}


def test_another_currency_needs_a_rate():
    dollars = bill(bill_line("1", 10, "27.23"), currency="USD")
    agreed = [order(order_line("1", 10, "100.00"))]
    assert codes(match(dollars, agreed)) == {Code.CURRENCY_DIFFERS}
    policy = Policy(company=Tolerances(price_above=Limit(percent=Decimal("0.1"))))
    rated = match(bill(bill_line("1", 10, "27.23"), currency="USD", rate=Decimal("3.6725")), agreed, policy)
    assert rated.word is Word.VARIANCE_DETECTED and rated.clear
    assert rated.deviation == Decimal("0.02175")  # 272.30 USD at 3.6725


@pytest.mark.parametrize(("quantity", "price"), [("1e15", "1e15"), ("-1e15", "999999999999999.99999999")])
def test_figures_beyond_all_sense_have_a_verdict_like_others(quantity, price):
    """A bill that was accepted with a slip of the pen mustn't wait for its match for ever."""
    line = msgspec.structs.replace(bill_line("1"), quantity=Decimal(quantity), price=Decimal(price))
    assert not match(bill(line), [order(order_line("1"))]).clear
