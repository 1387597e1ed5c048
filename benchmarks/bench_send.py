"""Sending through the sandbox network beside bare httpx posts of the same bytes to the same server, in one run.

    python -m benchmarks.bench_send [--count 200] [--turns 3]

Three questions, each with its figure: how many documents a second one worker hands over, all evidence kept (at least
half of what bare posts achieve); what the API's 99th percentile does while a hundred documents are in flight (under
three times its idle value); and what memory a document as large as the API
takes needs on its way. The database is durable (fsync on).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from sqlalchemy import text

import migrations
import ubl
from benchmarks.bench_http import EXAMPLE, measure, serving
from benchmarks.bench_ledger import make_folder
from certs import Kek
from gateway import worker
from gateway.access.permissions import KEY_SCOPES
from gateway.app import create_app
from gateway.db import Database, new_id
from gateway.observability import logs
from gateway.outbound import jobs as outbound
from gateway.outbound.flow import SEND
from gateway.outbound.following import FOLLOW
from gateway.outbound.routing import route
from gateway.postgres import Server, find_binaries
from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from gateway.settings import Settings
from gateway.wiring import Wiring, open_wiring
from ledger.entry import Kind
from peppol import sbdh
from peppol.providers.sandbox_wire import ENVELOPE_TYPE, KEY_HEADER
from tests.gateway.house import Company, House, Person, ok, running
from tests.gateway.sandbox.process import TYPES, SandboxProcess
from ubl.invoice import Attachment, SupportingDocument

TOKEN, SECRET = "development-token-of-the-benchmark", "development-secret-of-the-benchmark"
IN_FLIGHT = 100
LARGE = 19_900_000
"""Bytes of a large document."""
PATIENCE = 600.0
RESTING = (
    "create or replace function orders_rest() returns trigger language plpgsql as "
    "$$ begin new.run_at := now() + interval '1 day'; return new; end $$",
    f"create trigger orders_rest before insert on jobs for each row when (new.kind = '{SEND}') "
    "execute function orders_rest()",
)
"""Statements that let orders to send wait for each other."""


class Installation(msgspec.Struct, frozen=True):
    """What the measurements work on."""

    wiring: Wiring
    house: House
    seller: Company
    machine: Person
    checker: Person
    network: SandboxProcess
    environment: dict[str, str]
    """Of a process of this installation."""
    owner: Database
    """A connection that sees every company's rows."""


@asynccontextmanager
async def installed(home: Path, server: Server) -> AsyncIterator[Installation]:
    """A migrated database, a network, a company that sends, whose receiver fetches (and never does)."""
    server.sql("create database bench owner involinks_owner")
    await asyncio.to_thread(migrations.upgrade, server.dsn("owner", "bench"))
    network = SandboxProcess(home / "network", TOKEN)
    network.start()
    environment = {
        "INVOLINKS_HOME": str(home),
        "INVOLINKS_DATABASE_URL": server.dsn("app", "bench"),
        "INVOLINKS_KEK": Kek.make(development=True).text(),
        "INVOLINKS_PROVIDER_URL": network.url,
        "INVOLINKS_PROVIDER_TOKEN": TOKEN,
        "INVOLINKS_PROVIDER_SECRETS": SECRET,
    }
    settings = Settings.from_environ(environment)
    owner = Database(server.dsn("admin", "bench"))
    try:
        async with open_wiring(settings) as wiring:
            app: Any = create_app(settings, wiring=wiring, limited=False)
            transport = httpx.ASGITransport(app=app)
            async with running(app), httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
                house = House(app, wiring, owner, client)
                seller = await house.company(trn=EXAMPLE.seller.trn if EXAMPLE.seller else None)
                machine = await seller.key(*sorted(KEY_SCOPES))
                admin = await seller.admin()
                ok(await admin.put("/v1/companies/current/policies", {"four_eyes": True, "approve_sends": True}))
                checker = await seller.person("FINANCE_USER")
                for party in (EXAMPLE.seller, EXAMPLE.buyer):
                    if party is not None and party.endpoint is not None:
                        network.desk.register(Participant(f"0235:{party.endpoint.id}", TYPES, deliver_to=""))
                yield Installation(wiring, house, seller, machine, checker, network, environment, owner)
    finally:
        await owner.close()
        network.stop()


