"""The five facts, read from both forms."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import ubl
from gateway.audit.facts import facts_of
from ledger import envelope
from ledger.verify import Facts
from tests.gateway.audit.ledgers import SELLER, json_of, xml_of

EXAMPLES = Path(__file__).parents[3] / "examples"
FACTS = Facts(number="INV-1", issued="2026-11-21", seller=SELLER, currency="AED", total="105")


def test_both_forms_say_the_same() -> None:
    assert facts_of(json_of("INV-1", "105.00")) == FACTS
    assert facts_of(xml_of("INV-1", "105.0")) == FACTS
    assert facts_of(xml_of("INV-1", "105", kind="CreditNote")) == FACTS


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_what_the_gateway_writes_states_all_five_in_both_forms(example: Path) -> None:
    """The places read here are those that `ubl` writes to: of a posted invoice, and of one that was received."""
    invoice = ubl.complete(ubl.decode(example.read_bytes()))
    xml = ubl.write(invoice)
    facts = facts_of(xml)
    assert facts is not None
    assert None not in msgspec.structs.astuple(facts)
    for document in (invoice, ubl.read(xml)):
        assert facts_of(envelope.wrap(document, generator="g", ruleset="r", ruleset_digest="d")) == facts


@pytest.mark.parametrize(
    ("json", "xml"),
    [
        (json_of("INV-2", "105.00"), xml_of("INV-2", "105.00")),
        (json_of("INV-1", "105.01"), xml_of("INV-1", "105.01")),
        (json_of("INV-1", "105.00", day="2026-11-22"), xml_of("INV-1", "105.00", day="2026-11-22")),
        (json_of("INV-1", "105.00", seller="1999999999"), xml_of("INV-1", "105.00", seller="1999999999")),
    ],
)
def test_each_fact_counts(json: bytes, xml: bytes) -> None:
    assert facts_of(json) == facts_of(xml) != FACTS


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("0.00", "0"), ("-5.10", "-5.1"), ("1000", "1000"), ("1e3", "1000"), ("0.010", "0.01"), ("", None), ("x", None),
        ("NaN", None), ("Infinity", None), ("1e400", None), ("1e-400", None),
    ],
)  # fmt: skip
def test_totals(text: str, total: str | None) -> None:
    for content in (json_of("INV-1", text), xml_of("INV-1", text)):
        facts = facts_of(content)
        assert facts is not None
        assert facts.total == total


@pytest.mark.parametrize("day", ["2026-11-21T10:00:00", "20261121", "2026-13-01", "", "2026-W01-1"])
def test_a_day_is_a_day(day: str) -> None:
    for content in (json_of("INV-1", "1", day=day), xml_of("INV-1", "1", day=day)):
        facts = facts_of(content)
        assert facts is not None
        assert facts.issued is None


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"{", b"text", b"<Invoice>", b"<Order/>", b"\x00\xff",
        b'<!DOCTYPE Invoice [<!ENTITY a "b">]><Invoice>&a;</Invoice>',
        envelope.wrap({"number": 7}, generator="g", ruleset="r", ruleset_digest="d"),
        envelope.wrap(["no", "document"], generator="g", ruleset="r", ruleset_digest="d"),
    ],
)  # fmt: skip
def test_what_states_no_facts(content: bytes) -> None:
    assert facts_of(content) is None


def test_a_document_that_states_nothing() -> None:
    nothing = Facts(number=None, issued=None, seller=None, currency=None, total=None)
    assert facts_of(b"<Invoice/>") == nothing
    assert facts_of(envelope.wrap({}, generator="g", ruleset="r", ruleset_digest="d")) == nothing
    assert msgspec.structs.astuple(nothing) == (None,) * 5
