"""The binary form: fixed bytes made by other code, round trips, and everything else refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.entry import (
    DOCUMENTS,
    ISSUED,
    NO_KEY,
    SEALED,
    ZERO_HASH,
    Entry,
    Kind,
    decode,
    encode,
    genesis,
    microseconds,
)
from ledger.errors import EntryMalformed

# Written by a script that knows only hashlib and the layout; never regenerate these from the code under test.
COMPANY = UUID("0192f3c4-a5b6-7c8d-9e0f-112233445566")
GENESIS = "9cff3cd8688c7d66a39bb44da2723c68b7d57ade16f340d8f9e1cde1cde4743e"
FIRST = (
    "65696e762d6c65646765722f7631000192f3c4a5b67c8d9e0f112233445566000000000000000001000660c5368a5641"
    "0004323032360005494e562d31"
    "9cff3cd8688c7d66a39bb44da2723c68b7d57ade16f340d8f9e1cde1cde4743e"
    + "11" * 32 + "22" * 32 + "33" * 8 + "44" * 32
)  # fmt: skip
FIRST_HASH = "5010c585c1444ebcc6e32177a03ffb9d24fd0e52972ec6e2619dfc6dfe64ac3d"
FIRST_LEAF = "d9ad5fb77638dd9573d1250febcd2a63103ec1eb814a8344587e8c1014bdc48c"
SECOND = (
    "65696e762d6c65646765722f7631000192f3c4a5b67c8d9e0f112233445566000000000000000104000660c5368a5642"
    "000ad8b3d984d8b3d984d8a90000" + FIRST_HASH + "55" * 32 + "00" * 32 + "00" * 8 + "00" * 32
)
SECOND_HASH = "ac87d0e827af75751858e0f16f39f16cddae91c5840ba7cd9dc03be71310a18f"

first = Entry(
    company_id=COMPANY,
    seq=0,
    kind=Kind.INVOICE,
    at_us=1795250000123457,
    series="2026",
    number="INV-1",
    previous=bytes.fromhex(GENESIS),
    invoice_hash=b"\x11" * 32,
    xml_hash=b"\x22" * 32,
    key_id=b"\x33" * 8,
    signature_hash=b"\x44" * 32,
)
second = Entry(
    company_id=COMPANY,
    seq=1,
    kind=Kind.APPROVAL,
    at_us=1795250000123458,
    series="سلسلة",
    number="",
    previous=bytes.fromhex(FIRST_HASH),
    invoice_hash=b"\x55" * 32,
    xml_hash=ZERO_HASH,
    key_id=NO_KEY,
    signature_hash=ZERO_HASH,
)


def test_the_fixed_vectors() -> None:
    assert genesis(COMPANY, 1795250000123456).hex() == GENESIS
    for entry, body, hash_ in ((first, FIRST, FIRST_HASH), (second, SECOND, SECOND_HASH)):
        assert encode(entry).hex() == body
        assert entry.hash.hex() == hash_ == sha256(bytes.fromhex(body)).hexdigest()
        assert decode(bytes.fromhex(body)) == entry
    assert merkle.leaf(first.hash).hex() == FIRST_LEAF


def test_kinds_keep_their_numbers() -> None:
    assert {kind.name: int(kind) for kind in Kind} == {
        "INVOICE": 1, "CREDIT_NOTE": 2, "RECEIVED": 3, "APPROVAL": 4, "REJECTION": 5, "VOID": 6, "TRANSMISSION": 7,
        "STATUS": 8, "CORRECTION": 9, "MATCH": 10, "KEY_ADDED": 11, "KEY_RETIRED": 12, "ACCESS": 13,
        "TENANT_READ": 14, "PERIOD_CLOSE": 15, "EXPORT": 16, "VERIFICATION": 17, "LEGACY_GENESIS": 18,
        "ACKNOWLEDGEMENT": 19, "ERASURE": 20, "TAX_PERIOD": 21, "RETENTION": 22, "AUDITOR_READ": 23,
        "RESPONSE": 24, "OUTAGE": 25, "BILL": 26, "READING": 27, "PAYMENT": 28, "SUPPLIER": 29, "ORDER": 30,
        "GOODS_RECEIPT": 31,
    }  # fmt: skip
    assert ISSUED < DOCUMENTS < SEALED


entries = st.builds(
    Entry,
    company_id=st.uuids(),
    seq=st.integers(0, 2**64 - 1),
    kind=st.sampled_from(Kind),
    at_us=st.integers(0, 2**64 - 1),
    series=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    number=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    previous=st.binary(min_size=32, max_size=32),
    invoice_hash=st.binary(min_size=32, max_size=32),
    xml_hash=st.binary(min_size=32, max_size=32),
    key_id=st.binary(min_size=8, max_size=8),
    signature_hash=st.binary(min_size=32, max_size=32),
)


@given(entries)
@settings(max_examples=100, deadline=None)
def test_bytes_and_back(entry: Entry) -> None:
    assert decode(encode(entry)) == entry


@given(entries, st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_refused_or_is_another_entry(entry: Entry, data: st.DataObject) -> None:
    body = bytearray(encode(entry))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    try:
        other = decode(bytes(body))
    except EntryMalformed:
        return
    assert other != entry
    assert encode(other) == bytes(body), "two byte strings must never decode to the same entry"


@pytest.mark.parametrize("cut", range(0, len(FIRST) // 2, 7))
def test_cut_and_lengthened_bytes_are_refused(cut: int) -> None:
    body = bytes.fromhex(FIRST)
    for broken in (body[:cut], body + bytes(cut + 1)):
        with pytest.raises(EntryMalformed):
            decode(broken)


@pytest.mark.parametrize(
    ("offset", "value", "why"),
    [
        (0, b"x", "unknown version"),
        (39, b"\xff", "255"),
        (48, b"\xff\xff", "end too early"),
        (50, b"\xff", "no UTF-8"),
        (50, b"\0", "NUL"),
    ],
)
def test_why_bytes_are_refused(offset: int, value: bytes, why: str) -> None:
    body = bytearray(bytes.fromhex(FIRST))
    body[offset : offset + len(value)] = value
    with pytest.raises(EntryMalformed, match=why):
        decode(bytes(body))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seq": -1}, "unsigned"),
        ({"seq": 2**64}, "unsigned"),
        ({"at_us": -1}, "unsigned"),
        ({"series": "x" * 65536}, "series is longer"),
        ({"number": "ف" * 32768}, "number is longer"),
        ({"number": "a\0b"}, "NUL"),
        ({"series": "\ud800"}, "lone surrogate"),
        ({"previous": bytes(31)}, "32 bytes"),
        ({"xml_hash": b""}, "32 bytes"),
        ({"key_id": bytes(9)}, "a key id is 8"),
    ],
)
def test_values_without_a_form_are_refused(change: dict[str, object], why: str) -> None:
    import msgspec

    with pytest.raises(EntryMalformed, match=why):
        encode(msgspec.structs.replace(first, **change))


def test_microseconds_are_exact_in_every_zone() -> None:
    moment = datetime(2026, 11, 21, 8, 30, 0, 123457, tzinfo=UTC)
    assert microseconds(moment) == microseconds(moment.astimezone(timezone(timedelta(hours=4)))) == 1795249800123457
    # A float of seconds has no room for these.
    far = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert microseconds(far) % 1_000_000 == 999999
    import msgspec

    assert msgspec.structs.replace(first, at_us=microseconds(far)).at == far
    with pytest.raises(EntryMalformed, match="zone"):
        microseconds(datetime(2026, 1, 1))
    with pytest.raises(EntryMalformed, match="1970"):
        microseconds(datetime(1969, 12, 31, tzinfo=UTC))
