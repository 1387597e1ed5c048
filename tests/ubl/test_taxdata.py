"""Reports to the fifth corner: built from an invoice, and judged as the published rules judge them."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import ubl
from schemas.register import RuleFiles
from tests.ubl.messages import Broken, both, cut, labelled, swap, twice
from tests.ubl.samples import CONFORMANCE, EXAMPLES, needs_reference
from ubl import taxdata
from ubl.__main__ import main
from ubl.errors import BuildError, UblError
from ubl.findings import Layer
from ubl.invoice import Attachment, Invoice, SupportingDocument
from ubl.parties import Endpoint, TaxId
from ubl.rules.tree import CAC, CBC
from ubl.taxdata import Custom, Role, Scope, Type
from ubl.taxdata import structure as structure_module
from ubl.taxdata.names import CEC

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)
ENVELOPE = "90f14eff-3705-4869-ad3c-caae270a234e"


def _invoice(name: str = "export-usd") -> Invoice:
    path = next(path for path in EXAMPLES if path.stem == name)
    return ubl.read(ubl.write(ubl.complete(ubl.decode(path.read_bytes()))))


def _report(
    invoice: Invoice, *, type: Type = Type.SUBMIT, role: Role = Role.SENDER, xml: bytes | None = None
) -> taxdata.TaxData:
    return taxdata.build(
        invoice, ubl.write(invoice) if xml is None else xml, type=type, role=role, receiver="000006-TESTBED.3001",
        representative="000123", transport_id=ENVELOPE, now=NOW, custom=(Custom(id="BTAE-20", value="1700"),),
    )  # fmt: skip


GOOD = taxdata.write(_report(_invoice())).decode()
_NUMBER = "<cbc:ID>1</cbc:ID>"
_TAX = "<cac:PartyTaxScheme><cbc:RegistrationName>x</cbc:RegistrationName><cbc:CompanyID>"
_BUYER = both(cut("cac:AccountingCustomerParty"), swap("<cbc:ProfileExecutionID>00000001", "<cbc:ProfileExecutionID>0"))

BROKEN = (
    Broken("ibr-tdd-01", swap("urn:peppol:taxdata:ae-1<", "urn:peppol:taxdata:om-1<")),
    Broken("ibr-tdd-02", swap("urn:peppol:taxreporting<", "urn:peppol:bis:billing<")),
    Broken("ibr-tdd-03", swap("<cbc:IssueDate>", f"{_NUMBER}<cbc:IssueDate>")),
    Broken("ibr-tdd-04", swap("2026-11-21</cbc:IssueDate>", "2026-11-21Z</cbc:IssueDate>")),
    Broken("ibr-tdd-05", swap("12:30:15Z", "12:30:15")),
    Broken("ibr-tdd-06", swap("<pxs:DocumentTypeCode>S<", "<pxs:DocumentTypeCode>s<")),
    Broken("ibr-tdd-07", swap("<pxs:DocumentScope>INP<", "<pxs:DocumentScope>I P<")),
    Broken("ibr-tdd-08", swap("<pxs:ReporterRole>01<", "<pxs:ReporterRole>1<")),
    Broken("ibr-tdd-09", cut("pxs:ReportedTransaction")),
    Broken("ibr-tdd-10", swap("<pxs:ReportingParty>", "<pxs:ReportingParty><cbc:WebsiteURI>x</cbc:WebsiteURI>")),
    Broken("ibr-tdd-11", cut("cbc:EndpointID")),
    Broken("ibr-tdd-12", swap(' schemeID="0235"', "")),
    Broken("ibr-tdd-13", swap(' schemeID="0235"', ' schemeID="235"')),
    Broken("ibr-tdd-14", swap("<pxs:ReceivingParty>", "<pxs:ReceivingParty><cbc:WebsiteURI>x</cbc:WebsiteURI>")),
    Broken("ibr-tdd-15", cut("pxs:ReceivingParty", "<pxs:ReceivingParty/>")),
    Broken("ibr-tdd-16", swap(' schemeID="0242">000006', ">000006")),
    Broken("ibr-tdd-17", swap('"0242">000006', '"0235">000006')),
    Broken("ibr-tdd-18", swap("<pxs:ReportersRepresentative>",
                              "<pxs:ReportersRepresentative><cbc:EndpointID>x</cbc:EndpointID>")),
    Broken("ibr-tdd-19", twice("cac:PartyIdentification")),
    Broken("ibr-tdd-20", swap(' schemeID="0242">000123', ">000123")),
    Broken("ibr-tdd-21", swap('"0242">000123', '"0235">000123')),
    Broken("ibr-tdd-22", cut("pxs:ReportedDocument")),
    Broken("ibr-tdd-23", cut("pxs:SourceDocument")),
    Broken("ibr-tdd-24", swap("<cbc:CustomizationID>urn:peppol:pint:billing-1@ae-1</cbc:CustomizationID>", "")),
    Broken("ibr-tdd-25", swap("<cbc:ProfileID>urn:peppol:bis:billing</cbc:ProfileID>", "")),
    Broken("ibr-tdd-26", cut("pxs:ReportedDocument", "<pxs:ReportedDocument/>")),
    Broken("ibr-tdd-27", cut("cbc:UUID")),
    Broken("ibr-tdd-28", both(cut("cbc:IssueDate", "<held/>"), cut("cbc:IssueDate"),
                              swap("<held/>", "<cbc:IssueDate>2026-11-21</cbc:IssueDate>"))),
    Broken("ibr-tdd-29", swap("<pxs:DocumentTypeCode>380</pxs:DocumentTypeCode>", "")),
    Broken("ibr-tdd-30", cut("cbc:DocumentCurrencyCode")),
    Broken("ibr-tdd-30-1", swap("<cbc:DocumentCurrencyCode>USD<", "<cbc:DocumentCurrencyCode>XCG<")),
    Broken("ibr-tdd-31", swap("<cbc:TaxCurrencyCode>AED<", "<cbc:TaxCurrencyCode>USD<")),
    Broken("ibr-tdd-31-1", swap("<cbc:TaxCurrencyCode>AED<", "<cbc:TaxCurrencyCode>Dirham<")),
    Broken("ibr-tdd-32", cut("cac:AccountingSupplierParty")),
    Broken("ibr-tdd-33", _BUYER),
    Broken("ibr-tdd-34", cut("cac:TaxTotal")),
    Broken("ibr-tdd-35", swap('<cbc:TaxAmount currencyID="USD"', '<cbc:TaxAmount currencyID="EUR"')),
    Broken("ibr-tdd-36", swap('<cbc:TaxAmount currencyID="AED"', '<cbc:TaxAmount currencyID="EUR"')),
    Broken("ibr-tdd-37", twice("pxs:MonetaryTotal")),
    Broken("ibr-tdd-38", swap('<cbc:TaxExclusiveAmount currencyID="USD"', '<cbc:TaxExclusiveAmount currencyID="AED"')),
    Broken("ibr-tdd-39", swap("<cac:AccountingSupplierParty>",
                              "<cac:AccountingSupplierParty><cbc:CustomerAssignedAccountID>1"
                              "</cbc:CustomerAssignedAccountID>")),
    Broken("ibr-tdd-40", cut("cac:AccountingSupplierParty", "<cac:AccountingSupplierParty/>")),
    Broken("ibr-tdd-41", swap("<cac:Party>", "<cac:Party><cbc:WebsiteURI>x</cbc:WebsiteURI>")),
    Broken("ibr-tdd-42", cut("cac:PartyTaxScheme")),
    Broken("ibr-tdd-43", swap("<cac:PartyTaxScheme><cbc:CompanyID>", _TAX)),
    Broken("ibr-tdd-44", cut("cbc:CompanyID")),
    Broken("ibr-tdd-45", cut("cac:TaxScheme", "<cac:TaxScheme/>")),
    Broken("ibr-tdd-46", swap("<cac:AccountingCustomerParty>",
                              "<cac:AccountingCustomerParty><cbc:AdditionalAccountID>1</cbc:AdditionalAccountID>")),
    Broken("ibr-tdd-47", cut("cac:AccountingCustomerParty", "<cac:AccountingCustomerParty/>")),
    Broken("ibr-tdd-48", swap("<cac:AccountingCustomerParty><cac:Party>",
                              "<cac:AccountingCustomerParty><cac:Party><cbc:WebsiteURI>x</cbc:WebsiteURI>")),
    Broken("ibr-tdd-49", cut("cac:AccountingCustomerParty",
                             f"<cac:AccountingCustomerParty><cac:Party>{_TAX}1</cbc:CompanyID><cac:TaxScheme/>"
                             "</cac:PartyTaxScheme></cac:Party></cac:AccountingCustomerParty>")),
    Broken("ibr-tdd-51", swap("</cbc:TaxAmount></cac:TaxTotal>",
                              '</cbc:TaxAmount><cbc:RoundingAmount currencyID="USD">0</cbc:RoundingAmount>'
                              "</cac:TaxTotal>")),
    Broken("ibr-tdd-52", cut("cbc:TaxExclusiveAmount")),
    Broken("ibr-tdd-53", swap('<cbc:TaxExclusiveAmount currencyID="USD"', '<cbc:TaxExclusiveAmount currencyID="AED"')),
    Broken("ibr-tdd-54", swap("</pxs:MonetaryTotal>",
                              '<cbc:TaxInclusiveAmount currencyID="USD">1</cbc:TaxInclusiveAmount>'
                              "</pxs:MonetaryTotal>")),
    Broken("ibr-tdd-55", cut("cbc:Value", "<cec:ExtensionContent><any xmlns='urn:x'/></cec:ExtensionContent>")),
    Broken("ibr-tdd-56", swap("<pxs:SourceDocument>", f"<pxs:SourceDocument>{_NUMBER}")),
    Broken("ibr-tdd-57", cut("cec:ExtensionContent",
                             "<cec:ExtensionContent><any xmlns='urn:x'/></cec:ExtensionContent>")),
)  # fmt: skip


def test_what_we_build_is_sound_for_every_example_type_and_role() -> None:
    for path in EXAMPLES:
        invoice = _invoice(path.stem)
        for type in Type:
            for role in Role:
                xml = taxdata.write(_report(invoice, type=type, role=role))
                report = ubl.check(xml)
                assert report.valid and report.findings == () and report.ruleset == "peppol-ae-tdd-1.0.4", path.stem
                assert xml == taxdata.write(_report(invoice, type=type, role=role))


def test_the_report_says_what_the_invoice_says() -> None:
    invoice = _invoice()
    report = _report(invoice)
    key = report.reported
    assert key is not None and invoice.vat is not None and invoice.totals is not None and invoice.seller is not None
    assert (key.number, key.uuid, key.type) == (invoice.number, invoice.uuid, invoice.type)
    assert (key.currency, key.tax_currency) == ("USD", "AED")
    assert (key.vat, key.vat_in_tax_currency) == (invoice.vat.total, invoice.vat_aed)
    assert key.tax_exclusive == invoice.totals.tax_exclusive
    assert (key.seller.id, key.seller.scheme) == (invoice.seller.trn, "VAT")
    assert report.reporter == invoice.seller.endpoint
    assert report.scope is Scope.OFF_NETWORK


def test_the_source_is_the_exchanged_document_byte_for_byte() -> None:
    invoice = _invoice()
    xml = ubl.write(invoice)
    assert _report(invoice).source == xml
    assert xml in taxdata.write(_report(invoice))
    declared = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n' + xml + b"\n"
    assert _report(invoice, xml=declared).source == xml
    wide = xml.decode().encode("utf-16")
    assert ubl.read(_report(invoice, xml=wide).source) == invoice


def test_attached_files_stay_behind() -> None:
    file = Attachment(content=b"%PDF", mime="application/pdf", filename="a.pdf")
    documents = (
        SupportingDocument(id="1", file=file),
        SupportingDocument(id="2", file=file, url="https://x.example/2"),
    )
    invoice = msgspec.structs.replace(_invoice(), documents=documents)
    assert b"EmbeddedDocumentBinaryObject" in ubl.write(invoice)
    report = _report(invoice)
    kept = ubl.read(report.source)
    assert kept.documents == (SupportingDocument(id="1"), SupportingDocument(id="2", url="https://x.example/2"))
    assert b"<cac:Attachment/>" not in report.source
    assert msgspec.structs.replace(kept, documents=documents) == invoice
    assert ubl.check(taxdata.write(report)).valid


@pytest.mark.parametrize(
    ("specification", "role", "reporter"),
    [
        ("urn:peppol:pint:billing-1@ae-1", Role.SENDER, "seller"),
        ("urn:peppol:pint:billing-1@ae-1", Role.RECEIVER, "buyer"),
        ("urn:peppol:pint:selfbilling-1@ae-1", Role.SENDER, "buyer"),
        ("urn:peppol:pint:selfbilling-1@ae-1", Role.RECEIVER, "seller"),
    ],
)
def test_the_reporter_follows_from_role_and_process(specification: str, role: Role, reporter: str) -> None:
    invoice = msgspec.structs.replace(_invoice("tax-invoice"), specification=specification)
    assert _report(invoice, role=role).reporter == getattr(invoice, reporter).endpoint


def test_the_scope_follows_from_the_buyer() -> None:
    assert taxdata.scope_of(_invoice("tax-invoice")) is Scope.DOMESTIC
    abroad = _invoice()
    assert taxdata.scope_of(abroad) is Scope.OFF_NETWORK
    assert abroad.buyer is not None and abroad.buyer.endpoint is not None
    reachable = msgspec.structs.replace(abroad.buyer.endpoint, id="4000000000015", scheme="0088")
    buyer = msgspec.structs.replace(abroad.buyer, endpoint=reachable)
    assert taxdata.scope_of(msgspec.structs.replace(abroad, buyer=buyer)) is Scope.INTERNATIONAL


def test_only_a_failed_document_may_be_reported_unread() -> None:
    invoice = _invoice()
    assert invoice.buyer is not None
    with pytest.raises(BuildError, match="type F"):
        taxdata.build(
            None, ubl.write(invoice), type=Type.SUBMIT, role=Role.RECEIVER, receiver="000006", representative="000123",
            transport_id=ENVELOPE, now=NOW,
        )  # fmt: skip
    failed = taxdata.build(
        None, ubl.write(invoice), type=Type.FAILED, role=Role.RECEIVER, scope=Scope.DOMESTIC,
        reporter=invoice.buyer.endpoint, receiver="000006", representative="000123", transport_id=ENVELOPE, now=NOW,
    )  # fmt: skip
    assert failed.reported is None and ubl.check(taxdata.write(failed)).valid
    unread = msgspec.structs.replace(failed, type=Type.SUBMIT)
    assert [finding.rule for finding in ubl.check(taxdata.write(unread)).findings] == ["ibr-tdd-22"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"uuid": None}, "/uuid"), ({"vat": None}, "/vat/total"), ({"seller": None}, "/seller"),
        ({"vat_aed": None}, "/vat_aed"), ({"number": "other"}, "isn't that of the invoice"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(change: dict[str, None], told: str) -> None:
    xml = ubl.write(_invoice() if "number" in change else msgspec.structs.replace(_invoice(), **change))
    with pytest.raises(BuildError, match=told):
        _report(msgspec.structs.replace(_invoice(), **change), xml=xml)


def test_a_seller_without_vat_registration_is_told_by_the_other() -> None:
    invoice = _invoice("tax-invoice")
    assert invoice.seller is not None
    seller = msgspec.structs.replace(invoice.seller, trn=None, tin=TaxId(id="1002345678"))
    other = msgspec.structs.replace(invoice, seller=seller)
    report = _report(other)
    assert report.reported is not None and report.reported.seller == TaxId(id="1002345678", scheme="TIN")
    assert ubl.check(taxdata.write(report)).valid
    nameless = msgspec.structs.replace(seller, tin=TaxId(id="1002345678", scheme=None))
    with pytest.raises(BuildError, match="/seller/trn"):
        _report(msgspec.structs.replace(invoice, seller=nameless))
    endpoint = Endpoint(id="1002345678", scheme=None)
    with pytest.raises(BuildError, match="/reporter/scheme"):
        _report(msgspec.structs.replace(invoice, seller=msgspec.structs.replace(invoice.seller, endpoint=endpoint)))


@pytest.mark.parametrize("xml", [b"", b"%PDF", b"<Order/>", b"<!DOCTYPE a><a/>"])
def test_only_an_invoice_can_be_reported(xml: bytes) -> None:
    with pytest.raises(BuildError, match="only a"):
        _report(_invoice(), xml=xml)


def test_service_providers_and_moments_are_held_to_their_form() -> None:
    with pytest.raises(BuildError, match="no service provider"):
        taxdata.build(
            _invoice(), ubl.write(_invoice()), type=Type.SUBMIT, role=Role.SENDER, receiver="C5",
            representative="000123", transport_id=ENVELOPE, now=NOW,
        )  # fmt: skip
    report = _report(_invoice())
    with pytest.raises(BuildError, match="UTC offset"):
        taxdata.write(msgspec.structs.replace(report, issued=NOW.replace(tzinfo=None)))
    dubai = NOW.astimezone(timezone(timedelta(hours=4)))
    xml = taxdata.write(msgspec.structs.replace(report, issued=dubai))
    assert b"<cbc:IssueTime>16:30:15+04:00</cbc:IssueTime>" in xml and ubl.check(xml).valid
    with pytest.raises(UblError, match=r"U\+0000"):
        taxdata.write(msgspec.structs.replace(report, transport_id="a\0"))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_one_edit_breaks_the_rule_it_is_named_by(broken: Broken) -> None:
    xml = broken.edit(GOOD).encode()
    assert broken.rule in {finding.rule for finding in taxdata.run(etree.fromstring(xml))}
    report = ubl.check(xml)
    assert not report.valid
    assert {finding.layer for finding in report.findings} == {Layer.TAXDATA}, report.findings
    assert all(finding.where.startswith("/TaxData") for finding in report.findings)


def test_every_rule_has_its_document_and_there_are_58() -> None:
    assert {broken.rule for broken in BROKEN} == {rule.id for rule in taxdata.RULES}
    assert len(taxdata.RULES) == len({rule.id for rule in taxdata.RULES}) == 58


STRUCTURE = (
    (cut("cbc:ProfileID"), "XSD-01", "expected here: cbc:ProfileID"),
    (cut("pxs:ReportersRepresentative"), "XSD-01", "expected here: pxs:ReportersRepresentative"),
    (twice("pxs:DocumentScope"), "XSD-01", "pxs:DocumentScope must not stand here"),
    (swap("<pxs:ReportedTransaction>", "<pxs:Other/><pxs:ReportedTransaction>"), "XSD-01", "pxs:Other"),
    (swap("<pxs:ReportedTransaction>", '<pxs:ReportedTransaction a="1">'), "XSD-03", "no attribute a"),
    (swap("<pxs:ReportedDocument>", "<pxs:ReportedDocument>words"), "XSD-02", "no text"),
    (swap("12:30:15Z", "half past twelve"), "XSD-04", "half past twelve"),
    (swap("<pxs:ReportingParty>", "<pxs:ReportingParty><cbc:ID>1</cbc:ID>"), "XSD-04", "cbc:ID"),
    (swap('<pxs:ReporterRole>', '<pxs:ReporterRole colour="red">'), "XSD-04", "colour"),
    (swap("</pxs:MonetaryTotal>", "<pxs:X/></pxs:MonetaryTotal>"), "XSD-01", "pxs:X"),
)  # fmt: skip


@pytest.mark.parametrize(("edit", "rule", "told"), STRUCTURE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_broken_structure_is_told_and_stops_the_check(edit, rule, told) -> None:  # type: ignore[no-untyped-def]
    report = ubl.check(edit(GOOD).encode())
    assert not report.valid
    assert {finding.layer for finding in report.findings} == {Layer.XSD}
    assert rule in {finding.rule for finding in report.findings}
    assert any(told in finding.message for finding in report.findings), report.findings


def test_what_is_embedded_is_not_judged_nor_taken_for_the_report() -> None:
    inside = "<cbc:ProfileExecutionID>00000001</cbc:ProfileExecutionID>"
    hostile = (
        f'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">{inside}<cac:DocumentCurrencyCode/>'
        "<cac:TaxCategory><cac:ID>S</cac:ID></cac:TaxCategory>"
        f"<pxs:ReportedTransaction><cec:ExtensionContent/></pxs:ReportedTransaction></Invoice>"
    )
    xml = cut("cec:ExtensionContent", f"<cec:ExtensionContent>{hostile}</cec:ExtensionContent>")(GOOD)
    root = etree.fromstring(xml)
    before = etree.tostring(root)
    assert taxdata.run(root) == ()
    assert etree.tostring(root) == before


def test_a_registered_schema_is_asked_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "peppol-tdd-9.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:peppol:schema:taxdata:1.0">'
        '<xs:element name="TaxData" type="xs:date"/></xs:schema>'
    )
    entry = RuleFiles(str(tmp_path), {"peppol-tdd-9.xsd": ""})
    monkeypatch.setattr(structure_module.register, "registered", lambda: (entry,))
    registered = structure_module._registered.__wrapped__()
    assert registered is not None
    monkeypatch.setattr(structure_module, "_registered", lambda: registered)
    report = ubl.check(GOOD.encode())
    assert {finding.rule for finding in report.findings} == {"XSD-04"}


def _one_change(root: etree._Element) -> list[tuple[str, etree._Element]]:
    """Every document that differs by one element: gone, twice, moved to the end of its parent, or emptied."""
    changed = []
    for place in range(1, len(list(root.iter()))):
        for verb in ("gone", "twice", "last", "empty"):
            copy = deepcopy(root)
            element = list(copy.iter())[place]
            parent = element.getparent()
            assert parent is not None
            if verb == "gone":
                parent.remove(element)
            elif verb == "twice":
                element.addnext(deepcopy(element))
            elif verb == "last":
                parent.append(element)
            else:
                for child in list(element):
                    element.remove(child)
                element.text = None
            changed.append((f"{verb} {element.tag}", copy))
    return changed


@needs_reference
def test_our_structure_is_the_published_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    official = structure_module._compiled(str(CONFORMANCE / "xsd" / "tdd"), "peppol-tdd-1.0.0.xsd")
    monkeypatch.setattr(structure_module, "_registered", lambda: None)
    root = etree.fromstring(GOOD)
    invoice = root.find(f".//{CEC}ExtensionContent/*")
    assert invoice is not None
    for child in list(invoice):
        if child.tag not in (CBC + "IssueDate", CAC + "TaxTotal", CBC + "ProfileExecutionID"):
            invoice.remove(child)
    verdicts = Counter[bool]()
    for what, changed in _one_change(root):
        verdict = official.validate(changed)
        verdicts[verdict] += 1
        assert (structure_module.structure(changed) == []) is verdict, what
    assert verdicts[True] > 50 and verdicts[False] > 50


@needs_reference
@pytest.mark.parametrize(("path", "sound", "failed"), labelled("tdd"), ids=str)
def test_published_reports_have_the_published_verdict(path: str, sound: bool, failed: tuple[str, ...]) -> None:
    assert sound
    report = ubl.check((CONFORMANCE / "samples" / path).read_bytes())
    assert sorted({finding.rule for finding in report.findings}) == sorted(failed)


def test_the_rules_in_force_are_named_and_can_be_chosen() -> None:
    report = taxdata.check(GOOD.encode(), as_of=date(2020, 1, 1))
    assert report.ruleset == "peppol-ae-tdd-1.0.4" and len(report.digest) == 64
    assert taxdata.check(GOOD.encode(), ruleset="1.0.4").digest == report.digest
    assert [finding.rule for finding in taxdata.check(b"<a/>").findings] == ["XML-02"]
    assert [finding.rule for finding in taxdata.check(b"<a").findings] == ["XML-01"]
    with pytest.raises(UblError, match=r"peppol-ae-tdd-1\.0\.4"):
        taxdata.check(GOOD.encode(), ruleset="9")


def test_the_command_line_knows_a_report_by_its_root(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.xml"
    file.write_text(GOOD)
    assert main(["check", str(file)]) == 0
    assert "valid (peppol-ae-tdd-1.0.4)" in capfd.readouterr().out
    file.write_text(swap("12:30:15Z", "12:30:15")(GOOD))
    assert main(["check", "--json", str(file)]) == 1
    assert '"rule":"ibr-tdd-05"' in capfd.readouterr().out


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 60), st.text(max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_the_check_stumble(place: int, length: int, other: str) -> None:
    xml = (GOOD[:place] + other + GOOD[place + length :]).encode("utf-8", "replace")
    report = ubl.check(xml)
    assert report.valid or report.findings
