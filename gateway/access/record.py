"""Changes of access and readings by the platform's people: in the company's ledger, its timeline, the platform's own.

A company has a ledger from its approval on. What happens before that is in the platform's events only.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events
from gateway.db import new_id
from ledger import canonical, store
from ledger.entry import Kind, NewEntry
from ledger.errors import LedgerMissing


class TenantRead(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the platform reads a company's data."""

    actor: str
    method: str
    path: str
    """Without the query, which may hold names."""


class AuditorRead(msgspec.Struct, frozen=True, kw_only=True):
    """An auditor reads."""

    actor: str
    method: str
    path: str
    asked: dict[str, str]
    """Which of it: places, numbers, limits. Other parameters are left out: they may hold names."""


class AccessChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who may do what here has changed."""

    what: str
    """`member.joined`, `member.role_changed`, `member.removed`, `member.invited`, `invitation.revoked`,
    `api_key.created`, `api_key.revoked`, `policy.changed`, `key.rotated`, `key.imported`, `provider.added`,
    `provider.changed`, `provider.removed`, `provider.routed`."""
    actor: str
    subject: UUID
    """The person, invitation, key or company it happened to."""
    before: str = ""
    after: str = ""


_PLATFORM = text("select platform_record(:id, :at, :actor, :kind, :company_id, cast(:facts as jsonb))")


async def record_platform(
    db: AsyncConnection, kind: str, *, actor: str, company_id: UUID | None, facts: msgspec.Struct | None, now: datetime
) -> None:
    """Write one event of the platform itself."""
    told = msgspec.json.encode(facts).decode() if facts is not None else "{}"
    await db.execute(
        _PLATFORM,
        {"id": new_id(), "at": now, "actor": actor, "kind": kind, "company_id": company_id, "facts": told},
    )


async def record_tenant_read(
    db: AsyncConnection, company_id: UUID, read: TenantRead, *, now: datetime, keys: KeyStore
) -> None:
    """A ledger entry of the company that is read, and an event of the platform."""
    await record_platform(db, "tenant.read", actor=read.actor, company_id=company_id, facts=read, now=now)
    await _append(db, company_id, Kind.TENANT_READ, read, now=now, keys=keys)


async def record_auditor_read(
    db: AsyncConnection, company_id: UUID, read: AuditorRead, *, now: datetime, keys: KeyStore
) -> None:
    """A ledger entry of the company that is read."""
    await _append(db, company_id, Kind.AUDITOR_READ, read, now=now, keys=keys)


async def record_change(
    db: AsyncConnection, company_id: UUID, change: AccessChange, *, now: datetime, keys: KeyStore
) -> None:
    """An event of the company's timeline and a ledger entry; call it last in the transaction."""
    facts = msgspec.Raw(msgspec.json.encode(change))
    event = events.Event(kind=change.what, subject_id=change.subject, at=now, actor=change.actor, facts=facts)
    await events.emit(db, company_id, event)
    await _append(db, company_id, Kind.ACCESS, change, now=now, keys=keys)


async def _append(
    db: AsyncConnection, company_id: UUID, kind: Kind, facts: msgspec.Struct, *, now: datetime, keys: KeyStore
) -> None:
    try:
        await store.head(db, company_id)
    except LedgerMissing:
        return  # not approved yet: nothing of it can have been issued, and the platform's events have the fact
    entry = NewEntry(kind=kind, canonical=canonical.dumps(facts))
    await store.append(db, company_id, [entry], now=now, keys=keys)
