"""What the worker does with bills: take them from the network, read, match, match again, learn."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from gateway.bills import flow, learning, matching, queries, reading, taking, tasks
from gateway.bills.choosing import REMATCH
from gateway.bills.flow import LEARN, MATCH, MatchJob
from gateway.bills.hall import READ, ReadJob
from gateway.companies.jobs import for_each
from gateway.inbound.flow import TAKE, TakeJob
from gateway.jobqueue import of_company
from gateway.purchasing import queries as purchasing
from gateway.purchasing.changed import CHANGED, ChangedJob
from gateway.suppliers.changed import CHANGED as SUPPLIER_CHANGED
from gateway.suppliers.changed import ChangedJob as SupplierChangedJob
from gateway.wiring import Wiring

HOURLY = "bills.hourly"
REMIND = "bills.remind"


async def read(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Read one bill."""
    job = msgspec.json.decode(payload, type=ReadJob)
    await reading.read_bill(wiring, of_company(company_id), job.bill_id, now=now)


async def match(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Match one bill."""
    job = msgspec.json.decode(payload, type=MatchJob)
    await matching.match_bill(wiring, of_company(company_id), job.bill_id, now=now)


async def learn(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Learn from one bill's corrections."""
    job = msgspec.json.decode(payload, type=MatchJob)
    await learning.learn_from(wiring, of_company(company_id), job.bill_id, now=now)


async def take(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Make a bill of what the network brought."""
    job = msgspec.json.decode(payload, type=TakeJob)
    await taking.take(wiring, of_company(company_id), job.document_id, now=now)


async def purchasing_changed(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """An order or receipt isn't as it was: match the open bills of its supplier again, and those of nobody known."""
    company, job = of_company(company_id), msgspec.json.decode(payload, type=ChangedJob)
    async with wiring.database.company(company) as db:
        order = await purchasing.one(db, company, job.order_id)
        await flow.order_match(db, company, *await queries.waiting(db, company, supplier_id=order.supplier_id))


async def supplier_changed(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """A supplier was entered or changed, or its account released or refused: what it held may go on."""
    company, job = of_company(company_id), msgspec.json.decode(payload, type=SupplierChangedJob)
    async with wiring.database.company(company) as db:
        await flow.order_match(db, company, *await queries.waiting(db, company, supplier_id=job.supplier_id))


async def rematch(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """The company's policy was changed."""
    company = of_company(company_id)
    async with wiring.database.company(company) as db:
        await flow.order_match(db, company, *await queries.waiting(db, company, supplier_id=None, everybody=True))


async def remind(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Tell of one company's tasks that are overdue, each once."""
    while True:
        async with wiring.database.company(of_company(company_id)) as db:
            if not await tasks.remind(db, of_company(company_id), now=now):
                return


HANDLERS = {
    HOURLY: for_each(REMIND, key="hourly"),
    REMIND: remind,
    READ: read,
    MATCH: match,
    LEARN: learn,
    TAKE: take,
    REMATCH: rematch,
    CHANGED: purchasing_changed,
    SUPPLIER_CHANGED: supplier_changed,
}
"""Job kind -> function."""
SCHEDULE = {HOURLY: timedelta(hours=1)}
"""By time."""
