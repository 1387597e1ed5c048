"""What we write we read back, and what we can't take over we say."""

from __future__ import annotations

import copy
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from lxml import etree

import ubl
from schemas import schema, xmlsafe
from tests.ubl.drawn import invoices
from tests.ubl.samples import CONFORMANCE, EXAMPLES, PUBLISHED, needs_reference
from ubl.invoice import Invoice
from ubl.read import LISTED


@settings(max_examples=150, deadline=None)
@given(invoices())
def test_whatever_is_written_is_read_back(invoice: Invoice) -> None:
    reading = ubl.read_report(ubl.write(invoice))
    assert reading.invoice == invoice


@needs_reference
@pytest.mark.parametrize("sample", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_sample_survives_reading_and_writing_whole(sample: Path) -> None:
    reading = ubl.read_report(sample.read_bytes())
    assert reading.leftovers == ()
    written = ubl.write(reading.invoice)
    assert _values(written) == _values(sample.read_bytes())
    root = xmlsafe.parse(written)
    valid = schema("CreditNote-2" if reading.invoice.is_credit_note else "Invoice-2")
    valid.assertValid(root)


def _values(xml: bytes) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Every element with its text and attributes, whatever the order; numbers by value."""
    found = []
    for element in xmlsafe.parse(xml).iter():
        text = (element.text or "").strip()
        attributes = tuple(
            sorted((str(n), str(v)) for n, v in element.attrib.items() if "schemaLocation" not in str(n))
        )
        found.append((str(element.tag), text, attributes))
    return sorted(found)


def _example_xml() -> str:
    return ubl.write(ubl.complete(ubl.decode((EXAMPLES[-2]).read_bytes()))).decode()


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        (
            "<cbc:IssueDate>",
            "<cbc:CopyIndicator>false</cbc:CopyIndicator><cbc:IssueDate>",
            "cbc:CopyIndicator",
            "field",
        ),
        ("<cbc:IssueDate>2026-11-02<", "<cbc:IssueDate>2026-11-02Z<", "cbc:IssueDate", "a day"),
        ("<cbc:Name>Office chair<", '<cbc:Name languageID="en">Office chair<', "@languageID", "field"),
        ("<cac:OrderReference>", "<cac:OrderReference><!-- x --><cbc:UUID>u</cbc:UUID>", "cbc:UUID", "field"),
        ("<cbc:ID>VAT</cbc:ID>", "<cbc:ID>VAT</cbc:ID><cbc:Name>n</cbc:Name>", "cbc:Name", "field"),
        ("<cac:LegalMonetaryTotal>", "<cac:LegalMonetaryTotal>loose", "cac:LegalMonetaryTotal", "text beside"),
        ('<cbc:PayableAmount currencyID="AED">', '<cbc:PayableAmount currencyID="EUR">', "@currencyID", "read as AED"),
        ("</cac:LegalMonetaryTotal>", "</cac:LegalMonetaryTotal><cac:LegalMonetaryTotal/>", "Total[2]", "more often"),
    ],
)
def test_what_has_no_field_is_listed_with_its_place(old: str, new: str, where: str, reason: str) -> None:
    xml = _example_xml()
    assert old in xml
    reading = ubl.read_report(xml.replace(old, new, 1).encode())
    [leftover] = [found for found in reading.leftovers if where in found.where]
    assert reason in leftover.reason
    assert leftover.where.startswith("/Invoice/")


def test_a_document_of_leftovers_is_counted_not_hoarded() -> None:
    xml = _example_xml().replace("<cbc:IssueDate>", "<cbc:CopyIndicator/>" * 5000 + "<cbc:IssueDate>", 1)
    reading = ubl.read_report(xml.encode())
    assert len(reading.leftovers) == LISTED
    assert reading.omitted == 5000 - LISTED


def test_a_comment_inside_a_value_does_not_split_it() -> None:
    xml = _example_xml().replace("<cbc:Name>Office chair<", "<cbc:Name>Office <!-- no --> chair<", 1)
    invoice = ubl.read(xml.encode())
    assert invoice.lines[0].item is not None
    assert invoice.lines[0].item.name == "Office  chair"


def test_an_amount_keeps_its_digits() -> None:
    xml = _example_xml().replace(">5388.39<", "> 5388.3900 <")
    invoice = ubl.read(xml.encode())
    assert invoice.totals is not None
    assert str(invoice.totals.payable) == str(Decimal("5388.3900"))


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        (b"", "empty"),
        (b"<Invoice/>", "no UBL Invoice"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "no UBL Invoice"),
        (b"<Invoice", "Not well-formed"),
        (b"<!DOCTYPE Invoice><Invoice/>", "DOCTYPE"),
        (b"%PDF-1.7", "something else"),
    ],
)
def test_what_is_no_invoice_is_refused_in_plain_words(xml: bytes, says: str) -> None:
    with pytest.raises(ubl.ReadError, match=says):
        ubl.read(xml)


def test_a_document_whose_type_belongs_to_the_other_root_keeps_its_root() -> None:
    xml = _example_xml().replace("<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>381<")
    invoice = ubl.read(xml.encode())
    assert not invoice.is_credit_note
    assert b"<Invoice " in ubl.write(invoice)


@needs_reference
def test_rewriting_an_edited_sample_changes_no_finding_unless_something_was_left_out() -> None:
    """Every twelfth labelled edit of the published samples; all of them when `FUZZ_RUNS` asks for more."""
    edits = (CONFORMANCE / "mutants.jsonl").read_bytes().splitlines()
    bases = {path.relative_to(CONFORMANCE / "samples").as_posix(): path for path in PUBLISHED}
    whole = 0
    for line in edits[:: 1 if int(os.environ.get("FUZZ_RUNS", "0")) > 1000 else 12]:
        edit = msgspec.json.decode(line)
        if edit["base"] not in bases:
            continue
        xml = _edited(bases[edit["base"]], edit["ops"])
        reading = ubl.read_report(xml)
        written = ubl.write(reading.invoice)
        assert ubl.read(written) == reading.invoice, line
        if edit["xsd"] and not reading.leftovers:
            whole += 1
            assert _rules(ubl.check(written)) == _rules(ubl.check(xml)), line
    assert whole > 100


def _rules(report: ubl.Report) -> list[str]:
    return sorted(finding.rule for finding in report.findings)


def _edited(base: Path, operations: list[dict[str, Any]]) -> bytes:
    """The sample with the edits made, as the reference folder's README describes them."""
    root = xmlsafe.parse(base.read_bytes())
    for edit in operations:
        element = root
        for place in edit["at"]:
            element = element[place]
        parent = element.getparent()
        assert parent is not None
        match edit["do"]:
            case "delete":
                parent.remove(element)
            case "text":
                element.text = edit["value"]
            case "attr" if edit["value"] is None:
                element.attrib.pop(edit["name"], None)
            case "attr":
                element.set(edit["name"], edit["value"])
            case "dup":
                element.addnext(copy.deepcopy(element))
            case "swap":
                following = element.getnext()
                assert following is not None
                following.addnext(element)
            case other:
                raise AssertionError(other)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
