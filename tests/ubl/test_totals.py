"""The sums an invoice must come to."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

import ubl
from tests.ubl.samples import EXAMPLES, PUBLISHED, ROOT, needs_reference
from ubl.invoice import (
    AllowanceCharge,
    ExchangeRate,
    Invoice,
    Item,
    Line,
    Prepayment,
    Price,
    Totals,
    Vat,
    VatCategory,
)
from ubl.money import agreed, rounded, total
from ubl.totals import amount_of, compute, differences, net_amount

D = Decimal


def line(quantity: str, price: str, category: str = "S", percent: str | None = None, **more: object) -> Line:
    vat = VatCategory(category=category, percent=None if percent is None else D(percent))
    return Line(quantity=D(quantity), price=Price(net=D(price)), item=Item(vat=vat), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.005", "1.01"),
        ("1.0049", "1.00"),
        ("-1.005", "-1.00"),
        ("-1.006", "-1.01"),
        ("2.5e-3", "0.00"),
        ("7", "7.00"),
    ],
)
def test_rounding_takes_halves_up(value: str, expected: str) -> None:
    assert str(rounded(D(value))) == expected


@settings(max_examples=300, deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_rounding_is_the_nearest_cent(value: Decimal) -> None:
    result = rounded(value)
    assert result.as_tuple().exponent == -2
    error = Fraction(result) - Fraction(value)
    assert Fraction(-1, 200) < error <= Fraction(1, 200)


@settings(max_examples=300, deadline=None)
@given(
    st.decimals(min_value=0, max_value=100_000, places=3),
    st.decimals(min_value=0, max_value=10_000, places=4),
)
def test_a_line_net_satisfies_the_published_rule_in_doubles(quantity: Decimal, price: Decimal) -> None:
    """ibr-147-ae multiplies and rounds xs:double; a cent's difference on a tie would have the invoice refused."""
    net = net_amount(Line(quantity=quantity, price=Price(net=price)))
    left = _xpath_round(float(net) * 100)
    right = _xpath_round(float(quantity) * (float(price) / 1.0) * 100)
    assert left == right
    assert abs(Fraction(net) - Fraction(quantity) * Fraction(price)) < Fraction(11, 2000)


