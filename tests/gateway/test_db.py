"""One transaction, one company: the database itself keeps tenants apart."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from gateway.db import Database, new_id

MINE, THEIRS = new_id(), new_id()


@pytest.fixture
async def notes(owner: Database) -> None:
    async with owner.platform() as db:
        await db.execute(text("create table notes (company_id uuid not null, body text)"))
        await db.execute(text("grant select, insert on notes to involinks_app"))
        await db.execute(text("select enforce_tenancy('notes')"))


async def test_a_company_sees_its_own_rows_only(database: Database, notes: None) -> None:
    async with database.company(MINE) as db:
        await db.execute(text("insert into notes values (:c, 'mine')"), {"c": MINE})
    async with database.company(THEIRS) as db:
        assert (await db.execute(text("select * from notes"))).all() == []
    async with database.platform() as db:
        assert (await db.execute(text("select * from notes"))).all() == []
    async with database.company(MINE) as db:
        assert (await db.execute(text("select body from notes"))).scalars().all() == ["mine"]


async def test_a_company_cannot_write_for_another(database: Database, notes: None) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.company(MINE) as db:
            await db.execute(text("insert into notes values (:c, 'forged')"), {"c": THEIRS})


async def test_an_error_does_not_repeat_what_was_bound(database: Database, notes: None) -> None:
    with pytest.raises(ProgrammingError) as caught:
        async with database.company(MINE) as db:
            await db.execute(text("insert into notes values (:c, :b)"), {"c": THEIRS, "b": "a sealed key"})
    assert "a sealed key" not in str(caught.value)


async def test_even_the_owner_is_fenced_in(database: Database, owner: Database, admin: Database, notes: None) -> None:
    async with database.company(MINE) as db:
        await db.execute(text("insert into notes values (:c, 'mine')"), {"c": MINE})
    async with owner.company(THEIRS) as db:
        assert (await db.execute(text("select count(*) from notes"))).scalar_one() == 0
    async with admin.platform() as db:
        assert (await db.execute(text("select count(*) from notes"))).scalar_one() == 1


async def test_nothing_is_kept_when_the_step_fails(database: Database, notes: None) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.company(MINE) as db:
            await db.execute(text("insert into notes values (:c, 'half')"), {"c": MINE})
            raise ZeroDivisionError
    async with database.company(MINE) as db:
        assert (await db.execute(text("select count(*) from notes"))).scalar_one() == 0


async def test_the_app_cannot_change_tables(database: Database) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.platform() as db:
            await db.execute(text("create table mine (x int)"))


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {one.version for one in ids} == {7}


async def test_connections_of_a_server_that_went_away_are_replaced(database: Database, admin: Database) -> None:
    gone = [asyncio.Event(), asyncio.Event()]
    async with database.platform() as one, database.platform() as two:
        pids = [(await db.execute(text("select pg_backend_pid()"))).scalar_one() for db in (one, two)]
        for db, event in zip((one, two), gone, strict=True):
            driver = (await db.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _, event=event: event.set())
    async with admin.platform() as db:
        await db.execute(text("select pg_terminate_backend(unnest(cast(:pids as int[])))"), {"pids": pids})
    for event in gone:
        await asyncio.wait_for(event.wait(), 60)
    async with database.platform() as db:
        assert (await db.execute(text("select pg_backend_pid()"))).scalar_one() not in pids
