"""The loop: wakes, retries by type, survives its own death, ends gracefully."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway import jobqueue
from gateway.db import Database, new_id
from gateway.jobqueue import Job, Urgency
from gateway.jobqueue.loop import Loop, Pace

BRISK = Pace(slots=4, lease=timedelta(seconds=60), poll=timedelta(minutes=10), grace=timedelta(minutes=1))
"""Polls so seldom that only a NOTIFY, an end or a due time can wake it within a test's patience."""


@asynccontextmanager
async def running(loop: Loop) -> AsyncIterator[None]:
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        loop.stop()
        await asyncio.wait_for(task, 60)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - the condition is a row in a database
            await asyncio.sleep(0.05)


async def put(database: Database, kind: str, company: UUID | None = None, **options: object) -> None:
    async with database.platform() as db:
        await jobqueue.enqueue(db, kind, b"{}", company_id=company, **options)  # type: ignore[arg-type]


def left(database: Database, *expected: tuple[str, int, int, int]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        async with database.platform() as db:
            return [(row.kind, row.waiting, row.running, row.dead) for row in await jobqueue.census(db)] == list(
                expected
            )

    return check


def holding(database: Database, *, waiting: int, running: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        async with database.platform() as db:
            found = await jobqueue.census(db)
        return (sum(row.waiting for row in found), sum(row.running for row in found)) == (waiting, running)

    return check


async def test_jobs_run_when_they_are_enqueued_and_are_gone_when_done(database: Database) -> None:
    seen: list[bytes] = []

    async def attempt(job: Job) -> None:
        seen.append(job.payload)

    async with running(Loop(database, ["t"], attempt, pace=BRISK)):
        for _ in range(30):
            await put(database, "t")
        await until(left(database))
    assert len(seen) == 30


async def test_what_isnt_urgent_goes_on_beside_a_stream_of_what_is(database: Database) -> None:
    """And one at a time: the other slots are the stream's."""
    seen: list[str] = []

    async def attempt(job: Job) -> None:
        seen.append(job.kind)
        if job.kind == "t.urgent" and len(seen) < 60:
            await put(database, "t.urgent")

    for kind, urgency in (("t.urgent", Urgency.AT_ONCE), ("t.bulk", Urgency.IN_BULK)):
        for _ in range(4):
            await put(database, kind, urgency=urgency)
    async with running(Loop(database, ["t.urgent", "t.bulk"], attempt, pace=msgspec.structs.replace(BRISK, slots=2))):
        await until(left(database))
    assert seen[:40].count("t.bulk") == 4
    assert seen[:2].count("t.bulk") == 1


async def test_the_type_of_an_error_decides(database: Database) -> None:
    attempts: dict[str, int] = {}

    async def attempt(job: Job) -> None:
        attempts[job.kind] = job.attempts
        if job.kind == "t.permanent":
            raise jobqueue.Permanent("the address doesn't exist")
        if job.kind == "t.temporary" and job.attempts < 3:
            raise jobqueue.Temporary("busy", after=timedelta(milliseconds=20))
        if job.kind == "t.bug":
            raise ZeroDivisionError

    async with running(Loop(database, ["t.permanent", "t.temporary", "t.bug"], attempt, pace=BRISK)):
        await put(database, "t.permanent")
        await put(database, "t.temporary")
        await put(database, "t.bug", max_attempts=1)
        await until(left(database, ("t.bug", 0, 0, 1), ("t.permanent", 0, 0, 1)))
    assert attempts == {"t.permanent": 1, "t.temporary": 3, "t.bug": 1}
    async with database.platform() as db:
        reasons = {letter.kind: letter.reason for letter in await jobqueue.dead_letters(db)}
    assert reasons == {"t.permanent": "Permanent: the address doesn't exist", "t.bug": "ZeroDivisionError: "}


async def test_no_more_run_at_once_than_there_are_slots(database: Database) -> None:
    now: dict[str, int] = {"t.a": 0, "t.b": 0}
    most = {"t.a": 0, "t.b": 0, "all": 0}

    async def attempt(job: Job) -> None:
        now[job.kind] += 1
        most[job.kind] = max(most[job.kind], now[job.kind])
        most["all"] = max(most["all"], sum(now.values()))
        await asyncio.sleep(0.01)
        now[job.kind] -= 1

    for _ in range(10):
        await put(database, "t.a")
        await put(database, "t.b")
    pace = Pace(slots=3, per_kind={"t.a": 1}, poll=timedelta(minutes=10))
    async with running(Loop(database, ["t.a", "t.b"], attempt, pace=pace)):
        await until(left(database))
    assert most["t.a"] == 1
    assert most["all"] <= 3


async def test_a_company_whose_jobs_hang_leaves_slots_to_others(database: Database) -> None:
    """A quarter of them, whatever the order of arrival; and its own jobs go on as its slots come free."""
    crowd, other, hold = new_id(), new_id(), asyncio.Event()
    hanging, done = 0, list[UUID | None]()

    async def attempt(job: Job) -> None:
        nonlocal hanging
        if job.company_id == crowd and not hold.is_set():
            hanging += 1
            await hold.wait()
        done.append(job.company_id)

    for kind in ("t.a", "t.b") * 10:
        await put(database, kind, crowd)
    async with running(Loop(database, ["t.a", "t.b"], attempt, pace=BRISK)):
        for kind in ("t.a", "t.b") * 5:
            await put(database, kind, other)
        await until(holding(database, waiting=17, running=3))
        assert (hanging, done) == (3, [other] * 10)
        hold.set()
        await until(left(database))
    assert done.count(crowd) == 20


async def test_a_stop_lets_finish_what_runs_and_gives_back_what_does_not(database: Database) -> None:
    started, hold = asyncio.Event(), asyncio.Event()

    async def attempt(job: Job) -> None:
        started.set()
        if job.kind == "t.endless":
            await asyncio.sleep(3600)
        await hold.wait()

    await put(database, "t.endless")
    await put(database, "t.short")
    loop = Loop(database, ["t.endless", "t.short"], attempt, pace=Pace(grace=timedelta(seconds=1)))
    task = asyncio.create_task(loop.run())
    await until(left(database, ("t.endless", 0, 1, 0), ("t.short", 0, 1, 0)))
    loop.stop()
    hold.set()
    await asyncio.wait_for(task, 60)
    assert await left(database, ("t.endless", 1, 0, 0))()


async def test_a_lease_is_prolonged_while_its_job_runs(database: Database, admin: Database) -> None:
    hold, ends = asyncio.Event(), set()

    async def attempt(job: Job) -> None:
        await hold.wait()

    async def prolonged_twice() -> bool:
        async with admin.platform() as db:
            ends.add(await db.scalar(text("select run_at from jobs where claim is not null")))
        return len(ends - {None}) >= 3

    await put(database, "t")
    async with running(Loop(database, ["t"], attempt, pace=Pace(prolong=timedelta(milliseconds=50)))):
        await until(prolonged_twice)
        hold.set()
        await until(left(database))


async def test_a_job_that_another_worker_has_by_now_is_cancelled_here(database: Database, admin: Database) -> None:
    cancelled = asyncio.Event()

    async def attempt(job: Job) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    await put(database, "t")
    async with running(Loop(database, ["t"], attempt, pace=Pace(prolong=timedelta(milliseconds=50)))):
        await until(left(database, ("t", 0, 1, 0)))
        async with admin.platform() as db:
            await db.execute(text("update jobs set claim = gen_random_uuid()"))
        await asyncio.wait_for(cancelled.wait(), 60)


async def test_the_loop_outlives_a_lost_connection(database: Database, admin: Database) -> None:
    seen = []

    async def attempt(job: Job) -> None:
        seen.append(job.id)

    async with running(Loop(database, ["t"], attempt, pace=Pace(poll=timedelta(milliseconds=100)))):
        await put(database, "t")
        await until(left(database))
        async with admin.platform() as db:
            await db.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'involinks_app'")
            )

        async def again() -> bool:
            return len(seen) == 2

        async with asyncio.timeout(60):
            while True:
                try:
                    await put(database, "t")
                    break
                except Exception:  # the pool may hand out a connection that was just killed
                    await asyncio.sleep(0.05)
        await until(again)


KILLED = """
import asyncio, os, signal, sys
from datetime import timedelta
from gateway.db import Database, new_id
from gateway.jobqueue.loop import Loop, Pace

async def attempt(job):
    print(job.attempts, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Loop(Database(sys.argv[1]), ["t.poison"], attempt, pace=Pace(lease=timedelta(seconds=1))).run())
"""


async def test_a_job_that_kills_its_worker_every_time_ends_dead(database: Database, database_dsn: str) -> None:
    await put(database, "t.poison", max_attempts=2)
    for attempt in (b"1", b"2"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, database_dsn, stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == -signal.SIGKILL
        assert out.strip() == attempt

    async def attempt_never(job: Job) -> None:
        pytest.fail("a spent job must not run again")

    async with running(Loop(database, ["t.poison"], attempt_never, pace=Pace(poll=timedelta(milliseconds=100)))):
        await until(left(database, ("t.poison", 0, 0, 1)))
