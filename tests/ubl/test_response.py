"""Invoice responses: what the buyer says, built from the invoice, read back, and judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from lxml import etree

import ubl
from tests.ubl.messages import Broken, both, cut, swap, twice
from tests.ubl.samples import EXAMPLES
from ubl import response
from ubl.__main__ import main
from ubl.errors import BuildError, ReadError
from ubl.findings import Layer, Severity
from ubl.invoice import Invoice
from ubl.response import CODES, NEEDS_REASON, Clarification, Code, Condition, Kind

NOW = datetime(2026, 11, 21, 12, 30, 15, 999, tzinfo=UTC)
PRICE = Clarification(
    kind=Kind.REASON, code="PRI", text="agreed: 10", conditions=(Condition(term="IBT-146", value="10"),)
)
NEW = Clarification(kind=Kind.ACTION, code="NIN")
PART = Clarification(kind=Kind.REASON, code="PPD", text="half")


def _invoice() -> Invoice:
    path = next(path for path in EXAMPLES if path.stem == "tax-invoice")
    return ubl.complete(ubl.decode(path.read_bytes()))


def _response(code: Code, *clarifications: Clarification, invoice: Invoice | None = None) -> response.Response:
    return response.build(
        invoice or _invoice(), code, id="IMR-1", now=NOW, clarifications=clarifications, note="regards",
        effective=date(2026, 11, 20), payment="BANK-7" if code is Code.PAID else None,
    )  # fmt: skip


GOOD = response.write(_response(Code.REJECTED, PRICE, NEW)).decode()
_PARTLY = swap("</cac:Response>", "<cac:Status><cbc:StatusReasonCode listID='OPStatusReason'>PPD</cbc:StatusReasonCode>"
               "<cbc:StatusReason>half</cbc:StatusReason></cac:Status></cac:Response>")  # fmt: skip

BROKEN = (
    Broken("AE-IMR-01", swap("trns:invoice_response:3", "trns:invoice_response:2")),
    Broken("AE-IMR-02", swap("bis:invoice_response:3", "bis:mlr:3")),
    Broken("AE-IMR-03", swap("IMR-1", " ")),
    Broken("AE-IMR-04", swap("2026-11-21<", "2026-11-21Z<")),
    Broken("AE-IMR-05", twice("cac:DocumentResponse")),
    Broken("AE-IMR-06", swap('schemeID="0235"', 'schemeID="9999"')),
    Broken("AE-IMR-07", cut("cac:PartyLegalEntity")),
    Broken("AE-IMR-08", swap(">RE<", ">RX<")),
    Broken("AE-IMR-09", both(cut("cac:Status"), cut("cac:Status"))),
    Broken("AE-IMR-10", swap(">PRI<", ">NIN<")),
    Broken("AE-IMR-11", swap(">NIN<", ">OTH<")),
    Broken("AE-IMR-12", both(swap(">RE<", ">PD<"), swap('OPStatusAction">NIN<', 'OPStatusReason">PPD<'))),
    Broken("AE-IMR-13", _PARTLY),
    Broken("AE-IMR-14", both(twice("cac:DocumentReference"), twice("cac:DocumentReference"))),
    Broken("AE-IMR-15", cut("cbc:DocumentTypeCode")),
    Broken("AE-IMR-16", swap("IBT-146", " ")),
)


@pytest.mark.parametrize("code", list(Code))
def test_every_answer_can_be_given_and_is_sound(code: Code) -> None:
    for clarifications in ((PRICE, NEW), (PART,) if code is Code.PAID else (NEW,), ()):
        if code in NEEDS_REASON and not clarifications:
            with pytest.raises(BuildError, match="says why"):
                _response(code)
            continue
        answer = _response(code, *clarifications)
        xml = response.write(answer)
        report = ubl.check(xml)
        assert report.valid and report.findings == () and report.ruleset == "invoice-response-3"
        assert response.read(xml) == answer
        assert response.write(answer) == xml


def test_the_buyer_answers_the_seller_and_of_a_self_billed_invoice_the_seller() -> None:
    invoice = _invoice()
    assert invoice.buyer is not None and invoice.seller is not None
    answer = _response(Code.ACCEPTED)
    assert (answer.sender.name, answer.receiver.name) == (invoice.buyer.name, invoice.seller.name)
    assert (answer.number, answer.type, answer.invoice_date) == (invoice.number, "380", invoice.issue_date)
    self_billed = msgspec.structs.replace(invoice, specification="urn:peppol:pint:selfbilling-1@ae-1")
    assert _response(Code.ACCEPTED, invoice=self_billed).sender.name == invoice.seller.name


@pytest.mark.parametrize(
    ("code", "clarification", "told"),
    [
        (Code.REJECTED, Clarification(kind=Kind.ACTION, code="PRI"), "no code of OPStatusAction"),
        (Code.UNDER_QUERY, Clarification(kind=Kind.REASON, code="OTH"), "in words"),
        (Code.PAID, Clarification(kind=Kind.REASON, code="PPD", text=" "), "in words"),
        (Code.ACCEPTED, PART, "PD only"),
    ],
)
def test_what_may_not_be_said_cannot_be_built(code: Code, clarification: Clarification, told: str) -> None:
    with pytest.raises(BuildError, match=told) as caught:
        _response(code, clarification)
    assert caught.value.pointer == "/clarifications/0"


def test_an_invoice_without_parties_or_number_cannot_be_answered() -> None:
    for change, pointer in (({"buyer": None}, "/buyer"), ({"seller": None}, "/seller"), ({"number": None}, "/number")):
        with pytest.raises(BuildError) as caught:
            _response(Code.ACCEPTED, invoice=msgspec.structs.replace(_invoice(), **change))
        assert caught.value.pointer == pointer
    with pytest.raises(BuildError, match="UTC offset"):
        response.build(_invoice(), Code.ACCEPTED, id="1", now=NOW.replace(tzinfo=None))
    with pytest.raises(BuildError, match="identifier"):
        response.build(_invoice(), Code.ACCEPTED, id=" ", now=NOW)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_one_edit_breaks_the_rule_it_is_named_by(broken: Broken) -> None:
    xml = broken.edit(GOOD).encode()
    found = {finding.rule: finding for finding in response.run(etree.fromstring(xml))}
    assert set(found) == {broken.rule}
    report = response.check(xml)
    assert {finding.layer for finding in report.findings} == {Layer.RESPONSE}
    assert report.valid is (found[broken.rule].severity is Severity.WARNING) is (broken.rule == "AE-IMR-11")


def test_every_rule_has_its_document() -> None:
    assert [broken.rule for broken in BROKEN] == [rule.id for rule in response.RULES]


def test_the_lists_are_those_of_the_specification() -> None:
    assert len(CODES[Kind.REASON]) == 14 and len(CODES[Kind.ACTION]) == 7
    assert [str(code) for code in Code] == ["AB", "IP", "UQ", "CA", "RE", "AP", "PD"]


def test_what_others_leave_out_is_read_all_the_same() -> None:
    plain = cut("cbc:IssueTime")(cut("cbc:Note")(cut("cbc:EffectiveDate")(GOOD)))
    plain = swap(' listID="OPStatusReason">PRI', ">PRI")(plain)
    read = response.read(plain.encode())
    assert (read.issue_time, read.note, read.effective) == (None, None, None)
    assert read.clarifications[0].kind is Kind.REASON
    worded = swap('<cbc:StatusReasonCode listID="OPStatusReason">PRI</cbc:StatusReasonCode>', "")(GOOD)
    assert response.read(worded.encode()).clarifications[0].code == "OTH"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (swap("<ApplicationResponse ", "<ApplicationResponse <"), "well-formed"),
        (swap("trns:invoice_response", "trns:mlr"), "not an invoice response"),
        (swap(">RE<", ">XX<"), "none of AB"),
        (cut("cac:DocumentReference"), "refers to no invoice"),
        (swap("2026-11-21<", "soon<"), "can't be read"),
        (swap("OPStatusAction", "Mine"), "none of OPStatusReason"),
        (cut("cbc:EndpointID"), "no electronic address"),
    ],
)
def test_what_cannot_be_read_is_said(edit: Callable[[str], str], told: str) -> None:
    with pytest.raises(ReadError, match=told):
        response.read(edit(GOOD).encode())


def test_the_command_line_knows_a_response_by_its_specification(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "response.xml"
    file.write_text(GOOD)
    assert main(["check", str(file)]) == 0
    assert "valid (invoice-response-3)" in capfd.readouterr().out
    file.write_text(cut("cbc:IssueDate")(GOOD))
    assert main(["check", str(file)]) == 1
    assert "xsd" in capfd.readouterr().out
