"""`python -m ubl check` and `mend`: JSON and XML told apart by content, exit codes, one JSON object per line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ubl
from tests.ubl.samples import BROKEN, EXAMPLES
from ubl.__main__ import main

_WRONG = next(path for path in BROKEN if path.stem == "wrong-amount-due")
_UNKNOWN = next(path for path in BROKEN if path.stem == "unknown-field")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_as_json_and_as_xml(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    xml = tmp_path / "without-a-name-for-its-kind"
    xml.write_bytes(ubl.write(ubl.complete(ubl.decode(path.read_bytes()))))
    assert main(["check", str(path), str(xml)]) == 0
    assert capsys.readouterr().out.count(": valid") == 2


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_example_is_not_valid(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path)]) == 1
    assert "NOT valid" in capsys.readouterr().out


def test_a_finding_in_json_has_a_pointer_and_a_patch(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", str(_WRONG)]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["rule"] == "ibr-co-16" and finding["pointer"] == "/totals"
    assert finding["patch"] == [{"op": "replace", "path": "/totals/payable", "value": "5388.39"}]


def test_what_is_no_invoice_is_a_finding_with_a_pointer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    cut.write_bytes(EXAMPLES[0].read_bytes()[:-20])
    assert main(["check", "--json", str(_UNKNOWN), str(cut)]) == 1
    unknown, broken = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [(f["rule"], f["layer"], f["pointer"]) for f in unknown["findings"]] == [("JSON", "json", "/currrency")]
    assert "not JSON" in broken["findings"][0]["message"] and not broken["valid"]


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff\xfe", b"\xef\xbb\xbf{}", b"{" * 100_000, b"null"])
def test_what_is_neither_is_refused_without_a_crash(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert main(["check", "--json", str(file)]) == 1
    assert json.loads(capsys.readouterr().out)["findings"]


def test_the_worst_of_many_files_decides_and_progress_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    many = [str(EXAMPLES[0])] * 100
    assert main(["check", *many, str(_WRONG)]) == 1
    told = capsys.readouterr()
    assert told.err == "100 of 101 checked\n" and len(told.out.splitlines()) == 103
    assert main(["check", str(_WRONG), str(tmp_path / "nowhere"), str(EXAMPLES[0])]) == 2
    assert "No such file" in capsys.readouterr().err


def test_an_unknown_rule_set_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--ruleset", "9.9", str(EXAMPLES[0])]) == 2
    assert "1.0.4" in capsys.readouterr().err


def test_mend_prints_the_mended_body_and_says_what_it_did(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["mend", str(_WRONG)]) == 0
    told = capfdbinary.readouterr()
    assert json.loads(told.out) == json.loads(_WRONG.read_bytes()) | {"totals": {"payable": "5388.39"}}
    assert told.err == b'mended ibr-co-16: replace /totals/payable "5388.39"\n'


def test_mend_says_what_it_leaves_to_people(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    short = next(path for path in BROKEN if path.stem == "trn-too-short")
    assert main(["mend", str(short)]) == 1
    told = capfdbinary.readouterr()
    assert json.loads(told.out) == json.loads(short.read_bytes())
    assert told.err.startswith(b"left: fatal ibr-132-ae /seller/trn: ")
    assert main(["mend", str(_UNKNOWN)]) == 1
    assert b"did you mean currency" in capfdbinary.readouterr().err
