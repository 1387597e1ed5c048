"""docs/conformance.md says what the code says."""

from __future__ import annotations

from ubl.rules.coverage import ABORTED, PAGE, page
from ubl.rules.rulesets import PUBLISHED


def test_the_page_is_the_one_the_rules_write() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m ubl.rules.coverage"


def test_the_page_names_every_rule_and_every_deviation() -> None:
    text = page()
    assert all(f"| {rule.id} |" in text for rule in PUBLISHED)
    assert set(ABORTED) <= {rule.id for rule in PUBLISHED if rule.dead is None}
