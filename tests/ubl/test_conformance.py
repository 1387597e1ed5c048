"""Our verdicts are those of the published rules: samples, 4,871 labelled edits of them, and our own bad documents."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree

from schemas import xmlsafe
from tests.ubl.samples import CONFORMANCE, PUBLISHED, needs_reference
from tests.ubl.vectors import Vector, vectors
from ubl import check
from ubl.findings import Layer, Severity
from ubl.rules import run
from ubl.rules.rulesets import PUBLISHED as RULES
from ubl.validate import check_tree

MUTANTS = CONFORMANCE / "mutants.jsonl"


def _mutate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_mutate", CONFORMANCE / "mutate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cases() -> list[tuple[int, dict[str, Any]]]:
    return [(number, json.loads(line)) for number, line in enumerate(MUTANTS.read_text("utf-8").splitlines())]


def test_there_are_302_rules_and_each_id_has_one_function() -> None:
    functions = {rule.id: {other.holds for other in RULES if other.id == rule.id} for rule in RULES}
    assert len(functions) == 302
    assert all(len(found) == 1 for found in functions.values())


@needs_reference
def test_the_ids_are_those_published() -> None:
    published = json.loads((CONFORMANCE / "rules.json").read_text("utf-8"))
    assert {rule.id for rule in RULES} == {entry["id"] for entry in published if entry["set"].startswith("billing")}


@needs_reference
def test_no_published_sentence_became_ours() -> None:
    published = json.loads((CONFORMANCE / "rules.json").read_text("utf-8"))
    assert not {rule.message for rule in RULES} & {entry["message"] for entry in published}


@needs_reference
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_sample_breaks_no_published_rule(path: Path) -> None:
    assert run(etree.parse(path)) == ()


@needs_reference
@pytest.mark.slow
def test_every_labelled_edit_has_the_published_verdict() -> None:
    """One pass: the whole check where the schema accepts the line, the rules alone elsewhere and on every fifth."""
    mutate = _mutate()
    bases: dict[str, etree._Element] = {}
    wrong: list[str] = []
    compared = Counter[str]()
    for number, case in _cases():
        if case["base"] not in bases:
            bases[case["base"]] = mutate.load(case["base"])
        root = mutate.apply(deepcopy(bases[case["base"]]), case["ops"])
        if case["verdict"] != "error" and (not case["xsd"] or number % 5 == 0):
            compared["rules"] += 1
            found = Counter(finding.rule for finding in run(root))
            if found != Counter(case["rules"]):
                wrong.append(f"line {number}: {found} instead of {case['rules']}")
        if case["xsd"]:
            compared["check"] += 1
            report = check_tree(root)
            fatal = Counter(f.rule for f in report.findings if f.severity is Severity.FATAL)
            if case["verdict"] != "error" and fatal != Counter(case["rules"]):
                wrong.append(f"line {number}: check says {fatal}")
            if report.valid is not (case["verdict"] == "pass"):
                wrong.append(f"line {number}: valid is {report.valid}")
    assert not wrong, "\n".join(wrong[:20])
    assert compared["rules"] > 2_200 and compared["check"] > 3_200


@needs_reference
def test_what_the_schema_refuses_is_refused_and_explained() -> None:
    mutate = _mutate()
    broken = [case for _, case in _cases() if not case["xsd"]][::200]
    assert broken
    for case in broken:
        report = check(mutate.build(case))
        assert not report.valid
        assert {finding.layer for finding in report.findings} == {Layer.XSD}
        assert all(finding.where and finding.message for finding in report.findings)


@needs_reference
def test_where_the_published_rules_abort_the_intended_rule_is_told() -> None:
    """The agreed deviation: lines labelled `error` that the schema accepts have a fatal finding, and no crash."""
    mutate = _mutate()
    aborted = [case for _, case in _cases() if case["verdict"] == "error" and case["xsd"]]
    told = {finding.rule for case in aborted for finding in check(mutate.build(case)).findings}
    assert {"ibr-097", "ibr-098", "aligned-ibrp-045"} <= told


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.rule)
def test_one_edit_breaks_the_rule_it_is_named_by(vector: Vector) -> None:
    assert vector.rule in {finding.rule for finding in run(vector.build())}


def test_every_rule_that_can_be_broken_has_its_document() -> None:
    reachable = {rule.id for rule in RULES if rule.dead is None}
    assert {vector.rule for vector in vectors()} == reachable


def test_comments_split_no_value() -> None:
    xml = etree.tostring(vectors()[0].build())
    commented = xml.replace(b"urn:peppol:bis", b"urn:<!-- inside -->peppol:bis").replace(b"<?", b"<?")
    assert commented != xml
    plain = Counter(finding.rule for finding in run(xmlsafe.parse(xml)))
    assert Counter(finding.rule for finding in run(etree.fromstring(commented))) == plain
