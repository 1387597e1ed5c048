"""Rows of closes and of VAT periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.periods.calendar import TaxCalendar, TaxPeriod
from gateway.periods.models import ClosedPeriod, CloseView
from ledger.periods import Close, Span

_CALENDAR = text(
    "select months, first_month, filing_day, close_when_filed, year_ends_in from tax_calendars "
    "where company_id = :company_id"
)
_SET_CALENDAR = text("""
    insert into tax_calendars (company_id, months, first_month, filing_day, close_when_filed, year_ends_in,
                               changed_at, changed_by)
    values (:company_id, :months, :first_month, :filing_day, :close_when_filed, :year_ends_in, :now, :by)
    on conflict (company_id) do update set months = excluded.months, first_month = excluded.first_month,
        filing_day = excluded.filing_day, close_when_filed = excluded.close_when_filed,
        year_ends_in = excluded.year_ends_in, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")
_TAX_PERIODS = text(
    "select first_day, last_day, closed_at, closed_by, entry_seq from tax_periods "
    "where company_id = :company_id order by first_day desc limit :most"
)
_OVERLAPPING = text(
    "select first_day, last_day from tax_periods where company_id = :company_id "
    "and first_day <= :last_day and last_day >= :first_day order by first_day"
)
_SHUT = text("""
    select p.first_day, p.last_day from tax_periods p
    where p.company_id = :company_id
        and exists (select from unnest(cast(:days as date[])) as d(day) where d.day between p.first_day and p.last_day)
        and not exists (select from tax_period_admissions a where a.company_id = p.company_id
            and a.first_day = p.first_day and a.document_id = :document_id)
    order by p.first_day limit 1
""")
_CLOSE_TAX = text(
    "insert into tax_periods (company_id, first_day, last_day, closed_at, closed_by, entry_seq) "
    "values (:company_id, :first_day, :last_day, :now, :by, :seq)"
)
_ADMIT = text(
    "insert into tax_period_admissions "
    "(company_id, document_id, first_day, reason, admitted_at, admitted_by, entry_seq) "
    "values (:company_id, :document_id, :first_day, :reason, :now, :by, :seq)"
)
_CLOSES = text("""
    select l.seq, c.canonical from ledger_closes l
    left join ledger_contents c on c.company_id = l.company_id and c.seq = l.seq
    where l.company_id = :company_id and (cast(:span as text) is null or l.span = :span)
    order by l.seq desc limit :most
""")
_ANY_CLOSE = text("select exists (select from ledger_entries where company_id = :company_id and kind = 15)")
_ADD_CLOSE = text(
    "insert into ledger_closes (company_id, span, period, seq) values (:company_id, :span, :period, :seq)"
)
_BOOKS = text("select state from ledger_books where company_id = :company_id for update")
_OPEN_BOOKS = text("insert into ledger_books (company_id, state) values (:company_id, :state) on conflict do nothing")
_KEEP_BOOKS = text(
    "insert into ledger_books (company_id, state) values (:company_id, :state) "
    "on conflict (company_id) do update set state = excluded.state"
)
_DRAFT = text(
    "select body from issued_documents "
    "where company_id = :company_id and id = :id and state = 'DRAFT' for no key update"
)


async def calendar(db: AsyncConnection, company_id: UUID) -> TaxCalendar:
    """The company's VAT periods; calendar quarters where it never chose."""
    row = (await db.execute(_CALENDAR, {"company_id": company_id})).one_or_none()
    return TaxCalendar() if row is None else TaxCalendar(**row._mapping)


async def set_calendar(db: AsyncConnection, company_id: UUID, chosen: TaxCalendar, *, by: str, now: datetime) -> None:
    """Store what the company chose."""
    await db.execute(_SET_CALENDAR, {"company_id": company_id, **msgspec.structs.asdict(chosen), "by": by, "now": now})


