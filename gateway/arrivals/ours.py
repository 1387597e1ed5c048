"""What we sent, as those name it who speak of it: by key or reference, and only through the line that took it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select

from gateway import jobqueue
from gateway.arrivals.line import Line
from gateway.outbound import following as of_documents
from gateway.outbound import statuses
from gateway.outbox import transmissions
from gateway.responses import following as of_responses
from gateway.wiring import Wiring
from peppol.message import StatusEvent


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """One transmission of ours."""

    company_id: UUID
    transmission_id: UUID
    response: bool
    """Of an answer to a document, not of a document."""


async def by_key(wiring: Wiring, line: Line, key: str) -> Ours | None:
    """What was sent under this key through this line; another line's is as unknown as nobody's."""
    async with wiring.database.platform() as db:
        company_id = await statuses.company_of(db, key)
    if company_id is None:
        return None
    found = await _select(wiring, company_id, line, transmissions.c.id == UUID(key), most=1)
    return found[0] if found else None


async def latest(wiring: Wiring, line: Line, company_id: UUID, reference: str, *, most: int) -> list[Ours]:
    """What a company sent through this line and was taken last; with a reference, what the provider knows by it."""
    wanted = transmissions.c.reference == reference if reference else transmissions.c.accepted_at.is_not(None)
    return await _select(wiring, company_id, line, wanted, most=most)


async def learn(wiring: Wiring, ours: Ours, event: StatusEvent, *, now: datetime) -> bool:
    """Record an event, once; committed on return. False where it was known."""
    take = of_responses.take if ours.response else statuses.take
    return await take(wiring, ours.company_id, (event,), now=now) > 0


async def ask_now(wiring: Wiring, ours: Ours, *, now: datetime) -> None:
    """Have the provider asked what became of it, at once; any number of orders makes one job."""
    kind = of_responses.FOLLOW if ours.response else of_documents.FOLLOW
    job = of_responses.FollowJob if ours.response else of_documents.FollowJob
    async with wiring.database.company(ours.company_id) as db:
        payload, key = msgspec.json.encode(job(ours.transmission_id)), str(ours.transmission_id)
        await jobqueue.enqueue(db, kind, payload, company_id=ours.company_id, run_at=now, key=key)


async def _select(
    wiring: Wiring, company_id: UUID, line: Line, wanted: ColumnElement[bool], *, most: int
) -> list[Ours]:
    query = select(transmissions.c.id, transmissions.c.response_id).where(
        transmissions.c.company_id == company_id,
        transmissions.c.account_id.is_not_distinct_from(line.account_id),
        wanted,
    )
    async with wiring.database.company(company_id) as db:
        rows = (await db.execute(query.order_by(transmissions.c.accepted_at.desc()).limit(most))).all()
    return [Ours(company_id=company_id, transmission_id=row.id, response=row.response_id is not None) for row in rows]
