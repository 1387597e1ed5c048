"""Message level statuses: only what may be said can be built; what comes is judged as the published rules judge it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import ubl
from tests.ubl.messages import Broken, both, cut, labelled, swap, twice
from tests.ubl.samples import CONFORMANCE, EXAMPLES, needs_reference
from ubl import mls
from ubl.__main__ import main
from ubl.errors import BuildError, ReadError
from ubl.findings import Layer
from ubl.mls import Code, Issue, Reason

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)
ENVELOPE = "90f14eff-3705-4869-ad3c-caae270a234e"
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##urn:peppol:pint:billing-1@ae-1::2.1"
STATUS = (
    "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##"
    "urn:peppol:edec:mls:1.0::2.1"
)


def _status(
    code: Code, *reasons: Reason, description: str | None = "see the issues", document_type: str = INVOICE
) -> mls.Status:
    issues = [Issue(reason=reason, description=f"about {reason}", where="/Invoice/cbc:ID") for reason in reasons]
    return mls.build(
        code, id="MLS-1", sender="000123", receiver="000456-TEST", reference=ENVELOPE, document_type=document_type,
        now=NOW, description=description, issues=issues,
    )  # fmt: skip


GOOD = mls.write(_status(Code.REJECTED, Reason.RULE_VIOLATED)).decode()
_DESCRIPTION = "<cbc:Description>about BV</cbc:Description>"

BROKEN = (
    Broken("SCH-MLS-01", swap("urn:peppol:edec:mls:1.0<", "urn:peppol:edec:mls:2.0<")),
    Broken("SCH-MLS-02", swap("urn:peppol:edec:mls<", "urn:peppol:edec:mlr<")),
    Broken("SCH-MLS-03", swap("MLS-1<", " <")),
    Broken("SCH-MLS-04", swap("2026-11-21<", "2026-11-21Z<")),
    Broken("SCH-MLS-05", cut("cbc:IssueTime")),
    Broken("SCH-MLS-06", swap("12:30:15Z", "12:30:15")),
    Broken("SCH-MLS-07", cut("cbc:EndpointID")),
    Broken("SCH-MLS-08", swap("000123<", " <")),
    Broken("SCH-MLS-09", swap("000123<", "0242:000123<")),
    Broken("SCH-MLS-10", swap(' schemeID="0242">000123', ">000123")),
    Broken("SCH-MLS-11", swap('"0242">000123', '"0235">000123')),
    Broken("SCH-MLS-12", cut("cac:ReceiverParty", "<cac:ReceiverParty/>")),
    Broken("SCH-MLS-13", swap("000456-TEST<", "<")),
    Broken("SCH-MLS-14", swap("000456-TEST<", "000456-T<")),
    Broken("SCH-MLS-15", swap(' schemeID="0242">000456', ">000456")),
    Broken("SCH-MLS-16", swap('"0242">000456', '"9925">000456')),
    Broken("SCH-MLS-17", twice("cac:DocumentResponse")),
    Broken("SCH-MLS-18", cut("cbc:ResponseCode")),
    Broken("SCH-MLS-19", swap(">RE<", ">NO<")),
    Broken("SCH-MLS-20", swap("<cbc:Description>see the issues</cbc:Description>", "")),
    Broken("SCH-MLS-21", swap("see the issues", " ")),
    Broken("SCH-MLS-22", twice("cac:DocumentReference")),
    Broken("SCH-MLS-23", cut("cac:LineResponse")),
    Broken("SCH-MLS-24", swap(">BV<", ">BW<")),
    Broken("SCH-MLS-25", swap(">RE<", ">AP<")),
    Broken("SCH-MLS-26", swap(ENVELOPE, "\n")),
    Broken("SCH-MLS-27", swap(">/Invoice/cbc:ID<", "> <")),
    Broken("SCH-MLS-28", swap(_DESCRIPTION, "")),
    Broken("SCH-MLS-29", swap("about BV", " ")),
    Broken("SCH-MLS-30", cut("cac:Status")),
    Broken("SCH-MLS-31", swap(">BV<", ">XX<")),
)


@pytest.mark.parametrize(
    ("code", "reasons"),
    [(code, reasons) for code in Code for size in range(3) for reasons in product(Reason, repeat=size)],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_what_may_be_said_can_be_built_and_is_sound_and_nothing_else(code: Code, reasons: tuple[Reason, ...]) -> None:
    failures = {Reason.RULE_VIOLATED, Reason.NOT_DELIVERED, Reason.SYNTAX_VIOLATED}
    allowed = bool(failures & set(reasons)) is (code is Code.REJECTED)
    if not allowed:
        with pytest.raises(BuildError):
            _status(code, *reasons)
        return
    status = _status(code, *reasons)
    xml = mls.write(status)
    report = ubl.check(xml)
    assert report.valid and report.findings == () and report.ruleset == "peppol-mls-1.1.0"
    assert mls.read(xml) == status
    assert mls.write(status) == xml


@pytest.mark.parametrize(
    "document_type",
    [STATUS, "urn:peppol:edec:mls:1.0", "x::ApplicationResponse##urn:fdc:peppol.eu:poacc:trns:mlr:3::2.1"],
)
def test_a_status_is_never_answered(document_type: str) -> None:
    assert not mls.answerable(document_type) and mls.answerable(INVOICE)
    with pytest.raises(BuildError, match="never answered"):
        _status(Code.ACCEPTED, document_type=document_type)


def test_a_tax_data_document_is_answered() -> None:
    assert mls.answerable("urn:peppol:schema:taxdata:1.0::TaxData##urn:peppol:taxdata:ae-1::1.0")


@pytest.mark.parametrize("description", [None, "", " \n"])
def test_a_rejection_says_why(description: str | None) -> None:
    with pytest.raises(BuildError, match="says why"):
        _status(Code.REJECTED, Reason.NOT_DELIVERED, description=description)
    assert _status(Code.ACKNOWLEDGED, description=description).code is Code.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("change", "told"),
    [({"sender": "12"}, "sender"), ({"receiver": "0242:000456"}, "receiver"), ({"id": " "}, "its id"),
     ({"reference": ""}, "its reference")],
)  # fmt: skip
def test_parties_and_references_must_be_given(change: dict[str, str], told: str) -> None:
    given = {"id": "1", "sender": "000123", "receiver": "000456", "reference": ENVELOPE, **change}
    with pytest.raises(BuildError, match=told):
        mls.build(Code.ACCEPTED, document_type=INVOICE, now=NOW, **given)


def test_an_issue_says_what_and_where() -> None:
    for issue in (Issue(reason=Reason.RULE_VIOLATED, description=" "),
                  Issue(reason=Reason.RULE_VIOLATED, description="x", where="")):  # fmt: skip
        with pytest.raises(BuildError, match="/issues/0"):
            mls.build(
                Code.REJECTED, id="1", sender="000123", receiver="000456", reference=ENVELOPE, document_type=INVOICE,
                now=NOW, description="no", issues=[issue],
            )  # fmt: skip


def test_a_failed_check_becomes_a_rejection_with_its_findings() -> None:
    xml = ubl.write(ubl.complete(ubl.decode(EXAMPLES[-1].read_bytes())))
    broken = ubl.check(cut("cbc:InvoiceTypeCode")(xml.decode()).encode())
    malformed = ubl.check(b"<a")
    for report, reason in ((broken, Reason.RULE_VIOLATED), (malformed, Reason.SYNTAX_VIOLATED)):
        issues = mls.issues_of(report.findings)
        assert reason in {issue.reason for issue in issues} and not report.valid
        status = mls.build(
            Code.REJECTED, id="1", sender="000123", receiver="000456", reference=ENVELOPE, document_type=INVOICE,
            now=NOW, description="The document isn't lawful.", issues=issues,
        )  # fmt: skip
        assert ubl.check(mls.write(status)).valid
    assert mls.issues_of(malformed.findings)[0].where == "NA"
    warned = [msgspec.structs.replace(finding, severity=ubl.Severity.WARNING) for finding in broken.findings]
    assert {issue.reason for issue in mls.issues_of(warned)} == {Reason.RULE_WARNED}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_one_edit_breaks_the_rule_it_is_named_by(broken: Broken) -> None:
    xml = broken.edit(GOOD).encode()
    assert broken.rule in {finding.rule for finding in mls.run(etree.fromstring(xml))}
    report = mls.check(xml)
    assert not report.valid and {finding.layer for finding in report.findings} == {Layer.MLS}


def test_every_rule_has_its_document_and_there_are_31() -> None:
    assert [broken.rule for broken in BROKEN] == [rule.id for rule in mls.RULES]
    assert len(BROKEN) == 31


@pytest.mark.parametrize(
    ("rule", "edit"),
    [("SCH-MLS-21", twice("cbc:Description")),
     ("SCH-MLS-29", swap(_DESCRIPTION, _DESCRIPTION * 2)),
     ("SCH-MLS-30", twice("cac:Status"))],
)  # fmt: skip
def test_where_the_published_rules_abort_the_intended_rule_is_told(rule: str, edit) -> None:  # type: ignore[no-untyped-def]
    assert [finding.rule for finding in ubl.check(edit(GOOD).encode()).findings] == [rule]


def test_after_a_fatal_reason_the_published_rules_look_no_further() -> None:
    status = mls.write(_status(Code.REJECTED, Reason.RULE_VIOLATED, Reason.SYNTAX_VIOLATED)).decode()
    second = "<cac:Status><cbc:StatusReasonCode>SV</cbc:StatusReasonCode></cac:Status>"
    assert ubl.check(swap(second, second * 2)(status).encode()).valid


@needs_reference
@pytest.mark.parametrize(("path", "sound", "failed"), labelled("mls"), ids=str)
def test_published_statuses_have_the_published_verdict(path: str, sound: bool, failed: tuple[str, ...]) -> None:
    xml = (CONFORMANCE / "samples" / path).read_bytes()
    assert {finding.rule for finding in mls.run(etree.fromstring(xml))} == set(failed)
    report = ubl.check(xml)
    assert report.valid is (sound and not failed)
    if report.valid:
        again = mls.write(mls.read(xml))
        assert mls.read(again) == mls.read(xml) and ubl.check(again).valid


@pytest.mark.parametrize(
    ("edit", "told"),
    [(swap("<ApplicationResponse ", "<ApplicationResponse <"), "well-formed"), (swap(":mls:1.0<", ":x<"), "not a"),
     (swap(">RE<", ">XX<"), "none of AP, AB, RE"), (swap(">BV<", ">XX<"), "none of BV"),
     (swap("12:30:15Z", "12:30:15"), "no UTC offset"), (swap("12:30:15Z", "noon"), "write YYYY-MM-DD"),
     (cut("cac:DocumentResponse"), "answers nothing")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(edit, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ReadError, match=told):
        mls.read(edit(GOOD).encode())


def test_a_broken_schema_is_explained() -> None:
    report = ubl.check(both(cut("cbc:IssueDate"))(GOOD).encode())
    assert {finding.layer for finding in report.findings} == {Layer.XSD}
    assert [finding.rule for finding in mls.check(b"<a/>").findings] == ["XML-02"]


def test_the_command_line_knows_a_status(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "status.xml"
    file.write_text(GOOD)
    assert main(["check", str(file)]) == 0
    assert "valid (peppol-mls-1.1.0)" in capfd.readouterr().out


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")))
@settings(max_examples=60, deadline=None)
def test_any_words_survive(words: str) -> None:
    said = f"x{words}x"
    status = msgspec.structs.replace(_status(Code.ACCEPTED), description=said, id=said)
    again = mls.read(mls.write(status))
    assert (again.description, again.id) == (said, said)
