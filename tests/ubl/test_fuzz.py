"""Bytes nobody meant to send: an answer or a named error each time, never a crash and never a valid verdict by luck.

`FUZZ_RUNS` says how many of each; `make fuzz` runs many.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ubl
from tests.ubl.drawn import invoices
from tests.ubl.samples import EXAMPLES, PUBLISHED
from ubl import mls, response, taxdata
from ubl.invoice import Invoice
from ubl.syntax import DOCUMENTS, fields
from ubl.totals import differences

RUNS = int(os.environ.get("FUZZ_RUNS", "40"))
BODIES = [path.read_bytes() for path in EXAMPLES]
DOCUMENTS_GOOD = [ubl.write(ubl.complete(ubl.decode(body))) for body in BODIES]
NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)
ENVELOPE = "90f14eff-3705-4869-ad3c-caae270a234e"
DOCUMENT_TYPE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##urn:peppol:pint:billing-1@ae-1::2.1"
SOURCES = DOCUMENTS_GOOD + [path.read_bytes() for path in PUBLISHED]
_SPLICES = [
    b"<",
    b">",
    b"&",
    b"\x00",
    b"\xff\xfe",
    b"<!DOCTYPE a>",
    b"<![CDATA[",
    b"]]>",
    b"-",
    b"1e9",
    b"<a/>",
    b"\r\n",
]


def messages(xml: bytes) -> list[tuple[Any, bytes]]:
    """Each kind of message around that document: the module that judges it, and a sound one."""
    invoice = ubl.read(xml)
    report = taxdata.build(
        invoice, xml, type=taxdata.Type.SUBMIT, role=taxdata.Role.SENDER, receiver="000006", representative="000123",
        transport_id=ENVELOPE, now=NOW,
    )  # fmt: skip
    issue = mls.Issue(reason=mls.Reason.RULE_VIOLATED, description="IBT-001 is missing", where="/Invoice/cbc:ID")
    status = mls.build(
        mls.Code.REJECTED, id="MLS-1", sender="000123", receiver="000456", reference=ENVELOPE,
        document_type=DOCUMENT_TYPE, now=NOW, description="refused", issues=(issue,),
    )  # fmt: skip
    answer = response.build(invoice, response.Code.ACCEPTED, id="IMR-1", now=NOW)
    return [(taxdata, taxdata.write(report)), (mls, mls.write(status)), (response, response.write(answer))]


MESSAGES = [message for xml in DOCUMENTS_GOOD[:3] for message in messages(xml)]


def damaged(source: bytes, chance: random.Random) -> bytes:
    """`source` with a few bytes flipped, cut, doubled or spliced in."""
    data = bytearray(source)
    for _ in range(chance.randint(1, 6)):
        place, length = chance.randrange(len(data) + 1), chance.choice([1, 1, 2, 8, 64, 512])
        match chance.randrange(5):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + length]
            case 3:
                data[place:place] = chance.choice(_SPLICES)
            case _:
                del data[max(place, 1) :]
    return bytes(data)


@settings(max_examples=RUNS, deadline=None)
@given(st.sampled_from(SOURCES), st.integers(0, 2**32))
def test_damaged_xml_is_read_or_refused_and_checked_without_a_crash(source: bytes, seed: int) -> None:
    xml = damaged(source, random.Random(seed))
    try:
        reading = ubl.read_report(xml)
    except ubl.ReadError as error:
        assert error.reason
        assert not ubl.check(xml).valid
        return
    assert ubl.read(ubl.write(reading.invoice)) == reading.invoice
    ubl.check(xml)


@settings(max_examples=RUNS, deadline=None)
@given(st.sampled_from(MESSAGES), st.integers(0, 2**32))
def test_damaged_messages_are_judged_without_a_crash(message: tuple[Any, bytes], seed: int) -> None:
    """What is no XML any more is a finding, and what some reader reads is read without a crash."""
    kind, source = message
    xml = damaged(source, random.Random(seed))
    report = kind.check(xml)
    assert report.ruleset or not report.valid
    if hasattr(kind, "read"):
        try:
            kind.read(xml)
        except ubl.ReadError as error:
            assert error.reason


@pytest.mark.parametrize("kind,xml", MESSAGES)
def test_the_messages_are_sound_before_they_are_damaged(kind: Any, xml: bytes) -> None:
    assert kind.check(xml).valid, kind.check(xml).findings


@settings(max_examples=RUNS, deadline=None)
@given(st.sampled_from(BODIES), st.integers(0, 2**32))
def test_damaged_json_is_decoded_or_refused(body: bytes, seed: int) -> None:
    try:
        invoice = ubl.decode(damaged(body, random.Random(seed)))
    except ubl.DecodeError as error:
        assert error.reason
        return
    try:
        ubl.write(ubl.complete(invoice))
    except ubl.UblError as error:
        assert error.reason


@settings(max_examples=RUNS, deadline=None)
@given(invoices())
def test_any_invoice_is_completed_compared_and_checked(invoice: Invoice) -> None:
    try:
        completed = ubl.complete(invoice)
        differences(completed)
    except ubl.CompleteError as error:
        assert error.pointer.startswith("/")
        return
    assert ubl.complete(completed) == completed
    ubl.check(ubl.write(completed))


@settings(max_examples=RUNS, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert not ubl.check(data).valid
    with pytest.raises(ubl.UblError):
        ubl.read(data)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_member_of_a_body_can_be_missing(path: Path) -> None:
    """An incomplete draft is decoded, and either completed or refused with a place; never a crash."""
    body = msgspec.json.decode(path.read_bytes())
    for name in body:
        draft = ubl.decode(msgspec.json.encode({key: value for key, value in body.items() if key != name}))
        try:
            ubl.check(ubl.write(ubl.complete(draft)))
        except ubl.UblError as error:
            assert error.pointer, name


def test_every_field_has_a_place_in_one_of_the_documents() -> None:
    placed = {field for shape in DOCUMENTS.values() for field in fields(shape.nodes)}
    assert placed == set(Invoice.__struct_fields__) - {"document", "facts"}
