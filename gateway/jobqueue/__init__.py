"""Jobs in PostgreSQL: enqueued in the caller's transaction, claimed under a lease, retried, given up, replayed.

A job exists exactly when the work that asked for it is committed. A worker claims it for the length of a lease, and
the attempt is counted at the claim: one that kills its worker every time ends among the dead letters as well.
A job may run twice (a worker that was only slow), so every handler must bear that. All times are the database's.

JobError
├── Temporary   try again, later; with `after` where the other side said when
├── Later       not now: nothing was tried, so that it doesn't count as an attempt
└── Permanent   trying again is of no use: straight to the dead letters
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id

CHANNEL = "involinks_jobs"
"""NOTIFY on this channel names the kind of a job that was enqueued."""

MAX_ATTEMPTS = 12
FIRST_RETRY, LONGEST_WAIT = timedelta(seconds=2), timedelta(hours=1)

_ENQUEUE = text(
    "select job_enqueue(:id, :kind, cast(cast(:payload as text) as json), :company_id, :run_at, :key, :max_attempts,"
    " cast(:urgency as smallint))"
)
_ENQUEUE_MANY = text(
    "select count(job_enqueue(g.id, :kind, cast(g.payload as json), :company_id, :run_at, g.key, :max_attempts,"
    " cast(:urgency as smallint)))"
    " from unnest(cast(:ids as uuid[]), cast(:payloads as text[]), cast(:keys as text[])) as g(id, payload, key)"
)
_CLAIM = text(
    "select id, kind, company_id, payload, attempts, enqueued_at, priority"
    " from job_claim(:kinds, :free, :most, :bulk, :keep, :crowding, :claim, :lease)"
)
_FINISH = text("select job_finish(:ids, :claims)")
_EXTEND = text("select job_extend(:ids, :claims, :lease)")
_FAIL = text("select job_fail(:id, :claim, :reason, :retry_in)")
_RELEASE = text("select job_release(:id, :claim, :retry_in)")
_DEAD = text("select id, kind, company_id, payload, attempts, reason, died_at from job_dead_letters(:most)")
_REPLAY = text("select job_replay(:id)")
_SCHEDULE = text("select job_schedule_due(:kinds, :every)")
_NEXT_DUE = text("select job_next_due(:kinds, :bulk, :crowding)")
_REVIVE = text("select job_revive(:kind, :key)")
_CENSUS = text("select kind, waiting, running, dead, oldest from job_census()")


class Urgency(IntEnum):
    """Who goes first among the jobs that are due."""

    AT_ONCE = 0
    IN_BULK = 1
    """One of many: beside one at a time it waits while anything urgent is due, and some slots are never given to it."""


class JobError(Exception):
    """What a handler raises to say how its job goes on."""


class Temporary(JobError):
    """It may work later."""

    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        """`after`: how long the other side asked us to wait; without it the usual backoff."""
        super().__init__(reason)
        self.after = after


class Later(JobError):
    """Nothing was tried, because it would have been of no use just now; the attempt isn't counted."""

    def __init__(self, reason: str, *, after: timedelta) -> None:
        """`after`: when to come back."""
        super().__init__(reason)
        self.after = after


class Permanent(JobError):
    """It will never work like this; a person has to look."""


class Job(msgspec.Struct, frozen=True):
    """A job that this worker holds until its lease ends."""

    id: UUID
    kind: str
    company_id: UUID | None
    payload: bytes
    """JSON, as enqueued."""
    attempts: int
    """This attempt included: 1 for the first."""
    enqueued_at: datetime
    claim: UUID
    urgency: Urgency = Urgency.AT_ONCE


class DeadLetter(msgspec.Struct, frozen=True):
    """A job that was given up, with the reason."""

    id: UUID
    kind: str
    company_id: UUID | None
    payload: bytes
    attempts: int
    reason: str
    died_at: datetime


class Census(msgspec.Struct, frozen=True):
    """How many jobs of one kind there are."""

    kind: str
    waiting: int
    running: int
    dead: int
    oldest: float
    """Seconds that the job which waits longest is overdue."""


async def enqueue(
    db: AsyncConnection,
    kind: str,
    payload: bytes,
    *,
    company_id: UUID | None,
    run_at: datetime | None = None,
    key: str | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    urgency: Urgency = Urgency.AT_ONCE,
) -> UUID:
    """Enqueue in the caller's transaction; workers are woken when that commits.

    `payload`: JSON. `run_at`: not before; None is at once. With a `key`, a second job of the same kind, company and
    key isn't made while the first still waits (one that runs already doesn't count); the earlier due time and the
    greater urgency hold. Returns the id of the job that will run.
    """
    values = {
        "id": new_id(),
        "kind": kind,
        "payload": payload.decode(),
        "company_id": company_id,
        "run_at": run_at,
        "key": key,
        "max_attempts": max_attempts,
        "urgency": int(urgency),
    }
    enqueued: UUID = (await db.execute(_ENQUEUE, values)).scalar_one()
    return enqueued


async def enqueue_many(
    db: AsyncConnection,
    kind: str,
    orders: Sequence[tuple[bytes, str]],
    *,
    company_id: UUID | None,
    run_at: datetime | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    urgency: Urgency = Urgency.AT_ONCE,
) -> None:
    """`enqueue` payloads under their keys, in one round trip."""
    values = {
        "run_at": run_at,
        "ids": [new_id() for _ in orders],
        "payloads": [payload.decode() for payload, _ in orders],
        "keys": [key for _, key in orders],
        "kind": kind,
        "company_id": company_id,
        "max_attempts": max_attempts,
        "urgency": int(urgency),
    }
    await db.execute(_ENQUEUE_MANY, values)


