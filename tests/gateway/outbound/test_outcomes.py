"""Every fault of the table, through gateway, worker and network over HTTP: the five facts say what the page says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway import jobqueue, worker
from gateway.access.authentication import utc_now
from gateway.db import Database
from gateway.outbound import examples
from gateway.outbound.facts import Known, judge
from gateway.outbound.flow import SEND, SendJob
from gateway.outbound.following import FOLLOW, FollowJob
from gateway.outbound.headlines import headline
from gateway.outbox.intents import GIVE_UP_AFTER
from gateway.providers.circuits import Circuits
from gateway.sandbox.faults import EFFECTS, Fault, Point
from gateway.sandbox.journal import Participant
from gateway.sandbox.magic import TYPES
from gateway.sandbox.outcomes import COURSES, page
from gateway.settings import Secret
from gateway.wiring import Wiring, open_provider
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.house import Company, House, Person, ok, open_house
from tests.gateway.sandbox.process import SECRET, TOKEN, SandboxProcess, account, free_port, sandbox
from tests.gateway.served import serving
from ubl.parties import Endpoint

PAGE = (Path(__file__).parents[3] / "docs" / "network.md").read_text(encoding="utf-8")
FOR_EVER = 1_000_000


class Street(msgspec.Struct, frozen=True):
    """A seller, a buyer and the network between them."""

    house: House
    network: SandboxProcess
    invoice: bytes
    machine: Person
    checker: Person
    reader: Person
    """Of the buyer."""
    seller: Company
    waiting: list[str]
    """Paths of documents that are ordered to be sent."""

    async def approved(self) -> str:
        """One more of them."""
        given = {"Authorization": f"Bearer {self.machine.token}", "Content-Type": "application/json"}
        made = ok(await self.house.client.post("/v1/invoices", content=self.invoice, headers=given), 201)
        path = f"/v1/invoices/{made['id']}"
        ok(await self.machine.post(f"{path}/finalize"))
        ok(await self.checker.post(f"{path}/approve"))
        return path

    async def work(self, wiring: Wiring, kind: str, job: msgspec.Struct, now: datetime) -> None:
        """What the worker does with one job; the queue would try again what fails."""
        with contextlib.suppress(jobqueue.JobError):
            await worker.HANDLERS[kind](wiring, self.seller.id, msgspec.json.encode(job), now=now)

    async def follow(self, wiring: Wiring, document_id: UUID, now: datetime) -> None:
        """Ask the network what became of a document that it may have."""
        async with self.house.database.company(self.seller.id) as db:
            query = text("select id from transmissions where document_id = :id")
            transmission_id: UUID = (await db.execute(query, {"id": document_id})).scalar_one()
        await self.work(wiring, FOLLOW, FollowJob(transmission_id), now)

    async def shown(
        self, path: str, expected: Known, again: Callable[[], Awaitable[None]] | None = None
    ) -> dict[str, Any]:
        """The document, once its facts are the expected ones, asking `again`; or a failure that shows both."""
        wanted = {station.value: truth.mark.value for station, truth in judge(expected)}
        deadline = time.monotonic() + 60
        while True:
            document: dict[str, Any] = ok(await self.machine.get(path))
            found = {name: fact["state"] for name, fact in document["facts"].items()}
            line = document["headline"]["code"]
            if (found, line) == (wanted, headline(expected).code):
                return document
            if again is not None:
                await again()
            assert time.monotonic() < deadline, f"{found} {line}, but the table says {wanted} {headline(expected).code}"
            await asyncio.sleep(0.05)

    async def arrived(self, number: str) -> int:
        """How often the buyer has it."""
        return len(ok(await self.reader.get(f"/v1/inbox?number={number}"))["items"])


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(tmp_path_factory.mktemp("network")) as process:
        yield process


@pytest.fixture(scope="module")
async def street(
    module_database: Database,
    module_owner: Database,
    network: SandboxProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Street]:
    async with open_house(module_database, module_owner, tmp_path_factory.mktemp("home")) as house:
        port = free_port()
        settings = msgspec.structs.replace(
            house.wiring.settings,
            public_url=f"http://127.0.0.1:{port}",
            provider_url=network.url,
            provider_token=Secret(TOKEN),
            provider_secrets=(Secret(SECRET),),
        )
        provider = open_provider(settings)
        house.wiring = msgspec.structs.replace(house.wiring, settings=settings, provider=provider)
        house.app.state.wiring = house.wiring
        async with serving(house.app, port):
            street = await people(house, network)
            street.waiting.extend([await street.approved() for _ in Fault])
            house.app.state.clock = utc_now  # the network's calls are signed by its own clock
            yield street
        await provider.close()


async def people(house: House, network: SandboxProcess) -> Street:
    seller, buyer = await house.company(), await house.company()
    door = f"{house.wiring.settings.public_url}/v1/network"
    network.desk.register(
        *(
            Participant(f"0235:{company.trn[:10]}", TYPES, f"{door}/deliveries", f"{door}/statuses", SECRET)
            for company in (seller, buyer)
        )
    )
    policies = {"four_eyes": True, "approve_sends": True}
    ok(await (await seller.admin()).put("/v1/companies/current/policies", policies))
    given = examples.INVOICE
    assert given.seller is not None
    assert given.buyer is not None
    invoice = msgspec.structs.replace(
        given, seller=party(given.seller, seller), buyer=party(given.buyer, buyer), number=None, uuid=None
    )
    machine = await seller.key("documents:draft", "documents:finalize", "documents:read")
    checker = await seller.person("FINANCE_USER")
    reader = await buyer.key("inbox:read")
    await checker.step_up("approve")
    return Street(
        house,
        network,
        msgspec.json.encode(invoice),
        machine,
        checker,
        reader,
        seller,
        [],
    )


def party(given: Any, company: Company) -> Any:
    return msgspec.structs.replace(given, endpoint=Endpoint(id=company.trn[:10]), trn=company.trn)


@pytest.mark.parametrize("fault", Fault)
async def test_the_facts_are_what_the_table_says(street: Street, fault: Fault) -> None:
    """Struck once, the facts are those of the meantime; struck for ever, those of the end; never two deliveries."""
    course, effect = COURSES[fault], EFFECTS[fault]
    path = street.waiting.pop()
    document_id = UUID(path.rpartition("/")[2])
    desk = street.network.desk
    desk.order(fault, times=FOR_EVER, seconds=20 if fault is Fault.SILENT_AFTER_TAKING else 3600)
    if effect.takes:  # a status that came before our next question would tell as much as an answer
        desk.order(Fault.TELL_NEVER, times=FOR_EVER)
    hasty = SandboxProvider(account(street.network.url, TOKEN, SECRET), timeout=timedelta(seconds=2))
    wiring = msgspec.structs.replace(street.house.wiring, circuits=Circuits())
    first = msgspec.structs.replace(wiring, provider=hasty) if fault is Fault.SILENT_AFTER_TAKING else wiring
    now = datetime.now(UTC)
    asking = partial(street.follow, wiring, document_id, now)
    try:
        await street.work(first, SEND, SendJob(document_id), now)
        await street.shown(path, course.meanwhile)
        if effect.point in {Point.ARRIVE, Point.SUBMIT}:
            await street.work(wiring, SEND, SendJob(document_id), now + GIVE_UP_AFTER + timedelta(hours=1))
        shown = await street.shown(path, course.lasting, asking)
    finally:
        await hasty.close()
        desk.cancel()
    times = await street.arrived(shown["number"])
    assert times == 1 if shown["facts"]["receiver"]["state"] == "yes" else times <= 1
    for name, fact in shown["facts"].items():
        assert (fact["evidence"] is not None) == (fact["state"] in {"yes", "no"}), f"{name}: {fact}"
        assert fact["reason"]["en"], name


def test_every_fault_has_a_row_and_the_page_says_the_same() -> None:
    assert set(COURSES) == set(Fault)
    assert page() in PAGE
