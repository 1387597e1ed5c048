"""The engine and the values beneath the rules, and rule sets as dated versions."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.ubl.vectors import example
from ubl.rules import Ruleset, UnknownRuleset, choose, run
from ubl.rules.engine import Automaton
from ubl.rules.rulesets import PUBLISHED, RULESETS
from ubl.rules.states import matches
from ubl.rules.tree import CBC
from ubl.rules.values import cents, decimal, divide, double, is_time, normalize, round_double
from ubl.rules.values import date as xpath_date


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.50", "1.50"), (" -3 ", "-3"), (".5", "0.5"), ("+7.", "7"), ("1E3", None), ("NaN", None), ("1_0", None),
     ("", None), (None, None), ("١٢", None), ("1,5", None)],
)  # fmt: skip
def test_decimals_are_those_of_xml(text: str | None, value: str | None) -> None:
    assert decimal(text) == (None if value is None else Decimal(value))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
@settings(max_examples=60, deadline=None)
def test_rounding_goes_half_up_also_below_zero(value: Decimal) -> None:
    rounded = cents(value)
    assert -Decimal("0.005") < rounded - value <= Decimal("0.005")
    assert rounded == rounded.quantize(Decimal("0.01"))


def test_doubles_round_and_divide_as_xpath_has_it() -> None:
    assert round_double(2.5) == 3 and round_double(-2.5) == -2 and round_double(0.49999999999999994) == 0
    assert divide(1, 0) == math.inf and divide(-1, 0) == -math.inf and math.isnan(divide(0, 0))
    assert double("1E3") == 1000 and math.isnan(double("inf")) and math.isnan(double("1_0"))


@given(st.dates(min_value=date(1000, 1, 1)), st.dates(min_value=date(1000, 1, 1)))
@settings(max_examples=60, deadline=None)
def test_dates_order_as_days_do(one: date, other: date) -> None:
    first, second = xpath_date(one.isoformat()), xpath_date(other.isoformat())
    assert first is not None and second is not None
    assert (first < second) is (one < other) and second - first == (other - one).days * 1440


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "26-01-01", "2026-1-1", "20260101", "", "2026-01-01T"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert xpath_date(text) is None


def test_a_zone_moves_a_date_and_times_are_told_apart() -> None:
    assert xpath_date("2026-01-01+04:00") == (xpath_date("2026-01-01") or 0) - 240
    assert is_time("09:30:00") and is_time("24:00:00Z") and not is_time("25:00:00") and not is_time("09:30")
    assert normalize("\u00a0a  b\n") == "\u00a0a b"


@pytest.mark.parametrize(
    ("pattern", "path", "taken"),
    [("Price/AllowanceCharge", ("Invoice", "InvoiceLine", "Price", "AllowanceCharge"), True),
     ("Price/AllowanceCharge", ("Invoice", "AllowanceCharge"), False),
     ("/*/TaxTotal", ("CreditNote", "TaxTotal"), True), ("/*/TaxTotal", ("Invoice", "InvoiceLine", "TaxTotal"), False),
     ("*Time", ("Invoice", "IssueTime"), True), ("*Time", ("Invoice", "{urn:x}IssueTime"), False)],
)  # fmt: skip
def test_a_context_takes_paths_by_their_end(pattern: str, path: tuple[str, ...], taken: bool) -> None:
    assert matches(pattern, path) is taken


def test_two_versions_are_in_force_on_two_dates() -> None:
    later = Ruleset("pint-ae-billing-9.9", "9.9", "billing", date(2030, 1, 1), PUBLISHED[:-1])
    table = (*RULESETS, later)
    assert choose("billing", as_of=date(2029, 12, 31), table=table).version == "1.0.4"
    assert choose("billing", as_of=date(2030, 1, 1), table=table) is later
    assert choose("selfbilling", as_of=date(2031, 1, 1), table=table).version == "1.0.4"
    assert choose("billing", ruleset="pint-ae-billing-1.0.4", table=table).version == "1.0.4"
    assert later.digest != RULESETS[0].digest


def test_a_later_version_decides_by_its_own_rules() -> None:
    without = tuple(rule for rule in PUBLISHED if rule.id != "ibr-002")
    later = Ruleset("pint-ae-billing-9.9", "9.9", "billing", date(2030, 1, 1), without)
    root = etree.fromstring(etree.tostring(example("tax-invoice")))
    found = root.find(CBC + "ID")
    assert found is not None
    root.remove(found)
    assert [finding.rule for finding in run(root)] == ["ibr-002"]
    assert run(root, later) == ()


def test_an_unknown_rule_set_names_those_there_are() -> None:
    with pytest.raises(UnknownRuleset, match=r"pint-ae-billing-1\.0\.4"):
        choose("billing", ruleset="2.0")


def test_self_billing_has_its_own_document_types() -> None:
    root = etree.fromstring(etree.tostring(example("tax-invoice")))
    specification, kind = root.find(CBC + "CustomizationID"), root.find(CBC + "InvoiceTypeCode")
    assert specification is not None and kind is not None
    specification.text = "urn:peppol:pint:selfbilling-1@ae-1"
    assert "ibr-cl-01" in {finding.rule for finding in run(root)}
    kind.text = "389"
    assert "ibr-cl-01" not in {finding.rule for finding in run(root)}


def test_paths_nobody_has_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ubl.rules.states._MOST_STATES", 50)
    automaton = Automaton(PUBLISHED)
    root = etree.fromstring(etree.tostring(example("tax-invoice")))
    for number in range(200):
        etree.SubElement(root, f"{{urn:x}}e{number}").text = "x"
    assert automaton.run(root, self_billing=False) == []
    (state,) = automaton.states.roots.values()
    assert len(state.below) <= 50
