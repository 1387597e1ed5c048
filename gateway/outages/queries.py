"""Rows of outages, and which documents they concern."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outages.calendar import end_of
from gateway.outages.errors import OutageNotFound
from gateway.outages.models import Cause, Concerned, Count, Duty, Outage
from gateway.periods.calendar import today

_PAGE = text("""
    select * from outages
    where company_id = :company_id and (cast(:before as uuid) is null or id < :before)
        and (not :pending or (notified_at is null and dismissed_at is null))
    order by id desc limit :most
""")
_ONE = text("select * from outages where company_id = :company_id and id = :id")
_ONE_LOCKED = text("select * from outages where company_id = :company_id and id = :id for no key update")
_RUNNING = text("""
    select * from outages where company_id = :company_id and over_at is null and cause <> 'reported' order by id
""")
_UNTOLD = text("""
    select * from outages where company_id = :company_id and notified_at is null and dismissed_at is null
        and warned_at is null and due_on <= :day order by id for no key update
""")
_OPEN = text("""
    insert into outages (
        company_id, id, cause, account_id, line, since, opened_at, opened_by, detail, due_on, over_at, over_by)
    values (:company_id, :id, :cause, :account_id, :line, :since, :opened_at, :opened_by, :detail, :due_on,
            cast(:over_at as timestamptz), case when cast(:over_at as timestamptz) is not null then :opened_by end)
    on conflict do nothing returning *
""")
_OVER = text("""
    update outages set over_at = greatest(:at, since), over_by = :by
    where company_id = :company_id and id = :id and over_at is null returning *
""")
_WARNED = text("update outages set warned_at = :at where company_id = :company_id and id = :id")
_NOTIFY = text("""
    update outages set notified_at = :at, notified_by = :by, reference = :reference, notified_seq = :seq
    where company_id = :company_id and id = :id
""")
_DISMISS = text("""
    update outages set dismissed_at = :at, dismissed_by = :by, dismissal = :reason
    where company_id = :company_id and id = :id
""")

# Ordered to be sent before it was over, and not out when it began. A line's outage concerns what went, or would go,
# through that line; what never had an attempt could be any line's.
_CONCERNED = """
    from issued_documents d
    left join transmissions t on t.company_id = d.company_id and t.document_id = d.id
    where d.company_id = :company_id and d.queued_at is not null and d.queued_at <= :until
        and (d.sent_at is null or d.sent_at > :since) and d.state in ('QUEUED', 'SENDING', 'SENT', 'FAILED')
        and (not :of_line or t.id is null or t.account_id is not distinct from cast(:account_id as uuid))
"""
_COUNT = text(f"select count(*) as documents, count(*) filter (where d.sent_at is null) as waiting {_CONCERNED}")
_NAMED = text(f"select d.id, d.number, d.issue_date, d.transmit_by, d.sent_at {_CONCERNED} order by d.number limit 200")

# What waits longer than it should: never begun, or begun and not through for passing reasons. Per line, None for what
# never had one.
_STUCK = text("""
    select t.account_id, t.id is not null as begun, min(d.queued_at) as since, count(*) as documents
    from issued_documents d
    left join transmissions t on t.company_id = d.company_id and t.document_id = d.id
    where d.company_id = :company_id and d.state in ('QUEUED', 'SENDING')
        and d.queued_at <= :before
    group by 1, 2
