"""What follows is filled in; what is stated stays."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

import ubl
from tests.ubl.samples import BROKEN, EXAMPLES, PUBLISHED, ROOT, needs_reference
from ubl.invoice import (
    AllowanceCharge,
    Endpoint,
    ExchangeRate,
    Invoice,
    Item,
    Line,
    LineTotals,
    Party,
    Price,
    Totals,
    Vat,
    VatCategory,
)


def stated(before: object, after: object) -> bool:
    """Whether everything that `before` states is in `after`, unchanged."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(stated(value, after.get(name)) for name, value in before.items())
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(stated, before, after))
    return before == after


def plain(invoice: Invoice) -> object:
    return msgspec.json.decode(msgspec.json.encode(invoice))


GOOD = [path for path in [*EXAMPLES, *BROKEN] if path.stem != "unknown-field"]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_nothing_stated_changes_and_twice_is_once(path: Path) -> None:
    invoice = ubl.decode(path.read_bytes())
    completed = ubl.complete(invoice)
    assert stated(plain(invoice), plain(completed))
    assert ubl.complete(completed) == completed


@needs_reference
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_complete_document_stays_as_it_is(path: Path) -> None:
    invoice = ubl.read(path.read_bytes())
    assert stated(plain(invoice), plain(ubl.complete(invoice)))


def test_the_least_an_erp_must_say() -> None:
    line = Line(quantity=Decimal(3), unit="H87", item=Item(vat=VatCategory(category="S")), price=Price(net=Decimal(10)))
    completed = ubl.complete(Invoice(type="380", lines=(line,)))
    assert completed.specification == "urn:peppol:pint:billing-1@ae-1"
    assert completed.process == "urn:peppol:bis:billing"
    assert (completed.transaction_type, completed.currency) == ("00000000", "AED")
    assert (completed.number, completed.uuid, completed.issue_date) == (None, None, None)
    [done] = completed.lines
    assert (done.id, done.net) == ("1", Decimal("30.00"))
    assert done.price == Price(net=Decimal(10), gross=Decimal(10), discount=Decimal(0), quantity=Decimal(1), unit="H87")
    assert done.totals == LineTotals(payable=Decimal("31.50"), vat=Decimal("1.50"))
    assert completed.totals == Totals(
        lines=Decimal(30), tax_exclusive=Decimal(30), tax_inclusive=Decimal("31.50"), payable=Decimal("31.50")
    )


def test_a_foreign_document_gets_its_tax_currency_and_rate_direction() -> None:
    completed = ubl.complete(ubl.decode((ROOT / "examples" / "export-usd.json").read_bytes()))
    assert completed.tax_currency == "AED"
    assert completed.exchange_rate == ExchangeRate(rate=Decimal("3.6725"), source="USD", target="AED")
    assert completed.buyer is not None
    assert completed.buyer.endpoint == Endpoint(id="9900000099")
    assert completed.total_aed == Decimal("18498.38")


def test_orders_without_the_id_that_ubl_wants_get_na() -> None:
    line = Line(
        order="PO",
        despatch="D",
        quantity=Decimal(1),
        price=Price(net=Decimal(1)),
        item=Item(vat=VatCategory(category="O")),
    )
    completed = ubl.complete(Invoice(sales_order="SO", lines=(line,)))
    assert completed.purchase_order == "NA"
    assert (completed.lines[0].order_line, completed.lines[0].despatch_line) == ("NA", "NA")


def test_prices_with_vat_included_are_left_to_the_seller() -> None:
    invoice = Invoice(type="380", vat=Vat(included=True), lines=(Line(),))
    completed = ubl.complete(invoice)
    assert completed.totals is None
    assert completed.lines[0].id == "1"


@pytest.mark.parametrize(("category", "rate"), [("S", 5), ("Z", 0), ("E", 0), ("AE", 0), ("O", None)])
def test_a_document_allowance_gets_the_rate_its_category_wants(category: str, rate: int | None) -> None:
    allowance = AllowanceCharge(amount=Decimal(1), vat=VatCategory(category=category))
    [done] = ubl.complete(Invoice(allowances=(allowance,))).allowances
    assert done.vat is not None
    assert done.vat.percent == (None if rate is None else Decimal(rate))


def test_a_given_endpoint_is_not_replaced() -> None:
    invoice = Invoice(facts=ubl.Facts(deemed_supply=True), buyer=Party(endpoint=Endpoint(id="1002345678")))
    completed = ubl.complete(invoice)
    assert completed.buyer == invoice.buyer
    assert structs.replace(completed, facts=None).facts is None
