"""Rows of retention and holds; the erasure itself is a function of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.erasure.models import Erasable, Hold, Policy, Retention, Term

_POLICIES = text(
    "select record_class, years, starts, source from retention_policies order by starts desc, record_class"
)
_CHOSEN = text("select record_class, years from company_retention where company_id = :company_id")
_CHOOSE = text("""
    insert into company_retention (company_id, record_class, years, changed_at, changed_by)
    values (:company_id, :record_class, :years, :now, :by)
    on conflict (company_id) do update set record_class = excluded.record_class, years = excluded.years,
        changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")
_TERM = text("""
    select d.id as document_id, d.personal, d.erased_at, r.record_class, r.years, r.extension, r.counted_from,
           r.kept_until, r.held, r.source
    from issued_documents d cross join lateral document_retention(d.id) r
    where d.company_id = :company_id and d.id = :id
""")
_ERASABLE = text("""
    select d.id, d.number, r.kept_until
    from issued_documents d cross join lateral document_retention(d.id) r
    where d.company_id = :company_id and d.personal and d.erased_at is null and not r.held and r.kept_until < :today
    order by d.id limit :most
""")
_HOLD = (
    "id, document_id, ground, reason, laid_at, laid_by, laid_seq, lifted_at, lifted_by, lifted_seq"
    " from legal_holds where company_id = :company_id"
)
_HOLDS = text(f"select {_HOLD} order by id desc limit :most")
_ONE_HOLD = text(f"select {_HOLD} and id = :id for update")
_LAY = text("""
    insert into legal_holds (company_id, id, document_id, ground, reason, laid_at, laid_by, laid_seq)
    values (:company_id, :id, :document_id, :ground, :reason, :laid_at, :laid_by, :laid_seq)
""")
_LIFT = text("""
    update legal_holds set lifted_at = :now, lifted_by = :by, lifted_seq = :seq
    where company_id = :company_id and id = :id
""")
_ERASE = text("select personal_erase(:id, :seq)")
_OF_OTHERS = text("select objects_of_others(:company_id, cast(:digests as text[]))")


async def policies(db: AsyncConnection) -> list[Policy]:
    """The law's terms."""
    return [Policy(**row._mapping) for row in await db.execute(_POLICIES)]


async def chosen(db: AsyncConnection, company_id: UUID) -> Retention | None:
    """What the company chose, if it did."""
    row = (await db.execute(_CHOSEN, {"company_id": company_id})).one_or_none()
    return None if row is None else Retention(**row._mapping)


async def choose(db: AsyncConnection, company_id: UUID, wanted: Retention, *, by: str, now: datetime) -> None:
    """Store the company's choice."""
    values = {"record_class": wanted.record_class, "years": wanted.years, "by": by, "now": now}
    await db.execute(_CHOOSE, {"company_id": company_id, **values})


async def term(db: AsyncConnection, company_id: UUID, document_id: UUID) -> Term | None:
    """For how long a sealed document is kept."""
    row = (await db.execute(_TERM, {"company_id": company_id, "id": document_id})).one_or_none()
    return None if row is None else Term(**row._mapping)


async def erasable(db: AsyncConnection, company_id: UUID, *, today: date, most: int) -> list[Erasable]:
    """Documents about natural persons that nothing keeps any more, oldest first."""
    rows = await db.execute(_ERASABLE, {"company_id": company_id, "today": today, "most": most})
    return [Erasable(**row._mapping) for row in rows]


async def holds(db: AsyncConnection, company_id: UUID, *, most: int) -> list[Hold]:
    """Holds, lifted ones too, latest first."""
    return [Hold(**row._mapping) for row in await db.execute(_HOLDS, {"company_id": company_id, "most": most})]


async def hold(db: AsyncConnection, company_id: UUID, hold_id: UUID) -> Hold | None:
    """One hold, locked to the end of the transaction."""
    row = (await db.execute(_ONE_HOLD, {"company_id": company_id, "id": hold_id})).one_or_none()
    return None if row is None else Hold(**row._mapping)


async def lay(db: AsyncConnection, company_id: UUID, new: Hold) -> None:
    """A new hold."""
    await db.execute(_LAY, {"company_id": company_id, **msgspec.structs.asdict(new)})


async def lift(db: AsyncConnection, company_id: UUID, hold_id: UUID, *, by: str, seq: int, now: datetime) -> None:
    """The end of a hold."""
    await db.execute(_LIFT, {"company_id": company_id, "id": hold_id, "by": by, "seq": seq, "now": now})


async def erase(db: AsyncConnection, document_id: UUID, seq: int) -> list[str]:
    """Destroy a document's content, by the entry that says so; the digests of objects that told of it."""
    return [digest for (digest,) in await db.execute(_ERASE, {"id": document_id, "seq": seq})]


async def needed_by_others(db: AsyncConnection, company_id: UUID, digests: Sequence[str]) -> set[str]:
    """Those of these objects that another company refers to; `db` in no company."""
    return set((await db.execute(_OF_OTHERS, {"company_id": company_id, "digests": list(digests)})).scalars())
