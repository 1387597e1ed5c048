"""What the worker does with responses on their way: `send` hands over, `follow` asks what became of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from gateway import outbox
from gateway.jobqueue import of_company
from gateway.responses import following
from gateway.responses.flow import SEND, SendJob
from gateway.responses.following import FOLLOW, ROUNDS, FollowJob
from gateway.responses.sending import Answers
from gateway.wiring import Wiring
from peppol.errors import PeppolError
from peppol.message import StatusEvent

log = structlog.get_logger()


async def send(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Hand one response to the provider; safe to run twice, killed anywhere, or beside itself."""
    response_id = msgspec.json.decode(payload, type=SendJob).response_id
    await outbox.send(wiring, Answers(), of_company(company_id), response_id, now=now)


async def follow(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Ask the provider for news of one response, and come back later while there may be some."""
    company, job = of_company(company_id), msgspec.json.decode(payload, type=FollowJob)
    async with wiring.database.company(company) as db:
        if await following.settled(db, company, job.transmission_id):
            return
    try:
        told = await _news(wiring, company, job.transmission_id)
    except PeppolError as error:
        log.warning("response.not_told", transmission=str(job.transmission_id), error=str(error))
        told = ()
    await following.take(wiring, company, told, now=now)
    async with wiring.database.company(company) as db:
        if job.round < ROUNDS and not await following.settled(db, company, job.transmission_id):
            again = msgspec.structs.replace(job, round=job.round + 1)
            await following.follow_later(db, company, again, now=now)


HANDLERS = {SEND: send, FOLLOW: follow}
"""Job kind -> function."""


async def _news(wiring: Wiring, company_id: UUID, transmission_id: UUID) -> tuple[StatusEvent, ...]:
    async with wiring.database.company(company_id) as db:
        account_id, reference = await outbox.line_of(db, company_id, transmission_id) or (None, "")
        provider = await wiring.lines.of(db, company_id, account_id)
    return await provider.status(str(transmission_id), reference)
