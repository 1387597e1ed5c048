"""What we sent, as those name it who speak of it: by key or reference, and only through a line that it was tried on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, select

from gateway import jobqueue
from gateway.arrivals.line import Line
from gateway.outbound import following as of_documents
from gateway.outbound import statuses
from gateway.outbox import Bringer, transmission_attempts, transmissions
from gateway.responses import following as of_responses
from gateway.wiring import Wiring
from peppol.message import StatusEvent
from peppol.statuses import Outcome


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """One transmission of ours."""

    company_id: UUID
    transmission_id: UUID
    response: bool
    """Of an answer to a document, not of a document."""
    by: Bringer | None = None
    """The line that was asked for, where it was tried before the one that the transmission goes by now."""


async def by_key(wiring: Wiring, line: Line, key: str) -> Ours | None:
    """What was to be sent under this key through this line, now or earlier; of others it is as unknown as nobody's."""
    async with wiring.database.platform() as db:
        company_id = await statuses.company_of(db, key)
    if company_id is None:
        return None
    wanted = transmissions.c.id == UUID(key)
    found = await _select(wiring, company_id, line, wanted, most=1)
    return found[0] if found else await _tried(wiring, company_id, line, wanted)


async def latest(wiring: Wiring, line: Line, company_id: UUID, reference: str, *, most: int) -> list[Ours]:
    """What a company sent through this line and was taken last; with a reference, what the provider knows by it."""
    wanted = transmissions.c.reference == reference if reference else transmissions.c.accepted_at.is_not(None)
    return await _select(wiring, company_id, line, wanted, most=most)


async def learn(wiring: Wiring, ours: Ours, event: StatusEvent, *, now: datetime) -> bool:
    """Record an event, once; committed on return. False where it was known.

    That a line couldn't deliver which the transmission has left isn't news, and may be untrue of the transmission.
    """
    if ours.by is not None and event.outcome is Outcome.UNDELIVERABLE:
        return False
    take = of_responses.take if ours.response else statuses.take
    return await take(wiring, ours.company_id, (event,), now=now, by=ours.by) > 0


async def ask_now(wiring: Wiring, ours: Ours, *, now: datetime) -> None:
    """Have the provider asked what became of it, at once; any number of orders makes one job."""
    kind = of_responses.FOLLOW if ours.response else of_documents.FOLLOW
    job = of_responses.FollowJob if ours.response else of_documents.FollowJob
    async with wiring.database.company(ours.company_id) as db:
        payload, key = msgspec.json.encode(job(ours.transmission_id)), str(ours.transmission_id)
        await jobqueue.enqueue(db, kind, payload, company_id=ours.company_id, run_at=now, key=key)


async def _tried(wiring: Wiring, company_id: UUID, line: Line, wanted: ColumnElement[bool]) -> Ours | None:
    """It said no, or nothing, and another one was called: its word counts all the same."""
    attempt = exists().where(
        transmission_attempts.c.company_id == transmissions.c.company_id,
        transmission_attempts.c.transmission_id == transmissions.c.id,
        transmission_attempts.c.account_id.is_not_distinct_from(line.account_id),
        transmission_attempts.c.adapter == line.provider.name,
    )
    query = select(transmissions.c.id, transmissions.c.response_id)
    async with wiring.database.company(company_id) as db:
        row = (await db.execute(query.where(transmissions.c.company_id == company_id, wanted, attempt))).one_or_none()
    if row is None:
        return None
    by = Bringer(account_id=line.account_id, adapter=line.provider.name)
    return Ours(company_id=company_id, transmission_id=row.id, response=row.response_id is not None, by=by)


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
