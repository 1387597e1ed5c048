"""Sealing through the API: one invoice beside a bare signature and commit, and one company hammered by 64 clients.

    python -m benchmarks.bench_seal_api [--count 200] [--turns 5]

The server runs as `involinks serve` runs it, with a durable PostgreSQL (fsync on). The bare cost, ours, and the naive
way (the same request, checks and signatures, but per request one transaction that locks the ledger's head first) are
measured turn by turn in one run; read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import msgspec

import migrations
from benchmarks.bench_http import EXAMPLE, serving
from benchmarks.bench_ledger import make_folder
from certs import Kek, KeyRing, LocalKeyStore
from gateway.access.permissions import KEY_SCOPES
from gateway.db import Database, new_id
from gateway.postgres import Server, find_binaries

CLIENTS = 64
TURN = 3 * CLIENTS
"""Invoices of one turn of all clients."""
WARM = 20
MESSAGE = b"x" * 129
"""As long as what a seal signs."""


class Client:
    """One connection that is kept."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    async def open(self) -> Client:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def close(self) -> None:
        """Disconnect."""
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, method: str, path: str, payload: bytes = b"") -> tuple[int, bytes, bytes]:
        """Status, head and body."""
        self._writer.write(
            (
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {self._token}\r\nContent-Length: {len(payload)}\r\n\r\n"
            ).encode()
            + payload
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(head.split(b" ", 2)[1]), head, await self._reader.readexactly(length)

    async def draft(self, payload: bytes) -> str:
        """A draft's id."""
        status, _, body = await self.ask("POST", "/v1/invoices", payload)
        if status != 201:
            raise RuntimeError(f"{status} {body.decode()}")
        return str(msgspec.json.decode(body)["id"])

    async def seal(self, document_id: str, *, naive: bool = False) -> bool:
        """Finalize, as an ERP does it: a 202 is followed to its end. True where it was answered at once."""
        path = f"/v1/naive/{document_id}/finalize" if naive else f"/v1/invoices/{document_id}/finalize"
        status, head, body = await self.ask("POST", path)
        if status == 200:
            return True
        if status != 202:
            raise RuntimeError(f"{status} {body.decode()}")
        place = head.partition(b"location: ")[2].partition(b"\r\n")[0].decode()
        while True:
            status, _, body = await self.ask("GET", place)
            told = msgspec.json.decode(body)
            if status != 200 or told["state"] == "refused":
                raise RuntimeError(f"{status} {body.decode()}")
            if told["state"] == "sealed":
                return False
            await asyncio.sleep(0.1)


def body(lines: int) -> bytes:
    """The example with so many lines, its number left to us."""
    many = tuple(msgspec.structs.replace(EXAMPLE.lines[0], id=str(n)) for n in range(1, lines + 1))
    return msgspec.json.encode(msgspec.structs.replace(EXAMPLE, number=None, uuid=None, lines=many, totals=None))


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def alone(client: Client, bare: asyncpg.Connection, payload: bytes, count: int) -> None:
    """One client, one invoice after the other, in turns with one signature and one commit."""
    keys = LocalKeyStore(KeyRing(Kek.make(development=True)))
    signer = keys.signer(keys.generate(new_id()))
    drafts = [await client.draft(payload) for _ in range(count)]
    ours: list[float] = []
    signing: list[float] = []
    committing: list[float] = []
    for document_id in drafts:
        ours.append(await timed(lambda document_id=document_id: client.seal(document_id)))
        began = time.perf_counter()
        signer.sign(MESSAGE)
        signing.append(time.perf_counter() - began)
        committing.append(await timed(lambda: bare.execute("insert into bare (content) values ($1)", bytes(500))))
    middle = statistics.median
    one, sign, commit = (middle(times[WARM:]) * 1000 for times in (ours, signing, committing))
    print(f"  bare: one RSA-2048 signature {sign:.2f} ms, one commit {commit:.2f} ms")
    print(f"  the finalize request {one:.2f} ms, {one / (sign + commit):.1f} x (at most 10, aim 6)", flush=True)


async def hammered(clients: Sequence[Client], payload: bytes, *, naive: bool) -> tuple[float, int]:
    """One turn of 64 clients on one company: seconds, and how many were answered with 200."""
    drafts = [await clients[0].draft(payload) for _ in range(TURN)]
    due = iter(drafts)
    at_once = 0

    async def go(client: Client) -> None:
        nonlocal at_once
        for document_id in due:
            soon = await client.seal(document_id, naive=naive)
            at_once += soon

    began = time.perf_counter()
    await asyncio.gather(*(go(client) for client in clients))
    return time.perf_counter() - began, at_once


async def together(clients: Sequence[Client], payload: bytes, turns: int) -> None:
    """Ours and the naive way in turns, so that whatever else the machine does meets both."""
    took: dict[bool, list[float]] = {True: [], False: []}
    answered = {True: 0, False: 0}
    for _ in range(turns):
        for naive in (True, False):
            seconds, at_once = await hammered(clients, payload, naive=naive)
            took[naive].append(seconds)
            answered[naive] += at_once
    for naive, name in ((True, "naive"), (False, "ours")):
        rates = ", ".join(f"{TURN / seconds:,.0f}" for seconds in took[naive])
        mean = turns * TURN / sum(took[naive])
        print(f"  {name:<6} {mean:>6,.0f}/s ({rates}), {answered[naive]} of {turns * TURN} answered with 200")
    print(f"  {sum(took[True]) / sum(took[False]):.1f} x the naive way (at least 3)", flush=True)


async def check(database: Database, company_id: object) -> None:
    """No gap, no double, and a chain that holds."""
    from sqlalchemy import text

    from gateway.audit.flow import verify_company

    async with database.company(company_id) as db:  # type: ignore[arg-type]
        numbers = (
            await db.execute(text("select number from issued_documents where number like 'INV-%' order by number"))
        ).scalars().all()  # fmt: skip
    if numbers != [f"INV-{place:06d}" for place in range(1, len(numbers) + 1)]:
        raise RuntimeError("the numbers have a gap")
    report = await verify_company(database, company_id)  # type: ignore[arg-type]
    if report.status != "ok":
        raise RuntimeError(f"the ledger doesn't hold: {report.failures}")
    print(f"  {len(numbers):,} numbers without a gap, and the ledger holds", flush=True)


async def a_company(database: Database, owner_dsn: str, home: Path) -> tuple[str, str, object]:
    """Token, key-encryption key and id of an approved company."""
    from tests.gateway.house import open_house

    owner = Database(owner_dsn)
    try:
        async with open_house(database, owner, home) as house:
            seller = EXAMPLE.seller
            company = await house.company(trn=seller.trn if seller else None)
            token = (await company.key(*sorted(KEY_SCOPES))).token
            return token, house.wiring.key_ring.current.text(), company.id
    finally:
        await owner.close()


async def run(count: int, turns: int) -> None:
    """Everything."""
    home = make_folder()
    server = Server(home / "pg", binaries=find_binaries(None), durable=True)
    try:
        with server.lease():
            server.sql("create database bench owner involinks_owner")
            await asyncio.to_thread(migrations.upgrade, server.dsn("owner", "bench"))
            server.sql("create table bare (id bigserial primary key, content bytea)", database="bench")
            url = server.dsn("app", "bench")
            database = Database(url)
            token, kek, company_id = await a_company(database, server.dsn("owner", "bench"), home)
            settings = {
                "INVOLINKS_HOME": str(home),
                "INVOLINKS_DATABASE_URL": url,
                "INVOLINKS_KEK": kek,
                "INVOLINKS_DATABASE_POOL": "32",
            }
            bare = await asyncpg.connect(server.dsn("admin", "bench"))
            with serving("gateway", **settings) as port:
                clients = [await Client(port, token).open() for _ in range(CLIENTS)]
                for lines in (1, 20):
                    print(f"one client, an invoice of {lines} lines")
                    await alone(clients[0], bare, body(lines), count)
                print(f"{CLIENTS} clients, one company, an invoice of 1 line")
                await together(clients, body(1), turns)
                for client in clients:
                    await client.close()
            await check(database, company_id)
            await bare.close()
            await database.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Entry for `python -m benchmarks.bench_seal_api`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="invoices of the single client, of each size")
    parser.add_argument("--turns", type=int, default=5, help="turns of the hammering clients, each way")
    given = parser.parse_args()
    asyncio.run(run(given.count, given.turns))


if __name__ == "__main__":
    main()
