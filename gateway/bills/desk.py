"""The review queue, and what a reviewer does with a bill: only while nobody else's lease stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, exists, select

from gateway.access.call import Call
from gateway.bills import flow, leases, queries
from gateway.bills.changes import Change
from gateway.bills.errors import BillLeased
from gateway.bills.leases import Lease
from gateway.bills.models import bills
from gateway.bills.queries import Summary
from gateway.bills.states import State


class Waiting(Summary, frozen=True, kw_only=True):
    """A bill that waits for review; `reasons` say why."""

    lease: Lease | None
    """Who looks at it just now."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One page of what waits, oldest first."""

    items: tuple[Waiting, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""
    waiting: int
    """How many bills wait in all."""


async def queue(call: Call, *, free: bool, cursor: UUID | None, limit: int) -> Queue:
    """What waits for review, behind `cursor`. `free`: without what somebody else looks at."""
    query = queries.documents(call.company_id).where(bills.c.state == State.NEEDS_REVIEW.value)
    if free:
        query = query.where(~_taken(call))
    if cursor is not None:
        query = query.where(bills.c.id > cursor)
    rows = (await call.db.execute(query.order_by(bills.c.id).limit(limit + 1))).all()
    shown = rows[:limit]
    standing = await leases.standing(call.db, call.company_id, [row.id for row in shown], now=call.now)
    counted = await queries.count(call.db, call.company_id, [State.NEEDS_REVIEW])
    return Queue(
        items=tuple(_waiting(row, standing.get(row.id)) for row in shown),
        next=shown[-1].id if len(rows) > limit else None,
        waiting=counted[State.NEEDS_REVIEW],
    )


async def take_next(call: Call) -> Waiting | None:
    """Lease the oldest bill that nobody else looks at; of several reviewers who ask at once, each gets another one."""
    query = select(bills.c.id).where(
        bills.c.company_id == call.company_id, bills.c.state == State.NEEDS_REVIEW.value, ~_taken(call)
    )
    oldest = query.order_by(bills.c.id).limit(1).with_for_update(skip_locked=True, key_share=True)
    while (bill_id := await call.db.scalar(oldest)) is not None:
        try:
            lease = await leases.take(call, bill_id)
        except BillLeased:  # in the moment between seeing the bill free and locking it; seen taken from now on
            continue
        return _waiting(await queries.one(call.db, call.company_id, bill_id), lease)
    return None


async def correct(call: Call, bill_id: UUID, wanted: Sequence[Change], *, version: int) -> None:
    """Put values right. Raises BillLeased, and what `flow.correct` raises."""
    await _mine(call, bill_id)
    await flow.correct(call, bill_id, wanted, version=version)


async def accept(call: Call, bill_id: UUID, *, version: int) -> None:
    """Vouch for the values; the review is over. Raises BillLeased, and what `flow.accept` raises."""
    await _mine(call, bill_id)
    await leases.end(call.db, call.company_id, bill_id)
    await flow.accept(call, bill_id, version=version)


async def discard(call: Call, bill_id: UUID, reason: str, *, version: int) -> None:
    """Throw the reading away; the review is over. Raises BillLeased, and what `flow.discard` raises."""
    await _mine(call, bill_id)
    await leases.end(call.db, call.company_id, bill_id)
    await flow.discard(call, bill_id, reason, version=version)


async def retry(call: Call, bill_id: UUID) -> None:
    """Have it read again; the review is over. Raises BillLeased, and what `flow.read_again` raises."""
    await _mine(call, bill_id)
    await leases.end(call.db, call.company_id, bill_id)
    await flow.read_again(
        call.db, call.company_id, bill_id, actor=call.principal.actor, now=call.now, keys=call.wiring.keys
    )


async def _mine(call: Call, bill_id: UUID) -> None:
    """The bill's row first: whoever takes a lease locks it too, so nothing changes until this transaction ends."""
    await queries.one(call.db, call.company_id, bill_id, lock=True)
    await leases.demand(call, bill_id)


def _taken(call: Call) -> ColumnElement[bool]:
    """That somebody else looks at the bill."""
    of = leases.leases.c
    return exists().where(
        of.company_id == bills.c.company_id,
        of.bill_id == bills.c.id,
        of.expires_at > call.now,
        of.holder != call.principal.actor,
    )


def _waiting(row: Row[Any], lease: Lease | None) -> Waiting:
    return Waiting(**msgspec.structs.asdict(queries.summary(row)), lease=lease)
