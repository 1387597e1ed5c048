"""A provider that answers nonsense, fails, floods us or never answers: nothing is lost, and what waits comes later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec
import pytest

import ubl
from gateway.arrivals import fetching
from gateway.arrivals.fetching import Round
from gateway.arrivals.jobs import handlers
from gateway.arrivals.line import Line
from gateway.db import Database, new_id
from gateway.problems import kind_of
from peppol.errors import PeppolError, Precondition, Temporary
from peppol.message import Delivery, InboundPage, Unreadable
from tests.gateway.arrivals.looking import documents, fresh, in_hand, listed, round_of
from tests.gateway.arrivals.sources import BUYER_TIN, STUBS, add_account, stubbed
from tests.gateway.inbound.envelopes import NOW, enveloped, invoice
from tests.gateway.outbound.conftest import Company
from tests.peppol.stubs.server import HTML, Answer
from tests.peppol.stubs.storecove import StorecoveStub
from tests.peppol.stubs.tradeshift import TradeshiftStub

HUGE = Answer(200, b'{"items":"' + b"x" * (50 * 1024 * 1024) + b'"}')
NONSENSE: dict[str, tuple[Answer | None, type[PeppolError]]] = {
    "html": (HTML, Temporary),
    "an error inside": (Answer(200, b'{"error":"E42"}'), Temporary),
    "nothing": (Answer(200), Temporary),
    "bytes": (Answer(200, b"\xff\xfe\x00"), Temporary),
    "nested": (Answer(200, b"[" * 100_000), Temporary),
    "50 MB": (HUGE, Temporary),
    "broken": (Answer(500, b"oops"), Temporary),
    "busy": (Answer(429, headers={"retry-after": "5"}), Temporary),
    "moved": (Answer(302, headers={"location": "http://169.254.169.254/"}), Precondition),
    "strangers": (Answer(401), Precondition),
    "never": (None, Temporary),
}
"""What answers our first question -> what it means."""


CASES = [(adapter, name) for adapter in STUBS for name in NONSENSE if (adapter, name) != ("peppyrus", "50 MB")]
"""Peppyrus' list holds the documents, so that a long one has a story of its own."""


@pytest.mark.parametrize(("adapter", "name"), CASES)
async def test_an_inbox_that_cant_be_read_is_read_later(
    buyer: Company, module_admin: Database, adapter: str, name: str
) -> None:
    answer, meaning = NONSENSE[name]
    async with stubbed(adapter) as source:
        number, xml = fresh()
        await source.put(xml)
        source.stub.make_unable_to_tell(answer)
        provider = source.adapter(seconds=2 if answer is None else 60)
        try:
            line = Line(account_id=new_id(), company_id=buyer.id, provider=provider)
            with pytest.raises(meaning):
                await round_of(buyer, line)
            assert (await documents(buyer, number), await source.waiting()) == (0, 1)
        finally:
            await provider.close()
        well = source.adapter()
        try:
            done = await round_of(buyer, msgspec.structs.replace(line, provider=well))
            assert done == Round(more=False, failed=0)
        finally:
            await well.close()
        assert (await documents(buyer, number), await source.waiting()) == (1, 0)
        assert await in_hand(module_admin) == 0


async def test_a_list_too_long_to_be_read_is_asked_for_one_by_one(buyer: Company) -> None:
    """Peppyrus' list holds the documents; one that is too long by itself is passed by."""
    async with stubbed("peppyrus") as source:
        given = [fresh() for _ in range(3)]
        for _, xml in given:
            await source.put(xml)
        source.stub.make_unable_to_tell(HUGE)  # the page of twenty
        source.stub.make_unable_to_tell(HUGE)  # the first of them by itself
        provider = source.adapter()
        try:
            line = Line(account_id=new_id(), company_id=buyer.id, provider=provider)
            await round_of(buyer, line)
            assert [await documents(buyer, number) for number, _ in given] == [0, 1, 1]
            await round_of(buyer, line)
        finally:
            await provider.close()
        assert [await documents(buyer, number) for number, _ in given] == [1, 1, 1]
        assert await source.waiting() == 0


