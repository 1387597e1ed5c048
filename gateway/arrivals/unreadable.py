"""What came and nobody here can read or may have: the bytes are kept as they came, and shown to a person.

It belongs to the company that the envelope names or whose account brought it. What names nobody and came through the
installation's provider belongs to the only company there is; where there are several, to the platform's people.
The same bytes of one provider are kept once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events
from gateway.arrivals.errors import NotKept
from gateway.arrivals.line import Line
from gateway.arrivals.models import unreadable
from gateway.db import new_id
from gateway.inbound.opened import Opened, Receipt
from gateway.wiring import Wiring

ACTOR = "system:network"

_SOLE = text("select arrival_sole_company()")
_UNCLAIMED = text(
    "select kept, fresh from arrival_unclaimed("
    ":id, :provider, :reference, :sha256, :size, :reason, :sender, :document_type, :arrived_at)"
)
_UNCLAIMED_PAGE = text("select * from arrival_unclaimed_page(:before, :most)")
_UNCLAIMED_ONE = text("select * from arrival_unclaimed_one(:id)")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of something that can't be read."""

    account_id: UUID | None = None
    """The account that brought it; null: the installation's provider."""
    provider: str
    reference: str
    """The provider's own id of it."""
    reason: str
    """Why nobody can read it, for a person."""
    sender: str | None = None
    """Corner 1, where an envelope says so."""
    document_type: str | None = None


class Kept(Found, frozen=True, kw_only=True):
    """The same as a list shows it."""

    id: UUID
    sha256: str
    size: int
    """Bytes."""
    arrived_at: datetime


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page, latest first."""

    items: tuple[Kept, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    provider: str
    reason: str
    sha256: str


async def take_other(wiring: Wiring, company_id: UUID, opened: Opened, *, now: datetime) -> Receipt:
    """Keep an envelope whose document is of a type that nothing here works with; see `gateway.arrivals.dispatch`."""
    reason = f"Nothing here works with documents of the type {opened.message.document_type}."
    found = Found(
        account_id=opened.account_id,
        provider=opened.provider,
        reference=opened.reference[:200],
        reason=reason,
        sender=opened.message.sender.value,
        document_type=str(opened.message.document_type),
    )
    return await _keep(wiring, company_id, opened.envelope, found, now=now)


async def keep(wiring: Wiring, line: Line, content: bytes, *, reference: str, reason: str, now: datetime) -> Receipt:
    """Keep bytes that came through this line; on return they are committed."""
    company_id = line.company_id or await sole_company(wiring)
    found = Found(
        account_id=line.account_id,
        provider=line.provider.name,
        reference=reference[:200],
        reason=reason.replace("\0", "\ufffd")[:1000],
    )
    return await _keep(wiring, company_id, content, found, now=now)


async def sole_company(wiring: Wiring) -> UUID | None:
    """The company of an installation that has one only."""
    async with wiring.database.platform() as db:
        found: UUID | None = await db.scalar(_SOLE)
    return found


async def page(db: AsyncConnection, company_id: UUID, *, cursor: UUID | None, limit: int) -> Page:
    """At most `limit` of a company's, older than the one named by `cursor`."""
    query = select(unreadable).where(unreadable.c.company_id == company_id)
    if cursor is not None:
        query = query.where(unreadable.c.id < cursor)
    return _page((await db.execute(query.order_by(unreadable.c.id.desc()).limit(limit + 1))).all(), limit)


async def one(db: AsyncConnection, company_id: UUID, arrival_id: UUID) -> Kept:
    """One of a company's. Raises NotKept."""
    query = select(unreadable).where(unreadable.c.company_id == company_id, unreadable.c.id == arrival_id)
    return _found((await db.execute(query)).one_or_none(), arrival_id)


async def unclaimed_page(db: AsyncConnection, *, cursor: UUID | None, limit: int) -> Page:
    """The same of what belongs to no company."""
    return _page((await db.execute(_UNCLAIMED_PAGE, {"before": cursor, "most": limit + 1})).all(), limit)


async def unclaimed_one(db: AsyncConnection, arrival_id: UUID) -> Kept:
    """One of those. Raises NotKept."""
    return _found((await db.execute(_UNCLAIMED_ONE, {"id": arrival_id})).one_or_none(), arrival_id)


async def _keep(wiring: Wiring, company_id: UUID | None, content: bytes, found: Found, *, now: datetime) -> Receipt:
    digest = await wiring.storage.put(content)
    known = msgspec.structs.asdict(found)
    kept = Kept(**known, id=new_id(), sha256=digest, size=len(content), arrived_at=now)
    row = msgspec.structs.asdict(kept)
    if company_id is None:
        async with wiring.database.platform() as db:
            arrival_id, fresh = (await db.execute(_UNCLAIMED, row)).one()
        return Receipt(arrival_id, duplicate=not fresh)
    async with wiring.database.company(company_id) as db:
        made = upsert(unreadable).values(company_id=company_id, **row)
        if (await db.execute(made.on_conflict_do_nothing())).rowcount == 0:
            same = select(unreadable.c.id).where(
                unreadable.c.company_id == company_id,
                unreadable.c.account_id.is_not_distinct_from(found.account_id),
                unreadable.c.sha256 == digest,
            )
            return Receipt((await db.execute(same)).scalar_one(), duplicate=True)
        told = _Told(provider=found.provider, reason=found.reason, sha256=digest)
        facts = msgspec.Raw(msgspec.json.encode(told))
        event = events.Event(kind="arrival.unreadable", subject_id=kept.id, at=now, actor=ACTOR, facts=facts)
        await events.emit(db, company_id, event)
    return Receipt(kept.id, duplicate=False)


def _page(rows: Sequence[Row[Any]], limit: int) -> Page:
    items = tuple(_kept(row) for row in rows[:limit])
    return Page(items=items, next=items[-1].id if len(rows) > limit else None)


def _found(row: Row[Any] | None, arrival_id: UUID) -> Kept:
    if row is None:
        raise NotKept(arrival_id)
    return _kept(row)


def _kept(row: Row[Any]) -> Kept:
    return msgspec.convert(row, Kept, from_attributes=True)
