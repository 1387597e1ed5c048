"""A task for each bill that doesn't match: whose it is, until when, and a word once when that is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, Date, DateTime, Row, Table, Text, Uuid, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events
from gateway.access import queries as access
from gateway.access.call import Call
from gateway.bills import queries
from gateway.bills.errors import NotAMember, NoTask
from gateway.bills.policy import Exceptions
from gateway.bills.queries import Summary
from gateway.bills.states import State
from gateway.db import metadata
from gateway.periods.calendar import today

ACTOR = "system:clock"
_MOST = 500
"""Tasks that one transaction tells of."""

tasks = Table(
    "bill_tasks",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, primary_key=True),
    Column("owner", Uuid),
    Column("due_on", Date, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("told_at", DateTime(timezone=True)),
    Column("note", Text),
)
# What was decided about a task before (its owner, a note) holds when the bill is an exception again.
_OPEN = text("""
    insert into bill_tasks as t (company_id, bill_id, owner, due_on, opened_at)
    values (:company_id, :bill_id, :owner, :due_on, :now)
    on conflict (company_id, bill_id) do update
    set due_on = excluded.due_on, opened_at = excluded.opened_at, closed_at = null, told_at = null
    where t.closed_at is not null
""")
_OVERDUE = text("""
    with late as (
        select bill_id from bill_tasks
        where company_id = :company_id and closed_at is null and told_at is null and due_on < :today
        order by due_on limit :most for update skip locked
    )
    update bill_tasks t set told_at = :now from late
    where t.company_id = :company_id and t.bill_id = late.bill_id
    returning t.bill_id, t.owner, t.due_on
""")


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has to look why a bill doesn't match."""

    owner: UUID | None
    """A member; null: nobody has taken it."""
    due_on: date
    opened_at: datetime
    closed_at: datetime | None
    """When it matched after all, or somebody decided; null while it is open."""
    note: str | None


class Open(Summary, frozen=True, kw_only=True):
    """A bill that doesn't match, with its task."""

    task: Task


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of tasks, the most urgent first."""

    items: tuple[Open, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be another; what is absent stays."""

    owner: UUID | msgspec.UnsetType | None = msgspec.UNSET
    due_on: date | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType | None = msgspec.UNSET


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a task."""

    owner: UUID | None
    due_on: date
    note: str | None = None


async def follow(
    db: AsyncConnection, company_id: UUID, row: Row[Any], to: State, chosen: Exceptions, *, now: datetime
) -> None:
    """A bill was matched: open its task where it is an exception, close it where it isn't any more."""
    if to is not State.EXCEPTION:
        await close(db, company_id, row.id, now=now)
        return
    day = today(now)
    due = day + timedelta(days=chosen.days)
    if row.due_date is not None:
        due = max(min(due, row.due_date), day)
    given = {"company_id": company_id, "bill_id": row.id, "owner": chosen.owner, "due_on": due, "now": now}
    await db.execute(_OPEN, given)


async def close(db: AsyncConnection, company_id: UUID, bill_id: UUID, *, now: datetime) -> None:
    """Nothing has to be looked into any more."""
    mine = (tasks.c.company_id == company_id) & (tasks.c.bill_id == bill_id) & tasks.c.closed_at.is_(None)
    await db.execute(update(tasks).where(mine).values(closed_at=now))


async def of(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> Task | None:
    """The task of a bill, open or closed; None where it never needed one."""
    query = select(tasks).where(tasks.c.company_id == company_id, tasks.c.bill_id == bill_id)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _task(row)


async def open_of(db: AsyncConnection, company_id: UUID, bill_ids: Sequence[UUID]) -> dict[UUID, Task]:
    """The open tasks of these bills."""
    mine = (tasks.c.company_id == company_id) & tasks.c.bill_id.in_(bill_ids) & tasks.c.closed_at.is_(None)
    return {row.bill_id: _task(row) for row in await db.execute(select(tasks).where(mine))}


async def page(call: Call, *, owner: UUID | None, overdue: bool, cursor: UUID | None, limit: int) -> TaskPage:
    """Open tasks by the day they are due. `owner`: only this member's."""
    same = (tasks.c.company_id == call.company_id) & tasks.c.closed_at.is_(None)
    query = select(tasks).where(same)
    if owner is not None:
        query = query.where(tasks.c.owner == owner)
    if overdue:
        query = query.where(tasks.c.due_on < today(call.now))
    if cursor is not None:
        last = await of(call.db, call.company_id, cursor)
        if last is None:
            raise NoTask(cursor)
        behind = (tasks.c.due_on > last.due_on) | ((tasks.c.due_on == last.due_on) & (tasks.c.bill_id > cursor))
        query = query.where(behind)
    rows = (await call.db.execute(query.order_by(tasks.c.due_on, tasks.c.bill_id).limit(limit + 1))).all()
    shown = rows[:limit]
    bills = await queries.many(call.db, call.company_id, [row.bill_id for row in shown])
    return TaskPage(
        items=tuple(
            Open(**msgspec.structs.asdict(queries.summary(bills[row.bill_id])), task=_task(row)) for row in shown
        ),
        next=shown[-1].bill_id if len(rows) > limit else None,
    )


async def assign(call: Call, bill_id: UUID, wanted: Assignment) -> None:
    """Give an open task to somebody, or another day. Raises BillNotFound, NoTask, NotAMember."""
    await queries.one(call.db, call.company_id, bill_id)
    values = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not msgspec.UNSET}
    if isinstance(wanted.owner, UUID) and wanted.owner not in {one.user_id for one in await access.members(call.db)}:
        raise NotAMember(wanted.owner)
    if "due_on" in values:
        values["told_at"] = None
    mine = (tasks.c.company_id == call.company_id) & (tasks.c.bill_id == bill_id) & tasks.c.closed_at.is_(None)
    changed = update(tasks).where(mine).values(**values or {"owner": tasks.c.owner}).returning(tasks)
    row = (await call.db.execute(changed)).one_or_none()
    if row is None:
        raise NoTask(bill_id)
    facts = Told(owner=row.owner, due_on=row.due_on, note=row.note)
    await events.emit(call.db, call.company_id, _event("bill.assigned", bill_id, call.principal.actor, facts, call.now))


async def remind(db: AsyncConnection, company_id: UUID, *, now: datetime) -> int:
    """Tell once of at most 500 tasks that are overdue; returns of how many."""
    given = {"company_id": company_id, "today": today(now), "now": now, "most": _MOST}
    rows = (await db.execute(_OVERDUE, given)).all()
    happened = [
        _event("bill.overdue", row.bill_id, ACTOR, Told(owner=row.owner, due_on=row.due_on), now) for row in rows
    ]
    await events.emit(db, company_id, *happened)
    return len(rows)


def _task(row: Row[Any]) -> Task:
    return Task(owner=row.owner, due_on=row.due_on, opened_at=row.opened_at, closed_at=row.closed_at, note=row.note)


def _event(kind: str, bill_id: UUID, actor: str, facts: Told, now: datetime) -> events.Event:
    return events.Event(
        kind=kind, subject_id=bill_id, at=now, actor=actor, facts=msgspec.Raw(msgspec.json.encode(facts))
    )