async def ordered(place: Installation, count: int, invoice: ubl.Invoice = EXAMPLE) -> list[bytes]:
    """So many documents sealed, approved and ordered to be sent, while no worker works; their XML."""
    body = msgspec.json.encode(msgspec.structs.replace(invoice, number=None, uuid=None))
    given = {"Authorization": f"Bearer {place.machine.token}", "Content-Type": "application/json"}
    made = []
    for _ in range(count):
        drafted = ok(await place.house.client.post("/v1/invoices", content=body, headers=given), 201)
        path = f"/v1/invoices/{drafted['id']}"
        ok(await place.machine.post(f"{path}/finalize"))
        made.append(path)
    await place.checker.step_up("approve", "send")
    for path in made:
        ok(await place.checker.post(f"{path}/approve"))
    return [(await place.machine.get(f"{path}/xml")).content for path in made]


async def states(place: Installation) -> dict[str, int]:
    """How many documents stand where."""
    async with place.owner.platform() as db:
        rows = await db.execute(text("select state, count(*) as number from issued_documents group by state"))
        return {row.state: row.number for row in rows}


async def until_sent(place: Installation, number: int) -> None:
    """Until so many are sent in all."""
    deadline = time.monotonic() + PATIENCE
    while (await states(place)).get("SENT", 0) < number:
        if time.monotonic() > deadline:
            raise RuntimeError(f"not sent in {PATIENCE:.0f} s: {await states(place)}")
        await asyncio.sleep(0.02)


async def sent_by_a_worker(place: Installation, count: int, before: int) -> float:
    """Seconds for a worker's loop to hand over everything that is ordered; following it up is left out."""
    handlers = {kind: handler for kind, handler in outbound.HANDLERS.items() if kind != FOLLOW}
    pace = worker.pace_of(place.wiring.settings.worker_slots)
    loop = worker.make(place.wiring, handlers=handlers, schedule={}, pace=pace)
    began = time.perf_counter()
    working = asyncio.create_task(loop.run())
    await until_sent(place, before + count)
    seconds = time.perf_counter() - began
    loop.stop()
    await working
    return seconds


async def sent_by_processes(place: Installation, count: int, before: int, processes: int) -> float:
    """Seconds for so many worker processes, awake since long, to hand over everything; what follows is in it.

    The orders rest until all of them are there, then they come due at once.
    """
    with ExitStack() as stack:
        for _ in range(processes):
            stack.enter_context(working(place))
        await ordered(place, 1)  # one is sent first, so that whatever is loaded when first needed is there
        await until_sent(place, before + 1)
        async with place.owner.platform() as db:
            for statement in RESTING:
                await db.execute(text(statement))
        await ordered(place, count)
        async with place.owner.platform() as db:
            await db.execute(text("drop trigger orders_rest on jobs"))
            await db.execute(text("update jobs set run_at = now() where kind = :kind"), {"kind": SEND})
            await db.execute(text("select pg_notify('involinks_jobs', :kind)"), {"kind": SEND})
        began = time.perf_counter()
        await until_sent(place, before + 1 + count)
        return time.perf_counter() - began


async def posted_bare(place: Installation, documents: list[bytes]) -> float:
    """Seconds for bare posts of these documents in envelopes, as many at once as a worker has slots."""
    envelopes = []
    for xml in documents:
        key = str(new_id())
        envelopes.append((key, sbdh.write(route(xml, instance_id=key, created_at=place.house.now))))
    due = iter(envelopes)
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": ENVELOPE_TYPE}
    async with httpx.AsyncClient(base_url=place.network.url, trust_env=False, timeout=60) as client:

        async def post() -> None:
            for key, envelope in due:
                answer = await client.post("/messages", content=envelope, headers={**headers, KEY_HEADER: key})
                if answer.status_code != 202:
                    raise RuntimeError(f"{answer.status_code} {answer.text}")

        began = time.perf_counter()
        await asyncio.gather(*(post() for _ in range(place.wiring.settings.worker_slots)))
        return time.perf_counter() - began


async def rates(place: Installation, count: int, turns: int) -> None:
    """Bare posts and ours in turns, so that whatever else the machine does meets both."""
    print(f"{count} documents a turn, {place.wiring.settings.worker_slots} at once", flush=True)
    bare: list[float] = []
    one: list[float] = []
    two: list[float] = []
    sent = 0
    for _ in range(turns):
        documents = await ordered(place, count)
        bare.append(await posted_bare(place, documents))
        one.append(await sent_by_a_worker(place, count, sent))
        two.append(await sent_by_processes(place, count, sent + count, 2))
        sent += 2 * count + 1
        rates = [f"{count / times[-1]:>7.1f}/s" for times in (bare, one, two)]
        print(f"  bare {rates[0]}   one worker {rates[1]}   two {rates[2]}", flush=True)
    print(f"  one worker {sum(bare) / sum(one):.2f} x bare posts (at least 0.5)", flush=True)
    print(f"  two worker processes {sum(bare) / sum(two):.2f} x bare posts of one client", flush=True)
    async with place.owner.platform() as db:
        query = text("select count(*) from ledger_entries where kind = :kind")
        kept = (await db.execute(query, {"kind": Kind.TRANSMISSION.value})).scalar_one()
    if kept != sent:
        raise RuntimeError(f"{kept} pieces of evidence for {sent} documents")
    print(f"  {kept} entries of evidence in the ledger for {sent} documents", flush=True)


