"""Two hundred invoices, while gateway, worker, network and database are killed: each is sealed and delivered once."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.app import create_app
from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from gateway.outbound import examples
from gateway.postgres import Server
from gateway.sandbox.journal import Participant
from gateway.settings import Settings
from gateway.wiring import embedded_server, open_wiring
from ledger import store
from ledger.entry import Kind
from tests.conftest import opened, short_folder
from tests.faults.processes import Service
from tests.gateway.house import Company, House, Person, ok, running
from tests.gateway.sandbox.process import TYPES, SandboxProcess, free_port
from ubl.parties import Endpoint

INVOICES, AT_ONCE = 200, 6
TOKEN, SECRET = "development-token-of-this-test", "development-secret-of-this-test"
PATIENCE = 480.0
"""Seconds after which an installation counts as stuck; a killed worker's jobs alone wait for their lease of sixty."""


class Installation:
    """Every process, one database, one network; whom to kill by name."""

    def __init__(self, home: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.network = SandboxProcess(home / "network", TOKEN)
        self.environment = {
            "INVOLINKS_HOME": str(home),
            "INVOLINKS_PORT": str(port),
            "INVOLINKS_PUBLIC_URL": self.url,
            "INVOLINKS_PROVIDER_URL": self.network.url,
            "INVOLINKS_PROVIDER_TOKEN": TOKEN,
            "INVOLINKS_PROVIDER_SECRETS": SECRET,
        }
        self.settings = Settings.from_environ(self.environment)
        self.gateway = Service("serve", self.environment, home / "gateway.log")
        self.worker = Service("worker", self.environment, home / "worker.log")
        self.database: Server = embedded_server(self.settings)

    def kill(self, victim: str) -> None:
        """Kill, and start again; whoever uses the database starts that."""
        match victim:
            case "gateway" | "worker":
                service: Service = getattr(self, victim)
                service.kill()
                service.start()
            case "network":
                self.network.kill()
                self.network.start()
            case "database":
                if (pid := self.database.pid) is not None:
                    os.kill(pid, signal.SIGKILL)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self.network.start()
        self.gateway.start()
        self.worker.start()
        try:
            yield
        finally:
            for service in (self.gateway, self.worker, self.network):
                service.stop()
            for service in (self.gateway, self.worker):
                lines = service.log.read_text(errors="replace").splitlines()
                print(
                    service.log.name,
                    *[line for line in lines if '"level":"info"' not in line and "can't be reached" not in line][-60:],
                    sep="\n",
                )


@pytest.fixture
def installation() -> Iterator[Installation]:
    with short_folder() as home:
        installation = Installation(home)
        with installation.database.lease():
            yield installation
        installation.database.destroy()


@asynccontextmanager
async def before_opening(installation: Installation) -> AsyncIterator[House]:
    """The same installation in this process, to bring people in."""
    async with open_wiring(installation.settings) as wiring:
        app: Any = create_app(installation.settings, wiring=wiring, limited=False)
        transport = httpx.ASGITransport(app=app)
        async with (
            running(app),
            opened(installation.database.dsn("owner")) as owner,
            httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client,
        ):
            yield House(app, wiring, owner, client)


class Erp:
    """Posts, seals and has approved, and repeats each step until it is answered."""

    def __init__(self, url: str, seller: Company, buyer: Company, machine: Person, checker: Person) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=10, trust_env=False)
        self._machine, self._checker = machine.token, checker.token
        given = examples.INVOICE
        assert given.seller is not None
        assert given.buyer is not None
        self._invoice = msgspec.structs.replace(
            given,
            seller=_party(given.seller, seller),
            buyer=_party(given.buyer, buyer),
        )
        self.acknowledged: list[UUID] = []
        self.deadline = time.monotonic() + PATIENCE

    async def issue(self) -> None:
        """One invoice, from the draft to the order to send it."""
        made = await self._step("POST", "/v1/invoices", self._machine, 201, msgspec.json.encode(self._invoice))
        path = f"/v1/invoices/{made['id']}"
        sealing = await self._step("POST", f"{path}/finalize", self._machine, {200, 202})
        while sealing["state"] == "waiting":  # 202: somebody seals it in its turn
            await asyncio.sleep(0.1)
            sealing = await self._step("GET", f"/v1/sealings/{sealing['id']}", self._machine, 200)
        assert sealing["state"] in {"FINALIZED", "sealed"}, sealing
        await self._step("POST", f"{path}/approve", self._checker, 200)
        self.acknowledged.append(UUID(made["id"]))

    async def close(self) -> None:
        await self._client.aclose()

    async def _step(self, method: str, path: str, token: str, wanted: set[int] | int, body: bytes = b"") -> Any:
        """The same request with the same key until an answer of a wanted status comes through."""
        wanted = wanted if isinstance(wanted, set) else {wanted}
        headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
        headers["content-type"] = "application/json"
        answered = "nothing"
        while time.monotonic() < self.deadline:
            try:
                answer = await self._client.request(method, path, content=body, headers=headers)
            except httpx.TransportError as error:
                answered = repr(error)
            else:
                if answer.status_code in wanted:
                    return answer.json()
                answered = f"{answer.status_code} {answer.text}"
                busy = answer.status_code == 409 and "idempotency-key-busy" in answer.text
                assert answer.status_code in {429, 502, 503, 504} or busy, f"{path}: {answered}"
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} was never answered; last: {answered}")