def _xpath_round(value: float) -> int:
    whole = int(value // 1)
    return whole + (1 if value - whole >= 0.5 else 0)


def test_agreement_with_doubles_never_hides_an_error() -> None:
    assert agreed(D("1.005"), 1.005) == D("1.00")  # the nearest double to 1.005 lies below it
    assert agreed(D("1.00"), 1.01) == D("1.00")
    assert agreed(D("5"), 7.0) == D("5.00")
    assert agreed(D("5"), float("inf")) == D("5.00")


def test_a_line_is_quantity_times_price_with_charges_and_allowances() -> None:
    spent = Line(
        quantity=D(15),
        price=Price(gross=D(3000), discount=D(30), quantity=D(10)),
        allowances=(AllowanceCharge(amount=D(135)),),
        charges=(AllowanceCharge(percent=D("2.5"), base=D(4500)),),
    )
    assert net_amount(spent) == D("4432.50")


def test_the_breakdown_has_a_row_for_each_category_and_rate() -> None:
    invoice = Invoice(
        currency="AED",
        lines=(line("2", "10"), line("1", "5", "E"), line("1", "7", "Z"), line("3", "1", "S"), line("1", "9", "AE")),
        allowances=(AllowanceCharge(amount=D(3), vat=VatCategory(category="S", percent=D("5.00"))),),
        charges=(AllowanceCharge(amount=D(1), vat=VatCategory(category="AE", percent=D(0))),),
    )
    computed = compute(invoice)
    rows = [(r.category, r.percent, r.taxable, r.tax) for r in computed.vat.breakdown]
    assert rows == [
        ("S", D(5), D(20), D(1)),
        ("E", None, D(5), D(0)),
        ("Z", D(0), D(7), D(0)),
        ("AE", D(5), D(10), D(0)),
    ]
    totals = computed.totals
    assert (totals.lines, totals.allowances, totals.charges) == (D(44), D(3), D(1))
    assert (totals.tax_exclusive, totals.tax_inclusive, totals.payable) == (D(42), D(43), D(43))


def test_what_was_paid_and_rounded_is_taken_off_what_is_due() -> None:
    invoice = Invoice(
        lines=(line("1", "100"),), prepayments=(Prepayment(amount=D(40)),), totals=Totals(rounding=D("0.05"))
    )
    computed = compute(invoice).totals
    assert (computed.prepaid, computed.payable) == (D(40), D("65.05"))


def test_a_foreign_document_states_dirham() -> None:
    invoice = Invoice(
        currency="USD", exchange_rate=ExchangeRate(rate=D("3.67285")), lines=(line("5000", "49.75", "Z"),)
    )
    computed = compute(invoice)
    assert (computed.vat_aed, computed.total_aed) == (D(0), D("913621.44"))
    assert computed.lines[0].payable == D("913621.44")


@pytest.mark.parametrize(
    ("invoice", "pointer"),
    [
        (Invoice(lines=(Line(price=Price(net=D(1))),)), "/lines/0/quantity"),
        (Invoice(lines=(Line(quantity=D(1)),)), "/lines/0/price"),
        (Invoice(lines=(Line(quantity=D(1), price=Price()),)), "/lines/0/price/net"),
        (Invoice(lines=(Line(quantity=D(1), price=Price(net=D(1), quantity=D(0))),)), "/lines/0/price/quantity"),
        (Invoice(lines=(Line(quantity=D(1), price=Price(net=D(1))),)), "/lines/0/item/vat/category"),
        (Invoice(lines=(line("1", "1", "X"),)), "/lines/0/item/vat/percent"),
        (Invoice(currency="USD", lines=(line("1", "1"),)), "/exchange_rate/rate"),
        (Invoice(charges=(AllowanceCharge(percent=D(1)),)), "/charges/0/amount"),
        (Invoice(vat=Vat(included=True)), "/vat/included"),
    ],
)
def test_a_missing_input_is_named(invoice: Invoice, pointer: str) -> None:
    with pytest.raises(ubl.CompleteError) as caught:
        compute(invoice)
    assert caught.value.pointer == pointer


def test_stated_totals_are_compared_and_never_overwritten() -> None:
    invoice = ubl.decode((ROOT / "examples" / "broken" / "wrong-amount-due.json").read_bytes())
    completed = ubl.complete(invoice)
    assert completed.totals is not None
    assert completed.totals.payable == D("5000.00")
    assert [(d.pointer, d.given, d.computed) for d in differences(completed)] == [
        ("/totals/payable", D("5000.00"), D("5388.39"))
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_completed_examples_differ_in_nothing_until_one_amount_is_moved(path: object) -> None:
    completed = ubl.complete(ubl.decode(path.read_bytes()))  # type: ignore[attr-defined]
    assert differences(completed) == ()
    first, *rest = completed.lines
    assert first.net is not None
    moved = structs.replace(completed, lines=(structs.replace(first, net=first.net + D("0.01")), *rest))
    assert "/lines/0/net" in [found.pointer for found in differences(moved)]


@needs_reference
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_samples_come_to_what_we_compute(path: object) -> None:
    """Document totals and breakdown of every published sample; its dirham per line are known to be careless."""
    invoice = ubl.read(path.read_bytes())  # type: ignore[attr-defined]
    found = [d for d in differences(invoice) if not d.pointer.endswith(("/totals/payable", "/totals/vat"))]
    assert [(d.pointer, d.given, d.computed) for d in found] == []


@given(st.lists(st.decimals(min_value=-(10**14), max_value=10**14, places=10), max_size=30))
def test_sums_are_exact(values: list[Decimal]) -> None:
    assert Fraction(total(values)) == sum(map(Fraction, values))


def test_an_amount_from_a_percentage_satisfies_the_published_rule() -> None:
    assert amount_of(AllowanceCharge(percent=D("1.5"), base=D(18250))) == D("273.75")
