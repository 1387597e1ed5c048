"""Something breaks at each statement in turn: nothing is half written, and the next try goes through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from certs import LocalKeyStore
from gateway.db import Database
from gateway.postgres import Server
from ledger.chain import first_broken
from ledger.entry import Kind, NewEntry, microseconds
from ledger.errors import HeadMoved
from ledger.store import append, end, public_keys, rotate_key, sealed_keys, stream
from tests.ledger.chains import NOW, OPENING, OpenLedger, sealed_documents
from tests.ledger.notes import check_checkpoints

STEPS = 12
"""More statements than any of these transactions has; those beyond its end find nothing to break."""


class Broken(Exception):
    """What is thrown into the middle."""


@contextmanager
def before_statement(database: Database, number: int, fault: Any) -> Iterator[list[str]]:
    """Call `fault` before the given statement of each connection from here on; yields what was run."""
    seen: list[str] = []

    def listen(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)
        if len(seen) == number + 1:
            fault()

    event.listen(database.engine.sync_engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", listen)


async def state(database: Database, company_id: UUID) -> tuple[int, int, int, list[int]]:
    """Entries, public and private keys, checkpoints; the chain holds, the head is its end, and checkpoints agree."""
    async with database.company(company_id) as db:
        bodies = [record.body async for record in stream(db, company_id)]
        final, last_seq = await end(db, company_id)
        assert first_broken(company_id, microseconds(NOW), bodies) is None
        assert final.count == len(bodies) == (last_seq or 0) + 1
        sizes = await check_checkpoints(db, company_id)
        return final.count, len(await public_keys(db, company_id)), len(await sealed_keys(db, company_id)), sizes


@pytest.mark.parametrize("what", ["append", "rotate"])
@pytest.mark.parametrize("how", ["exception", "lost connection"])
async def test_a_fault_before_each_statement(
    database: Database, pg_server: Server, open_company: OpenLedger, keys: LocalKeyStore, what: str, how: str
) -> None:
    company_id = await open_company(database)
    before, broken = await state(database, company_id), 0
    for number in range(STEPS):
        news = await sealed_documents(database, company_id, keys, [f"INV-{number}-{n}" for n in range(3)])
        backend: list[int] = []

        def fault(backend: list[int] = backend) -> None:
            if how == "exception":
                raise Broken
            pg_server.sql(f"select pg_terminate_backend({backend[0]}, 5000)")

        try:
            async with database.company(company_id) as db:
                backend.append((await db.execute(text("select pg_backend_pid()"))).scalar_one())
                with before_statement(database, number, fault) as seen:
                    if what == "append":
                        await append(db, company_id, news, now=NOW, keys=keys)
                    else:
                        await rotate_key(db, company_id, keys, now=NOW)
        except (Broken, DBAPIError, OperationalError, InterfaceError):
            broken += 1
            assert await state(database, company_id) == before, f"half done before: {seen[-1]}"
            continue
        assert len(seen) <= number, "the fault was reached and had no effect"
        break
    else:
        pytest.fail("every try was broken: raise STEPS")
    assert broken == len(seen) >= 2, "each statement was broken once"
    after = await state(database, company_id)
    assert after[0] > before[0]
    assert after[3] == [*before[3], after[0]]


async def test_a_connection_lost_before_the_commit(
    database: Database, pg_server: Server, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(database)
    before = await state(database, company_id)
    with pytest.raises(DBAPIError):
        async with database.company(company_id) as db:
            await append(db, company_id, [NewEntry(kind=Kind.STATUS, canonical=b"{}")], now=NOW, keys=keys)
            pid = (await db.execute(text("select pg_backend_pid()"))).scalar_one()
            pg_server.sql(f"select pg_terminate_backend({pid}, 5000)")
    assert await state(database, company_id) == before


async def test_a_head_that_moved_between_two_statements_writes_nothing(
    database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    """The row lock makes this impossible; should it ever be lost, compare-and-set still holds."""
    from ledger.store.append import lock_head, prepare, write
    from ledger.store.keys import ledger_signers

    company_id = await open_company(database)
    one = [NewEntry(kind=Kind.STATUS, canonical=b"{}")]
    async with database.company(company_id) as db:
        stale = await lock_head(db, company_id)
        await append(db, company_id, one, now=NOW, keys=keys)
    with pytest.raises((HeadMoved, DBAPIError)):
        async with database.company(company_id) as db:
            signers = await ledger_signers(db, company_id, keys)
            await write(db, stale, await prepare(one), key_id=stale.key_id, signers=signers, now=NOW)
    assert (await state(database, company_id))[0] == OPENING + 1


TABLES = ("ledger_entries", "ledger_contents", "ledger_nodes", "ledger_checkpoints", "ledger_heads")
FULL = """
    create function fail_full() returns trigger language plpgsql as $$ begin
        raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
    end $$;
"""


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("when", ["before", "after", "at the commit"])
async def test_a_full_disk_at_each_table(
    module_database: Database, module_admin: Database, open_company: OpenLedger, keys: LocalKeyStore, table: str,
    when: str,
) -> None:  # fmt: skip
    """The server says 53100 in the middle of a statement or at the commit: nothing stays, and later it goes on."""
    company_id = await open_company(module_database)
    before = await state(module_database, company_id)
    news = [NewEntry(kind=Kind.EXPORT, canonical=b'{"n":%d}' % n, attached=bytes(9_000)) for n in range(256)]
    event = "update" if table == "ledger_heads" else "insert"
    how = (
        f"constraint trigger full_disk after {event} on {table} deferrable initially deferred for each row"
        if when == "at the commit"
        else f"trigger full_disk {when} {event} on {table} for each row"
    )
    async with module_admin.engine.begin() as admin:
        await admin.execute(text(FULL))
        await admin.execute(text(f"create {how} execute function fail_full()"))
    try:
        with pytest.raises(DBAPIError, match="No space left") as refused:
            async with module_database.company(company_id) as db:
                await append(db, company_id, news, now=NOW, keys=keys)
        assert getattr(refused.value.orig, "sqlstate", None) == "53100"
        assert await state(module_database, company_id) == before
    finally:
        async with module_admin.engine.begin() as admin:
            await admin.execute(text("drop function fail_full() cascade"))
    async with module_database.company(company_id) as db:
        await append(db, company_id, news, now=NOW, keys=keys)
    assert (await state(module_database, company_id))[0] == before[0] + 256