@contextmanager
def working(place: Installation, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as a process of its own."""
    with (Path(place.environment["INVOLINKS_HOME"]) / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "worker"],
            env=os.environ | place.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


async def crowded(place: Installation, seconds: float) -> None:
    """The API's answers while a hundred documents wait for a network that takes a second for each."""
    payload = msgspec.json.encode(msgspec.structs.replace(EXAMPLE, number=None, uuid=None))
    most, crowd = 0, asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, (await states(place)).get("SENDING", 0))
            if most >= IN_FLIGHT * 0.9:
                crowd.set()
            await asyncio.sleep(0.2)

    before = (await states(place)).get("SENT", 0)
    number = int(IN_FLIGHT * (seconds + 4))
    await ordered(place, number)
    place.network.desk.order(Fault.SILENT_AFTER_TAKING, times=number, seconds=1)
    with serving("gateway", **place.environment) as port:
        how: dict[str, Any] = {"connections": 2, "seconds": seconds}
        await measure(port, "/v1/invoices", payload, place.machine.token, connections=2, seconds=1)
        idle = await measure(port, "/v1/invoices", payload, place.machine.token, **how)
        slots = {"INVOLINKS_WORKER_SLOTS": str(IN_FLIGHT), "INVOLINKS_DATABASE_POOL": "20"}
        with working(place, **slots):
            watching = asyncio.create_task(watch())
            await asyncio.wait_for(crowd.wait(), PATIENCE)
            busy = await measure(port, "/v1/invoices", payload, place.machine.token, **how)
            watching.cancel()
            left = number + before - (await states(place)).get("SENT", 0)
            await until_sent(place, before + number)
    print(f"POST /v1/invoices, 2 connections; at most {most} in flight, {left} of {number} not sent at the end")
    print(f"  idle  median {idle.middle:>6.2f} ms, 99 % {idle.slow:>6.2f} ms")
    print(f"  busy  median {busy.middle:>6.2f} ms, 99 % {busy.slow:>6.2f} ms")
    print(f"  99 % at {busy.slow / idle.slow:.2f} x its idle value (under 3)", flush=True)


def large() -> ubl.Invoice:
    """An invoice whose attachments make its XML nearly so large."""
    each = LARGE * 3 // 4 // 4 - 1000
    files = tuple(
        SupportingDocument(
            id=f"photo-{n}",
            file=Attachment(content=os.urandom(each), mime="image/png", filename=f"photo-{n}.png"),
        )
        for n in range(4)
    )
    return msgspec.structs.replace(EXAMPLE, documents=files)


async def heavy(place: Installation) -> None:
    """One document of 20 MB from its draft to the network, and the memory that the worker took for it."""
    before = (await states(place)).get("SENT", 0)
    with working(place) as process:
        await ordered(place, 1)
        await until_sent(place, before + 1)
        small = peak(process.pid)
        began = time.perf_counter()
        await ordered(place, 1, large())
        sealed = time.perf_counter() - began
        await until_sent(place, before + 2)
        print(f"a document of {LARGE / 1e6:.0f} MB: sealed in {sealed:.1f} s, sent {time.perf_counter() - began:.1f} s")
        print(f"  the worker's peak RSS: {small} MB for a small document, {peak(process.pid)} MB for it")


def peak(pid: int) -> int:
    """The peak of a process's resident memory, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


async def run(count: int, turns: int, seconds: float, wanted: set[str]) -> None:
    """Everything."""
    logs.configure("warning")
    home = make_folder()
    server = Server(home / "pg", binaries=find_binaries(None), durable=True)
    try:
        with server.lease():
            async with installed(home, server) as place:
                if "rates" in wanted:
                    await rates(place, count, turns)
                if "crowded" in wanted:
                    await crowded(place, seconds)
                if "heavy" in wanted:
                    await heavy(place)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Entry for `python -m benchmarks.bench_send`."""
    parts = ["rates", "crowded", "heavy"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="documents of one turn")
    parser.add_argument("--turns", type=int, default=3, help="turns of both ways of sending")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each figure of the API is measured")
    parser.add_argument("parts", nargs="*", choices=[*parts, []], help="only these")
    given = parser.parse_args()
    asyncio.run(run(given.count, given.turns, given.seconds, set(given.parts or parts)))


if __name__ == "__main__":
    main()
