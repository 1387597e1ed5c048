"""Plain facts become codes, and codes that contradict the facts are said so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import ubl
from tests.ubl.samples import ROOT
from ubl.explain import explain
from ubl.invoice import Address, Delivery, Endpoint, Identifier, Invoice, Item, Line, Party, Period, VatCategory
from ubl.scenario import (
    BILLING,
    FLAGS,
    SELF_BILLING,
    Facts,
    contradictions,
    facts_of,
    predefined_endpoint,
    process_of,
    transaction_type,
)

ANY_FACTS = st.builds(Facts, **{name: st.booleans() for name in Facts.__struct_fields__})
DELIVERED = Delivery(address=Address(street="1 Pier", city="Hamburg", subdivision="HH", country="DE"))


@pytest.mark.parametrize(("place", "flag"), list(enumerate(FLAGS)))
def test_each_fact_is_one_flag(place: int, flag: str) -> None:
    assert transaction_type(Facts(**{flag: True})) == "0" * place + "1" + "0" * (7 - place)


@given(ANY_FACTS)
def test_flags_tell_the_facts_again(facts: Facts) -> None:
    endpoint = predefined_endpoint(facts)
    buyer = Party(endpoint=Endpoint(id=endpoint) if endpoint else None)
    told = facts_of(Invoice(transaction_type=transaction_type(facts), buyer=buyer))
    assert structs.replace(told, buyer_on_peppol=facts.buyer_on_peppol) == facts
    assert told.buyer_on_peppol == (endpoint is None)


@given(ANY_FACTS)
def test_what_complete_derives_never_contradicts_the_facts(facts: Facts) -> None:
    invoice = structs.replace(ubl.decode((ROOT / "examples" / "tax-invoice.json").read_bytes()), facts=facts)
    assert invoice.buyer is not None
    completed = ubl.complete(structs.replace(invoice, buyer=structs.replace(invoice.buyer, endpoint=None)))
    pointers = {found.pointer for found in contradictions(completed)}
    assert not pointers & {"/transaction_type", "/buyer/endpoint", "/type"}


@pytest.mark.parametrize(
    ("facts", "endpoint"),
    [
        (Facts(), None),
        (Facts(export=True), None),
        (Facts(deemed_supply=True), "9900000097"),
        (Facts(deemed_supply=True, export=True, buyer_on_peppol=False), "9900000097"),
        (Facts(buyer_on_peppol=False), "9900000098"),
        (Facts(export=True, buyer_on_peppol=False), "9900000099"),
    ],
)
def test_a_document_that_reaches_no_buyer_has_a_predefined_endpoint(facts: Facts, endpoint: str | None) -> None:
    assert predefined_endpoint(facts) == endpoint


@pytest.mark.parametrize(
    ("facts", "invoice", "pointer"),
    [
        (Facts(export=True), Invoice(transaction_type="00000000", delivery=DELIVERED), "/transaction_type"),
        (Facts(deemed_supply=True), Invoice(buyer=Party(endpoint=Endpoint(id="1002345678"))), "/buyer/endpoint"),
        (Facts(), Invoice(buyer=Party(endpoint=Endpoint(id="9900000098"))), "/buyer/endpoint"),
        (Facts(summary=True), Invoice(type="480", period=Period()), "/type"),
        (Facts(deemed_supply=True), Invoice(type="81"), "/type"),
        (Facts(margin_scheme=True), Invoice(type="480"), "/type"),
        (Facts(free_zone=True), Invoice(), "/beneficiary"),
        (Facts(summary=True), Invoice(), "/period"),
        (Facts(agent=True), Invoice(), "/principal"),
        (Facts(e_commerce=True), Invoice(), "/delivery/address"),
        (Facts(export=True), Invoice(delivery=Delivery(address=Address(country="DE"))), "/delivery/address"),
        (
            Facts(margin_scheme=True),
            Invoice(lines=(Line(item=Item(vat=VatCategory(category="S"))),)),
            "/lines/0/item/vat/category",
        ),
        (Facts(), Invoice(lines=(Line(item=Item(vat=VatCategory(category="N"))),)), "/lines/0/item/vat/category"),
    ],
)
def test_a_contradiction_has_one_place(facts: Facts, invoice: Invoice, pointer: str) -> None:
    [found] = contradictions(structs.replace(invoice, facts=facts))
    assert found.pointer == pointer
    assert found.message


def test_an_agreeing_invoice_has_no_contradiction() -> None:
    facts = Facts(free_zone=True, summary=True, agent=True, e_commerce=True, export=True)
    agreeing = Invoice(
        facts=facts,
        transaction_type="10010111",
        beneficiary=Identifier(id="B"),
        principal=Identifier(id="P"),
        period=Period(),
        delivery=DELIVERED,
    )
    assert contradictions(agreeing) == ()
    assert contradictions(structs.replace(agreeing, facts=None, transaction_type="x")) == ()


@pytest.mark.parametrize(
    ("kind", "process"),
    [
        ("380", BILLING),
        ("381", BILLING),
        ("480", BILLING),
        ("389", SELF_BILLING),
        ("261", SELF_BILLING),
        (None, BILLING),
    ],
)
def test_the_process_follows_from_the_type(kind: str | None, process: tuple[str, str]) -> None:
    assert process_of(kind) == process


def test_a_contradiction_is_told_with_the_other_findings_and_refuses_nothing() -> None:
    body = (ROOT / "examples" / "tax-invoice.json").read_bytes()
    posted = body.replace(b'"number"', b'"facts": {"continuous": true}, "transaction_type": "00000000", "number"', 1)
    report = ubl.check_invoice(ubl.complete(ubl.decode(posted)), posted=posted)
    assert [(found.rule, found.pointer) for found in report.findings] == [("AE-FACT-01", "/transaction_type")]
    assert report.valid
    assert explain("AE-FACT-01").severity is ubl.Severity.WARNING
