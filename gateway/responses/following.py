"""What becomes of our responses after our access point took them: asked for, or told by a callback.

Only the seller's access point has anything to say of a response. What it says changes facts, never what was sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import jobqueue, lifecycle
from gateway.inbound import evidence as inbound_evidence
from gateway.inbound.models import received
from gateway.outbox import Bringer, hear, is_known, transmissions
from gateway.responses.models import MACHINE, sent
from gateway.wiring import Wiring
from ledger import canonical
from ledger.entry import Kind, NewEntry
from peppol.message import StatusEvent
from peppol.statuses import MEANINGS, Corner, Outcome, stronger, told_at

ACTOR = "system:network"
FOLLOW = "responses.follow"
"""The job that asks what became of a response; its payload is a `FollowJob`."""

_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
_LATER = timedelta(hours=6)
ROUNDS = len(_PAUSES) + 3 * 4
"""About three days; a response that nobody speaks of stays SENT."""


class FollowJob(msgspec.Struct, frozen=True):
    """Which transmission to ask for, and how often it was asked."""

    transmission_id: UUID
    round: int = 0


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: what the seller's access point said of our response."""

    response_id: UUID
    document_id: UUID
    transmission_id: UUID
    event_id: str
    outcome: Outcome
    at: datetime
    reason: str
    report_sha256: str


async def follow_later(db: AsyncConnection, company_id: UUID, job: FollowJob, *, now: datetime) -> None:
    """Ask (again) after a while."""
    pause = _PAUSES[job.round] if job.round < len(_PAUSES) else _LATER
    payload, key = msgspec.json.encode(job), str(job.transmission_id)
    await jobqueue.enqueue(db, FOLLOW, payload, company_id=company_id, run_at=now + pause, key=key)


async def take(
    wiring: Wiring, company_id: UUID, told: tuple[StatusEvent, ...], *, now: datetime, by: Bringer | None = None
) -> int:
    """Keep each event's report, then record it in a transaction of its own; returns how many were new.

    `by`: who says that it arrived, where that isn't the account it goes by now: it is asked before anything is sent.
    """
    new = 0
    for event in told:
        async with wiring.database.company(company_id) as db:
            row = await _by_key(db, company_id, event.key)
            if row is None or await is_known(db, company_id, row.transmission_id, event.event_id):
                continue  # a report that no row names would stay in the storage for ever
        digest = await wiring.storage.put(event.evidence)
        async with wiring.database.company(company_id) as db:
            new += await record(db, company_id, event, report_sha256=digest, now=now, keys=wiring.keys, by=by)
    return new


async def record(
    db: AsyncConnection,
    company_id: UUID,
    event: StatusEvent,
    *,
    report_sha256: str,
    now: datetime,
    keys: KeyStore,
    by: Bringer | None = None,
) -> bool:
    """Write down one event, once; False where it was known or is about no response. The stronger outcome stands.

    `by`: see `take`.
    """
    row = await _by_key(db, company_id, event.key, lock=True)
    if row is None:
        return False
    reason, at = event.reason[:1000], told_at(event.at)
    if not await hear(db, company_id, row.transmission_id, event, report_sha256=report_sha256, now=now, by=by):
        return False
    present = Outcome(row.c3) if row.c3 else None
    stands = present is not event.outcome and stronger(present, event.outcome) is event.outcome
    if MEANINGS[event.outcome].corner is not Corner.C3 or not stands:
        return True
    heard = Heard(
        response_id=row.id,
        document_id=row.document_id,
        transmission_id=row.transmission_id,
        event_id=event.event_id,
        outcome=event.outcome,
        at=at,
        reason=reason,
        report_sha256=report_sha256,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=row.id,
        to=event.outcome.value,
        actor=ACTOR,
        step=lifecycle.Step.LEARN,
        facts=heard,
        entry=NewEntry(
            kind=Kind.STATUS,
            canonical=canonical.dumps(heard),
            series=inbound_evidence.series_of(row.receiver),
            number=row.number or "",
        ),
        values={"c3": event.outcome.value, "c3_at": at, "c3_reason": reason},
    )
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)
    return True


async def settled(db: AsyncConnection, company_id: UUID, transmission_id: UUID) -> bool:
    """Whether the seller's access point has spoken its last word, or there is no such response."""
    row = await _by_key(db, company_id, str(transmission_id))
    return row is None or row.c3 in {Outcome.DELIVERED, Outcome.REFUSED, Outcome.UNDELIVERABLE}


async def _by_key(db: AsyncConnection, company_id: UUID, key: str, *, lock: bool = False) -> Row[Any] | None:
    try:
        transmission_id = UUID(key)
    except ValueError:
        return None
    query = (
        select(sent, received.c.number, transmissions.c.id.label("transmission_id"))
        .join(received, (received.c.company_id == sent.c.company_id) & (received.c.id == sent.c.document_id))
        .join(
            transmissions,
            (transmissions.c.company_id == sent.c.company_id) & (transmissions.c.response_id == sent.c.id),
        )
        .where(sent.c.company_id == company_id, transmissions.c.id == transmission_id)
    )
    if lock:
        query = query.with_for_update(key_share=True, of=sent)
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    return row
