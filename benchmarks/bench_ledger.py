"""Sealing beside bare RSA signing, and proofs from a ledger of a million entries, in one run on one machine.

    python -m benchmarks.bench_ledger [--seconds 2] [--rounds 5] [--entries 1000000]

The figures of one run are comparable with each other only; read the ratios. Every document is an invoice of twenty
lines, about 5 kB of canonical JSON and 17 kB of XML. Each is put into canonical form, signed by a 2048-bit key on its
own, and stored with its entry and its batch's signed checkpoint in a durable PostgreSQL (fsync on). Bare signing is
measured right before and after each of them: of the rounds, the best and the middle one count.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from itertools import count, cycle
from pathlib import Path
from uuid import UUID

import migrations
from certs import Kek, KeyRing, LocalKeyStore
from gateway.db import Database, new_id
from gateway.postgres import Server, find_binaries
from ledger import envelope
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from ledger.merkle import Frontier, Subtree, leaf, verify_inclusion
from ledger.signing import make_seals, message
from ledger.store import append, current_signer, head, open_ledger, record, rotate_key, tree

LINES = 20


def document(number: str) -> dict[str, object]:
    """An invoice as plain values."""
    lines = [
        {
            "id": str(n),
            "item": {"name": f"Office chair with armrests, model {n}", "description": "As agreed, delivered to site"},
            "net": Decimal("105.00") * n,
            "price": {"amount": Decimal("105.00"), "base": 1, "unit": "H87"},
            "quantity": Decimal(n),
            "vat": {"category": "S", "percent": Decimal("5.00")},
        }
        for n in range(1, LINES + 1)
    ]
    party = {"name": "A company LLC", "street": "Corniche Road 1", "city": "Abu Dhabi", "country": "AE"}
    return {"number": number, "currency": "AED", "seller": party, "buyer": party, "lines": lines}


def envelope_of(values: dict[str, object]) -> bytes:
    """The canonical JSON that is sealed."""
    return envelope.wrap(values, generator="bench/1", ruleset="none/1", ruleset_digest="00" * 32)


def content(number: str) -> tuple[bytes, bytes]:
    """Canonical JSON and XML-sized bytes."""
    return envelope_of(document(number)), (
        f"<Invoice><ID>{number}</ID>" + "<InvoiceLine><Amount>105.00</Amount></InvoiceLine>" * 340
    ).encode()


def make_folder() -> Path:
    """A folder that an unprivileged account can enter, with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="inv-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


@asynccontextmanager
async def durable_database() -> AsyncIterator[Database]:
    """A database of our own with fsync, migrated, as the app sees it."""
    async with durable_server() as (_, database):
        yield database


@asynccontextmanager
async def durable_server() -> AsyncIterator[tuple[Server, Database]]:
    """The same with its server."""
    folder = make_folder()
    try:
        server = Server(folder / "pg", binaries=find_binaries(None), durable=True)
        with server.lease():
            server.sql("create database bench owner involinks_owner")
            await asyncio.to_thread(migrations.upgrade, server.dsn("owner", "bench"))
            database = Database(server.dsn("app", "bench"), pool_size=16)
            try:
                yield server, database
            finally:
                await database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def make_company(database: Database, keys: LocalKeyStore) -> UUID:
    """A company with an open ledger and its key."""
    company_id = new_id()
    async with database.company(company_id) as db:
        await open_ledger(db, company_id, datetime.now(UTC), origin=origin("bench", company_id))
        await rotate_key(db, company_id, keys, now=datetime.now(UTC))
    return company_id


def rate(work: Callable[[], object], seconds: float) -> float:
    """How often per second, one thread."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        done += 1
    return done / (time.perf_counter() - start)


async def rate_of(work: Callable[[], Awaitable[int]], seconds: float, tasks: int = 1) -> float:
    """Sum of what the work returns, per second, by so many tasks at once."""
    total, start = 0, time.perf_counter()

    async def loop() -> None:
        nonlocal total
        while time.perf_counter() - start < seconds:
            done = await work()
            total += done

    await asyncio.gather(*(loop() for _ in range(tasks)))
    return total / (time.perf_counter() - start)


async def compare(
    work: Callable[[], Awaitable[int]], bare: Callable[[], object], *, tasks: int, seconds: float, rounds: int
) -> list[tuple[float, float]]:
    """For each round the work's rate and its ratio to the bare rate around it, in order of the ratio."""
    found = []
    for _ in range(rounds):
        before = rate(bare, seconds / 4)
        got = await rate_of(work, seconds, tasks)
        found.append((got, 2 * got / (before + rate(bare, seconds / 4))))
    return sorted(found, key=lambda pair: pair[1])


def show(name: str, value: float, beside: float | None = None) -> None:
    """One line of the table."""
    ratio = f"{value / beside:8.2f} x" if beside else ""
    print(f"{name:<66} {value:>10,.0f}/s {ratio}", flush=True)


