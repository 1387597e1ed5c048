"""Values of structured invoices, each with the place it stands at; nothing rounded, nothing guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import ubl
from ingestion.document import Column, Kind, Source, Term
from ingestion.errors import Refused
from ingestion.readers import cii, ubl_xml
from ingestion.readers.cii_tree import day_of_string
from ingestion.readers.structured import day_of, number_of

ROOT = Path(__file__).parents[3]
OURS = ubl.write(ubl.complete(ubl.decode((ROOT / "examples" / "tax-invoice.json").read_bytes())))

BIS = (Path(__file__).parent / "bis-invoice.xml").read_bytes()

CII = (Path(__file__).parent / "cii-invoice.xml").read_bytes()


def header(structured):
    return {term: reading.value for term, reading in structured.extraction.header.items()}


def lines(structured):
    return [{column: reading.value for column, reading in line.items()} for line in structured.extraction.lines]


def test_our_own_invoice_is_read_as_it_was_written():
    read = ubl_xml.read(OURS)
    assert read.invoice == ubl.read(OURS)
    assert read.extraction.kind is Kind.INVOICE
    values = header(read)
    assert values[Term.SUPPLIER_TAX_ID] == read.invoice.seller.trn
    assert values[Term.SUPPLIER_NAME] == read.invoice.seller.name
    assert values[Term.PAYABLE] == read.invoice.totals.payable
    assert values[Term.TAX] == read.invoice.vat.total
    assert values[Term.PO_NUMBER] == "PO-7001"
    assert [line[Column.NET_AMOUNT] for line in lines(read)] == [line.net for line in read.invoice.lines]


def test_every_value_names_its_place():
    root = etree.fromstring(OURS)
    namespaces = {prefix or "": space for prefix, space in root.nsmap.items()}
    for reading in [*ubl_xml.read(OURS).extraction.header.values(), *ubl_xml.read(OURS).extraction.lines[0].values()]:
        for evidence in reading.evidence:
            assert evidence.source is Source.XML and reading.confidence == 1.0
            path = evidence.path.replace("/Invoice", "/*[local-name()='Invoice']", 1)
            (found,) = root.xpath(path, namespaces={key: value for key, value in namespaces.items() if key})
            assert (found if isinstance(found, str) else found.text).strip() == evidence.text


def test_another_profile_of_ubl_is_read_with_tolerance():
    """No legal name, a day with a time zone, tax in two currencies, a price for 100; what can't be read is absent."""
    read = ubl_xml.read(BIS)
    assert header(read) == {
        Term.SUPPLIER_NAME: "Shop",
        Term.SUPPLIER_TAX_ID: "DE1",
        Term.INVOICE_NUMBER: "F-17",
        Term.ISSUE_DATE: date(2026, 10, 5),
        Term.CURRENCY: "EUR",
        Term.NET: Decimal("10.00"),
        Term.TAX: Decimal("1.90"),
        Term.PAYABLE: Decimal("11.90"),
        Term.IBAN: "DE89370400440532013000",
    }
    assert lines(read) == [
        {
            Column.DESCRIPTION: "Tea",
            Column.ITEM: "B-1",
            Column.QUANTITY: Decimal("2.50"),
            Column.UNIT: "KGM",
            Column.NET_AMOUNT: Decimal("10.00"),
            Column.TAX_RATE: Decimal(19),
            Column.UNIT_PRICE: Decimal(4),
        }
    ]
    price = read.extraction.lines[0][Column.UNIT_PRICE].evidence
    assert [(each.text, each.path.rpartition("/")[2]) for each in price] == [
        ("400", "cbc:PriceAmount"),
        ("100", "cbc:BaseQuantity"),
    ]


def test_a_credit_note_is_one_by_its_root_or_its_type():
    assert ubl_xml.read(BIS.replace(b">380<", b">381<")).extraction.kind is Kind.CREDIT_NOTE
    other = BIS.replace(b"Invoice-2", b"CreditNote-2").replace(b"<Invoice ", b"<CreditNote ")
    other = other.replace(b"</Invoice>", b"</CreditNote>").replace(b"InvoiceLine", b"CreditNoteLine")
    other = other.replace(b"InvoicedQuantity", b"CreditedQuantity").replace(b"InvoiceTypeCode", b"CreditNoteTypeCode")
    read = ubl_xml.read(other.replace(b">380<", b">381<"))
    assert read.extraction.kind is Kind.CREDIT_NOTE
    assert lines(read)[0][Column.QUANTITY] == Decimal("2.50")


def test_a_price_without_an_exact_share_is_absent():
    read = ubl_xml.read(BIS.replace(b">100</cbc:BaseQuantity>", b">3</cbc:BaseQuantity>"))
    assert Column.UNIT_PRICE not in lines(read)[0]


def test_a_cross_industry_invoice_is_read():
    read = cii.read(CII)
    assert read.extraction.kind is Kind.INVOICE
    assert header(read) == {
        Term.SUPPLIER_NAME: "Maker",
        Term.SUPPLIER_TAX_ID: "DE2",
        Term.BUYER_NAME: "Taker",
        Term.INVOICE_NUMBER: "R-9",
        Term.ISSUE_DATE: date(2026, 10, 5),
        Term.DUE_DATE: date(2026, 11, 4),
        Term.CURRENCY: "EUR",
        Term.NET: Decimal("20.00"),
        Term.TAX: Decimal("1.00"),
        Term.TOTAL: Decimal("21.00"),
        Term.PAYABLE: Decimal("21.00"),
        Term.PO_NUMBER: "PO-5",
        Term.IBAN: "DE89370400440532013000",
    }
    assert lines(read) == [
        {
            Column.DESCRIPTION: "Bolts, long",
            Column.ITEM: "4000",
            Column.QUANTITY: Decimal("4.0000"),
            Column.UNIT: "H87",
            Column.UNIT_PRICE: Decimal("4.50"),
            Column.NET_AMOUNT: Decimal("20.00"),
            Column.TAX_RATE: Decimal("5.00"),
        }
    ]
    path = read.extraction.header[Term.TAX].evidence[0].path
    assert path.startswith("/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeader")
    assert path.endswith("/ram:TaxTotalAmount[2]")


