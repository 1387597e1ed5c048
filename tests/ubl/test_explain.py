"""Every rule is explained in two languages, belongs to one kind of fault, and is found by its id."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ubl.__main__ import main
from ubl.explain import explain, explained
from ubl.explain.families import FAMILIES
from ubl.explain.reasons import WHY
from ubl.explain.special import MENDS
from ubl.explain.terms import TERMS
from ubl.explain.texts import TEXTS, _parse

_ARABIC = re.compile(r"[\u0600-\u06ff]")


@pytest.mark.parametrize("rule", explained())
def test_a_rule_is_told_in_both_languages(rule: str) -> None:
    told = explain(rule)
    for english in (told.title_en, told.why_en, told.mend_en, told.source):
        assert len(english) > 6 and "{" not in english and not _ARABIC.search(english)
        assert english is told.source or english[0].isupper() or not english[0].isalpha()
    for arabic in (told.title_ar, told.why_ar, told.mend_ar):
        assert len(_ARABIC.findall(arabic)) > 5 and "{" not in arabic
    assert told.mend_en != told.title_en and told.mend_ar != told.title_ar


def test_each_rule_has_one_kind_and_each_term_a_name() -> None:
    kinds = Counter(rule for family in FAMILIES.values() for rule in family.rules)
    rules = {rule for rule in explained() if not rule.startswith(("JSON", "XML", "XSD", "AE-FACT"))}
    assert set(kinds) == rules and set(kinds.values()) == {1}
    assert all(english and arabic for english, arabic in TERMS.values())


def test_rules_told_one_by_one_exist_and_leave_nothing_to_their_kind() -> None:
    ids = set(explained())
    assert set(_parse()) <= ids and set(WHY) == set(FAMILIES)
    assert not set(_parse()) & set(MENDS), "told twice"
    generic = (
        {rule for rule in ids if rule.endswith("-ae") and not rule.startswith("aligned")} - set(TEXTS) - set(MENDS)
    )
    assert generic == {"ibr-187-ae"} and explain("ibr-187-ae").dead


def test_a_condition_is_not_told_as_missing() -> None:
    """Of the terms of a rule, the first is what is missing; a flag or type only decides whether it has to be there."""
    for rule in explained():
        if rule in FAMILIES["required"].rules and rule not in TEXTS:
            assert "transaction type" not in explain(rule).mend_en, rule


def test_the_command_line_explains(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "IBR-CO-10"]) == 0
    told = capsys.readouterr().out
    assert "IBT-106" in told and "ubl/rules/pint_totals.py:" in told and _ARABIC.search(told)
    assert main(["explain", "ibr-sr-23"]) == 0 and "can't be broken" in capsys.readouterr().out
    assert main(["explain", "no-such-rule"]) == 2
