"""Official rules beside ours: chosen by what they say, run in a process of their own, any difference told."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

import ubl
from schemas.register import register
from tests.ubl.samples import EXAMPLES
from tests.ubl.vectors import vectors
from ubl.__main__ import main
from ubl.reference import (
    Answer,
    Reference,
    ReferenceBroken,
    ReferenceUnavailable,
    difference,
    references,
    stylesheets,
)

needs_saxon = pytest.mark.skipif(
    importlib.util.find_spec("saxonche") is None, reason="saxonche is not installed: pip install 'involinks[reference]'"
)
OFFICIAL = os.environ.get("OFFICIAL_RULES", "")
"""Folders of unpacked official rule sets, separated as in PATH."""

_HEAD = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:inv="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
 <xsl:template match="/"><svrl:schematron-output>"""
_TAIL = "</svrl:schematron-output></xsl:template></xsl:stylesheet>"
DUE = f"""{_HEAD}<xsl:if test="/inv:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount = 1 or contains('', ' 380 ')">
 <svrl:failed-assert id="ibr-co-16"/></xsl:if>{_TAIL}"""
"""One rule of our own making: an amount due of 1 is wrong."""


def _write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.xslt").write_text(text, "utf-8")
    return folder


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    return tmp_path / "installed"


def _register(tmp_path: Path, installed: Path, **files: str) -> None:
    register(_write(tmp_path / "rules", **files), installed=installed)


def _xml(payable: str = "5388.39") -> bytes:
    invoice = ubl.complete(ubl.decode((EXAMPLES[0].parent / "tax-invoice.json").read_bytes()))
    assert invoice.totals is not None
    totals = msgspec.structs.replace(invoice.totals, payable=Decimal(payable))
    return ubl.write(msgspec.structs.replace(invoice, totals=totals))


def test_stylesheets_are_chosen_by_what_they_say(tmp_path: Path, installed: Path) -> None:
    _register(
        tmp_path,
        installed,
        billing=f"{_HEAD}<!-- ' 380 480 ' -->{_TAIL}",
        selfbilling=f"{_HEAD}<!-- ' 389 480 ' -->{_TAIL}",
        shared=_HEAD + _TAIL,
        again=_HEAD + _TAIL,
        report=f"{_HEAD}<!-- urn:peppol:schema:taxdata:1.0 -->{_TAIL}",
        status="<xsl:stylesheet version='2.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>",
    )
    billing, other = (stylesheets(process, installed=installed) for process in ("billing", "selfbilling"))
    assert len(billing) == len(other) == 2 and len(set(billing) & set(other)) == 1
    assert any("380" in text for text in billing) and any("389" in text for text in other)


def test_without_rules_for_a_process_the_error_says_what_to_do(tmp_path: Path, installed: Path) -> None:
    _register(tmp_path, installed, billing=f"{_HEAD}<!-- ' 380 480 ' -->{_TAIL}")
    with pytest.raises(ReferenceUnavailable, match="schemas install DIR"):
        stylesheets("selfbilling", installed=installed)


def test_a_difference_counts_both_sides() -> None:
    report = ubl.check(_xml(payable="1"))
    assert [finding.rule for finding in report.findings] == ["ibr-co-16"]
    assert difference(Answer(fired={"ibr-co-16": 1}), report).agrees
    found = difference(Answer(fired={"ibr-co-16": 3, "ibr-002": 1}), report)
    assert not found.agrees and found.only_theirs == {"ibr-co-16": 2, "ibr-002": 1} and not found.only_ours
    assert difference(Answer(fired={}), report).only_ours == {"ibr-co-16": 1}


def test_rules_that_give_up_agree_only_with_a_refusal() -> None:
    assert difference(Answer(aborted="XPTY0004"), ubl.check(_xml(payable="1"))).agrees
    assert not difference(Answer(aborted="XPTY0004"), ubl.check(_xml())).agrees


@pytest.mark.skipif(importlib.util.find_spec("saxonche") is not None, reason="saxonche is there: no error to show")
def test_without_saxon_the_command_says_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--reference", str(EXAMPLES[0])]) == 2
    assert "pip install 'involinks[reference]'" in capsys.readouterr().err


def test_a_worker_that_cannot_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit('no engine here')", "utf-8")
    monkeypatch.setattr("ubl.reference._WORKER", broken)
    with pytest.raises(ReferenceBroken, match="no engine here"):
        Reference(("",))


