"""Jobs in PostgreSQL: born with the work that asked for them, counted, retried, given up, raised again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway import jobqueue
from gateway.db import Database, new_id
from gateway.jobqueue import Job, Urgency

LEASE = timedelta(minutes=5)
OVER = timedelta(0)
"""A lease that ends at once: as if its worker had been killed."""


async def claim(database: Database, *kinds: str, most: int = 10, lease: timedelta = LEASE) -> list[Job]:
    async with database.platform() as db:
        return await jobqueue.claim(db, dict.fromkeys(kinds, most), most=most, lease=lease)


async def put(database: Database, kind: str, company: UUID | None = None, **options: object) -> UUID:
    async with database.platform() as db:
        return await jobqueue.enqueue(db, kind, b'{"n": 1}', company_id=company, **options)  # type: ignore[arg-type]


async def census(database: Database, kind: str) -> tuple[int, int, int]:
    async with database.platform() as db:
        found = {row.kind: (row.waiting, row.running, row.dead) for row in await jobqueue.census(db)}
    return found.get(kind, (0, 0, 0))


async def test_a_job_is_claimed_once_and_finished(module_database: Database) -> None:
    company = new_id()
    enqueued = await put(module_database, "t.once", company)
    (job,) = await claim(module_database, "t.once")
    assert (job.id, job.company_id, job.payload, job.attempts) == (enqueued, company, b'{"n": 1}', 1)
    assert await claim(module_database, "t.once") == []
    assert await census(module_database, "t.once") == (0, 1, 0)
    async with module_database.platform() as db:
        assert await jobqueue.finish(db, [job]) == {job.id}
        assert await jobqueue.finish(db, [job]) == set()
    assert await census(module_database, "t.once") == (0, 0, 0)


@pytest.mark.parametrize(("most", "bulk", "keep", "expected"), [
    (3, 3, 0, (3, 0)), (3, 3, 1, (2, 1)), (1, 1, 1, (0, 1)), (1, 0, 1, (1, 0)), (8, 8, 1, (4, 4)), (8, 2, 1, (4, 2)),
])  # fmt: skip
async def test_what_is_kept_for_bulk_goes_before_what_is_urgent(
    module_database: Database, most: int, bulk: int, keep: int, expected: tuple[int, int]
) -> None:
    kind = f"t.kept{new_id()}"
    for urgency in Urgency:
        for _ in range(4):
            await put(module_database, kind, urgency=urgency)
    async with module_database.platform() as db:
        jobs = await jobqueue.claim(db, {kind: most}, most=most, lease=LEASE, bulk=bulk, keep=keep)
    urgencies = [job.urgency for job in jobs]
    assert (urgencies.count(Urgency.AT_ONCE), urgencies.count(Urgency.IN_BULK)) == expected


async def test_a_job_of_a_transaction_that_failed_never_was(module_database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with module_database.platform() as db:
            await jobqueue.enqueue(db, "t.rolled", b"{}", company_id=None)
            raise RuntimeError("the work failed")
    assert await census(module_database, "t.rolled") == (0, 0, 0)


async def test_a_company_can_enqueue_for_itself_only(module_database: Database) -> None:
    mine, other = new_id(), new_id()
    with pytest.raises(DBAPIError, match="company of the transaction"):
        async with module_database.company(mine) as db:
            await jobqueue.enqueue(db, "t.foreign", b"{}", company_id=other)
    async with module_database.company(mine) as db:
        await jobqueue.enqueue(db, "t.foreign", b"{}", company_id=mine)
    assert await census(module_database, "t.foreign") == (1, 0, 0)


@pytest.mark.parametrize(
    "statement", ["select * from jobs", "delete from dead_jobs", "update job_schedule set next_at = now()"]
)
async def test_the_tables_themselves_are_out_of_reach(module_database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with module_database.platform() as db:
            await db.execute(text(statement))


async def test_a_killed_workers_attempt_counts_and_poison_ends_dead(module_database: Database) -> None:
    await put(module_database, "t.poison", max_attempts=3)
    for attempt in (1, 2, 3):
        (job,) = await claim(module_database, "t.poison", lease=OVER)
        assert job.attempts == attempt
    assert await claim(module_database, "t.poison") == []
    assert await census(module_database, "t.poison") == (0, 0, 1)
    async with module_database.platform() as db:
        (letter,) = [letter for letter in await jobqueue.dead_letters(db) if letter.kind == "t.poison"]
    assert letter.attempts == 3
    assert "last attempt" in letter.reason


async def test_a_slow_worker_loses_its_job_and_cannot_touch_it(module_database: Database) -> None:
    await put(module_database, "t.slow")
    (lost,) = await claim(module_database, "t.slow", lease=OVER)
    (held,) = await claim(module_database, "t.slow")
    async with module_database.platform() as db:
        assert await jobqueue.finish(db, [lost]) == set()
        assert await jobqueue.extend(db, [lost, held], lease=LEASE) == {held.id}
        assert await jobqueue.fail(db, lost, "late", retry_in=None) == "lost"
        assert await jobqueue.finish(db, [held]) == {held.id}


async def test_a_failed_job_waits_and_is_given_up_after_its_last_attempt(module_database: Database) -> None:
    await put(module_database, "t.fails", max_attempts=2)
    (job,) = await claim(module_database, "t.fails")
    async with module_database.platform() as db:
        assert await jobqueue.fail(db, job, "busy", retry_in=timedelta(hours=1)) == "waiting"
        due = await jobqueue.next_due(db, ["t.fails"])
    assert due is not None
    assert 3000 < due <= 3600
    assert await claim(module_database, "t.fails") == []
    await put(module_database, "t.fails2", max_attempts=2)
    (job,) = await claim(module_database, "t.fails2", lease=OVER)
    (job,) = await claim(module_database, "t.fails2")
    async with module_database.platform() as db:
        assert await jobqueue.fail(db, job, "still busy\x00", retry_in=timedelta(0)) == "dead"


async def test_a_dead_letter_is_seen_and_raised_by_its_own_company_only(module_database: Database) -> None:
    mine, other = new_id(), new_id()
    await put(module_database, "t.dead", mine)
    (job,) = await claim(module_database, "t.dead")
    async with module_database.platform() as db:
        assert await jobqueue.fail(db, job, "no such participant", retry_in=None) == "dead"
    async with module_database.company(other) as db:
        assert await jobqueue.dead_letters(db) == []
        assert not await jobqueue.replay(db, job.id)
    async with module_database.company(mine) as db:
        (letter,) = await jobqueue.dead_letters(db)
        assert (letter.id, letter.reason, letter.payload) == (job.id, "no such participant", b'{"n": 1}')
        assert await jobqueue.replay(db, job.id)
        assert not await jobqueue.replay(db, job.id)
    (again,) = await claim(module_database, "t.dead")
    assert (again.id, again.attempts) == (job.id, 1)


async def test_a_key_makes_one_job_of_many_wishes_and_the_earliest_holds(module_database: Database) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    first = await put(module_database, "t.key", key="poll", run_at=later)
    assert await put(module_database, "t.key", key="poll", run_at=later + timedelta(days=1)) == first
    assert await put(module_database, "t.key", key="other", run_at=later) != first
    assert await claim(module_database, "t.key") == []
    assert await put(module_database, "t.key", key="poll") == first
    (job,) = await claim(module_database, "t.key")
    assert job.id == first
    second = await put(module_database, "t.key", key="poll")
    assert second != first, "one that runs already doesn't count: it may have looked before the wish"
    async with module_database.platform() as db:
        assert await jobqueue.fail(db, job, "try again", retry_in=timedelta(0)) == "waiting"
    (twin,) = await claim(module_database, "t.key")
    assert (twin.id, twin.attempts) == (second, 2), "the twin is the retry and inherits the attempts"


async def test_limits_hold_per_kind_and_in_all(module_database: Database) -> None:
    for _ in range(4):
        await put(module_database, "t.many.a")
        await put(module_database, "t.many.b")
    async with module_database.platform() as db:
        taken = await jobqueue.claim(db, {"t.many.a": 3, "t.many.b": 1}, most=8, lease=LEASE)
    assert sorted(job.kind for job in taken) == ["t.many.a"] * 3 + ["t.many.b"]
    async with module_database.platform() as db:
        assert len(await jobqueue.claim(db, {"t.many.a": 9, "t.many.b": 9}, most=2, lease=LEASE)) == 2


async def test_two_claimers_never_share_a_job(module_database: Database) -> None:
    for _ in range(6):
        await put(module_database, "t.share")
    async with module_database.platform() as one, module_database.platform() as two:
        first = await jobqueue.claim(one, {"t.share": 4}, most=4, lease=LEASE)
        second = await jobqueue.claim(two, {"t.share": 4}, most=4, lease=LEASE)
    assert len(first) == 4
    assert len(second) == 2
    assert not {job.id for job in first} & {job.id for job in second}


async def test_the_schedule_fires_once_among_all_workers(module_database: Database) -> None:
    every = {"t.hourly": timedelta(hours=1), "t.always": timedelta(0)}
    async with module_database.platform() as db:
        assert sorted(await jobqueue.enqueue_scheduled(db, every)) == ["t.always", "t.hourly"]
    async with module_database.platform() as db:
        assert await jobqueue.enqueue_scheduled(db, every) == ["t.always"]
    assert await census(module_database, "t.hourly") == (1, 0, 0)
    assert await census(module_database, "t.always") == (1, 0, 0), "the one that waits already is enough"


def test_backoff_grows_to_an_hour_and_is_shaken() -> None:
    for attempts in (1, 2, 5, 12, 500):
        longest = min(2 * 2 ** min(attempts - 1, 20), 3600)
        waits = {jobqueue.backoff(attempts).total_seconds() for _ in range(50)}
        assert all(longest / 2 <= wait <= longest for wait in waits)
        assert len(waits) > 1
