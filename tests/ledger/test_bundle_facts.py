"""The verifier's quick look at a document: whatever it says is what reading all of the document says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.verifier import verify
from tests.ledger.bundles.made import json_of

NAMES = ["number", "seller", "totals", "lines", "currency", "issue_date", "endpoint", "id", "tax_inclusive", "a", "zz"]
TEXTS = st.one_of(
    st.sampled_from(
        ["", "INV-1", "AED", "2026-11-21", "105.00", "-7", "],", '","number":"X', "}", "{[", "\\", "فاتورة", "\n"]
    ),
    st.text(max_size=6),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.none(), st.integers(-5, 5), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)),
    max_leaves=25,
)
INVOICES = st.fixed_dictionaries(
    {
        "currency": TEXTS,
        "issue_date": TEXTS,
        "number": TEXTS,
        "seller": st.one_of(
            st.fixed_dictionaries({"endpoint": st.fixed_dictionaries({"id": TEXTS}), "name": TEXTS}), VALUES
        ),
        "totals": st.one_of(st.fixed_dictionaries({"tax_inclusive": TEXTS}), VALUES),
        "buyer": VALUES,
        "lines": VALUES,
        "notes": VALUES,
        "vat": VALUES,
        "allowances": VALUES,
    }
)


def read(raw: bytes) -> object:
    try:
        return verify.read_envelope(raw, deep=True)
    except (verify.Malformed, ValueError):
        return None


@settings(max_examples=400, deadline=None)
@given(
    document=st.one_of(INVOICES, VALUES),
    changes=st.dictionaries(st.sampled_from(["salt", "generator", "extra", "f", "zzz", "ruleset"]), VALUES, max_size=1),
)
def test_a_glance_is_never_wrong(document: Any, changes: dict[str, Any]) -> None:
    whole = {
        "document": document, "generator": "test/1", "ruleset": "none/1", "ruleset_digest": "00", "salt": "AAAA"
    } | changes  # fmt: skip
    raw = canonical.dumps(whole)
    seen = verify.glance(raw)
    assert seen is None or seen == read(raw)


@pytest.mark.parametrize("number", ["INV-1", "فاتورة-7", "A,B:C"])
def test_a_glance_is_enough_for_a_plain_document(number: str) -> None:
    """Else it would be of no use; with escapes and brackets in texts the whole is read."""
    raw = json_of(number, "105.00")
    assert b',"currency"' not in raw, "the first member here: all of it is read"
    assert verify.glance(raw) is None
    with_buyer = raw.replace(b'{"document":{', b'{"document":{"buyer":{"name":"B"},', 1)
    seen = verify.glance(with_buyer)
    assert seen is not None
    assert seen == read(with_buyer)
    for odd in (b"[1]", b'a"b', b"a\\b", b"}"):
        text = canonical.dumps(odd.decode())[1:-1]
        spoilt = with_buyer.replace(b'"name":"B"', b'"name":"' + text + b'"', 1)
        assert verify.glance(spoilt) is None
        assert read(spoilt) == seen


@pytest.mark.parametrize(
    "total", ["1e400", "NaN", "Infinity", "1_000", "١٠٥", " 1", "1.", ".5", "+1", "9" * 61, "0x10"]
)
def test_what_is_no_amount_is_not_stated(total: str) -> None:
    envelope = verify.read_envelope(json_of("INV-1", total), deep=True)
    assert envelope[0][4] is None


@pytest.mark.parametrize(
    "day", ["2026-13-01", "2026-W01-1", "20261121", "2026-11-21 ", "2026-11-21T00:00", "٢٠٢٦-١١-٢١"]
)
def test_what_is_no_day_is_not_stated(day: str) -> None:
    raw = json_of("INV-1", "1.00").replace(b"2026-11-21", day.encode())
    assert verify.read_envelope(raw, deep=True)[0][1] is None
