"""What the worker does with documents on their way: `send` hands over, `follow` asks what became of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from gateway import outbox
from gateway.jobqueue import of_company
from gateway.outbound import following, statuses, transmission
from gateway.outbound.flow import SEND, SEND_LARGE, SendJob
from gateway.outbound.following import FOLLOW, FollowJob
from gateway.outbound.transmission import DOCUMENTS
from gateway.wiring import Wiring
from peppol.errors import PeppolError

log = structlog.get_logger()


async def send(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Hand one document to the provider; safe to run twice, killed anywhere, or beside itself.

    Raises what `outbox.send` raises.
    """
    company = of_company(company_id)
    job = msgspec.json.decode(payload, type=SendJob)
    if job.replayed:
        await transmission.order_again(wiring, company, job.document_id, now=now)
    await outbox.send(wiring, DOCUMENTS, company, job.document_id, now=now)


async def follow(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Ask the provider for news of one document, and come back later while there may be more.

    A provider that can't be asked just now is asked in the next round; nothing depends on it in the meantime.
    """
    company = of_company(company_id)
    job = msgspec.json.decode(payload, type=FollowJob)
    async with wiring.database.company(company) as db:
        if await statuses.settled(db, company, job.transmission_id):
            return
        found = await outbox.line_of(db, company, job.transmission_id)
        if found is None:
            return
        account_id, reference = found
    try:
        async with wiring.database.company(company) as db:
            provider = await wiring.lines.of(db, company, account_id)
        told = await provider.status(str(job.transmission_id), reference)
    except PeppolError as error:
        log.warning("transmission.not_told", transmission=str(job.transmission_id), error=str(error))
        told = ()
    await statuses.take(wiring, company, told, now=now)
    async with wiring.database.company(company) as db:
        if not await statuses.settled(db, company, job.transmission_id):
            await following.go_on(db, company, job, now=now)


HANDLERS = {SEND: send, SEND_LARGE: send, FOLLOW: follow}
"""Job kind -> function."""
