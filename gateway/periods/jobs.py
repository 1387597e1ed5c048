"""Every hour: close the days, months and years that have ended, and the VAT periods whose return was due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.companies.jobs import for_each
from gateway.jobqueue import Permanent, Temporary
from gateway.periods import closing, flow
from gateway.periods.calendar import today
from gateway.wiring import Wiring
from ledger import store
from ledger.errors import LedgerBusy

HOURLY = "periods.hourly"
CLOSE = "periods.close"


async def close(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Close what one company has due; missed days are caught up, a repeated run writes nothing."""
    if company_id is None:
        raise Permanent("closing belongs to a company")
    try:
        await closing.close_due(wiring.database, company_id, keys=wiring.keys, now=now)
        async with wiring.database.company(company_id) as db:
            created_us = (await store.head(db, company_id)).created_us
            opened = today(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=created_us))
            await flow.close_overdue(db, company_id, opened=opened, keys=wiring.keys, now=now)
    except LedgerBusy as busy:
        raise Temporary(str(busy)) from busy


HANDLERS = {HOURLY: for_each(CLOSE, key="hourly"), CLOSE: close}
SCHEDULE = {HOURLY: timedelta(hours=1)}
