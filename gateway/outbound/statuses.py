"""What becomes of a document after corner 2 took it: told by callbacks and polls, in any order, as often as it comes.

An event changes facts, never what was sent or will be: a late refusal can't lead to a second sending. The report
itself is kept in the storage, its digest in the ledger.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import lifecycle
from gateway.outbound import queries
from gateway.outbound.models import MACHINE
from gateway.outbound.transmission import ACTOR
from gateway.outbox import Bringer, hear, is_known, transmissions
from gateway.wiring import Wiring
from ledger import canonical
from ledger.entry import Kind, NewEntry
from peppol.identifiers import PREDEFINED
from peppol.message import StatusEvent
from peppol.statuses import MEANINGS, Outcome, stronger, told_at


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: what somebody said of the document."""

    document_id: UUID
    transmission_id: UUID
    event_id: str
    outcome: Outcome
    at: datetime
    reason: str
    report_sha256: str


async def record_status(
    db: AsyncConnection,
    company_id: UUID,
    event: StatusEvent,
    *,
    report_sha256: str,
    now: datetime,
    keys: KeyStore,
    by: Bringer | None = None,
) -> bool:
    """Write down one event, once; False where it was known. It changes facts, never what was sent or will be.

    Within each corner the stronger outcome stands (`peppol.statuses.stronger`), so events may come in any order; a
    weaker one is kept in `transmission_events` and moves nothing. `by`: see `take`.
    """
    transmission = await _by_key(db, company_id, event.key)
    if transmission is None:
        return False
    at = told_at(event.at)
    row = await queries.one(db, company_id, transmission.document_id, lock=True)
    if row.erased_at is not None:
        return False
    if not await hear(db, company_id, transmission.id, event, report_sha256=report_sha256, now=now, by=by):
        return False
    corner = MEANINGS[event.outcome].corner.value
    present = Outcome(given) if (given := row._mapping[corner]) else None
    if present is event.outcome or stronger(present, event.outcome) is not event.outcome:
        return True
    evidence = Status(
        document_id=row.id,
        transmission_id=transmission.id,
        event_id=event.event_id,
        outcome=event.outcome,
        at=at,
        reason=event.reason[:1000],
        report_sha256=report_sha256,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=row.id,
        to=event.outcome.value,
        actor=ACTOR,
        step=lifecycle.Step.LEARN,
        facts=evidence,
        entry=NewEntry(
            kind=Kind.STATUS,
            canonical=canonical.dumps(evidence),
            series=row.series,
            number=row.number,
            personal=row.id if row.personal else None,
        ),
        values={corner: event.outcome.value, f"{corner}_at": at, f"{corner}_reason": event.reason[:1000]},
    )
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)
    return True


async def take(
    wiring: Wiring, company_id: UUID, events: tuple[StatusEvent, ...], *, now: datetime, by: Bringer | None = None
) -> int:
    """Keep each event's report, then record it in a transaction of its own; returns how many were new.

    `by`: who says that it arrived, where that isn't the account it goes by now: it is asked before anything is sent.
    """
    new = 0
    for event in events:
        async with wiring.database.company(company_id) as db:
            if not await _news(db, company_id, event):
                continue
        digest = await wiring.storage.put(event.evidence)
        async with wiring.database.company(company_id) as db:
            new += await record_status(db, company_id, event, report_sha256=digest, now=now, keys=wiring.keys, by=by)
    return new


async def company_of(db: AsyncConnection, key: str) -> UUID | None:
    """The company that sends under this key; for calls that name nothing else."""
    try:
        transmission_id = UUID(key)
    except ValueError:
        return None
    company: UUID | None = (await db.execute(select(func.transmission_company(transmission_id)))).scalar_one()
    return company


async def settled(db: AsyncConnection, company_id: UUID, transmission_id: UUID) -> bool:
    """Whether nothing more is to be waited for but the buyer: corner 3 has spoken its last word, and corner 5."""
    transmission = await _by_key(db, company_id, str(transmission_id))
    if transmission is None:
        return True
    row = await queries.one(db, company_id, transmission.document_id)
    if row.erased_at is not None:
        return True
    receiver = f"0235:{row.buyer_endpoint}" not in PREDEFINED
    refused = row.c3 in {Outcome.REFUSED.value, Outcome.UNDELIVERABLE.value}
    return refused or (row.c5 is not None and (not receiver or row.c3 == Outcome.DELIVERED.value))


async def _news(db: AsyncConnection, company_id: UUID, event: StatusEvent) -> bool:
    """Whether the report is to be kept: it may name a person, and what no row names no erasure would find."""
    transmission = await _by_key(db, company_id, event.key)
    if transmission is None or await is_known(db, company_id, transmission.id, event.event_id):
        return False
    return (await queries.one(db, company_id, transmission.document_id)).erased_at is None


async def _by_key(db: AsyncConnection, company_id: UUID, key: str) -> Row[Any] | None:
    try:
        transmission_id = UUID(key)
    except ValueError:
        return None
    query = select(transmissions).where(transmissions.c.company_id == company_id, transmissions.c.id == transmission_id)
    return (await db.execute(query)).one_or_none()
