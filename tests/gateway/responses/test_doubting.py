"""Answers that aren't the receiver's own: kept with the reason, shown, and never believed."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from gateway.responses import view
from ledger.entry import Kind as EntryKind
from tests.gateway.outbound.conftest import Company
from tests.gateway.responses.conftest import (
    SELLER,
    STRANGER,
    arrives,
    issued,
    response_to,
    xml_of,
)
from tests.gateway.responses.test_arriving import heard, one, statuses
from ubl.response import Code


@pytest.fixture(scope="module")
async def document(seller: Company) -> UUID:
    """One that the buyer has; tests that only look for doubt share it."""
    return await issued(seller)


def _changed(xml: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert old in xml
        xml = xml.replace(old, new)
    return xml


DOUBTS: dict[str, tuple[Any, dict[str, str], str, str]] = {
    "a stranger in their own name": (
        lambda xml: _changed(xml, (b">1123456789<", b">1555666777<")), {"sender": STRANGER}, "foreign", "who alone"),
    "a stranger with the buyer's message": (lambda xml: xml, {"sender": STRANGER}, "foreign", "somebody else"),
    "the buyer with a stranger's message": (
        lambda xml: _changed(xml, (b">1123456789<", b">1555666777<")), {}, "foreign", "somebody else"),
    "we ourselves": (
        lambda xml: _changed(xml, (b">1123456789<", b">1987654321<")), {"sender": SELLER}, "foreign", "who alone"),
    "addressed to another in the message": (
        lambda xml: _changed(xml, (b">1987654321<", b">1555666777<")), {}, "foreign", "somebody else"),
    "another number": (lambda xml: xml.replace(b"INV-", b"XXX-"), {}, "unmatched", "was issued here"),
    "another type": (lambda xml: _changed(xml, (b">380<", b">381<")), {}, "unmatched", "of type 380"),
    "another date": (lambda xml: xml.replace(b"</cbc:ID><cbc:IssueDate>2026", b"</cbc:ID><cbc:IssueDate>2016"), {},
                     "unmatched", "was issued on"),
    "a rejection without a reason": (
        lambda xml: _changed(xml, (b">AP<", b">RE<")), {}, "unreadable", "AE-IMR-09"),
    "a code that nobody knows": (lambda xml: _changed(xml, (b">AP<", b">XX<")), {}, "unreadable", "AE-IMR-08"),
    "nobody's name on it": (lambda xml: re.sub(rb"<cbc:ID>[^<]+</cbc:ID>", b"<cbc:ID></cbc:ID>", xml, count=1), {},
                            "unreadable", "AE-IMR-03"),
    "a monster": (lambda xml: xml.replace(b"</cbc:ID>", b"</cbc:ID><!--" + b"x" * 2**20 + b"-->", 1), {},
                  "unreadable", "bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTS)
async def test_what_isnt_the_receivers_own_answer_is_kept_and_never_believed(
    seller: Company, document: UUID, name: str
) -> None:
    change, envelope, verdict, why = DOUBTS[name]
    before, number = await seller.row(document), (await seller.row(document)).number
    entries = await statuses(seller, number)
    answer = change(response_to(await xml_of(seller, document), Code.ACCEPTED))
    receipt = await arrives(seller, answer, **envelope)
    told = await one(seller, receipt.id)
    assert (told.verdict, told.document_id) == (verdict, None), told.why
    assert why in told.why
    after = await seller.row(document)
    assert (after.buyer, after.version, after.public_state) == (before.buyer, before.version, before.public_state)
    assert await heard(seller, document) == []
    assert await statuses(seller, number) == entries
    (entry,) = [e for e in await seller.entries() if str(receipt.id).encode() in e.canonical]
    assert (entry.kind, entry.series, entry.number) == (EntryKind.STATUS, "", "")
    assert await seller.wiring.storage.get(told.xml_sha256) == answer
    async with seller.call() as call:
        listed = (await view.heard(call, verdict=told.verdict, cursor=None, limit=200)).items
        assert told.id in {item.id for item in listed}
        kinds = await call.db.execute(text("select kind from events where subject_id = :id"), {"id": receipt.id})
        assert list(kinds.scalars()) == [f"answer.{verdict}"]


async def test_a_copy_of_a_stranger_takes_no_ones_place(seller: Company) -> None:
    """Whoever sends the buyer's very bytes first under their own name isn't believed, and hides nothing."""
    document_id = await issued(seller)
    answer, instance = response_to(await xml_of(seller, document_id), Code.ACCEPTED), str(uuid4())
    copied = await arrives(seller, answer, sender=STRANGER, instance_id=instance)
    genuine = await arrives(seller, answer, instance_id=instance)
    assert (await one(seller, copied.id)).verdict == "foreign"
    assert not genuine.duplicate
    assert (await seller.row(document_id)).buyer == "buyer_accepted"
