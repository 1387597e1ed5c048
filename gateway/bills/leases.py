"""One reviewer at a time: a lease on a bill, which ends by itself.

While somebody's lease stands, nobody else changes, accepts or discards the bill. A lease is asked for by whoever
opens a bill for review; machines that only correct a value need none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.call import Call
from gateway.bills.errors import BillLeased, NotInReview
from gateway.bills.queries import one
from gateway.bills.states import State
from gateway.db import metadata

leases = Table(
    "bill_leases",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

LASTS: Final = timedelta(minutes=15)
"""Asking again while one's own lease stands makes it last as long anew."""

# The clause makes it a race that only one wins: whoever comes second finds a lease that stands.
_TAKE = text(
    "insert into bill_leases as l (company_id, bill_id, holder, taken_at, expires_at) "
    "values (:company_id, :bill_id, :holder, :now, :until) "
    "on conflict (company_id, bill_id) do update set holder = excluded.holder, expires_at = excluded.expires_at, "
    "taken_at = case when l.expires_at > :now then l.taken_at else excluded.taken_at end "
    "where l.holder = excluded.holder or l.expires_at <= :now "
    "returning holder, taken_at, expires_at"
)
_STANDING = text(
    "select bill_id, holder, taken_at, expires_at from bill_leases "
    "where company_id = :company_id and bill_id = any(:bill_ids) and expires_at > :now"
)
_END = text("delete from bill_leases where company_id = :company_id and bill_id = :bill_id and holder = :holder")
_FORGET = text("delete from bill_leases where company_id = :company_id and bill_id = :bill_id")


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at a bill, and until when."""

    holder: str
    """`user:<id>`, or `api_key:<id>`."""
    taken_at: datetime
    expires_at: datetime


async def take(call: Call, bill_id: UUID) -> Lease:
    """Take it, or make one's own last anew. Raises BillNotFound, NotInReview, BillLeased."""
    bill = await one(call.db, call.company_id, bill_id, lock=True)
    if bill.state != State.NEEDS_REVIEW:
        raise NotInReview(bill.state)
    given = {
        "company_id": call.company_id,
        "bill_id": bill_id,
        "holder": call.principal.actor,
        "now": call.now,
        "until": call.now + LASTS,
    }
    row = (await call.db.execute(_TAKE, given)).one_or_none()
    if row is None:
        await demand(call, bill_id)
        raise AssertionError("the bill's row is locked, so the lease that stood a moment ago still stands")
    return msgspec.convert(row._mapping, Lease)


async def release(call: Call, bill_id: UUID) -> None:
    """Give one's own back; somebody else's, or one that is over, is left alone. Raises BillNotFound."""
    await one(call.db, call.company_id, bill_id)
    given = {"company_id": call.company_id, "bill_id": bill_id, "holder": call.principal.actor}
    await call.db.execute(_END, given)


async def demand(call: Call, bill_id: UUID) -> None:
    """Raise BillLeased where somebody else's lease stands. The caller has locked the bill's row."""
    lease = (await standing(call.db, call.company_id, [bill_id], now=call.now)).get(bill_id)
    if lease is not None and lease.holder != call.principal.actor:
        raise BillLeased(lease.holder, lease.expires_at)


async def end(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> None:
    """Its review is over, whoever held it."""
    await db.execute(_FORGET, {"company_id": company_id, "bill_id": bill_id})


async def standing(
    db: AsyncConnection, company_id: UUID, bill_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, Lease]:
    """The leases of these bills that aren't over."""
    rows = await db.execute(_STANDING, {"company_id": company_id, "bill_ids": list(bill_ids), "now": now})
    return {row.bill_id: Lease(holder=row.holder, taken_at=row.taken_at, expires_at=row.expires_at) for row in rows}