def test_a_worker_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = tmp_path / "worker.py"
    silent.write_text("import sys\nfor line in sys.stdin: pass", "utf-8")
    monkeypatch.setattr("ubl.reference._WORKER", silent)
    monkeypatch.setattr("ubl.reference.PATIENCE", 0.2)
    with pytest.raises(ReferenceBroken, match="no answer"):
        Reference(("",))


def test_a_refused_document_is_not_compared(installed: Path, tmp_path: Path) -> None:
    from ubl.reference import References

    for xml in (b"<not-xml", _xml().replace(b"<cbc:ID>", b"<cbc:Wrong/><cbc:ID>", 1)):
        found = References(installed).compare(xml, ubl.check(xml))
        assert found.agrees and not found.compared


@needs_saxon
def test_the_worker_judges_document_after_document(tmp_path: Path, installed: Path) -> None:
    _register(tmp_path, installed, due=DUE)
    with references(installed) as official:
        for payable, fired in (("1", True), ("5388.39", False), ("1", True)):
            xml = _xml(payable=payable)
            found = official.compare(xml, ubl.check(xml))
            assert found.compared and found.agrees, found
            assert bool(official._open["billing"].judge(xml).fired) is fired
        wrong = _xml(payable="2")
        assert official.compare(wrong, ubl.check(wrong)).only_ours == {"ibr-co-16": 1}


@needs_saxon
@pytest.mark.parametrize("reach", ["unparsed-text('file:///etc/passwd')", "doc('file:///etc/passwd')"])
def test_rules_can_reach_no_file(tmp_path: Path, installed: Path, reach: str) -> None:
    _register(tmp_path, installed, leak=f'{_HEAD}<svrl:failed-assert id="{{{reach}}}"/>{_TAIL}')
    xml = _xml()
    with references(installed) as official:
        found = official.compare(xml, ubl.check(xml))
    assert found.aborted and "root:" not in found.aborted


@needs_saxon
def test_rules_can_write_no_file(tmp_path: Path, installed: Path) -> None:
    target = tmp_path / "written.xml"
    inner = f'<xsl:result-document href="{target.as_uri()}"><x>{"y" * 9000}</x></xsl:result-document>'
    _register(tmp_path, installed, leak=_HEAD + inner + _TAIL)
    xml = _xml()
    with references(installed) as official, contextlib.suppress(ReferenceBroken):
        official.compare(xml, ubl.check(xml))
    assert not target.exists() or target.stat().st_size == 0


@needs_saxon
def test_rules_that_do_not_compile_are_an_error(tmp_path: Path, installed: Path) -> None:
    _register(tmp_path, installed, bad=_HEAD.replace("xsl:template match", "xsl:nonsense match") + _TAIL)
    xml = _xml()
    with references(installed) as official, pytest.raises(ReferenceBroken, match="don't compile"):
        official.compare(xml, ubl.check(xml))


@needs_saxon
def test_the_command_tells_a_difference_by_its_exit_code(
    tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _register(tmp_path, installed, due=DUE)
    monkeypatch.setattr("ubl.__main__.references", lambda: references(installed))
    good, agreed, differs = (tmp_path / f"{name}.xml" for name in ("good", "agreed", "differs"))
    for file, payable in ((good, "5388.39"), (agreed, "1"), (differs, "2")):
        file.write_bytes(_xml(payable=payable))
    assert main(["check", "--reference", str(good)]) == 0
    assert main(["check", "--reference", str(good), str(agreed)]) == 1
    assert main(["check", "--reference", "--json", str(good), str(differs), str(agreed)]) == 3
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()[-3:]]
    assert [line["reference"]["agrees"] for line in told] == [True, False, True]


@needs_saxon
@pytest.mark.slow
@pytest.mark.skipif(not OFFICIAL, reason="no official rule set is at hand: set OFFICIAL_RULES")
def test_the_official_rules_say_what_ours_say(installed: Path) -> None:
    for folder in OFFICIAL.split(os.pathsep):
        register(Path(folder), installed=installed)
    from lxml import etree

    with references(installed) as official:
        for root in [vector.build() for vector in vectors()]:
            xml = etree.tostring(root)
            found = official.compare(xml, ubl.check(xml))
            assert found.agrees, found
