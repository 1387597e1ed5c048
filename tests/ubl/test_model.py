"""The model says of each field what it means, and refuses what it doesn't know."""

from __future__ import annotations

import ast
import inspect
import re
import types

import msgspec
import pytest

from tests.ubl.samples import CONFORMANCE, needs_reference
from ubl import invoice as model
from ubl import lines, parties, payment
from ubl.invoice import CREDIT_NOTE_TYPES, Invoice
from ubl.parties import Model

MODULES = (model, lines, parties, payment)
TERM = re.compile(r"\b(?:IBT|IBG|BTAE)-\d+(?:/\d+)*(?:-\d\b)?")


def docstrings(module: types.ModuleType) -> dict[str, str]:
    """`Struct.field` -> its docstring."""
    found = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                text = (
                    after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
                )
                found[f"{node.name}.{field.target.id}"] = str(text)
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_field_has_a_term_a_meaning_and_a_cardinality(module: types.ModuleType) -> None:
    for field, text in docstrings(module).items():
        if field in {"Invoice.document", "Invoice.facts", "Identifier.id", "Identifier.scheme"}:
            continue
        assert re.search(r"\b[01]\.\.[1n]\b", text), field
        termless = {"Card.network", "LineTotals.currency", "Line.despatch_line", "SupportingDocument.type"}
        assert (
            TERM.search(text) or "no business term" in text or field in termless or field.startswith("ExchangeRate.")
        ), field


@needs_reference
def test_the_published_rules_name_no_term_that_the_model_lacks() -> None:
    rules = msgspec.json.decode((CONFORMANCE / "rules.json").read_bytes())
    billing = [rule for rule in rules if rule["set"].startswith("billing/")]
    named = {
        f"{kind.upper()}-{int(number):03d}" if kind.lower() == "ibt" else f"BTAE-{int(number):02d}"
        for rule in billing
        for kind, number in re.findall(r"(?i)\b(ibt|btae)-(\d+)\b", rule["message"])
    }
    ours = set()
    for module in MODULES:
        for text in docstrings(module).values():
            for kind, numbers in re.findall(r"\b(IBT|BTAE)-(\d+(?:/\d+)*)", text):
                width = 3 if kind == "IBT" else 2
                ours |= {f"{kind}-{int(number):0{width}d}" for number in numbers.split("/")}
            ours |= {f"BTAE-{number}" for number in re.findall(r"BTAE-\d+/(\d+)", text)}
    # 174 and 175 are the address of a payee's bank, which PINT-AE's own binding doesn't have.
    assert named - ours <= {"IBT-174", "IBT-175"}


def test_parts_are_values() -> None:
    one = msgspec.convert({"number": "1", "lines": [{"id": "1"}]}, Invoice)
    assert one == msgspec.convert({"number": "1", "lines": [{"id": "1"}]}, Invoice)
    with pytest.raises(AttributeError):
        one.number = "2"  # type: ignore[misc]
    assert msgspec.json.encode(one) == b'{"number":"1","lines":[{"id":"1"}]}'


def test_every_part_refuses_unknown_names() -> None:
    parts = [part for module in MODULES for part in vars(module).values() if inspect.isclass(part)]
    structs = {part for part in parts if issubclass(part, Model) and part is not Model}
    assert len(structs) > 30
    for part in structs:
        with pytest.raises(msgspec.ValidationError, match=r"unknown field|missing required"):
            msgspec.convert({"no such name": 1}, part)
        assert part.__struct_config__.forbid_unknown_fields
        assert part.__struct_config__.frozen


@pytest.mark.parametrize("kind", ["380", "480", "389", "381", "81", "261", None, "x"])
def test_the_type_decides_the_document(kind: str | None) -> None:
    assert Invoice(type=kind).is_credit_note == (kind in CREDIT_NOTE_TYPES)
    assert Invoice(type=kind, document="credit-note").is_credit_note
    assert not Invoice(type=kind, document="invoice").is_credit_note
