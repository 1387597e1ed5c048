"""Every hour: warn of documents whose last day for transmission is near or over, each once for either."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import alarms, events
from gateway.companies.jobs import for_each
from gateway.jobqueue import Permanent
from gateway.outbound.deadline import SOON, Clock
from gateway.periods.calendar import today
from gateway.wiring import Wiring

HOURLY = "outbound.deadlines"
WARN = "outbound.warn"
ACTOR = "system:clock"
_MOST = 500
"""Documents that one transaction warns of."""

_DUE = text("""
    with due as (
        select d.id, d.number, d.transmit_by,
               case when d.transmit_by < :today then 'overdue' else 'due_soon' end as kind
        from issued_documents d
        where d.company_id = :company_id and d.transmit_by <= :soon and d.sent_at is null and d.state <> 'REJECTED'
            and num_nonnulls(d.c3, d.c5, d.buyer, d.erased_at) = 0
            and not exists (select from deadline_notices n where n.company_id = d.company_id and n.document_id = d.id
                and n.kind in ('overdue', case when d.transmit_by < :today then 'overdue' else 'due_soon' end))
        order by d.transmit_by, d.id limit :most
    ), told as (
        insert into deadline_notices (company_id, document_id, kind, at)
        select :company_id, id, kind, :now from due on conflict do nothing returning document_id
    )
    select due.* from due join told on told.document_id = due.id
""")


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the events `invoice.due_soon` and `invoice.overdue`."""

    number: str | None
    """Null while it is a draft that gets its number by sealing."""
    transmit_by: date


async def warn(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Warn of what one company has due; hours that were left out are made up for, a repeated run says nothing."""
    if company_id is None:
        raise Permanent("a deadline belongs to a company")
    told = _MOST
    while told == _MOST:
        async with wiring.database.company(company_id) as db:
            told = await give(db, company_id, now=now)


async def give(db: AsyncConnection, company_id: UUID, *, now: datetime) -> int:
    """Warn of at most 500 documents, the most urgent first; returns of how many."""
    day = today(now)
    given = {"company_id": company_id, "today": day, "soon": day + timedelta(days=SOON), "now": now, "most": _MOST}
    rows = (await db.execute(_DUE, given)).all()
    happened = [
        events.Event(
            kind=f"invoice.{row.kind}",
            subject_id=row.id,
            at=now,
            actor=ACTOR,
            facts=msgspec.Raw(msgspec.json.encode(Due(number=row.number, transmit_by=row.transmit_by))),
        )
        for row in rows
    ]
    await events.emit(db, company_id, *happened)
    if late := sum(row.kind == Clock.OVERDUE for row in rows):
        await alarms.sound(db, alarms.Alarm.DOCUMENT_OVERDUE, times=late, now=now)
    return len(rows)


HANDLERS = {HOURLY: for_each(WARN, key="hourly"), WARN: warn}
SCHEDULE = {HOURLY: timedelta(hours=1)}
