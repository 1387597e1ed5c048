"""The fault walk: sending, receiving, a status told and a status asked for, each killed at every step it has.

One clean run counts the points (see `walker.py`): before and after each transaction's end, each write to the storage,
each call of the provider. Then the process is killed (-9) at each of them, with another document each time, while the
next child takes up what the last one left. In the end every document was delivered once, with all its evidence.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import text

from certs import Kek
from gateway.app import create_app
from gateway.db import Database
from gateway.outbound import examples
from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from gateway.sandbox.magic import TYPES
from gateway.settings import Settings
from gateway.wiring import open_wiring
from ledger.entry import Kind
from tests.faults.test_kill import chain_is_sound
from tests.faults.walker import PHASES, Order
from tests.gateway.house import Company, House, Person, ok, running
from tests.gateway.sandbox.process import SECRET, TOKEN, SandboxProcess, free_port, sandbox
from ubl.parties import Endpoint

PATIENCE = 60.0
MOST = 24
"""Points of one phase; a walk beyond that needs more documents."""
LEAST = {"send": 8, "receive": 4, "status": 4, "follow": 6}
"""Points that are surely there; fewer would mean that the wrapping has come loose."""


class Document(msgspec.Struct):
    """One invoice that is ordered to be sent, its job held back until its turn."""

    id: UUID
    number: str
    transmission_id: UUID | None = None


class Walk:
    """The database, the network, and the process that forks a child for each death."""

    def __init__(self, owner: Database, network: SandboxProcess, environment: dict[str, str], folder: Path) -> None:
        self.owner, self.network, self.folder = owner, network, folder
        self.environment = environment
        self.documents: list[Document] = []
        self.used: list[Document] = []
        self.sent_before: list[Document] = []
        """Sent and handed over, without our being told of it."""
        self.deaths = 0

    @contextmanager
    def forking(self) -> Iterator[None]:
        with (self.folder / "walker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.walker"],
                env=os.environ | self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                text=True,
            )
            assert self._process.stdin
            assert self._process.stdout
            try:
                yield
            finally:
                self._process.stdin.close()
                self._process.wait(60)
                self._process.stdout.close()

    def _begin(self, order: Order) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(msgspec.json.encode(order).decode() + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def _ended(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())

    async def sql(self, query: str, **values: Any) -> list[Any]:
        async with self.owner.platform() as db:
            found = await db.execute(text(query), values)
            return list(found.all()) if found.returns_rows else []

    async def next(self) -> Document:
        document = self.documents.pop()
        self.used.append(document)
        return document

    async def release(self, document: Document) -> None:
        """Its job is due now; children listen."""
        await self.sql(
            "update jobs set run_at = now() where kind = 'outbound.send' and payload->>'document_id' = :id",
            id=str(document.id),
        )
        await self.sql("select pg_notify('involinks_jobs', '')")

    async def until(self, query: str, **values: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := await self.sql(query, **values)):
            assert time.monotonic() < deadline, f"{query} {values}\n{self.tail()}"
            await asyncio.sleep(0.05)
        return found[0]

    async def sent(self, document: Document) -> None:
        row = await self.until(
            "select t.id from transmissions t join issued_documents d on d.id = t.document_id"
            " where d.id = :id and d.state = 'SENT'",
            id=document.id,
        )
        document.transmission_id = row.id

    async def send_many(self, number: int) -> None:
        """In one child's life, while nothing is posted to us, so that only asking tells what became of them."""
        self.network.desk.order(Fault.TELL_NEVER, times=1_000_000)
        child = self._begin(Order())
        self.sent_before = [await self.next() for _ in range(number)]
        for document in self.sent_before:
            await self.release(document)
        for document in self.sent_before:
            await self.sent(document)
            await self.handed_over(document)
        os.kill(child, 15)
        assert await asyncio.to_thread(self._ended) == 0, self.tail()

    async def handed_over(self, document: Document) -> None:
        deadline = time.monotonic() + PATIENCE
        while not any(one.status // 100 == 2 for one in self.network.desk.handovers(str(document.transmission_id))):
            assert time.monotonic() < deadline, self.tail()
            await asyncio.sleep(0.05)

    def tail(self) -> str:
        return (self.folder / "walker.log").read_text(errors="replace")[-4000:]

    async def step(self, phase: str, die_at: int) -> list[str]:
        """One document through this phase, the child killed at that point; returns the points it has passed."""
        document = self.sent_before.pop() if phase == "follow" else await self.next()
        log = self.folder / f"{phase}-{die_at}.points"
        earlier = [one for one in self.used if one is not document]
        for row in await self.sql("select id, document_id from transmissions"):
            next(one for one in self.used if one.id == row.document_id).transmission_id = row.id
        others = [one.number for one in earlier] + [str(one.transmission_id) for one in earlier if one.transmission_id]
        if phase == "status":  # of two events one is posted, the other found by asking
            self.network.desk.order(Fault.TELL_NEVER)
        marks = {
            "send": (str(document.id),),
            "receive": (document.number,),
            "status": ('"events"',),
            "follow": (str(document.transmission_id),),
        }[phase]
        child = self._begin(Order(phase, die_at, marks, tuple(others), str(log)))
        if phase == "follow":
            await self.sql("update jobs set run_at = now() where kind = 'outbound.follow' and key = :key",
                           key=str(document.transmission_id))  # fmt: skip
            await self.sql("select pg_notify('involinks_jobs', '')")
        else:
            await self.release(document)
        if die_at:
            assert await asyncio.wait_for(asyncio.to_thread(self._ended), PATIENCE) == -9, self.tail()
            self.deaths += 1
        else:
            await self.passed(phase, document)
            os.kill(child, 15)
            assert await asyncio.to_thread(self._ended) == 0, self.tail()
        return log.read_text().splitlines() if log.exists() else []

    async def delivered(self, documents: list[Document], *, asking: bool = False) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            left = await self.sql(
                "select d.id, d.number, d.state, d.c3, d.c5 from issued_documents d where d.id = any(:ids)"
                " and (d.state <> 'SENT' or d.c3 is distinct from 'delivered' or d.c5 is distinct from 'reported')",
                ids=[one.id for one in documents],
            )
            if not left:
                return
            assert time.monotonic() < deadline, f"{left}\n{self.tail()}"
            if asking:
                await self.ask()
            await asyncio.sleep(0.1)

    async def passed(self, phase: str, document: Document) -> None:
        """Until the phase is surely over for this document."""
        if phase != "status":
            return await self.delivered([document])
        await self.until(
            "select 1 from issued_documents where id = :id and (c3 is not null or c5 is not null)", id=document.id
        )
        return None

    async def resume(self) -> None:
        """What dead children held is due now, as if their leases had run out."""
        await self.sql("update jobs set run_at = now() where claim is not null")
        await self.sql("select pg_notify('involinks_jobs', '')")

    async def ask(self) -> None:
        """The next question about each document is due now: by itself it would wait longer each time."""
        await self.sql("update jobs set run_at = now() where kind = 'outbound.follow' and claim is null")
        await self.sql("select pg_notify('involinks_jobs', '')")


@pytest.fixture
async def walk(
    database_dsn: str, admin: Database, tmp_path: Path
) -> AsyncIterator[tuple[Walk, Company, Company, Database]]:
    port = free_port()
    with sandbox(tmp_path / "network") as network:
        environment = {
            "INVOLINKS_HOME": str(tmp_path),
            "INVOLINKS_DATABASE_URL": database_dsn,
            "INVOLINKS_PORT": str(port),
            "INVOLINKS_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "INVOLINKS_KEK": Kek.make(development=True).text(),
            "INVOLINKS_PROVIDER_URL": network.url,
            "INVOLINKS_PROVIDER_TOKEN": TOKEN,
            "INVOLINKS_PROVIDER_SECRETS": SECRET,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        settings = Settings.from_environ(environment)
        walk = Walk(admin, network, environment, tmp_path)
        async with open_wiring(settings) as wiring:
            app: Any = create_app(settings, wiring=wiring, limited=False)
            transport = httpx.ASGITransport(app=app)
            async with (
                running(app),
                httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client,
            ):
                house = House(app, wiring, admin, client)
                seller, buyer = await house.company(), await house.company()
                door = f"{settings.public_url}/v1/network"
                network.desk.register(
                    *(
                        Participant(f"0235:{one.trn[:10]}", TYPES, f"{door}/deliveries", f"{door}/statuses", SECRET)
                        for one in (seller, buyer)
                    )
                )
                await order_many(walk, seller, buyer, MOST * 3)
            yield walk, seller, buyer, wiring.database


async def order_many(walk: Walk, seller: Company, buyer: Company, number: int) -> None:
    machine = await seller.key("documents:draft", "documents:finalize", "documents:read")
    ok(await (await seller.admin()).put("/v1/companies/current/policies", {"four_eyes": True, "approve_sends": True}))
    checker: Person = await seller.person("FINANCE_USER")
    await checker.step_up("approve")
    given = examples.INVOICE
    assert given.seller is not None
    assert given.buyer is not None
    invoice = msgspec.structs.replace(
        given,
        number=None,
        uuid=None,
        seller=msgspec.structs.replace(given.seller, endpoint=Endpoint(id=seller.trn[:10]), trn=seller.trn),
        buyer=msgspec.structs.replace(given.buyer, endpoint=Endpoint(id=buyer.trn[:10]), trn=buyer.trn),
    )
    body = msgspec.json.encode(invoice)
    headers = {"Authorization": f"Bearer {machine.token}", "Content-Type": "application/json"}
    for _ in range(number):
        made = ok(await seller.house.client.post("/v1/invoices", content=body, headers=headers), 201)
        path = f"/v1/invoices/{made['id']}"
        sealed = ok(await machine.post(f"{path}/finalize"))
        ok(await checker.post(f"{path}/approve"))
        walk.documents.append(Document(UUID(made["id"]), sealed["number"]))
    await walk.sql("update jobs set run_at = now() + interval '1 day' where kind = 'outbound.send'")
    # Questions rest until they are released: on a slow machine they would come due in the life of another's child.
    await walk.sql(
        "create function rest() returns trigger language plpgsql as"
        " $$ begin new.run_at = now() + interval '1 day'; return new; end $$"
    )
    await walk.sql(
        "create trigger questions_rest before insert on jobs for each row"
        " when (new.kind = 'outbound.follow') execute function rest()"
    )


@pytest.mark.slow
async def test_killed_at_every_step(walk: tuple[Walk, Company, Company, Database]) -> None:
    way, seller, buyer, database = walk
    passed: dict[str, list[str]] = {}
    with way.forking():
        for phase in PHASES:
            if phase == "follow":
                await way.send_many(MOST + 1)
            points = passed[phase] = await way.step(phase, 0)
            assert LEAST[phase] <= len(points) <= MOST, (phase, points)
            for place in range(1, len(points) + 1):
                await way.step(phase, place)
        last = way._begin(Order())
        await way.resume()
        await way.delivered(way.used, asking=True)
        os.kill(last, 15)
        assert way._ended() == 0, way.tail()
    print(*(point for points in passed.values() for point in points), sep="\n")
    assert way.deaths == sum(len(points) for points in passed.values())
    await each_once(way, seller, buyer, database)


async def each_once(way: Walk, seller: Company, buyer: Company, database: Database) -> None:
    """One delivery of each, with the provider's word, both statuses and the receipt in ledgers that hold."""
    numbers = {one.number for one in way.used}
    issued = await chain_is_sound(database, seller.id)
    received = await chain_is_sound(database, buyer.id)
    assert Counter(one.number for one in issued if one.kind == Kind.TRANSMISSION) == Counter(numbers)
    assert Counter(one.number for one in received if one.kind == Kind.RECEIVED) == Counter(numbers)
    statuses = Counter(one.number for one in issued if one.kind == Kind.STATUS)
    assert statuses == Counter(dict.fromkeys(numbers, 2))
    bills = await way.sql("select number from received_documents")
    assert Counter(bill.number for bill in bills) == Counter(numbers)
    reports = [report.key for report in way.network.desk.reports()]
    assert len(reports) == len(set(reports)) == len(numbers)
