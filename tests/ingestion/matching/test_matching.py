"""Stories of bills, orders and receipts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext

import pytest

from ingestion.matching import Code, Hint, Limit, Policy, Remedy, Tolerances, Word, match
from ingestion.matching.findings import Finding
from ingestion.matching.words import SAID, WOULD, said, would
from tests.ingestion.matching.values import bill, bill_line, order, order_line


def codes(verdict):
    return {finding.code for finding in verdict.findings}


def only(verdict):
    (finding,) = verdict.findings
    return finding


def test_a_bill_as_ordered_and_received_matches_in_full_and_says_what_it_consumes():
    verdict = match(
        bill(bill_line("1"), bill_line("2", 3, "9.99")), [order(order_line("1"), order_line("2", 3, "9.99"))]
    )
    assert verdict.word is Word.FULL_MATCH and verdict.clear and verdict.findings == ()
    assert [(one.order_line, one.quantity, one.net) for one in verdict.consumed] == [
        ("1", 10, 1000), ("2", 3, Decimal("29.97")),
    ]  # fmt: skip


def test_the_explainer_says_what_would_make_it_match():
    dear = only(match(bill(bill_line("1", 10, 105)), [order(order_line("1"))], Policy(company=Tolerances())))
    assert (dear.code, dear.money) == (Code.PRICE_ABOVE, 50)
    assert would(dear, "en") == "It would match if the price were at most 100."
    short = only(match(bill(bill_line("1")), [order(order_line("1", accepted=Decimal(8)))]))
    assert (short.code, short.money) == (Code.BEYOND_RECEIPT, 200)
    assert short.hints == (Hint(Remedy.RECEIVE, Decimal(2)), Hint(Remedy.BILL_AT_MOST, Decimal(8)))
    assert said(short, "en") == "10 are billed, 8 were received and not billed yet: 200.00 too much."


def test_the_price_that_would_match_is_the_highest_that_is_tolerated():
    policy = Policy(company=Tolerances(price_above=Limit(percent=Decimal(1))))
    dear = only(match(bill(bill_line("1", 10, 105)), [order(order_line("1"))], policy))
    assert dear.hints == (Hint(Remedy.PRICE_AT_MOST, Decimal(101)),)
    assert match(bill(bill_line("1", 10, 101)), [order(order_line("1"))], policy).clear


def test_a_verdict_is_the_same_however_the_caller_reckons():
    given = bill(bill_line("1", 4, 100)), [order(order_line("1", 6, 100))]
    with localcontext(prec=100):
        assert match(*given).percent == match(*given).percent == Decimal("33.33333333333333333333333333")


def test_every_code_and_remedy_has_words_in_both_languages():
    assert set(SAID) == set(Code) and set(WOULD) == set(Remedy)
    for code in Code:
        for language in ("en", "ar"):
            assert "{" not in said(Finding(code=code, order="PO-1", holds=True), language)


@pytest.mark.parametrize(
    ("named", "written"), [("PO-1001", "po 1001"), ("1001", "PO-1001"), ("PO-1001", "P0-IOO1"), ("4711/a", "4711-A")]
)
def test_an_order_is_found_however_its_number_is_written(named, written):
    verdict = match(bill(bill_line("1"), orders=(written,)), [order(order_line("1"), number=named)])
    assert verdict.word is Word.FULL_MATCH and verdict.orders == (named,)


def test_two_orders_that_a_reader_could_confuse_are_a_persons_choice():
    orders = [order(order_line("1"), number="A-108"), order(order_line("2"), number="A-1O8")]
    assert match(bill(bill_line("1"), orders=("A-108",)), orders).orders == ("A-108",)
    unclear = match(bill(bill_line("1"), orders=("A-IO8",)), orders)
    assert unclear.word is Word.AMBIGUOUS and codes(unclear) == {Code.ORDER_UNCLEAR} and unclear.consumed == ()


def test_without_a_number_the_order_that_resembles_by_far_the_most_is_taken():
    other = order(order_line("8", 4, 31, description="Freight to Sharjah"), number="PO-2")
    verdict = match(bill(bill_line("1"), orders=()), [other, order(order_line("1"))])
    assert verdict.word is Word.FULL_MATCH and verdict.orders == ("PO-1001",)
    twins = [order(order_line("1"), number=number) for number in ("PO-1", "PO-2")]
    assert match(bill(bill_line("1"), orders=()), twins).word is Word.AMBIGUOUS
    assert match(bill(bill_line("9", description="Chairs"), orders=()), [other]).word is Word.NOT_MATCHED


def test_closed_orders_are_not_guessed_and_a_named_one_holds():
    closed = order(order_line("1"), closed=True)
    assert codes(match(bill(bill_line("1"), orders=()), [closed])) == {Code.NO_ORDER}
    named = match(bill(bill_line("1")), [closed])
    assert codes(named) == {Code.ORDER_CLOSED} and not named.clear


def test_another_suppliers_order_is_never_consumed():
    verdict = match(bill(bill_line("1")), [order(order_line("1"), supplier="s2")])
    assert verdict.word is Word.NOT_MATCHED and verdict.consumed == () and codes(verdict) == {Code.SUPPLIER_DIFFERS}


def test_an_unknown_order_number():
    verdict = match(bill(bill_line("1"), orders=("PO-9",)), [order(order_line("1"))])
    assert verdict.word is Word.NOT_MATCHED and codes(verdict) == {Code.ORDER_UNKNOWN}


def test_lines_are_paired_for_the_whole_bill_not_one_after_the_other():
    """Line a fits both order lines, the first of them better; b fits the first alone, and must not have to share it."""
    orders = order(
        order_line("1", seller_item="", description="Bolt steel"),
        order_line("2", seller_item="", description="Anchor bolt steel zinc plated M8"),
    )
    lines = (
        bill_line("a", seller_item="", description="Anchor bolt steel"),
        bill_line("b", seller_item="", description="Steel"),
    )
    verdict = match(bill(*lines), [orders])
    assert {(one.line, one.order_line) for one in verdict.consumed} == {("a", "2"), ("b", "1")}
    assert verdict.word is Word.FULL_MATCH


def test_two_lines_that_fit_alike_with_other_prices_are_a_persons_choice():
    orders = order(
        order_line("1", 10, 100, seller_item="", description="Paper A4 white"),
        order_line("2", 10, 102, seller_item="", description="Paper A4 white"),
    )
    verdict = match(bill(bill_line("a", 10, 101, seller_item="", description="Paper A4 white")), [orders])
    assert verdict.word is Word.AMBIGUOUS and Code.LINE_UNCLEAR in codes(verdict)
    named = bill_line("a", 10, 100, order_position="1", description="Paper A4 white")
    assert Code.LINE_UNCLEAR not in codes(match(bill(named), [orders]))


def test_two_bill_lines_share_one_order_line():
    verdict = match(
        bill(bill_line("1", 4), bill_line("1b", 6, seller_item="SKU-1", description="Article 1")),
        [order(order_line("1"))],
    )
    assert verdict.word is Word.FULL_MATCH
    assert [(one.line, one.quantity) for one in verdict.consumed] == [("1", 4), ("1b", 6)]


def test_one_bill_line_spills_over_to_an_equal_order_line():
    second = order_line("2", 5, seller_item="SKU-1", description="Article 1")
    verdict = match(bill(bill_line("1", 12)), [order(order_line("1"), second)])
    assert [(one.order_line, one.quantity, one.net) for one in verdict.consumed] == [("1", 10, 1000), ("2", 2, 200)]
    assert codes(verdict) == {Code.LESS_THAN_DUE} and verdict.clear


def test_lines_that_overflow_never_count_the_same_rest_twice():
    second = order_line("2", 4, seller_item="SKU-1", description="Article 1")
    lines = [bill_line(id, 12, seller_item="SKU-1", description="Article 1") for id in ("a", "b", "c")]
    verdict = match(bill(*lines), [order(order_line("1"), second)])
    taken = {(one.line, one.order_line): one.quantity for one in verdict.consumed}
    assert taken == {("a", "1"): 10, ("a", "2"): 2, ("b", "2"): 12, ("c", "1"): 12}
    over = sum(finding.found - finding.expected for finding in verdict.findings)
    assert over == 22 and not verdict.clear  # 36 billed, 14 due


def test_units_are_converted_where_the_order_says_how():
    boxes = order_line("1", 24, "2.50", factors={"XBX": Decimal(12)})
    by_box = bill(bill_line("1", 2, "30.00", unit="XBX"))
    verdict = match(by_box, [order(boxes)])
    assert verdict.word is Word.FULL_MATCH and verdict.consumed[0].quantity == 24
    assert codes(match(bill(bill_line("1", 2, 30, unit="KGM")), [order(boxes)])) == {Code.UNIT_DIFFERS}


def test_an_unordered_line_holds_and_is_never_a_full_match():
    verdict = match(bill(bill_line("1"), bill_line("7", 1, 5, description="Handling")), [order(order_line("1"))])
    assert verdict.word is Word.PARTIAL_MATCH and not verdict.clear
    finding = only(verdict)
    assert (finding.code, finding.line, finding.money) == (Code.LINE_UNORDERED, "7", 5)


def test_services_need_no_receipt():
    service = order_line("1", receipt_expected=False, accepted=Decimal(0))
    assert match(bill(bill_line("1")), [order(service)]).word is Word.FULL_MATCH


def test_a_credit_note_gives_back_what_was_billed_and_no_more():
    billed = order(order_line("1", billed=Decimal(10)))
    fair = match(bill(bill_line("1", 4), credit=True), [billed])
    assert fair.word is Word.FULL_MATCH and fair.consumed[0].quantity == -4 and fair.consumed[0].net == -400
    much = match(bill(bill_line("1", 11), credit=True), [billed])
    assert codes(much) == {Code.BEYOND_BILLED} and not much.clear


def test_a_bill_before_its_order_holds_unless_days_are_given():
    early = bill(bill_line("1"), date=date(2026, 9, 29))
    assert codes(match(early, [order(order_line("1"))])) == {Code.BEFORE_ORDER}
    assert match(early, [order(order_line("1"))], Policy(company=Tolerances(days_before_order=2))).clear


def test_another_vat_rate_than_ordered_holds():
    assert codes(match(bill(bill_line("1")), [order(order_line("1", tax_rate=Decimal(0)))])) == {Code.TAX_RATE_DIFFERS}


def test_item_groups_come_before_suppliers_and_these_before_the_company():
    free, strict = Tolerances(price_above=Limit()), Tolerances()
    dear = bill(bill_line("1", 10, 101))
    grouped = [order(order_line("1", group="paper"))]
    assert match(dear, grouped, Policy(company=strict, suppliers={"s1": strict}, groups={"paper": free})).clear
    assert match(dear, grouped, Policy(company=strict, suppliers={"s1": free})).clear
    assert not match(dear, grouped, Policy(company=free, suppliers={"s1": strict})).clear
