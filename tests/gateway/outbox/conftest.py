"""A firm whose documents go out by accounts of its own, over two networks of separate processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway import outbox
from gateway.jobqueue import Job
from gateway.jobqueue.loop import Loop, Pace
from gateway.outbound import examples, jobs
from gateway.outbound.flow import SEND, SendJob
from gateway.outbox import Attempt
from gateway.providers.circuits import Circuits
from gateway.sandbox.journal import Participant
from gateway.wiring import Wiring
from peppol.message import Submission
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.house import House, ok
from tests.gateway.outbound.test_api import Firm
from tests.gateway.sandbox.process import TOKEN, TYPES, SandboxProcess, account


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SandboxProcess, SandboxProcess]]:
    both = tuple(SandboxProcess(Path(tmp_path_factory.mktemp("network"))) for _ in range(2))
    try:
        for network in both:
            network.start()
        yield both[0], both[1]
    finally:
        for network in both:
            network.stop()


class Sender:
    """A firm, its wiring, and what a worker does for it."""

    def __init__(self, house: House, firm: Firm, networks: tuple[SandboxProcess, SandboxProcess]) -> None:
        self.house, self.firm, self.networks = house, firm, networks
        self.company_id = firm.company.id
        self.wiring: Wiring = msgspec.structs.replace(house.wiring, circuits=Circuits())
        self.accounts: list[UUID] = []
        self._fresh_until = house.now

    async def with_accounts(self) -> Sender:
        """Two accounts, the first preferred."""
        admin = await self.firm.company.admin()
        for number, network in enumerate(self.networks):
            body = {
                "adapter": "sandbox",
                "label": f"Network {number}",
                "base_url": network.url,
                "credentials": {"token": TOKEN},
            }
            self.accounts.append(UUID(ok(await admin.post("/v1/providers", body), 201)["id"]))
        return self

    async def fresh(self) -> None:
        """Sessions and codes that hold; the clock is turned by a new code only, so they hold for long."""
        if self.house.now >= self._fresh_until:
            for person in (self.firm.clerk, self.firm.head):
                ok(await person.sign_in())
            await self.firm.head.step_up("approve", "send")
            self._fresh_until = self.house.now + timedelta(minutes=3)

    async def approved(self) -> UUID:
        await self.fresh()
        sealed = await self.firm.sealed()
        ok(await self.firm.head.post(f"/v1/invoices/{sealed['id']}/approve"))
        return UUID(sealed["id"])

    async def order(self, document_id: UUID) -> None:
        await self.fresh()
        ok(await self.firm.head.post(f"/v1/invoices/{document_id}/send"), 202)

    async def ordered(self) -> UUID:
        document_id = await self.approved()
        await self.order(document_id)
        return document_id

    async def send(self, document_id: UUID, *, later: timedelta = timedelta(0), **changes: Any) -> None:
        """One run of the job, so long after now."""
        wiring = msgspec.structs.replace(self.wiring, **changes)
        payload = msgspec.json.encode(SendJob(document_id))
        await jobs.send(wiring, self.company_id, payload, now=self.house.now + later)

    async def state(self, document_id: UUID) -> str:
        shown: str = ok(await self.firm.clerk.get(f"/v1/invoices/{document_id}"))["state"]
        return shown

    async def attempts(self, document_id: UUID) -> tuple[Attempt, ...]:
        async with self.house.database.company(self.company_id) as db:
            return await outbox.attempts(db, self.company_id, document_id=document_id)

    async def entries(self, document_id: UUID) -> list[dict[str, Any]]:
        """What the ledger says of its transmission, oldest first."""
        async with self.house.database.company(self.company_id) as db:
            rows = await db.execute(
                text(
                    "select c.canonical from ledger_contents c join ledger_entries e using (company_id, seq)"
                    " where e.company_id = :company_id and e.kind = 7 order by e.seq"
                ),
                {"company_id": self.company_id},
            )
            facts = [msgspec.json.decode(row.canonical) for row in rows]
        return [fact for fact in facts if fact["document_id"] == str(document_id)]

    async def found(self, document_id: UUID) -> list[Submission | None]:
        """What each network says of it."""
        async with self.house.database.company(self.company_id) as db:
            key = await db.scalar(text("select id from transmissions where document_id = :id"), {"id": document_id})
        answers: list[Submission | None] = []
        for network in self.networks:
            provider = SandboxProvider(account(network.url))
            answers.append(await provider.find(str(key)))
            await provider.close()
        return answers

    def worker(self, *, slots: int = 4, lease: timedelta = timedelta(seconds=60)) -> Loop:
        """A process's loop over the jobs that send; with the clock of the house, so that codes stay good."""

        async def attempt(job: Job) -> None:
            await jobs.send(self.wiring, job.company_id, job.payload, now=datetime.now(self.house.now.tzinfo))

        pace = Pace(slots=slots, lease=lease, prolong=lease / 3, poll=timedelta(seconds=0.2))
        return Loop(self.house.database, (SEND,), attempt, pace=pace)

    async def work(self, *loops: Loop, until: Any) -> None:
        """Let them work until it is so."""
        working = [asyncio.create_task(loop.run()) for loop in loops]
        try:
            async with asyncio.timeout(60):
                while not await until():  # noqa: ASYNC110 - it is so in another process
                    await asyncio.sleep(0.1)
        finally:
            for loop in loops:
                loop.stop()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*working)


async def a_sender(house: House, networks: tuple[SandboxProcess, SandboxProcess]) -> Sender:
    company = await house.company()
    people = await company.person("FINANCE_USER"), await company.person("FINANCE_USER")
    firm = Firm(company, await company.key("documents:read"), *people)
    buyer = examples.INVOICE.buyer
    assert buyer is not None
    assert buyer.endpoint is not None
    for network in networks:
        for tin in (company.trn[:10], buyer.endpoint.id):
            network.desk.register(Participant(f"0235:{tin}", TYPES, deliver_to=""))
    return Sender(house, firm, networks)


@pytest.fixture(scope="module")
async def first(house: House, networks: tuple[SandboxProcess, SandboxProcess]) -> AsyncIterator[Sender]:
    sender = await (await a_sender(house, networks)).with_accounts()
    yield sender
    await sender.wiring.adapters.close()


@pytest.fixture
def sender(first: Sender) -> Iterator[Sender]:
    """With every circuit closed and no fault on order."""
    first.wiring = msgspec.structs.replace(first.wiring, circuits=Circuits())
    yield first
    for network in first.networks:
        network.desk.cancel()