def _party(party: Any, company: Company) -> Any:
    trn = company.trn
    return msgspec.structs.replace(party, endpoint=Endpoint(id=trn[:10]), trn=trn)


async def opening(installation: Installation) -> tuple[Company, Company, Erp]:
    """A seller and a buyer, a machine that issues, a person who approves; approving sends."""
    async with before_opening(installation) as house:
        seller, buyer = await house.company(), await house.company()
        machine = await seller.key("documents:draft", "documents:finalize")
        ok(
            await (await seller.admin()).put(
                "/v1/companies/current/policies", {"four_eyes": True, "approve_sends": True}
            )
        )
        checker = await seller.person("FINANCE_USER")
        await checker.step_up("approve", "send")
    return seller, buyer, Erp(installation.url, seller, buyer, machine, checker)


def register(installation: Installation, *companies: Company) -> None:
    door = f"{installation.url}/v1/network"
    installation.network.desk.register(
        *(
            Participant(f"0235:{company.trn[:10]}", TYPES, f"{door}/deliveries", f"{door}/statuses", SECRET)
            for company in companies
        )
    )


async def until_delivered(database: Database, seller: UUID, number: int) -> None:
    """Until the last one is with the buyer and reported, or nothing moves any more."""
    deadline, found = time.monotonic() + PATIENCE, -1
    while time.monotonic() < deadline:
        try:
            async with database.company(seller) as db:
                found = (
                    await db.execute(
                        text(
                            "select count(*) from issued_documents where public_state = 'DELIVERED' and c5 = 'reported'"
                        )
                    )
                ).scalar_one()
        except (SQLAlchemyError, OSError):
            found = -1
        if found == number:
            return
        await asyncio.sleep(0.5)
    raise AssertionError(f"{found} of {number} were delivered")


async def chain_is_sound(database: Database, company_id: UUID) -> list[Any]:
    """Verify a ledger through its checkpoints; returns its records."""
    report = await verify_company(database, company_id, Ask(deep=True))
    assert (report.status, report.failures) == ("ok", ())
    async with database.company(company_id) as db:
        return [record async for record in store.stream(db, company_id)]


@pytest.mark.slow
async def test_killed_at_random_moments(installation: Installation) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    seller, buyer, erp = await opening(installation)
    # What a killed worker or database leaves behind waits for its lease, so their turn comes in the first half.
    due = [(rng.randrange(5, INVOICES // 2), victim) for victim in ("worker", "worker", "database", "database")]
    due += [(rng.randrange(5, INVOICES - 5), victim) for victim in ("gateway", "gateway", "network", "network")]
    due.sort()
    with installation.at_work():
        register(installation, seller, buyer)

        one_at_a_time = asyncio.Lock()

        async def issue_some(share: int) -> None:
            for _ in range(share):
                await erp.issue()
                async with one_at_a_time:
                    while due and len(erp.acknowledged) >= due[0][0]:
                        await asyncio.to_thread(installation.kill, due.pop(0)[1])

        began = time.monotonic()
        shares = [INVOICES // AT_ONCE + (place < INVOICES % AT_ONCE) for place in range(AT_ONCE)]
        try:
            await asyncio.gather(*(issue_some(share) for share in shares))
        finally:
            await erp.close()
            print(f"{len(erp.acknowledged)} acknowledged after {time.monotonic() - began:.0f} s, still to kill: {due}")
        assert due == []
        async with opened(installation.database.dsn("app")) as database:
            await until_delivered(database, seller.id, INVOICES)
            print(f"all delivered after {time.monotonic() - began:.0f} s")
            issued = await chain_is_sound(database, seller.id)
            received = await chain_is_sound(database, buyer.id)
            async with database.company(seller.id) as db:
                rows = (await db.execute(text("select id, number, state from issued_documents"))).all()
            async with database.company(buyer.id) as db:
                bills = (await db.execute(text("select number, xml_sha256 from received_documents"))).all()
            async with database.platform() as db:
                dead = (await db.execute(text("select kind, dead from job_census() where dead > 0"))).all()
    assert len(set(erp.acknowledged)) == INVOICES
    numbers = sorted(record.number for record in issued if record.kind == Kind.INVOICE)
    assert [int(re.findall(r"[0-9]+\Z", number)[0]) for number in numbers] == list(range(1, INVOICES + 1))
    assert {row.state for row in rows if row.id in set(erp.acknowledged)} == {"SENT"}
    assert Counter(record.number for record in issued if record.kind == Kind.TRANSMISSION) == Counter(numbers)
    assert Counter(record.number for record in received if record.kind == Kind.RECEIVED) == Counter(numbers)
    assert Counter(bill.number for bill in bills) == Counter(numbers)
    assert len({bill.xml_sha256 for bill in bills}) == INVOICES
    assert dead == []
