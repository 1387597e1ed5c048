"""Real worker loops over real HTTP: two of them, one that is killed, and a single document beside a run of many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from gateway import jobqueue
from gateway.jobqueue import Urgency
from gateway.outbound.flow import SEND, SendJob
from gateway.providers.circuits import Circuits
from gateway.sandbox.faults import Fault
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.house import House, ok
from tests.gateway.outbox.conftest import Sender, a_sender
from tests.gateway.sandbox.process import SandboxProcess, account


@pytest.fixture(scope="module")
async def sender(house: House, networks: tuple[SandboxProcess, SandboxProcess]) -> AsyncIterator[Sender]:
    """By the installation's provider, the first network."""
    sender = await a_sender(house, networks)
    provider = SandboxProvider(account(networks[0].url), timeout=timedelta(seconds=30))
    sender.wiring = msgspec.structs.replace(sender.wiring, provider=provider, circuits=Circuits())
    yield sender
    await provider.close()


async def test_two_workers_send_every_document_once(sender: Sender) -> None:
    """Leases so short that both work on the same documents, and a network that answers slowly or not at all."""
    documents = [await sender.ordered() for _ in range(6)]
    desk = sender.networks[0].desk
    desk.order(Fault.SILENT_AFTER_TAKING, times=3, seconds=2)
    desk.order(Fault.RESET_AFTER_TAKING, times=2)
    short = timedelta(milliseconds=300)

    async def all_sent() -> bool:
        return {await sender.state(document_id) for document_id in documents} == {"SENT"}

    await sender.work(sender.worker(lease=short), sender.worker(lease=short), until=all_sent)
    for document_id in documents:
        taken, elsewhere = await sender.found(document_id)
        assert (taken is not None, elsewhere) == (True, None)
        assert len(await sender.entries(document_id)) == 1


async def test_a_killed_worker_leaves_nothing_half_done(sender: Sender) -> None:
    """It is gone in the midst of its calls: its jobs are taken up when the leases end, and nothing is sent twice."""
    documents = [await sender.ordered() for _ in range(3)]  # as many as one company gets of four slots
    sender.networks[0].desk.order(Fault.SILENT_AFTER_TAKING, times=3, seconds=30)
    loop = sender.worker(lease=timedelta(seconds=1))
    working = asyncio.create_task(loop.run())
    async with asyncio.timeout(60):
        while not all([await sender.attempts(document_id) for document_id in documents]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    running = [task for task in asyncio.all_tasks() if task.get_name().startswith(SEND)]
    working.cancel()
    for task in running:
        task.cancel()
    await asyncio.gather(working, *running, return_exceptions=True)
    assert {await sender.state(document_id) for document_id in documents} == {"SENDING"}

    async def all_sent() -> bool:
        return {await sender.state(document_id) for document_id in documents} == {"SENT"}

    await sender.work(sender.worker(), until=all_sent)
    for document_id in documents:
        assert len(await sender.entries(document_id)) == 1
        outcomes = [attempt.outcome for attempt in await sender.attempts(document_id)]
        assert (outcomes[0], outcomes[-1]) == (None, "accepted")


async def test_a_run_of_many_doesnt_delay_a_single_document(sender: Sender) -> None:
    many = [await sender.approved() for _ in range(8)]
    await sender.fresh()
    ok(await sender.firm.head.post("/v1/invoices/send", {"ids": [str(one) for one in many]}), 202)
    sender.networks[0].desk.order(Fault.SILENT_AFTER_TAKING, times=8, seconds=2)
    alone = await sender.ordered()

    async def sent() -> bool:
        return await sender.state(alone) == "SENT"

    await sender.work(sender.worker(slots=2), until=sent)
    waiting = [one for one in many if not await sender.attempts(one)]
    assert len(waiting) >= 6, "the run has no more than one of two slots"

    async def all_sent() -> bool:
        return {await sender.state(one) for one in many} == {"SENT"}

    sender.networks[0].desk.cancel()
    await sender.work(sender.worker(slots=8), until=all_sent)


async def test_a_slot_stays_free_for_what_is_urgent(sender: Sender) -> None:
    """However many of a run are due, the queue hands out no more of them than it is asked for."""
    database = sender.house.database
    async with database.company(sender.company_id) as db:
        orders = [(msgspec.json.encode(SendJob(sender.company_id)), f"run {number}") for number in range(5)]
        await jobqueue.enqueue_many(db, "test.kind", orders, company_id=sender.company_id, urgency=Urgency.IN_BULK)
        await jobqueue.enqueue(db, "test.kind", b"{}", company_id=sender.company_id, key="alone")
    async with database.platform() as db:
        lease = timedelta(minutes=1)
        claimed = await jobqueue.claim(db, {"test.kind": 4}, most=4, lease=lease, bulk=2)
        assert [job.urgency for job in claimed].count(Urgency.AT_ONCE) == 1
        assert [job.urgency for job in claimed].count(Urgency.IN_BULK) == 2
        assert await jobqueue.claim(db, {"test.kind": 4}, most=4, lease=lease, bulk=0) == []
        assert await jobqueue.next_due(db, ["test.kind"], bulk=False) is not None
        await jobqueue.finish(db, claimed)
        rest = await jobqueue.claim(db, {"test.kind": 9}, most=9, lease=lease)
        assert len(rest) == 3
        assert await jobqueue.finish(db, rest) == {job.id for job in rest}