async def tax_periods(db: AsyncConnection, company_id: UUID, *, most: int) -> list[ClosedPeriod]:
    """The closed ones, latest first."""
    rows = await db.execute(_TAX_PERIODS, {"company_id": company_id, "most": most})
    return [ClosedPeriod(**row._mapping) for row in rows]


async def overlapping(db: AsyncConnection, company_id: UUID, period: TaxPeriod) -> list[TaxPeriod]:
    """The closed periods that have a day in common with this one."""
    given = {"company_id": company_id, "first_day": period.first_day, "last_day": period.last_day}
    return [TaxPeriod(row.first_day, row.last_day) for row in await db.execute(_OVERLAPPING, given)]


async def shut(
    db: AsyncConnection, company_id: UUID, days: Sequence[date], document_id: UUID | None
) -> TaxPeriod | None:
    """The first closed period that holds one of these days and didn't let the document in."""
    given = {"company_id": company_id, "days": list(days), "document_id": document_id}
    row = (await db.execute(_SHUT, given)).one_or_none()
    return None if row is None else TaxPeriod(row.first_day, row.last_day)


async def close_tax_period(
    db: AsyncConnection, company_id: UUID, period: TaxPeriod, *, by: str, seq: int, now: datetime
) -> None:
    """The row of a closed period."""
    given = {"first_day": period.first_day, "last_day": period.last_day, "by": by, "seq": seq, "now": now}
    await db.execute(_CLOSE_TAX, {"company_id": company_id, **given})


async def admit(
    db: AsyncConnection,
    company_id: UUID,
    document_id: UUID,
    period: TaxPeriod,
    *,
    reason: str,
    by: str,
    seq: int,
    now: datetime,
) -> None:
    """The row of a document that was let in."""
    given = {"first_day": period.first_day, "reason": reason, "by": by, "seq": seq, "now": now}
    await db.execute(_ADMIT, {"company_id": company_id, "document_id": document_id, **given})


async def draft_body(db: AsyncConnection, company_id: UUID, document_id: UUID) -> bytes | None:
    """The JSON of a draft, held to the end of the transaction."""
    body: bytes | None = await db.scalar(_DRAFT, {"company_id": company_id, "id": document_id})
    return body


async def closes(db: AsyncConnection, company_id: UUID, span: Span | None, *, most: int) -> list[CloseView]:
    """Closed days, months, years; latest first."""
    rows = await db.execute(_CLOSES, {"company_id": company_id, "span": span and span.value, "most": most})
    return [CloseView(seq=row.seq, close=_close(row.canonical)) for row in rows]


async def any_close(db: AsyncConnection, company_id: UUID) -> bool:
    """Whether the ledger holds a close; asked of the entries, as rows about them can be taken away."""
    return bool(await db.scalar(_ANY_CLOSE, {"company_id": company_id}))


async def add_close(db: AsyncConnection, company_id: UUID, close: Close, seq: int) -> None:
    """The row that keeps a second close of the same period out."""
    await db.execute(
        _ADD_CLOSE, {"company_id": company_id, "span": close.span.value, "period": close.period, "seq": seq}
    )


async def books(db: AsyncConnection, company_id: UUID) -> bytes | None:
    """Where the closing job left off; held to the end of the transaction."""
    state: bytes | None = await db.scalar(_BOOKS, {"company_id": company_id})
    return state


async def open_books(db: AsyncConnection, company_id: UUID, state: bytes) -> None:
    """Begin them where there are none; waits for whoever is doing the same."""
    await db.execute(_OPEN_BOOKS, {"company_id": company_id, "state": state})


async def keep_books(db: AsyncConnection, company_id: UUID, state: bytes) -> None:
    """Where it goes on."""
    await db.execute(_KEEP_BOOKS, {"company_id": company_id, "state": state})


def _close(canonical: Any) -> Close | None:
    try:
        return msgspec.json.decode(canonical, type=Close) if canonical else None
    except msgspec.DecodeError:
        return None
