"""Canonical JSON against another implementation of RFC 8785, and what the profile leaves out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical, envelope
from ledger.entry import Kind
from ledger.errors import NotCanonical

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_names = st.text(st.characters(codec="ascii"), max_size=8)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=20,
)


@given(_values)
@settings(max_examples=150, deadline=None)
def test_the_bytes_are_those_of_rfc_8785(value: object) -> None:
    raw = canonical.dumps(value)
    assert raw == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert canonical.parse(raw) == value


@pytest.mark.parametrize(
    "value",
    [
        1.5, float("nan"), 2**53, -(2**53), {"a": [{"b": 1.0}]}, {"ü": 1}, {1.5: 1}, Decimal("NaN"),
        Decimal("Infinity"), "\ud800", {"\ud800": 1}, object(), complex(1),
    ],
)  # fmt: skip
def test_what_the_profile_leaves_out(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical.dumps(value)


def test_too_deep_is_refused_not_crashed() -> None:
    value: object = 1
    for _ in range(70):
        value = [value]
    with pytest.raises(NotCanonical, match="deeper"):
        canonical.dumps(value)
    with pytest.raises(NotCanonical):
        canonical.parse(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize("given_as", ["10.00", "0.10", "-0.000001", "1E+3", "12345678901234567890.123456789"])
def test_decimals_keep_their_digits(given_as: str) -> None:
    assert canonical.dumps([Decimal(given_as)]) == f'["{Decimal(given_as):f}"]'.encode()


class _Part(msgspec.Struct, omit_defaults=True):
    scheme: str | None = "TIN"
    note: str | None = None
    amount: Decimal | None = None


def test_the_type_tells_what_was_written_here() -> None:
    assert type(canonical.dumps({"a": 1})) is canonical.Canonical
    assert canonical.dumps({"a": 1}) == b'{"a":1}'


def test_absent_members_are_left_out_and_a_telling_null_stays() -> None:
    assert canonical.dumps(_Part()) == b"{}"
    raw = canonical.dumps(_Part(scheme=None, amount=Decimal("1.50")))
    assert raw == b'{"amount":"1.50","scheme":null}'
    assert msgspec.json.decode(raw, type=_Part) == _Part(scheme=None, amount=Decimal("1.50"))


class _Whole(msgspec.Struct):
    parts: tuple[_Part, ...]
    when: date
    kind: Kind
    id: UUID
    raw: bytes


def test_structs_of_structs_become_what_json_has() -> None:
    whole = _Whole((_Part(amount=Decimal("1E+3")), _Part()), date(2026, 11, 21), Kind.INVOICE, UUID(int=1), b"\0")
    expected = {
        "parts": [{"amount": "1000"}, {}],
        "when": "2026-11-21",
        "kind": 1,
        "id": "00000000-0000-0000-0000-000000000001",
        "raw": "AA==",
    }
    assert canonical.dumps(whole) == rfc8785.dumps(expected)  # type: ignore[arg-type]
    assert canonical.parse(canonical.dumps(whole)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'"\\u0041"', b"1.0", b"1e3", b"-0", b"1 ", b"\xef\xbb\xbf1",
        b"", b"{", b'"\xff"', b"NaN", b'"\\/"', b"9007199254740993", b'"\\u000A"', b'{"\xc3\xbc":1}',
    ],
)  # fmt: skip
def test_other_spellings_are_refused(raw: bytes) -> None:
    with pytest.raises(NotCanonical):
        canonical.parse(raw)


def test_an_envelope_keeps_what_replay_needs() -> None:
    document = {"number": "INV-1", "total": Decimal("105.00")}
    raw = envelope.wrap(document, generator="ubl/1", ruleset="pint-ae/1.0.4", ruleset_digest="ab", salt=b"s" * 16)
    assert raw == (
        b'{"document":{"number":"INV-1","total":"105.00"},"generator":"ubl/1","ruleset":"pint-ae/1.0.4",'
        b'"ruleset_digest":"ab","salt":"c3Nzc3Nzc3Nzc3Nzc3Nzcw=="}'
    )
    opened = envelope.unwrap(raw)
    assert (opened.salt, opened.generator, opened.ruleset) == (b"s" * 16, "ubl/1", "pint-ae/1.0.4")
    assert bytes(opened.document) == b'{"number":"INV-1","total":"105.00"}'


def test_two_envelopes_of_one_document_never_hash_alike() -> None:
    raws = {envelope.wrap({}, generator="g", ruleset="r", ruleset_digest="d") for _ in range(20)}
    assert len(raws) == 20


def test_what_is_no_envelope() -> None:
    with pytest.raises(NotCanonical, match="16 bytes"):
        envelope.wrap({}, generator="g", ruleset="r", ruleset_digest="d", salt=b"short")
    for raw in (
        b"{}",
        b"[]",
        b"\xff",
        b'{"document":{},"generator":"g","ruleset":"r","ruleset_digest":"d","salt":"AAAA"}',
        b'{"document":{},"extra":1,"generator":"g","ruleset":"r","ruleset_digest":"d","salt":"c3Nzc3Nzc3Nzc3Nzc3Nzcw=="}',
        b'{"document":' + b"[" * 100_000,
    ):
        with pytest.raises(NotCanonical):
            envelope.unwrap(raw)
