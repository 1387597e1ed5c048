"""Every few minutes: look for outages of every company."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from gateway.companies.jobs import for_each
from gateway.jobqueue import Permanent
from gateway.outages import watch
from gateway.wiring import Wiring

WATCH = "outages.watch"
LOOK = "outages.look"


async def look(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Look at one company; a run that was left out is made up for by the next."""
    if company_id is None:
        raise Permanent("an outage belongs to a company")
    async with wiring.database.company(company_id) as db:
        await watch.look(db, company_id, settings=wiring.settings, now=now)


HANDLERS = {WATCH: for_each(LOOK, key="watch"), LOOK: look}
SCHEDULE = {WATCH: timedelta(minutes=5)}
