"""Rows of `mailboxes`, of the company whose transaction it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.mailboxes.models import Kept, Mailbox, Standing, mailboxes

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('mailboxes ' || cast(:company_id as uuid), 0))")
_COUNTS = text("""
    select mailbox_id, count(*) filter (where outcome = 'processed') as processed,
           count(*) filter (where outcome = 'failed') as failed,
           count(*) filter (where outcome = 'begun') as unfinished,
           count(*) filter (where settled_at is not null and moved_at is null) as unmoved
    from mail_messages where company_id = :company_id and (cast(:id as uuid) is null or mailbox_id = :id)
    group by mailbox_id
""")
_CLAIM = text("""
    update mailboxes set claim = :claim, claimed_until = clock_timestamp() + :lease
    where company_id = :company_id and id = :id and removed_at is null and enabled
      and (claim = :claim or claimed_until is null or claimed_until <= clock_timestamp()) returning id
""")
_RELEASE = text("""
    update mailboxes set claim = null, claimed_until = null
    where company_id = :company_id and id = :id and claim = :claim
""")
_WELL = text("""
    with before as (
        select alarmed_at from mailboxes where company_id = :company_id and id = :id for no key update
    )
    update mailboxes m set looked_at = :now, well_at = :now, failing_since = null, failure = null, alarmed_at = null
    from before where m.company_id = :company_id and m.id = :id and m.version = :version returning before.alarmed_at
""")
_ILL = text("""
    update mailboxes set looked_at = :now, failing_since = coalesce(failing_since, :now), failure = :failure
    where company_id = :company_id and id = :id and version = :version returning failing_since, alarmed_at
""")
_ALARMED = text("""
    update mailboxes set alarmed_at = :now where company_id = :company_id and id = :id and alarmed_at is null
""")


async def every(db: AsyncConnection, company_id: UUID) -> list[Kept]:
    """All that weren't removed, the oldest first."""
    rows = await db.execute(_standing(company_id).order_by(mailboxes.c.id))
    return [_kept(row) for row in rows]


async def one(db: AsyncConnection, company_id: UUID, mailbox_id: UUID, *, lock: bool = False) -> Kept | None:
    """None where the company has no such mailbox (any more)."""
    query = _standing(company_id).where(mailboxes.c.id == mailbox_id)
    row = (await db.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _kept(row)


async def how_many(db: AsyncConnection, company_id: UUID) -> int:
    """Mailboxes of the company; none is made beside this until the end of the transaction."""
    await db.execute(_ONE_AT_A_TIME, {"company_id": company_id})
    return len(await every(db, company_id))


async def add(db: AsyncConnection, company_id: UUID, kept: Kept) -> None:
    """IntegrityError for a label that another mailbox has."""
    await db.execute(insert(mailboxes).values(company_id=company_id, **msgspec.structs.asdict(kept)))


async def change(db: AsyncConnection, company_id: UUID, mailbox_id: UUID, **values: object) -> None:
    """Set columns. IntegrityError as above."""
    query = update(mailboxes).where(mailboxes.c.company_id == company_id, mailboxes.c.id == mailbox_id)
    await db.execute(query.values(**values))


async def views(db: AsyncConnection, company_id: UUID, kept: list[Kept]) -> list[Mailbox]:
    """The same as people see them, with what came through them."""
    only = kept[0].id if len(kept) == 1 else None
    rows = await db.execute(_COUNTS, {"company_id": company_id, "id": only})
    counts = {row.mailbox_id: row._asdict() for row in rows}
    return [_view(one, counts.get(one.id, {})) for one in kept]


async def claim(db: AsyncConnection, company_id: UUID, mailbox_id: UUID, token: UUID, *, lease: timedelta) -> bool:
    """Hold it, or hold it longer; by the database's clock. False where another worker does, or it is switched off."""
    given = {"company_id": company_id, "id": mailbox_id, "claim": token, "lease": lease}
    return (await db.execute(_CLAIM, given)).one_or_none() is not None


async def release(db: AsyncConnection, company_id: UUID, mailbox_id: UUID, token: UUID) -> None:
    """Let it go."""
    await db.execute(_RELEASE, {"company_id": company_id, "id": mailbox_id, "claim": token})


async def well(db: AsyncConnection, company_id: UUID, kept: Kept, *, now: datetime) -> bool:
    """A look went well; True where people had been told that it didn't."""
    given = {"company_id": company_id, "id": kept.id, "version": kept.version, "now": now}
    return await db.scalar(_WELL, given) is not None


async def ill(
    db: AsyncConnection, company_id: UUID, kept: Kept, why: str, *, patience: timedelta, now: datetime
) -> bool:
    """A look failed; True where people have to be told now: it fails for longer than `patience`."""
    here = {"company_id": company_id, "id": kept.id}
    given = here | {"version": kept.version, "failure": why[:500], "now": now}
    row = (await db.execute(_ILL, given)).one_or_none()
    if row is None or row.alarmed_at is not None or now - row.failing_since < patience:
        return False
    return (await db.execute(_ALARMED, here | {"now": now})).rowcount == 1


def _standing(company_id: UUID) -> Select[tuple[object, ...]]:
    columns = [mailboxes.c[name] for name in Kept.__struct_fields__]
    return select(*columns).where(mailboxes.c.company_id == company_id, mailboxes.c.removed_at.is_(None))


def _kept(row: Row[Any]) -> Kept:
    return msgspec.convert(row, Kept, from_attributes=True)


def _view(kept: Kept, counts: dict[str, Any]) -> Mailbox:
    numbers = {name: counts.get(name, 0) for name in ("processed", "failed", "unfinished", "unmoved")}
    times = {name: getattr(kept, name) for name in ("looked_at", "well_at", "failing_since", "failure")}
    values = {name: getattr(kept, name) for name in Mailbox.__struct_fields__ if name != "standing"}
    return Mailbox(**values, standing=Standing(**times, **numbers))
