"""The registry of companies, the present company's profile and policies, the platform's events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.companies.models import Company, PlatformEvent, Policies, company_policies
from gateway.companies.profile import Profile
from gateway.companies.states import CompanyState
from gateway.http.problems import Conflict

_ENTRY = "id, state, profile::text as profile, admin_email, created_at, decided_at, reason"
_EVENT = "id, at, actor, kind, company_id, facts::text as facts"

_REGISTER = text("select company_register(:id, cast(:profile as jsonb), :admin_email, :now)")
_LIST = text(f"select {_ENTRY} from company_list(:state, :after, :most)")
_ONE = text(f"select {_ENTRY} from company_entry(:id)")
_MOVE = text("select company_move(:id, :before, :to, :by, :reason, :now)")
_PROFILE = text("select state, profile::text as profile from company_profile()")
_CHANGE_PROFILE = text("select company_change_profile(cast(:profile as jsonb))")
_BY_TIN = text("select company_by_tin(:tin)")
_IDS = text("select * from company_ids()")
_EVENTS = text(f"select {_EVENT} from platform_events_page(:before, :most)")
_EVENTS_HERE = text(f"select {_EVENT} from platform_events_here(:before, :most)")


async def register(db: AsyncConnection, company_id: UUID, profile: Profile, admin_email: str, *, now: datetime) -> None:
    """Store an application."""
    row = {"id": company_id, "profile": _json(profile), "admin_email": admin_email, "now": now}
    await db.execute(_REGISTER, row)


async def companies(db: AsyncConnection, state: CompanyState | None, after: UUID | None, most: int) -> list[Company]:
    """Entries of the registry in order of application."""
    rows = await db.execute(_LIST, {"state": state and state.value, "after": after, "most": most})
    return [_company(row._mapping) for row in rows]


async def company(db: AsyncConnection, company_id: UUID) -> Company | None:
    """One entry of the registry."""
    row = (await db.execute(_ONE, {"id": company_id})).one_or_none()
    return None if row is None else _company(row._mapping)


async def move(
    db: AsyncConnection,
    company_id: UUID,
    before: CompanyState,
    to: CompanyState,
    *,
    by: UUID,
    reason: str | None,
    now: datetime,
) -> bool:
    """Compare and set the state; False where it was another. Raises `Conflict` where the TIN is taken."""
    row = {"id": company_id, "before": before.value, "to": to.value, "by": by, "reason": reason, "now": now}
    try:
        return bool(await db.scalar(_MOVE, row))
    except IntegrityError as taken:
        raise Conflict("Another company on this platform has this TIN already.") from taken


async def profile(db: AsyncConnection) -> Profile:
    """The present company's profile."""
    row = (await db.execute(_PROFILE)).one()
    return msgspec.json.decode(row.profile, type=Profile)


async def change_profile(db: AsyncConnection, changed: Profile) -> bool:
    """Replace the present company's profile; False where TRN or TIN differ from those it was approved with."""
    return bool(await db.scalar(_CHANGE_PROFILE, {"profile": _json(changed)}))


async def by_tin(db: AsyncConnection, tin: str) -> UUID | None:
    """The company that receives under this TIN; any transaction may ask."""
    found: UUID | None = await db.scalar(_BY_TIN, {"tin": tin})
    return found


async def ids(db: AsyncConnection) -> list[UUID]:
    """Every company that has a ledger; for jobs that walk over all."""
    return [row[0] for row in await db.execute(_IDS)]


async def policies(db: AsyncConnection, company_id: UUID) -> Policies:
    """The company's policies; the careful ones where it never chose."""
    row = (
        await db.execute(
            select(company_policies.c.four_eyes, company_policies.c.approve_sends).where(
                company_policies.c.company_id == company_id
            )
        )
    ).one_or_none()
    return Policies() if row is None else Policies(four_eyes=row.four_eyes, approve_sends=row.approve_sends)


async def set_policies(db: AsyncConnection, company_id: UUID, chosen: Policies, *, by: str, now: datetime) -> None:
    """Store what the company chose."""
    values = {**msgspec.structs.asdict(chosen), "changed_at": now, "changed_by": by}
    statement = insert(company_policies).values(company_id=company_id, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["company_id"], set_=values))


async def events(db: AsyncConnection, before: UUID | None, most: int, *, here: bool) -> list[PlatformEvent]:
    """The platform's events, newest first; `here`: those about the present company only."""
    rows = await db.execute(_EVENTS_HERE if here else _EVENTS, {"before": before, "most": most})
    return [
        PlatformEvent(
            id=row.id,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            company_id=row.company_id,
            facts=msgspec.Raw(row.facts.encode()),
        )
        for row in rows
    ]


def _json(profile: Profile) -> str:
    return msgspec.json.encode(profile).decode()


def _company(row: object) -> Company:
    read = msgspec.convert(row, _Row, from_attributes=False)
    return Company(
        id=read.id,
        state=read.state,
        profile=msgspec.json.decode(read.profile, type=Profile),
        admin_email=read.admin_email,
        created_at=read.created_at,
        decided_at=read.decided_at,
        reason=read.reason,
    )


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    state: CompanyState
    profile: str
    admin_email: str
    created_at: datetime
    decided_at: datetime | None
    reason: str | None
