"""Whatever happens on the way, an answer is with the network once, and we say so only when we know."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import select, text

from gateway import jobqueue
from gateway.db import Database
from gateway.jobqueue import Later, Permanent, Temporary
from gateway.lifecycle import IllegalTransition
from gateway.outbox import transmissions
from gateway.responses import flow, following, jobs, view
from gateway.responses.following import FollowJob
from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from ledger.entry import Kind as EntryKind
from peppol import sbdh
from peppol.errors import PeppolError
from peppol.message import StatusEvent
from peppol.provider import Provider
from peppol.statuses import Outcome
from tests.gateway.outbound.conftest import NOW, Company
from tests.gateway.responses.conftest import ALL_TYPES, BUYER, SELLER, WHY, answered, received, sent, shown
from tests.gateway.sandbox.process import SECRET, TYPES, SandboxProcess, free_port
from ubl.response import Code


async def given(company: Company, code: Code = Code.ACKNOWLEDGED) -> tuple[UUID, UUID]:
    """A received document and an answer that waits to be sent."""
    document_id = await received(company)
    return document_id, await answered(company, document_id, code, *(WHY if code is Code.REJECTED else ()))


async def way(company: Company, response_id: UUID) -> Any:
    async with company.database.company(company.id) as db:
        return (await db.execute(select(transmissions).where(transmissions.c.response_id == response_id))).one()


async def entries(company: Company, kind: EntryKind, response_id: UUID) -> list[Any]:
    return [e for e in await company.entries() if e.kind == kind and str(response_id).encode() in e.canonical]


async def as_the_queue_does(company: Company, response_id: UUID) -> None:
    """Again after each `Temporary`, and later after each `Later`."""
    now = company.now
    for _ in range(12):
        try:
            payload = msgspec.json.encode(flow.SendJob(response_id))
            return await jobs.send(company.wiring, company.id, payload, now=now)
        except Temporary:
            continue
        except Later as later:
            now += later.after
    raise AssertionError("the job never ended")


async def test_a_sent_answer_has_the_networks_word_as_evidence(buyer: Company, network: SandboxProcess) -> None:
    document_id, response_id = await given(buyer, Code.REJECTED)
    await sent(buyer, response_id)
    answer, under_way = await shown(buyer, document_id, response_id), await way(buyer, response_id)
    (entry,) = await entries(buyer, EntryKind.TRANSMISSION, response_id)
    fact = msgspec.json.decode(entry.canonical)
    assert (answer.state, answer.problem, answer.seller) == ("SENT", None, None)
    assert [(tried.number, tried.outcome, tried.adapter) for tried in answer.attempts] == [(1, "accepted", "sandbox")]
    assert (fact["xml_sha256"], fact["reference"]) == (answer.xml_sha256, under_way.reference)
    assert await buyer.wiring.storage.get(fact["answer_sha256"])
    assert entry.series == f"received from {SELLER}"
    assert under_way.document_id is None


async def test_what_goes_out_is_the_sealed_message_from_the_receiver_to_the_sender(
    buyer: Company, network: SandboxProcess
) -> None:
    document_id, response_id = await given(buyer)
    await sent(buyer, response_id)
    async with buyer.call() as call:
        xml = (await view.xml_of_answer(call, document_id, response_id))[1]
    key = str((await way(buyer, response_id)).id)
    journal = sqlite3.connect(f"file:{network.folder}/network.sqlite?mode=ro", uri=True)
    try:
        (envelope,) = journal.execute("select envelope from messages where key = ?", (key,)).fetchone()
    finally:
        journal.close()
    message = sbdh.read(envelope).message
    assert message.document == sbdh.body(xml)
    assert (message.sender.value, message.receiver.value) == (BUYER, SELLER)
    assert message.document_type.local_name == "ApplicationResponse"
    assert message.instance_id == key


@pytest.mark.parametrize(
    "fault",
    [
        Fault.RESET_AFTER_TAKING, Fault.GARBAGE_AFTER_TAKING, Fault.BUSY, Fault.BROKEN, Fault.BAD_GATEWAY,
        Fault.RATE_LIMITED, Fault.GARBAGE, Fault.RESET, Fault.ERROR_INSIDE,
    ],
)  # fmt: skip
async def test_trouble_on_the_way_never_sends_it_twice(buyer: Company, network: SandboxProcess, fault: Fault) -> None:
    document_id, response_id = await given(buyer)
    network.desk.order(fault, participant=BUYER, seconds=1)
    await as_the_queue_does(buyer, response_id)
    answer = await shown(buyer, document_id, response_id)
    assert (answer.state, len(answer.attempts)) == ("SENT", 2)
    assert answer.attempts[-1].outcome == "accepted"
    assert len(await entries(buyer, EntryKind.TRANSMISSION, response_id)) == 1
    await as_the_queue_does(buyer, response_id)
    assert len((await shown(buyer, document_id, response_id)).attempts) == 2


async def test_two_workers_send_it_once(buyer: Company, network: SandboxProcess) -> None:
    document_id, response_id = await given(buyer)
    await asyncio.gather(*(as_the_queue_does(buyer, response_id) for _ in range(4)), return_exceptions=True)
    await as_the_queue_does(buyer, response_id)
    assert (await shown(buyer, document_id, response_id)).state == "SENT"
    assert len(await entries(buyer, EntryKind.TRANSMISSION, response_id)) == 1


async def test_a_seller_who_takes_no_answers_is_told_of_in_plain_words(buyer: Company, network: SandboxProcess) -> None:
    """What was decided stands, the document is as it was, and once the seller takes answers it can be ordered again."""
    document_id, response_id = await given(buyer, Code.REJECTED)
    nowhere = f"http://127.0.0.1:{free_port()}/"
    network.desk.register(Participant(SELLER, TYPES, nowhere, secret=SECRET))
    try:
        with pytest.raises(Permanent):
            await sent(buyer, response_id)
        answer = await shown(buyer, document_id, response_id)
        assert (answer.state, answer.problem) == ("FAILED", "precondition")
        assert f"{SELLER} takes no such document" in (answer.failure or "")
        assert "tell them by other means" in (answer.next_step or "")
        async with buyer.call() as call:
            assert (await view.answers(call, document_id)).standing == "RE"
            state = await call.db.scalar(
                text("select state from received_documents where id = :id"), {"id": document_id}
            )
        assert state == "RECEIVED"
        (entry,) = await entries(buyer, EntryKind.TRANSMISSION, response_id)
        assert msgspec.json.decode(entry.canonical)["problem"] == "precondition"
    finally:
        network.desk.register(Participant(SELLER, ALL_TYPES, nowhere, secret=SECRET))
    async with buyer.call() as call:
        await flow.resend(call, document_id, response_id)
    await sent(buyer, response_id)
    answer = await shown(buyer, document_id, response_id)
    assert (answer.state, answer.problem, answer.failure, answer.next_step) == ("SENT", None, None, None)
    with pytest.raises(IllegalTransition):
        async with buyer.call() as call:
            await flow.resend(call, document_id, response_id)


async def test_after_a_refusal_of_the_network_the_next_answer_may_follow(
    buyer: Company, network: SandboxProcess
) -> None:
    document_id, response_id = await given(buyer)
    network.desk.order(Fault.REFUSED, participant=BUYER)
    with pytest.raises(Permanent):
        await sent(buyer, response_id)
    assert (await shown(buyer, document_id, response_id)).problem == "permanent"
    following_id = await answered(buyer, document_id, Code.ACCEPTED)
    await sent(buyer, following_id)
    assert (await shown(buyer, document_id, following_id)).state == "SENT"


async def told(company: Company, response_id: UUID, outcome: Outcome, reason: str = "", **options: Any) -> int:
    event = StatusEvent(
        event_id=options.get("event_id", f"evt-{uuid4()}"),
        key=str((await way(company, response_id)).id),
        outcome=outcome,
        at=NOW,
        reason=reason,
        evidence=b"{}",
    )
    return await following.take(company.wiring, company.id, (event,), now=company.now)


async def test_what_the_sellers_access_point_says_is_a_fact_and_sends_nothing(
    buyer: Company, network: SandboxProcess
) -> None:
    document_id, response_id = await given(buyer)
    await sent(buyer, response_id)
    before = (await way(buyer, response_id)).attempts
    assert await told(buyer, response_id, Outcome.REFUSED, "Broken", event_id="same") == 1
    assert await told(buyer, response_id, Outcome.REFUSED, "Broken", event_id="same") == 0
    assert await told(buyer, response_id, Outcome.DELIVERED) == 1
    answer = await shown(buyer, document_id, response_id)
    assert answer.seller is not None
    assert (answer.state, answer.seller.outcome, answer.seller.reason) == ("SENT", "refused", "Broken")
    assert len(await entries(buyer, EntryKind.STATUS, response_id)) == 1
    assert (await way(buyer, response_id)).attempts == before
    with pytest.raises(IllegalTransition):
        async with buyer.call() as call:
            await flow.resend(call, document_id, response_id)


async def test_only_the_access_point_has_something_to_say_of_an_answer(buyer: Company, network: SandboxProcess) -> None:
    document_id, response_id = await given(buyer)
    await sent(buyer, response_id)
    for outcome in (Outcome.REPORTED, Outcome.BUYER_PAID):
        assert await told(buyer, response_id, outcome) == 1
    assert (await shown(buyer, document_id, response_id)).seller is None
    assert await entries(buyer, EntryKind.STATUS, response_id) == []


async def test_news_of_unknown_keys_is_nobodys(buyer: Company) -> None:
    for key in ("", "x", str(uuid4())):
        event = StatusEvent(event_id="e", key=key, outcome=Outcome.DELIVERED, at=NOW)
        assert await following.take(buyer.wiring, buyer.id, (event,), now=buyer.now) == 0


async def test_a_poll_finds_what_no_callback_told(buyer: Company, network: SandboxProcess) -> None:
    document_id, response_id = await given(buyer)
    await sent(buyer, response_id)
    key = (await way(buyer, response_id)).id
    network.desk.announce(str(key), Outcome.DELIVERED)
    await jobs.follow(buyer.wiring, buyer.id, msgspec.json.encode(FollowJob(key)), now=buyer.now)
    answer = await shown(buyer, document_id, response_id)
    assert answer.seller is not None
    assert answer.seller.outcome == "delivered"
    async with buyer.database.company(buyer.id) as db:
        assert await following.settled(db, buyer.id, key)
    await jobs.follow(buyer.wiring, buyer.id, msgspec.json.encode(FollowJob(key)), now=buyer.now)


async def test_a_provider_that_cant_be_asked_is_asked_later(
    buyer: Company, network: SandboxProcess, module_admin: Database
) -> None:
    _, response_id = await given(buyer)
    await sent(buyer, response_id)
    key = (await way(buyer, response_id)).id
    async with module_admin.platform() as db:
        await db.execute(text("delete from jobs where payload ->> 'transmission_id' = :id"), {"id": str(key)})
    network.desk.order(Fault.TRACK_BUSY, times=3)
    try:
        await jobs.follow(buyer.wiring, buyer.id, msgspec.json.encode(FollowJob(key, 2)), now=buyer.now)
    finally:
        while await _order_left(buyer.wiring.provider):
            pass
    async with module_admin.platform() as db:
        query = text("select payload ->> 'round' from jobs where kind = :kind and payload ->> 'transmission_id' = :id")
        rounds = list((await db.execute(query, {"kind": following.FOLLOW, "id": str(key)})).scalars())
    assert rounds == ["3"]


async def _order_left(provider: Provider) -> bool:
    """Use up what is left of an ordered fault."""
    try:
        await provider.find(str(uuid4()))
    except PeppolError:
        return True
    return False


async def test_a_job_without_a_company_or_an_answer_does_nothing(buyer: Company) -> None:
    payload = msgspec.json.encode(flow.SendJob(uuid4()))
    with pytest.raises(jobqueue.Permanent):
        await jobs.send(buyer.wiring, None, payload, now=buyer.now)
    await jobs.send(buyer.wiring, buyer.id, payload, now=buyer.now)
    await jobs.follow(buyer.wiring, buyer.id, msgspec.json.encode(FollowJob(uuid4())), now=buyer.now)