async def test_the_job_of_a_silent_provider_isnt_a_failure(buyer: Company) -> None:
    """It is asked again in the next minute; dead letters of unreachable providers would bury the others."""
    async with stubbed("storecove") as source:
        number, xml = fresh()
        await source.put(xml)
        account_id = await add_account(buyer.wiring, buyer.id, "storecove", source.url)
        fetch = handlers(kind_of)[fetching.FETCH]
        payload = msgspec.json.encode(fetching.FetchJob(account_id))
        source.stub.make_unable_to_tell()
        await fetch(buyer.wiring, buyer.id, payload, now=NOW)
        assert await documents(buyer, number) == 0
        await fetch(buyer.wiring, buyer.id, payload, now=NOW)
        assert await documents(buyer, number) == 1
        await fetch(buyer.wiring, None, msgspec.json.encode(fetching.FetchJob(new_id())), now=NOW)  # it is gone


ODD = (
    b"",
    b"<html>Welcome</html>",
    b"\xff\xfe\x00",
    b"<a>" * 5000 + b"</a>" * 5000,
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    ubl.write(invoice("ODD", buyer_tin=BUYER_TIN)).replace(b"CustomizationID", b"Customization"),
)


@pytest.mark.parametrize("adapter", STUBS)
async def test_documents_that_are_none_are_kept_and_shown_and_hold_up_nobody(buyer: Company, adapter: str) -> None:
    async with stubbed(adapter) as source:
        for content in ODD:
            await source.put(content)
        number, xml = fresh()
        await source.put(xml)
        provider = source.adapter()
        try:
            line = Line(account_id=new_id(), company_id=buyer.id, provider=provider)
            await round_of(buyer, line)
        finally:
            await provider.close()
    assert (await documents(buyer, number), await source.waiting()) == (1, 0)
    aside = [kept for kept in await listed(buyer) if kept.account_id == line.account_id]
    assert len(aside) == len(ODD)
    assert all(kept.reason and "passwd" not in kept.reason for kept in aside)
    kept_bytes = {await buyer.wiring.storage.get(kept.sha256) for kept in aside}
    assert kept_bytes >= {content for content in ODD if content}


class Odd:
    """A provider whose ids are no ids, and whose words are no words."""

    name, ids = "odd", ("a\0b", "".join(str(uuid4()) for _ in range(200)), "\ud800", "")

    def __init__(self, xmls: Sequence[bytes]) -> None:
        self.waiting = {one: enveloped(xml) for one, xml in zip((*self.ids, "honest"), xmls, strict=True)}
        self.waiting["unreadable\0"] = b"what is this?"

    async def fetch_inbound(self, cursor: str) -> InboundPage:
        odd = [Unreadable(one, body, "not\0a word") for one, body in self.waiting.items() if one.startswith("unread")]
        good = [Delivery(body, one) for one, body in self.waiting.items() if not one.startswith("unread")]
        return InboundPage(tuple(good), "", more=False, unreadable=tuple(odd))

    async def ack(self, reference: str) -> None:
        del self.waiting[reference]


async def test_ids_that_are_none_hold_up_nobody(buyer: Company, module_admin: Database) -> None:
    given = [fresh() for _ in range(len(Odd.ids) + 1)]
    odd: Any = Odd([xml for _, xml in given])
    line = Line(account_id=new_id(), company_id=buyer.id, provider=odd)
    assert await round_of(buyer, line) == Round(more=False, failed=0)
    assert [await documents(buyer, number) for number, _ in given] == [1] * len(given)
    assert any(kept.account_id == line.account_id for kept in await listed(buyer))
    assert (odd.waiting, await in_hand(module_admin)) == ({}, 0)


@pytest.mark.parametrize("adapter", ["storecove", "tradeshift"])
async def test_what_a_provider_tells_of_and_keeps_back_is_shown_and_holds_up_nobody(
    buyer: Company, adapter: str
) -> None:
    async with stubbed(adapter) as source:
        _, lost = fresh()
        reference = await source.put(lost)
        if isinstance(source.stub, StorecoveStub):
            source.stub.received.clear()
        elif isinstance(source.stub, TradeshiftStub):
            source.stub.inbox[reference] = b""
        number, xml = fresh()
        await source.put(xml)
        provider = source.adapter()
        try:
            await round_of(buyer, Line(account_id=new_id(), company_id=buyer.id, provider=provider))
        finally:
            await provider.close()
    assert (await documents(buyer, number), await source.waiting()) == (1, 0)
    (aside,) = [kept for kept in await listed(buyer) if kept.reference == reference]
    assert "doesn't hand it over" in aside.reason
