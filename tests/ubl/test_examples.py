"""The examples are lawful, and each broken one is refused for what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

import ubl
from tests.ubl.samples import BROKEN, EXAMPLES

DEFECTS = {
    "buyer-without-city": {"ibr-144-ae"},
    "credit-note-without-reason": {"ibr-055-ae", "ibr-158-ae"},
    "no-due-date": {"ibr-127-ae"},
    "rate-of-ten-per-cent": {"ibr-190-ae"},
    "trn-too-short": {"ibr-132-ae"},
    "wrong-amount-due": {"ibr-co-16"},
}
UNDECODABLE = {"unknown-field"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_lawful_and_gives_no_advice(path: Path) -> None:
    report = ubl.check_invoice(ubl.complete(ubl.decode(path.read_bytes())))
    assert [(finding.rule, finding.message) for finding in report.findings] == []
    assert report.valid


@pytest.mark.parametrize("name", DEFECTS)
def test_a_broken_example_breaks_exactly_the_rules_its_name_promises(name: str) -> None:
    path = next(path for path in BROKEN if path.stem == name)
    report = ubl.check_invoice(ubl.complete(ubl.decode(path.read_bytes())))
    fatal = [finding for finding in report.findings if finding.severity is ubl.Severity.FATAL]
    assert {finding.rule for finding in fatal} == DEFECTS[name]
    assert not report.valid
    assert all(finding.pointer is not None for finding in fatal)


def test_every_broken_example_is_accounted_for() -> None:
    assert {path.stem for path in BROKEN} == set(DEFECTS) | UNDECODABLE