async def claim(
    db: AsyncConnection,
    free: Mapping[str, int],
    *,
    most: int,
    lease: timedelta,
    bulk: int | None = None,
    keep: int = 0,
    crowding: Iterable[UUID] = (),
) -> list[Job]:
    """Claim up to `most` due jobs, at most `free[kind]` of each kind, oldest first; commit before you run them.

    What is urgent goes first; of what isn't, at most `bulk` are claimed (None: as many as of any), and of those `keep`
    before all that is urgent. Nothing is claimed of the companies `crowding`.

    Which kind comes first is left to chance, so that a backlog of one can't starve another.
    """
    token, kinds = new_id(), random.sample(list(free), len(free))
    values = {
        "kinds": kinds,
        "free": [free[kind] for kind in kinds],
        "most": most,
        "bulk": most if bulk is None else bulk,
        "keep": keep,
        "crowding": list(crowding),
        "claim": token,
        "lease": lease,
    }
    return [
        Job(
            row.id,
            row.kind,
            row.company_id,
            row.payload.encode(),
            row.attempts,
            row.enqueued_at,
            token,
            Urgency(row.priority),
        )
        for row in await db.execute(_CLAIM, values)
    ]


async def finish(db: AsyncConnection, jobs: Iterable[Job]) -> set[UUID]:
    """Remove jobs that are done. Returns the ids that were still ours; the others were lost to another worker."""
    held = list(jobs)
    values = {"ids": [job.id for job in held], "claims": [job.claim for job in held]}
    return set((await db.execute(_FINISH, values)).scalars())


async def extend(db: AsyncConnection, jobs: Iterable[Job], *, lease: timedelta) -> set[UUID]:
    """Hold jobs longer: `lease` from now on. Returns the ids that are still ours."""
    held = list(jobs)
    values = {"ids": [job.id for job in held], "claims": [job.claim for job in held], "lease": lease}
    return set((await db.execute(_EXTEND, values)).scalars())


async def fail(db: AsyncConnection, job: Job, reason: str, *, retry_in: timedelta | None) -> str:
    """Give a job back to try again in `retry_in`, or give it up (None, or its attempts are spent).

    Returns `waiting`, `dead`, or `lost` when another worker holds it by now.
    """
    values = {"id": job.id, "claim": job.claim, "reason": reason.replace("\x00", "")[:2000], "retry_in": retry_in}
    outcome: str = (await db.execute(_FAIL, values)).scalar_one()
    return outcome


async def release(db: AsyncConnection, job: Job, *, retry_in: timedelta) -> str:
    """Give a job back as if it hadn't been claimed, due in `retry_in`; `waiting` or `lost`."""
    values = {"id": job.id, "claim": job.claim, "retry_in": retry_in}
    outcome: str = (await db.execute(_RELEASE, values)).scalar_one()
    return outcome


def of_company(company_id: UUID | None) -> UUID:
    """The company of a job that is nothing without one. Raises `Permanent`."""
    if company_id is None:
        raise Permanent("This kind of job belongs to a company")
    return company_id


def backoff(attempts: int) -> timedelta:
    """How long to wait after that many attempts: doubling, at most an hour, shaken so that a herd spreads out."""
    longest = min(FIRST_RETRY.total_seconds() * 2 ** min(attempts - 1, 20), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=longest * random.uniform(0.5, 1))  # noqa: S311 - spreads load, guards nothing


async def dead_letters(db: AsyncConnection, *, most: int = 100) -> list[DeadLetter]:
    """Jobs that were given up, latest first: the transaction's company's, or all when it has none."""
    return [
        DeadLetter(row.id, row.kind, row.company_id, row.payload.encode(), row.attempts, row.reason, row.died_at)
        for row in await db.execute(_DEAD, {"most": most})
    ]


async def replay(db: AsyncConnection, job_id: UUID) -> bool:
    """Let a dead letter run once more, its attempts counted afresh; False when there is none of this id (here).

    Its payload then says `"replayed": true`: a person's order, not a repetition by the queue itself.
    """
    replayed: bool = (await db.execute(_REPLAY, {"id": job_id})).scalar_one()
    return replayed


async def enqueue_scheduled(db: AsyncConnection, every: Mapping[str, timedelta]) -> list[str]:
    """Enqueue each kind whose interval has passed; of several workers that call, one does. Returns the kinds."""
    values = {"kinds": list(every), "every": list(every.values())}
    return list((await db.execute(_SCHEDULE, values)).scalars())


async def revive(db: AsyncConnection, kind: str, key: str) -> int:
    """Replay the dead letters of the transaction's company under this key; how many there were."""
    revived: int = (await db.execute(_REVIVE, {"kind": kind, "key": key})).scalar_one()
    return revived


async def next_due(
    db: AsyncConnection, kinds: Iterable[str], *, bulk: bool = True, crowding: Iterable[UUID] = ()
) -> float | None:
    """Seconds until the next job of these kinds is due (negative: overdue); None when there is none.

    `bulk`: whether those that aren't urgent count. Jobs of the companies `crowding` don't.
    """
    values = {"kinds": list(kinds), "bulk": bulk, "crowding": list(crowding)}
    due: float | None = (await db.execute(_NEXT_DUE, values)).scalar_one()
    return due


async def census(db: AsyncConnection) -> list[Census]:
    """How many jobs of each kind wait, run and are dead."""
    return [Census(*row) for row in await db.execute(_CENSUS)]
