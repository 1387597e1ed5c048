"""Secrets of endpoints: made here, shown once, kept sealed, two in force at most."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyRing, sealing
from gateway.db import new_id

_PREFIX = "whsec_"
_DOMAIN = b"involinks-webhook-secret/v1\0"
_INSERT = text(
    "insert into webhook_secrets (company_id, endpoint_id, id, sealed, made_at) "
    "values (:company_id, :endpoint_id, :id, :sealed, :now)"
)
_LET_GO = text(
    "update webhook_secrets set expires_at = :until "
    "where company_id = :company_id and endpoint_id = :endpoint_id and expires_at is null"
)
_FORGET = text(
    "delete from webhook_secrets where company_id = :company_id and endpoint_id = :endpoint_id "
    "and (expires_at is not null or :every)"
)
_IN_FORCE = text(
    "select id, sealed from webhook_secrets where company_id = :company_id and endpoint_id = :endpoint_id "
    "and (expires_at is null or expires_at > :now) order by expires_at nulls first"
)
_LOCK_ALL = text("select id, sealed from webhook_secrets where company_id = :company_id for no key update")
_RESEAL = text("update webhook_secrets set sealed = :sealed where company_id = :company_id and id = :id")


def shown(secret: bytes) -> str:
    """As receivers configure it.

    >>> shown(b"0123456789abcdef0123456789abcdef")
    'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
    """
    return _PREFIX + bare(secret)


def bare(secret: bytes) -> str:
    """The same without the word in front."""
    return base64.b64encode(secret).decode("ascii")


async def make(db: AsyncConnection, ring: KeyRing, company_id: UUID, endpoint_id: UUID, *, now: datetime) -> bytes:
    """Make and keep a new one, 32 random bytes, the one that stays."""
    secret, secret_id = secrets.token_bytes(32), new_id()
    given = {
        "company_id": company_id,
        "endpoint_id": endpoint_id,
        "id": secret_id,
        "sealed": sealing.seal(ring, secret, owner=_owner(company_id, secret_id)),
        "now": now,
    }
    await db.execute(_INSERT, given)
    return secret


async def rotate(
    db: AsyncConnection, ring: KeyRing, company_id: UUID, endpoint_id: UUID, *, until: datetime, now: datetime
) -> bytes:
    """A new one that stays; the present one counts until then, one from an earlier rotation not any more."""
    mine = {"company_id": company_id, "endpoint_id": endpoint_id}
    await db.execute(_FORGET, mine | {"every": False})
    await db.execute(_LET_GO, mine | {"until": until})
    return await make(db, ring, company_id, endpoint_id, now=now)


async def forget(db: AsyncConnection, company_id: UUID, endpoint_id: UUID) -> None:
    """Destroy all of an endpoint's."""
    await db.execute(_FORGET, {"company_id": company_id, "endpoint_id": endpoint_id, "every": True})


async def in_force(
    db: AsyncConnection, ring: KeyRing, company_id: UUID, endpoint_id: UUID, *, now: datetime
) -> Sequence[bytes]:
    """Those that sign now, the one that stays first. Raises `CertsError`."""
    rows = await db.execute(_IN_FORCE, {"company_id": company_id, "endpoint_id": endpoint_id, "now": now})
    return [sealing.unseal(ring, row.sealed, owner=_owner(company_id, row.id)) for row in rows]


async def reseal(db: AsyncConnection, ring: KeyRing, company_id: UUID) -> int:
    """Seal every secret of a company under the current key-encryption key; how many were not. Raises `CertsError`.

    The rows stay locked until the transaction ends; safe to repeat after a break.
    """
    done = 0
    for row in (await db.execute(_LOCK_ALL, {"company_id": company_id})).all():
        if not sealing.sealed_under(ring, row.sealed):
            owner = _owner(company_id, row.id)
            sealed = sealing.seal(ring, sealing.unseal(ring, row.sealed, owner=owner), owner=owner)
            await db.execute(_RESEAL, {"company_id": company_id, "id": row.id, "sealed": sealed})
            done += 1
    return done


def _owner(company_id: UUID, secret_id: UUID) -> bytes:
    return _DOMAIN + company_id.bytes + secret_id.bytes
