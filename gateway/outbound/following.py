"""Asking the provider what became of a document: soon after it was taken, then ever more rarely, for fourteen days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue
from gateway.jobqueue import Urgency

log = structlog.get_logger()

FOLLOW = "outbound.follow"
"""The job that polls a document's statuses; its payload is a `FollowJob`."""
ROUNDS = 14 * 24
"""About the fourteen days in which a document must be transmitted."""

_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
_LATER = timedelta(hours=1)


class FollowJob(msgspec.Struct, frozen=True):
    """Which transmission to ask for, and how often it was asked."""

    transmission_id: UUID
    round: int = 0


async def begin(db: AsyncConnection, company_id: UUID, transmissions: Sequence[UUID], *, now: datetime) -> None:
    """Ask for the first time in a few seconds."""
    await _enqueue(db, company_id, [FollowJob(one) for one in transmissions], now=now)


async def go_on(db: AsyncConnection, company_id: UUID, job: FollowJob, *, now: datetime) -> None:
    """Ask once more, unless it was asked often enough."""
    if job.round < ROUNDS:
        await _enqueue(db, company_id, [msgspec.structs.replace(job, round=job.round + 1)], now=now)


async def _enqueue(db: AsyncConnection, company_id: UUID, jobs: Sequence[FollowJob], *, now: datetime) -> None:
    """All of one round."""
    pause = _PAUSES[jobs[0].round] if jobs[0].round < len(_PAUSES) else _LATER
    await jobqueue.enqueue_many(
        db,
        FOLLOW,
        [(msgspec.json.encode(job), str(job.transmission_id)) for job in jobs],
        company_id=company_id,
        run_at=now + pause,
        urgency=Urgency.IN_BULK,
    )
