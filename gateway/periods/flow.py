"""Close a VAT period, let one document into a closed one, choose the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events
from gateway.access.call import Call
from gateway.access.record import AccessChange, record_change
from gateway.periods import queries
from gateway.periods.calendar import TaxCalendar, TaxPeriod, overdue, period_of, rest_of, today
from gateway.periods.errors import DocumentUnknown, PeriodClosed, PeriodNotOver, PeriodOpen
from gateway.periods.models import ClosedPeriod, DocumentAdmitted, TaxPeriodClosed
from ledger import canonical, store
from ledger.entry import Kind, NewEntry
from ledger.store.append import lock_head

ACTOR = "system:periods"
_MONTHS = TaxCalendar(months=1)
"""What every period is made of."""


class _Dates(msgspec.Struct, frozen=True):
    issue_date: date | None = None
    tax_point_date: date | None = None


async def close(
    db: AsyncConnection, company_id: UUID, day: date, *, reason: str, by: str, keys: KeyStore, now: datetime
) -> ClosedPeriod:
    """Close the VAT period that holds `day`; from the commit on no document of these days is sealed.

    Where a change of calendar left some of its days in another, closed one, the others around `day` are closed.
    Raises PeriodNotOver, PeriodClosed.
    """
    period = period_of(await queries.calendar(db, company_id), day)
    if period.last_day >= today(now):
        raise PeriodNotOver(period)
    # Under the head's lock: a document is either sealed before it, or sees the period closed.
    await lock_head(db, company_id)
    rest = rest_of(period, await queries.overlapping(db, company_id, period), day)
    if rest is None:
        raise PeriodClosed(period)
    period = rest
    fact = TaxPeriodClosed(first_day=period.first_day, last_day=period.last_day, closed_by=by, reason=reason)
    seq = await _append(db, company_id, fact, keys=keys, now=now)
    await queries.close_tax_period(db, company_id, period, by=by, seq=seq, now=now)
    await _tell(db, company_id, "tax_period.closed", company_id, fact, by=by, now=now)
    return ClosedPeriod(
        first_day=period.first_day, last_day=period.last_day, closed_at=now, closed_by=by, entry_seq=seq
    )


async def close_overdue(
    db: AsyncConnection, company_id: UUID, *, opened: date, keys: KeyStore, now: datetime
) -> list[TaxPeriod]:
    """Close the periods whose return was due before today, from the day the ledger was opened on; returns them."""
    calendar = await queries.calendar(db, company_id)
    closed = []
    for period in overdue(calendar, since=opened, today=today(now)) if calendar.close_when_filed else ():
        day = period.first_day
        while day <= period.last_day:
            rest = rest_of(period, await queries.overlapping(db, company_id, period), day)
            if rest is not None:
                reason = "The day by which its return is due has passed."
                await close(db, company_id, day, reason=reason, by=ACTOR, keys=keys, now=now)
                closed.append(rest)
            day = period_of(_MONTHS, rest.last_day if rest else day).last_day + timedelta(days=1)
    return closed


async def admit(call: Call, document_id: UUID, *, reason: str) -> None:
    """Let one draft be sealed into the closed period that its dates lie in. Raises DocumentUnknown, PeriodOpen."""
    body = await queries.draft_body(call.db, call.company_id, document_id)
    if body is None:
        raise DocumentUnknown(document_id)
    dates = msgspec.json.decode(body, type=_Dates)
    days = [day for day in (dates.issue_date, dates.tax_point_date) if day is not None]
    found = False
    while (period := await queries.shut(call.db, call.company_id, days, document_id)) is not None:
        found = True
        by = call.principal.actor
        fact = DocumentAdmitted(
            document_id=document_id,
            first_day=period.first_day,
            last_day=period.last_day,
            admitted_by=by,
            reason=reason,
        )
        seq = await _append(call.db, call.company_id, fact, keys=call.wiring.keys, now=call.now)
        await queries.admit(call.db, call.company_id, document_id, period, reason=reason, by=by, seq=seq, now=call.now)
        await _tell(call.db, call.company_id, "tax_period.admitted", document_id, fact, by=by, now=call.now)
    if not found:
        raise PeriodOpen(days[0] if days else today(call.now))


async def choose_calendar(call: Call, chosen: TaxCalendar) -> TaxCalendar:
    """Store the company's VAT periods; the ledger keeps before and after. What is closed stays closed."""
    before = await queries.calendar(call.db, call.company_id)
    await queries.set_calendar(call.db, call.company_id, chosen, by=call.principal.actor, now=call.now)
    change = AccessChange(
        what="policy.changed",
        actor=call.principal.actor,
        subject=call.company_id,
        before=msgspec.json.encode(before, order="sorted").decode(),
        after=msgspec.json.encode(chosen, order="sorted").decode(),
    )
    await record_change(call.db, call.company_id, change, keys=call.wiring.keys, now=call.now)
    return chosen


async def closed_for(
    db: AsyncConnection, company_id: UUID, days: Sequence[date | None], document_id: UUID | None
) -> TaxPeriod | None:
    """The closed period that keeps a document with these dates (issue, tax point) out; None: it may be sealed.

    Once the head is locked the answer holds to the end of the transaction.
    """
    known = [day for day in days if day is not None]
    return await queries.shut(db, company_id, known, document_id) if known else None


async def _append(
    db: AsyncConnection, company_id: UUID, fact: TaxPeriodClosed | DocumentAdmitted, *, keys: KeyStore, now: datetime
) -> int:
    entry = NewEntry(kind=Kind.TAX_PERIOD, canonical=canonical.dumps(fact))
    (appended,) = await store.append(db, company_id, [entry], now=now, keys=keys)
    return appended.seq


async def _tell(
    db: AsyncConnection, company_id: UUID, kind: str, subject: UUID, fact: msgspec.Struct, *, by: str, now: datetime
) -> None:
    facts = msgspec.Raw(msgspec.json.encode(fact))
    await events.emit(db, company_id, events.Event(kind=kind, subject_id=subject, at=now, actor=by, facts=facts))
