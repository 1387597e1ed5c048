"""What the worker does with documents on their way: `send` hands over, `follow` asks what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue
from gateway.jobqueue import Permanent, Temporary
from gateway.outbound import statuses, transmission
from gateway.outbound.flow import SEND, SendJob
from gateway.wiring import Wiring
from peppol.errors import PeppolError

log = structlog.get_logger()

FOLLOW = "outbound.follow"
"""The job that polls a document's statuses; its payload is a `FollowJob`."""

_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
_LATER = timedelta(hours=1)
_ROUNDS = 14 * 24
"""About the fourteen days in which a document must be transmitted."""


class FollowJob(msgspec.Struct, frozen=True):
    """Which transmission to ask for, and how often it was asked."""

    transmission_id: UUID
    round: int = 0


async def send(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Hand one document to the provider; safe to run twice, killed anywhere, or beside itself.

    Raises `jobqueue.Temporary` where a further attempt may help, `Permanent` where the order is given up.
    """
    company = _company(company_id)
    document_id = msgspec.json.decode(payload, type=SendJob).document_id
    async with wiring.database.company(company) as db:
        attempt = await transmission.begin(
            db, company, document_id, provider=wiring.provider.name, now=now, keys=wiring.keys
        )
    if attempt is None:
        return
    try:
        submission = await transmission.deliver(wiring.provider, attempt)
    except PeppolError as error:
        async with wiring.database.company(company) as db:
            given_up = await transmission.failed(db, company, attempt, error, now=now, keys=wiring.keys)
        if given_up:
            raise Permanent(str(error)) from error
        raise Temporary(str(error), after=getattr(error, "retry_after", None)) from error
    answer = await wiring.storage.put(submission.evidence)
    async with wiring.database.company(company) as db:
        if await transmission.accepted(
            db, company, attempt, submission, answer_sha256=answer, now=now, keys=wiring.keys
        ):
            await _follow(db, company, FollowJob(attempt.transmission_id), now=now)


async def follow(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Ask the provider for news of one document, and come back later while there may be more.

    A provider that can't be asked just now is asked in the next round; nothing depends on it in the meantime.
    """
    company = _company(company_id)
    job = msgspec.json.decode(payload, type=FollowJob)
    async with wiring.database.company(company) as db:
        if await statuses.settled(db, company, job.transmission_id):
            return
        reference = await transmission.reference(db, company, job.transmission_id)
    try:
        told = await wiring.provider.status(str(job.transmission_id), reference)
    except PeppolError as error:
        log.warning("transmission.not_told", transmission=str(job.transmission_id), error=str(error))
        told = ()
    await statuses.take(wiring, company, told, now=now)
    async with wiring.database.company(company) as db:
        if job.round < _ROUNDS and not await statuses.settled(db, company, job.transmission_id):
            await _follow(db, company, msgspec.structs.replace(job, round=job.round + 1), now=now)


HANDLERS = {SEND: send, FOLLOW: follow}
"""Job kind -> function."""


def _company(company_id: UUID | None) -> UUID:
    if company_id is None:
        raise Permanent("This kind of job belongs to a company")
    return company_id


async def _follow(db: AsyncConnection, company_id: UUID, job: FollowJob, *, now: datetime) -> None:
    pause = _PAUSES[job.round] if job.round < len(_PAUSES) else _LATER
    await jobqueue.enqueue(
        db,
        FOLLOW,
        msgspec.json.encode(job),
        company_id=company_id,
        run_at=now + pause,
        key=str(job.transmission_id),
    )
