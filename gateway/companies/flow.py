"""From an application to a company with a ledger, and what happens to it later.

Approval is one transaction: state, policies, ledger, first signing key, and the invitation of the administrator.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events
from gateway.access import contacts
from gateway.access import queries as access
from gateway.access.errors import Unacceptable
from gateway.access.flow import members
from gateway.access.flow.members import Invited
from gateway.access.permissions import Role
from gateway.access.principal import Principal
from gateway.access.record import AccessChange, record_change, record_platform
from gateway.companies import queries
from gateway.companies.models import Company, Policies
from gateway.companies.profile import Profile, checked
from gateway.companies.states import DECISIONS, CompanyState, Decision
from gateway.db import new_id
from gateway.http.problems import Conflict, NotFound
from gateway.wiring import Wiring
from ledger import store


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company that wants to join."""

    profile: Profile
    admin_email: str
    """Who becomes its first administrator; gets an invitation once the company is approved."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The application is stored; the platform decides about it."""

    id: UUID
    state: CompanyState


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """The company lives; its first administrator is invited."""

    company: Company
    administrator: Invited


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform's events keep about a decision."""

    before: CompanyState
    after: CompanyState
    reason: str | None


async def register(db: AsyncConnection, application: Application, *, now: datetime) -> Applied:
    """Store an application. The answer doesn't tell whether the company is here already. Raises `Unacceptable`."""
    profile = checked(application.profile, "/profile")
    admin_email = contacts.email_address(application.admin_email, "/admin_email")
    company_id = new_id()
    await queries.register(db, company_id, profile, admin_email, now=now)
    await record_platform(
        db, "company.applied", actor="system:registration", company_id=company_id, facts=None, now=now
    )
    return Applied(id=company_id, state=CompanyState.PENDING)


async def approve(wiring: Wiring, company_id: UUID, *, by: Principal, now: datetime) -> Approved:
    """Let a company in. Raises `NotFound`, `Conflict` (not PENDING, or its TIN is taken)."""
    async with wiring.database.company(company_id) as db:
        company = await entry(db, company_id)
        await _move(db, company, Decision.APPROVE, by=by, reason=None, now=now)
        await queries.set_policies(db, company_id, Policies(), by=by.actor, now=now)
        await store.open_ledger(db, company_id, now, origin=wiring.settings.ledger_origin(company_id))
        await store.rotate_key(db, company_id, wiring.keys, now=now)
        invited = await members.invite(
            db, company_id, company.admin_email, Role.COMPANY_ADMIN, by=by, now=now, keys=wiring.keys
        )
        return Approved(company=await entry(db, company_id), administrator=invited)


async def invite_administrator(
    db: AsyncConnection, company_id: UUID, *, by: Principal, now: datetime, keys: KeyStore
) -> Invited:
    """Once more, where the first invitation was lost; `db` in that company. Raises `Conflict` once somebody joined."""
    company = await entry(db, company_id)
    if company.state is not CompanyState.ACTIVE or await access.members(db):
        raise Conflict("Only an active company that nobody has joined yet gets another first invitation.")
    return await members.invite(db, company_id, company.admin_email, Role.COMPANY_ADMIN, by=by, now=now, keys=keys)


async def decide(
    db: AsyncConnection,
    company_id: UUID,
    decision: Decision,
    reason: str,
    *,
    by: Principal,
    now: datetime,
    keys: KeyStore,
) -> Company:
    """Reject, suspend or reinstate, with the reason; `db` in that company. Raises `NotFound`, `Conflict`."""
    why = " ".join(reason.split())
    if not 0 < len(why) <= 500:
        raise Unacceptable("/reason", "Say why, in at most 500 characters.")
    company = await entry(db, company_id)
    await _move(db, company, decision, by=by, reason=why, now=now)
    decided = await entry(db, company_id)
    if company.state is not CompanyState.PENDING:
        change = AccessChange(
            what=f"company.{decided.state.lower()}",
            actor=by.actor,
            subject=company_id,
            before=company.state,
            after=decided.state,
        )
        await record_change(db, company_id, change, now=now, keys=keys)
    return decided


async def change_profile(
    db: AsyncConnection, company_id: UUID, profile: Profile, *, by: Principal, now: datetime
) -> Profile:
    """Replace the profile; TRN and TIN stay those that were approved. Raises `Unacceptable`, `Conflict`."""
    changed = checked(profile)
    if not await queries.change_profile(db, changed):
        raise Conflict("TRN and TIN are those the company was approved with; ask the platform to change them.")
    facts = msgspec.Raw(msgspec.json.encode(changed))
    event = events.Event(kind="company.profile_changed", subject_id=company_id, at=now, actor=by.actor, facts=facts)
    await events.emit(db, company_id, event)
    return changed


async def choose_policies(
    db: AsyncConnection, company_id: UUID, chosen: Policies, *, by: Principal, now: datetime, keys: KeyStore
) -> Policies:
    """Store the company's policies; the ledger keeps before and after."""
    before = await queries.policies(db, company_id)
    await queries.set_policies(db, company_id, chosen, by=by.actor, now=now)
    change = AccessChange(
        what="policy.changed", actor=by.actor, subject=company_id, before=_told(before), after=_told(chosen)
    )
    await record_change(db, company_id, change, now=now, keys=keys)
    return chosen


async def entry(db: AsyncConnection, company_id: UUID) -> Company:
    """The registry's entry; raises `NotFound`."""
    company = await queries.company(db, company_id)
    if company is None:
        raise NotFound("There is no such company on this platform.")
    return company


async def _move(
    db: AsyncConnection, company: Company, decision: Decision, *, by: Principal, reason: str | None, now: datetime
) -> None:
    before, to = DECISIONS[decision]
    if not await queries.move(db, company.id, before, to, by=by.user_id, reason=reason, now=now):
        raise Conflict(f"Only a company that is {before} can be {to}; this one is {company.state}, or just changed.")
    facts = Decided(before=before, after=to, reason=reason)
    kind = f"company.{to.lower()}"
    await record_platform(db, kind, actor=by.actor, company_id=company.id, facts=facts, now=now)


def _told(policies: Policies) -> str:
    return msgspec.json.encode(policies, order="sorted").decode()
