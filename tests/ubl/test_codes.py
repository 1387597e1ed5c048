"""Our own selection of codes, held against the published lists where those are at hand."""

from __future__ import annotations

import doctest
import importlib

import pytest
from lxml import etree

from tests.ubl.samples import CONFORMANCE, ROOT, needs_reference
from ubl import codes, scenario

LISTS = {
    "CreditReason": set(codes.CREDIT_REASONS),
    "FreqBilling": set(codes.FREQUENCIES),
    "GoodsType": set(codes.REVERSE_CHARGE_GOODS),
    "ItemType": set(codes.ITEM_TYPES),
    "MimeCode": set(codes.MIME_TYPES),
    "Aligned-TaxExemptionCodes": set(codes.EXEMPTION_REASONS),
    "UNCL4461": set(codes.PAYMENT_MEANS),
    "UNCL1001-inv": {"380", "480"},
    "UNCL1001-cn": {"381", "81"},
    "UNCL1001-inv-selfbilling": {"389", "480"},
    "UNCL1001-cn-selfbilling": {"261", "81"},
    "Aligned-TaxCategoryCodes": {str(category) for category in codes.Category},
}


@needs_reference
@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_what_is_published(name: str) -> None:
    published = etree.parse(CONFORMANCE / "codelists" / "pint-ae-1.0.4" / f"{name}.gc")
    values = published.iterfind(".//{*}Value[@ColumnRef='id']/{*}SimpleValue")
    # One published list spells N with a Greek letter; the rules want the Latin one.
    assert {(value.text or "").strip().replace("\u039d", "N") for value in values} == LISTS[name]


@needs_reference
def test_flags_stand_in_the_published_order() -> None:
    published = etree.parse(CONFORMANCE / "codelists" / "pint-ae-1.0.4" / "transactiontype.gc")
    masks = [(value.text or "").strip() for value in published.iterfind(".//{*}Value[@ColumnRef='id']/{*}SimpleValue")]
    ours = [scenario.transaction_type(scenario.Facts(**{flag: True})) for flag in scenario.FLAGS]
    assert [mask.replace("X", "0") for mask in masks] == ours


def test_document_types_are_the_six() -> None:
    published = set().union(*(LISTS[name] for name in LISTS if name.startswith("UNCL1001")))
    assert {str(kind) for kind in codes.DocumentType} == published


@pytest.mark.parametrize("module", ["ubl", "ubl.trn", "ubl.money", "ubl.scenario", "ubl.decode"])
def test_examples_in_docstrings_are_true(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    loaded = importlib.import_module(module)
    result = doctest.testmod(loaded, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