async def sealing(database: Database, keys: LocalKeyStore, seconds: float, rounds: int) -> None:
    """Sealing through the store beside bare signing."""
    companies, numbers = [await make_company(database, keys) for _ in range(3)], count(1)
    signers = {}
    for company_id in companies:
        async with database.company(company_id) as db:
            signers[company_id] = await current_signer(db, company_id, keys)
    to_sign, signer = message(bytes(32), bytes(32)), signers[companies[0]]
    bare = rate(lambda: signer.sign(to_sign), seconds / 2)
    show("RSA-2048 PSS, bare signing, one core", bare)
    values, (_, xml) = document("NUMBER"), content("NUMBER")

    def made(name: str) -> tuple[bytes, bytes]:
        return envelope_of({**values, "number": name}), xml.replace(b"NUMBER", name.encode())

    show("  canonical JSON of an envelope", rate(lambda: made("INV-1"), seconds / 4), bare)
    with ThreadPoolExecutor(2) as pool:

        async def seal(size: int, turns: Iterator[UUID]) -> int:
            company_id, names, pairs = next(turns), [f"INV-{next(numbers)}" for _ in range(size)], []
            for name in names:
                pairs.append(made(name))
                if len(pairs) % 5 == 0:
                    await asyncio.sleep(0)  # documents come one by one: others' answers are taken meanwhile
            seals = await make_seals(signers[company_id], pairs, pool)
            news = [
                NewEntry(kind=Kind.INVOICE, canonical=raw, attached=xml, series="S", number=name, seal=seal)
                for name, (raw, xml), seal in zip(names, pairs, seals, strict=True)
            ]
            async with database.company(company_id) as db:
                await append(db, company_id, news, now=datetime.now(UTC), keys=keys)
            return size

        for title, size, tasks, several in (
            ("1 document per transaction, 1 at a time", 1, 1, False),
            ("100 documents per transaction, 1 at a time", 100, 1, False),
            ("100 documents per transaction, 3 in flight, one company", 100, 3, False),
            ("100 documents per transaction, 3 in flight: target 0.60", 100, 3, True),
        ):
            turns = cycle(companies if several else companies[:1])
            await asyncio.gather(*(seal(size, turns) for _ in range(tasks)))
            got = await compare(
                partial(seal, size, turns), lambda: signer.sign(to_sign), tasks=tasks, seconds=seconds, rounds=rounds
            )
            (best, ratio), (_, middle) = got[-1], got[len(got) // 2]
            print(f"sealed: {title:<58} {best:>10,.0f}/s {ratio:8.2f} x   (middle {middle:.2f} x)", flush=True)


async def proofs(server: Server, database: Database, keys: LocalKeyStore, entries: int) -> None:
    """Proofs from the database in a ledger of so many entries.

    The rows are generated by a superuser, triggers off for good: hashes of numbers for entries. Proofs read no more.
    """
    company_id = await make_company(database, keys)
    async with database.company(company_id) as db:
        begun = await head(db, company_id)
    frontier, stored = Frontier(begun.count, begun.peaks), list[Subtree]()
    for seq in range(begun.count, entries):
        frontier.append(leaf(sha256(seq.to_bytes(8, "big")).digest()), stored)
    nodes = ",".join(f"('{company_id}',{node.level},{node.idx},'\\x{node.hash.hex()}')" for node in stored)
    names = ("ledger_entries", "ledger_heads", "ledger_nodes")
    await asyncio.to_thread(
        server.sql,
        "".join(f"alter table {name} disable trigger all;" for name in names)
        + f"""
        insert into ledger_entries select '{company_id}', seq, 8, 0, '', '', decode(repeat('00', 188), 'hex'),
            sha256(int8send(seq)), null from generate_series({begun.count}, {entries - 1}) seq;
        insert into ledger_nodes values {nodes};
        update ledger_heads set count = {entries}, peaks = '\\x{frontier.peaks().hex()}'
            where company_id = '{company_id}';
        """
        + "analyze ledger_entries; analyze ledger_nodes;",
        database="bench",
    )
    root, picked = frontier.root(), [index * entries // 300 for index in range(300)]
    async with database.company(company_id) as db:

        async def timed(work: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
            for seq in picked[:20]:
                await work(seq)
            spent = []
            for seq in picked:
                start = time.perf_counter()
                await work(seq)
                spent.append(1000 * (time.perf_counter() - start))
            return sorted(spent)[len(spent) // 2], sorted(spent)[len(spent) * 95 // 100]

        async def included(seq: int) -> None:
            path = await tree.inclusion(db, company_id, seq, entries)
            entry_hash = sha256(seq.to_bytes(8, "big")).digest()
            if seq >= begun.count and not verify_inclusion(leaf(entry_hash), seq, entries, path, root):
                raise RuntimeError(f"the proof of {seq} doesn't hold")

        bare, _ = await timed(lambda seq: record(db, company_id, seq))
        print(f"one entry by its place, bare, {entries:,} entries {'':<21} {bare:>10.2f} ms", flush=True)
        for name, work in (
            ("inclusion proof, made and checked: target 5 ms", included),
            ("consistency proof to the newest size", lambda seq: tree.consistency(db, company_id, seq + 1, entries)),
        ):
            middle, slow = await timed(work)
            print(f"{name:<66} {middle:>10.2f} ms {middle / bare:8.1f} x   (95 %: {slow:.2f} ms)", flush=True)


async def run(seconds: float, rounds: int, entries: int) -> None:
    """Everything."""
    keys = LocalKeyStore(KeyRing(Kek.make(development=True)))
    async with durable_server() as (server, database):
        await sealing(database, keys, seconds, rounds)
        await proofs(server, database, keys, entries)


def main() -> None:
    """Entry for `python -m benchmarks.bench_ledger`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each figure is measured, each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", type=int, default=1_000_000, help="size of the ledger for proofs")
    given = parser.parse_args()
    asyncio.run(run(given.seconds, given.rounds, given.entries))


if __name__ == "__main__":
    main()
