"""Bytes that a schema accepts, the same each time, and no character lost on the way."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

import ubl
from peppol import sbdh
from schemas import schema, xmlsafe
from tests.ubl.drawn import invoice as drawn
from tests.ubl.samples import BROKEN, EXAMPLES
from ubl.invoice import Classification, CreditReason, Invoice, Item, Line, PaymentMeans, Prepayment


@pytest.mark.parametrize("path", [*EXAMPLES, *BROKEN], ids=lambda path: path.stem)
def test_examples_follow_the_schema(path: Path) -> None:
    body = path.read_bytes()
    if path.stem == "unknown-field":
        with pytest.raises(ubl.DecodeError, match="did you mean currency"):
            ubl.decode(body)
        return
    invoice = ubl.complete(ubl.decode(body))
    schema("CreditNote-2" if invoice.is_credit_note else "Invoice-2").assertValid(xmlsafe.parse(ubl.write(invoice)))


def test_every_field_stands_where_the_schema_wants_it() -> None:
    """Fully filled invoices: nothing but values (never the order) can displease the schema."""
    for seed in range(60):
        invoice = drawn(seed, fullness=1.0)
        name = "CreditNote-2" if invoice.is_credit_note else "Invoice-2"
        invoice = structs.replace(invoice, lines=invoice.lines or (Line(id="1", net=Decimal(0), item=Item()),))
        checked = schema(name)
        checked.validate(xmlsafe.parse(ubl.write(invoice)))
        displaced = [error.message for error in checked.error_log if "not expected" in error.message]
        assert displaced == [], f"seed {seed}"


def test_an_envelope_can_carry_every_byte() -> None:
    """So that buyer and seller hold the same hash: no declaration, which may only stand at a file's beginning."""
    xml = ubl.write(drawn(1, fullness=1.0))
    assert xml.startswith((b"<Invoice ", b"<CreditNote "))
    assert xml == sbdh.body(xml)


def test_the_same_invoice_gives_the_same_bytes() -> None:
    assert ubl.write(drawn(7)) == ubl.write(drawn(7))


@given(st.text(min_size=1, max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_is_written_whole_or_refused_with_its_place(text: str) -> None:
    invoice = Invoice(lines=(Line(item=Item(name=text)),), payment_means=(PaymentMeans(code="1", name=text),))
    try:
        written = ubl.write(invoice)
    except ubl.WriteError as error:
        assert error.pointer == "/payment_means/0/name"
        assert any(
            not (c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff") for c in text
        )
        return
    assert ubl.read(written) == invoice


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_a_forbidden_character_is_named_with_its_place(character: str) -> None:
    invoice = Invoice(lines=(Line(), Line(item=Item(classifications=(Classification(code="1", list_id=character),)))))
    with pytest.raises(ubl.WriteError, match=f"U\\+{ord(character):04X}") as caught:
        ubl.write(invoice)
    assert caught.value.pointer == "/lines/1/item/classifications/0/list_id"


@pytest.mark.parametrize(
    ("invoice", "pointer"),
    [
        (Invoice(type="381", project="P"), "/project"),
        (Invoice(type="261", prepayments=(Prepayment(),)), "/prepayments"),
        (Invoice(type="380", credit_reasons=(CreditReason(code="VD"),)), "/credit_reasons"),
        (Invoice(lines=(Line(), Line(credit_reasons=(CreditReason(),)))), "/lines/1/credit_reasons"),
    ],
)
def test_a_field_without_a_place_in_the_document_is_refused_not_dropped(invoice: Invoice, pointer: str) -> None:
    with pytest.raises(ubl.WriteError) as caught:
        ubl.write(invoice)
    assert caught.value.pointer == pointer


def test_numbers_are_written_plainly() -> None:
    written = ubl.write(Invoice(currency="AED", lines=(Line(net=Decimal("1E+3"), quantity=Decimal("1E-7")),)))
    assert b">1000<" in written
    assert b">0.0000001<" in written


def test_facts_leave_no_trace_in_the_document() -> None:
    invoice = drawn(3)
    assert ubl.write(structs.replace(invoice, facts=ubl.Facts(export=True))) == ubl.write(invoice)
