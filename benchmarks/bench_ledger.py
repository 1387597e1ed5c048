"""Sealing beside bare RSA signing, in one run on one machine.

    python -m benchmarks.bench_ledger [--seconds 3]

The figures of one run are comparable with each other only; read the ratios. Every document is an invoice of twenty
lines: about 4 kB of canonical JSON and 17 kB of XML, stored with its entry in a durable PostgreSQL (fsync on).
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from uuid import UUID

import migrations
from certs import Kek, KeyRing, LocalKeyStore
from gateway.db import Database, new_id
from gateway.postgres import Server, find_binaries
from ledger import canonical, envelope
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals, message
from ledger.store import append, current_signer, open_ledger, rotate_key

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


def content(number: str) -> tuple[bytes, bytes]:
    """Canonical JSON and XML-sized bytes."""
    raw = envelope.wrap(document(number), generator="bench/1", ruleset="none/1", ruleset_digest="00" * 32)
    return raw, (f"<Invoice><ID>{number}</ID>" + "<InvoiceLine><Amount>105.00</Amount></InvoiceLine>" * 340).encode()


def make_folder() -> Path:
    """A folder that an unprivileged account can enter, with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="inv-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


@asynccontextmanager
async def durable_database() -> AsyncIterator[Database]:
    """A server of our own with fsync, migrated, as the app sees it."""
    folder = make_folder()
    try:
        server = Server(folder / "pg", binaries=find_binaries(None), durable=True)
        with server.lease():
            server.sql("create database bench owner involinks_owner")
            await asyncio.to_thread(migrations.upgrade, server.dsn("owner", "bench"))
            database = Database(server.dsn("app", "bench"), pool_size=16)
            try:
                yield database
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


def show(name: str, value: float, beside: float | None = None) -> None:
    """One line of the table."""
    ratio = f"{value / beside:8.2f} x" if beside else ""
    print(f"{name:<66} {value:>10,.0f}/s {ratio}", flush=True)


async def sealing(database: Database, keys: LocalKeyStore, seconds: float) -> UUID:
    """Sealing through the store beside bare signing; returns the company, its ledger filled."""
    company_id, numbers = await make_company(database, keys), count(1)
    async with database.company(company_id) as db:
        signer = await current_signer(db, company_id, keys)
    to_sign = message(bytes(32), bytes(32))
    bare = rate(lambda: signer.sign(to_sign), seconds)
    show("RSA-2048 PSS, bare signing, one core", bare)
    show("  canonical JSON of the envelope", rate(lambda: content("INV-1"), 0.5), bare)
    raw = content("INV-1")[0]
    show("  check of canonical form", rate(lambda: canonical.parse(raw), 0.5), bare)

    with ThreadPoolExecutor(2) as pool:

        async def seal(size: int, company: UUID) -> int:
            names = [f"INV-{next(numbers)}" for _ in range(size)]
            contents = await asyncio.to_thread(lambda: [content(name) for name in names])
            seals = await make_seals(signer, contents, pool)
            news = [
                NewEntry(kind=Kind.INVOICE, canonical=raw, attached=xml, series="S", number=name, seal=made)
                for name, (raw, xml), made in zip(names, contents, seals, strict=True)
            ]
            async with database.company(company) as db:
                await append(db, company, news, now=datetime.now(UTC), keys=keys)
            return size

        for title, size, tasks in (
            ("sealed and committed, 1 per transaction, 1 writer", 1, 1),
            ("sealed and committed, 1 per transaction, 64 writers of one company", 1, 64),
            ("sealed and committed, 100 per transaction, 1 writer", 100, 1),
            ("sealed and committed, 100 per transaction, 2 writers", 100, 2),
        ):
            show(title, await rate_of(lambda size=size: seal(size, company_id), seconds, tasks), bare)
    return company_id


async def run(seconds: float) -> None:
    """Everything."""
    keys = LocalKeyStore(KeyRing(Kek.make(development=True)))
    async with durable_database() as database:
        await sealing(database, keys, seconds)


def main() -> None:
    """Entry for `python -m benchmarks.bench_ledger`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each figure is measured")
    asyncio.run(run(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