def test_gross_prices_allowances_and_order_lines_are_in_the_invoice():
    (line,) = cii.read(CII).invoice.lines
    assert (line.price.gross, line.price.discount, line.price.net, line.price.quantity) == tuple(
        map(Decimal, ("10.00", "1.00", "9.00", "2"))
    )
    assert line.allowances == ()
    assert [(charge.amount, charge.reason) for charge in line.charges] == [(Decimal("2.00"), "Packing")]
    assert line.order_line == "20"
    assert line.item.vat.percent == Decimal("5.00")


def test_the_forerunner_has_other_names_and_the_same_values():
    """ZUGFeRD 1, made from the newer one by renaming."""
    former = CII.decode()
    for new, old in (
        ("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100", "urn:ferd:CrossIndustryDocument:invoice:1p0"),
        ("AggregateBusinessInformationEntity:100", "AggregateBusinessInformationEntity:12"),
        ("UnqualifiedDataType:100", "UnqualifiedDataType:15"),
        ("rsm:CrossIndustryInvoice", "rsm:CrossIndustryDocument"),
        ("rsm:ExchangedDocument", "rsm:HeaderExchangedDocument"),
        ("rsm:HeaderExchangedDocumentContext", "rsm:SpecifiedExchangedDocumentContext"),
        ("rsm:SupplyChainTradeTransaction", "rsm:SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("TradeSettlementHeaderMonetary", "TradeSettlementMonetary"),
        ("TradeSettlementLineMonetary", "TradeSettlementMonetary"),
        ("RateApplicablePercent", "ApplicablePercent"),
        ("IssuerAssignedID", "ID"),
    ):
        former = former.replace(new, old)
    old, new = cii.read(former.encode()), cii.read(CII)
    assert header(old) == header(new)
    assert lines(old) == lines(new)
    assert old.invoice == new.invoice


@pytest.mark.parametrize("code", ["381", "261", "396"])
def test_a_type_that_gives_back_is_a_credit_note(code):
    read = cii.read(CII.replace(b">380<", b">" + code.encode() + b"<"))
    assert read.extraction.kind is Kind.CREDIT_NOTE
    assert read.invoice.is_credit_note


@pytest.mark.parametrize("reader", [ubl_xml, cii])
@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "not_xml"),
        (b"<a>", "not_xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "not_xml"),
        (b"<a>" * 300 + b"</a>" * 300, "not_xml"),
        (b"\xff\xfe\x00", "not_xml"),
        (b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "not_an_invoice"),
        (b"<Invoice/>", "not_an_invoice"),
    ],
)
def test_other_xml_is_refused(reader, xml, code):
    with pytest.raises(Refused) as refused:
        reader.read(xml)
    assert refused.value.code == code


def test_an_empty_invoice_has_no_values():
    for reader, xml in ((ubl_xml, BIS), (cii, CII)):
        root = etree.fromstring(xml)
        del root[:]
        read = reader.read(root)
        assert (read.extraction.header, read.extraction.lines) == ({}, ())


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15))
def test_decimals_are_exact(number):
    assert number_of(f" {number:f} ") == number
    assert str(number_of(f"{number:f}")) == f"{number:f}"


@given(st.text(alphabet="0123456789.,+-eE_ NaInfity\u0660\u0661\n", max_size=12))
def test_only_xml_schemas_decimals_are_numbers(text):
    number = number_of(text)
    plain = text.strip().lstrip("+-")
    assert (number is not None) == (
        text.strip().count(".") < 2
        and len(text.strip()) - len(plain) < 2
        and plain.replace(".", "", 1).isascii()
        and plain.replace(".", "", 1).isdigit()
    )


@given(st.dates())
def test_days_are_read_in_both_spellings(day):
    assert day_of(day.isoformat()) == day
    assert day_of_string(stamp(day.strftime("%Y").zfill(4) + day.strftime("%m%d"))) == day


@pytest.mark.parametrize("text", ["20261301", "20260230", "2026-10-05", "261005", "", "20261005 ", "２０２６１００５"])
def test_days_that_are_none(text):
    assert day_of_string(stamp(text)) == (date(2026, 10, 5) if text == "20261005 " else None)


@pytest.mark.parametrize("text", ["20261005", "2026-W40-1", "2026-10-5", "2026-02-30", "05.10.2026"])
def test_days_that_ubl_does_not_have(text):
    assert day_of(text) is None


def test_another_format_of_a_day_is_not_guessed():
    assert day_of_string(stamp("20261005", "610")) is None


def stamp(text, form="102"):
    element = etree.Element("DateTimeString", format=form)
    element.text = text
    return element


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([BIS, CII, OURS]), st.binary(max_size=20), st.integers(0, 4000), st.integers(0, 30))
def test_any_damage_is_refused_or_read(xml, noise, place, removed):
    damaged = xml[:place] + noise + xml[place + removed :]
    reader = cii if xml is CII else ubl_xml
    try:
        read = reader.read(damaged)
    except Refused as refused:
        assert refused.code in {"not_xml", "not_an_invoice"}
    else:
        assert all(reading.evidence for reading in read.extraction.header.values())