""")


class Stuck(msgspec.Struct, frozen=True):
    """Documents that wait longer than they should."""

    account_id: UUID | None
    begun: bool
    """Whether an attempt was ever made."""
    since: datetime
    documents: int


async def page(
    db: AsyncConnection, company_id: UUID, *, before: UUID | None, pending: bool, most: int, now: datetime
) -> list[Outage]:
    """Latest first."""
    given = {"company_id": company_id, "before": before, "pending": pending, "most": most}
    return [shown(row, now=now) for row in await db.execute(_PAGE, given)]


async def one(
    db: AsyncConnection, company_id: UUID, outage_id: UUID, *, now: datetime, lock: bool = False
) -> Outage:  # fmt: skip
    """One outage; `lock`: until the transaction ends. Raises OutageNotFound."""
    query = _ONE_LOCKED if lock else _ONE
    row = (await db.execute(query, {"company_id": company_id, "id": outage_id})).one_or_none()
    if row is None:
        raise OutageNotFound(outage_id)
    return shown(row, now=now)


async def running(db: AsyncConnection, company_id: UUID, *, now: datetime) -> list[Outage]:
    """Those that were opened by themselves and last."""
    return [shown(row, now=now) for row in await db.execute(_RUNNING, {"company_id": company_id})]


async def untold(db: AsyncConnection, company_id: UUID, day: object, *, now: datetime) -> list[Outage]:
    """Those due by this day of which the authority wasn't told, nor anybody warned; locked."""
    return [shown(row, now=now) for row in await db.execute(_UNTOLD, {"company_id": company_id, "day": day})]


async def add(db: AsyncConnection, values: dict[str, object], *, now: datetime) -> Outage | None:
    """None where the same failure is an outage already."""
    row = (await db.execute(_OPEN, values)).one_or_none()
    return None if row is None else shown(row, now=now)


async def end(
    db: AsyncConnection, company_id: UUID, outage_id: UUID, *, at: datetime, by: str, now: datetime
) -> Outage | None:  # fmt: skip
    """It is over since then; None where that was written down before."""
    row = (await db.execute(_OVER, {"company_id": company_id, "id": outage_id, "at": at, "by": by})).one_or_none()
    return None if row is None else shown(row, now=now)


async def warned(db: AsyncConnection, company_id: UUID, outage_id: UUID, *, at: datetime) -> None:
    """Somebody was warned of the deadline."""
    await db.execute(_WARNED, {"company_id": company_id, "id": outage_id, "at": at})


async def notified(
    db: AsyncConnection, company_id: UUID, outage_id: UUID, *, at: datetime, by: str, reference: str, seq: int
) -> None:  # fmt: skip
    """The authority was told."""
    values = {"company_id": company_id, "id": outage_id, "at": at, "by": by, "reference": reference, "seq": seq}
    await db.execute(_NOTIFY, values)


async def dismissed(
    db: AsyncConnection, company_id: UUID, outage_id: UUID, *, at: datetime, by: str, reason: str
) -> None:  # fmt: skip
    """The authority needn't be told."""
    await db.execute(_DISMISS, {"company_id": company_id, "id": outage_id, "at": at, "by": by, "reason": reason})


async def concerned(
    db: AsyncConnection, company_id: UUID, outage: Outage, *, now: datetime
) -> tuple[list[Concerned], Count]:  # fmt: skip
    """The first 200 documents concerned, by number, and how many there are in all."""
    given = {
        "company_id": company_id,
        "since": outage.since,
        "until": outage.over_at or now,
        "of_line": outage.cause is Cause.PROVIDER,
        "account_id": outage.account_id,
    }
    named = [Concerned(**row._mapping) for row in await db.execute(_NAMED, given)]
    counted = (await db.execute(_COUNT, given)).one()
    return named, Count(counted.documents, counted.waiting)


async def stuck(db: AsyncConnection, company_id: UUID, *, before: datetime) -> list[Stuck]:
    """What was ordered before then and isn't out."""
    rows = await db.execute(_STUCK, {"company_id": company_id, "before": before})
    return [Stuck(row.account_id, row.begun, row.since, row.documents) for row in rows]


def shown(row: Row[Any], *, now: datetime) -> Outage:
    """A row as it is shown."""
    kept = row._mapping
    if row.notified_at is not None:
        duty = Duty.NOTIFIED
    elif row.dismissed_at is not None:
        duty = Duty.DISMISSED
    else:
        duty = Duty.LATE if today(now) > row.due_on else Duty.PENDING
    derived: dict[str, Any] = {
        "cause": Cause(row.cause),
        "duty": duty,
        "due_at": end_of(row.due_on),
        "entry": None if row.notified_seq is None else f"/v1/ledger/entries/{row.notified_seq}",
    }
    return Outage(**{name: derived[name] if name in derived else kept[name] for name in Outage.__struct_fields__})
