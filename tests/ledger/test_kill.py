"""PostgreSQL is killed in the middle of appends: what was acknowledged is there, and the chain holds."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

import migrations
from certs import LocalKeyStore
from gateway.db import Database
from gateway.postgres import Server, find_binaries
from ledger.chain import first_broken
from ledger.entry import Entry, Kind, NewEntry, microseconds
from ledger.store import append, end, stream
from tests.ledger.chains import NOW, OPENING, OpenLedger
from tests.ledger.notes import check_checkpoints

WRITERS, ROUNDS, PER_ROUND = 6, 2, 30


@pytest.fixture(scope="module")
def own_server(pg_server: Server) -> Iterator[Server]:
    """A server that this test may kill, with the programs of the others."""
    folder = Path(tempfile.mkdtemp(prefix="inv-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        server = Server(folder / "pg", binaries=find_binaries(os.environ.get("TEST_POSTGRES") or None), durable=True)
        with server.lease():
            server.sql("create database ledger owner involinks_owner")
            migrations.upgrade(server.dsn("owner", "ledger"))
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_again(server: Server) -> None:
    """Wait until the killed server is gone, and start it."""
    patience = time.monotonic() + 60
    while server.pid is not None:
        assert time.monotonic() < patience, "the killed server is still there"
        time.sleep(0.02)
    server.start()


async def test_kill_9_of_postgresql_during_appends(
    own_server: Server, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    acknowledged: dict[int, Entry] = {}
    database = Database(own_server.dsn("app", "ledger"), pool_size=WRITERS)
    company_id = await open_company(database)

    async def write(enough: asyncio.Event) -> None:
        target = len(acknowledged) + PER_ROUND
        try:
            while True:
                async with database.company(company_id) as db:
                    news = [NewEntry(kind=Kind.STATUS, canonical=b'{"n":%d}' % n) for n in range(3)]
                    written = await append(db, company_id, news, now=NOW, keys=keys)
                acknowledged.update((entry.seq, entry) for entry in written)
                if len(acknowledged) >= target:
                    enough.set()
        except (DBAPIError, OSError):
            return  # the server is gone: this writer has lost what it had not been told was done

    for _ in range(ROUNDS):
        enough = asyncio.Event()
        writers = [asyncio.create_task(write(enough)) for _ in range(WRITERS)]
        await asyncio.wait_for(enough.wait(), 60)
        assert own_server.pid is not None
        os.kill(own_server.pid, signal.SIGKILL)
        await asyncio.wait_for(asyncio.gather(*writers), 60)
        await database.close()
        await asyncio.to_thread(start_again, own_server)
        database = Database(own_server.dsn("app", "ledger"), pool_size=WRITERS)

    async with database.company(company_id) as db:
        records = [record async for record in stream(db, company_id)]
        final, last_seq = await end(db, company_id)
        sizes = await check_checkpoints(db, company_id)
    await database.close()
    assert sizes == list(range(OPENING, final.count + 1, 3))
    assert first_broken(company_id, microseconds(NOW), (record.body for record in records)) is None
    assert final.count == len(records) == (last_seq or 0) + 1
    assert final.hash == records[-1].entry_hash
    assert len(acknowledged) >= ROUNDS * PER_ROUND
    for seq, entry in acknowledged.items():
        assert records[seq].entry_hash == entry.hash
