"""Every rule is explained in two languages, belongs to one kind of fault, and is found by its id."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ubl.__main__ import main
from ubl.explain import explain, explained
from ubl.explain.families import FAMILIES
from ubl.explain.terms import TERMS

_ARABIC = re.compile(r"[\u0600-\u06ff]")


@pytest.mark.parametrize("rule", explained())
def test_a_rule_is_told_in_both_languages(rule: str) -> None:
    told = explain(rule)
    for english in (told.title_en, told.mend_en):
        assert len(english) > 10 and english[0].isupper() and "{" not in english and not _ARABIC.search(english)
    for arabic in (told.title_ar, told.mend_ar):
        assert len(_ARABIC.findall(arabic)) > 5 and "{" not in arabic


def test_each_rule_has_one_kind_and_each_term_a_name() -> None:
    kinds = Counter(rule for family in FAMILIES.values() for rule in family.rules)
    rules = {rule for rule in explained() if not rule.startswith(("XML", "XSD", "AE-FACT"))}
    assert set(kinds) == rules and set(kinds.values()) == {1}
    assert all(english and arabic for english, arabic in TERMS.values())


def test_the_command_line_explains(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "IBR-CO-10"]) == 0
    told = capsys.readouterr().out
    assert "IBT-106" in told and "ubl/rules/pint_totals.py:" in told and _ARABIC.search(told)
    assert main(["explain", "ibr-sr-23"]) == 0 and "can't be broken" in capsys.readouterr().out
    assert main(["explain", "no-such-rule"]) == 2
