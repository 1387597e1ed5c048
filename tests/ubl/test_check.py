"""`check` and `check_invoice`: the layers in order, places in XML and JSON, and nothing bad passes or crashes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from lxml import etree

import schemas
import ubl
from tests.ubl.samples import EXAMPLES
from tests.ubl.vectors import Vector, example, vectors
from ubl.__main__ import main
from ubl.findings import Layer, Severity
from ubl.where import HEAD, nearest

TAX = next(path for path in EXAMPLES if path.stem == "tax-invoice")


def _xml(name: str = "tax-invoice") -> bytes:
    return etree.tostring(example(name), xml_declaration=True, encoding="UTF-8")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_our_examples_are_valid_without_a_warning(path: Path) -> None:
    report = ubl.check(ubl.write(ubl.complete(ubl.decode(path.read_bytes()))))
    assert (
        report.valid
        and report.findings == ()
        and report.ruleset == "pint-ae-billing-1.0.4"
        and len(report.digest) == 64
    )


@pytest.mark.parametrize(
    ("body", "rule"),
    [(b"", "XML-01"), (b"<Invoice>", "XML-01"), (b"<!DOCTYPE a><a/>", "XML-01"), (b"\xff\xfe\x00", "XML-01"),
     (b"%PDF-1.7", "XML-01"), (b"<html/>", "XML-02"), (b"<Invoice/>", "XML-02"),
     (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "XML-02")],
)  # fmt: skip
def test_what_is_no_invoice_is_a_finding(body: bytes, rule: str) -> None:
    report = ubl.check(body)
    assert not report.valid and [finding.rule for finding in report.findings] == [rule]


def test_a_broken_schema_stops_and_says_where_and_what_was_expected() -> None:
    report = ubl.check(_xml().replace(b"</cac:LegalMonetaryTotal>", b"</cac:LegalMonetaryTotal><cac:Price/>"))
    assert not report.valid and {finding.layer for finding in report.findings} == {Layer.XSD}
    first = report.findings[0]
    assert first.rule == "XSD-01" and "cac:Price must not stand here" in first.message and "line" in first.message
    assert "cac:InvoiceLine" in first.message
    bad = ubl.check(_xml().replace(b"<cbc:IssueDate>", b"<cbc:IssueDate>x"))
    assert [(f.rule, f.where) for f in bad.findings] == [("XSD-02", "/Invoice/cbc:IssueDate")]


def test_without_schemas_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise schemas.SchemasNotInstalled(name)

    monkeypatch.setattr("schemas.validation.schema", absent)
    with pytest.raises(schemas.SchemasNotInstalled):
        ubl.check(_xml())
    assert main(["check", str(TAX)]) in (1, 2)


def test_layers_come_in_their_order() -> None:
    xml = _xml().replace(b">AUH<", b">ZZZ<").replace(b">DXB<", b">ZZZ<")
    xml = xml.replace(b"<cbc:UUID>", b"<cbc:UUID>x").replace(b">380<", b">999<")
    layers = [list(Layer).index(finding.layer) for finding in ubl.check(xml).findings]
    assert layers == sorted(layers) and len(set(layers)) > 1


@pytest.mark.parametrize("vector", vectors()[::6], ids=lambda vector: vector.rule)
def test_every_place_resolves_to_one_element(vector: Vector) -> None:
    root = vector.build()
    spaces = {"cbc": ubl.syntax.CBC, "cac": ubl.syntax.CAC}
    for finding in ubl.rules.run(root):
        steps = finding.where.split("/", 2)[2:]
        assert not steps or len(root.xpath(steps[0], namespaces=spaces)) == 1


def _posted() -> dict[str, object]:
    posted: dict[str, object] = json.loads(TAX.read_bytes())
    return posted


def test_pointers_lead_into_the_posted_json() -> None:
    posted = _posted()
    posted["buyer"]["address"].pop("city")  # type: ignore[index]
    posted["seller"]["trn"] = "100234567800004"  # type: ignore[index]
    body = json.dumps(posted).encode()
    report = ubl.check_invoice(ubl.complete(ubl.decode(body)), posted=body)
    places = {finding.rule: finding.pointer for finding in report.findings}
    assert places["ibr-144-ae"] == "/buyer/address" and places["ibr-132-ae"] == "/seller/trn"


def test_a_pointer_to_what_was_computed_names_what_was_posted() -> None:
    posted = _posted()
    posted.pop("totals", None)
    body = json.dumps(posted).encode()
    invoice = ubl.complete(ubl.decode(body))
    assert invoice.totals is not None
    wrong = msgspec.structs.replace(
        invoice, totals=msgspec.structs.replace(invoice.totals, payable=invoice.totals.lines)
    )
    in_invoice = {finding.rule: finding.pointer for finding in ubl.check_invoice(wrong).findings}
    in_posted = {finding.rule: finding.pointer for finding in ubl.check_invoice(wrong, posted=body).findings}
    assert in_invoice["ibr-co-16"] == "/totals" and in_posted["ibr-co-16"] == ""


@pytest.mark.parametrize(
    ("pointer", "kept"), [("/a/0/b", "/a/0/b"), ("/a/1/b", "/a"), ("/x", ""), ("/a/0/c", "/a/0"), ("/n", ""), ("", "")]
)
def test_the_nearest_part_of_a_pointer(pointer: str, kept: str) -> None:
    assert nearest(pointer, {"a": [{"b": 1}], "n": None}) == kept


def test_the_command_line_says_it_and_exits_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(_xml())
    bad.write_bytes(_xml().replace(b">380<", b">381<"))
    assert main(["check", "--json", str(good)]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["valid"] is True and line["ruleset"] == "pint-ae-billing-1.0.4" and line["findings"] == []
    assert main(["check", "--json", str(good), str(bad)]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["valid"] for line in lines] == [True, False]
    assert {"rule", "layer", "severity", "where", "message"} <= set(lines[1]["findings"][0])
    assert main(["check", str(bad)]) == 1 and "NOT valid" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "none.xml")]) == 2
    assert main(["check", "--ruleset", "7", str(good)]) == 2
    assert main(["check", "--as-of", "2026-12-01", str(good)]) == 0


def test_many_files_show_progress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good.xml"
    good.write_bytes(_xml())
    assert main(["check", *[str(good)] * 200]) == 0
    assert "200 of 200 checked" in capsys.readouterr().err


def test_a_finding_names_what_it_found() -> None:
    report = ubl.check(_xml().replace(b"<cbc:InvoiceTypeCode>380", b"<cbc:InvoiceTypeCode>999"))
    told = {finding.rule: finding for finding in report.findings}
    assert "'999'" in told["ibr-cl-01"].message and told["ibr-cl-01"].severity is Severity.FATAL
    assert told["ibr-cl-01"].terms == ("IBT-003",)


def test_a_rule_of_the_whole_document_points_to_what_it_is_about() -> None:
    invoice = ubl.complete(ubl.decode(TAX.read_bytes()))
    assert invoice.totals is not None
    wrong = msgspec.structs.replace(invoice.totals, tax_inclusive=invoice.totals.lines, payable=invoice.totals.lines)
    report = ubl.check_invoice(msgspec.structs.replace(invoice, totals=wrong))
    assert {f.rule: f.pointer for f in report.findings}["ibr-co-15"] == "/totals/tax_inclusive"


def test_the_pointers_of_terms_are_fields_of_the_invoice() -> None:
    assert {pointer.split("/")[1] for pointer in HEAD.values()} <= set(ubl.Invoice.__struct_fields__)


@pytest.mark.parametrize(
    ("absent", "rules"),
    [
        ("lines", {"ibr-016"}),
        ("issue_date", {"ibr-003"}),
        ("seller", {"ibr-006", "ibr-008"}),
        ("buyer", {"ibr-007", "ibr-010"}),
    ],
)
def test_what_posted_json_lacks_is_told_in_business_terms(absent: str, rules: set[str]) -> None:
    body = {name: value for name, value in msgspec.json.decode(TAX.read_bytes()).items() if name != absent}
    posted = msgspec.json.encode(body)
    found = {finding.rule for finding in ubl.check_invoice(ubl.complete(ubl.decode(posted)), posted=posted).findings}
    assert rules <= found and "XSD-01" not in found


def test_where_no_amount_can_be_computed_only_that_is_told() -> None:
    body = msgspec.json.decode(TAX.read_bytes())
    del body["lines"][0]["price"]
    posted = msgspec.json.encode(body)
    (finding,) = ubl.check_invoice(ubl.decode(posted), posted=posted).findings
    assert (finding.rule, finding.pointer) == ("JSON-02", "/lines/0")
    assert finding.message == "The price is missing; without it the amounts can't be computed."
