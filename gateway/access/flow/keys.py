"""API keys: made by a person for a machine, shown once, ended by any administrator."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway.access import queries
from gateway.access.errors import NotHere, Unacceptable
from gateway.access.models import ApiKey
from gateway.access.permissions import KEY_SCOPES, Permission
from gateway.access.principal import Principal
from gateway.access.record import AccessChange, record_change
from gateway.access.tokens import Token, TokenKind
from gateway.db import new_id

LONGEST_LIFE = timedelta(days=366)


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new key is for."""

    name: str
    """So that a person recognises it: the ERP's name."""
    scopes: tuple[Permission, ...]
    """What the machine may do; see `gateway.access.permissions.KEY_SCOPES`."""
    expires_in_days: int = 90
    """1 to 366."""


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key with its secret, which is shown this once."""

    key: ApiKey
    secret: str
    """Send it as `Authorization: Bearer <secret>`."""

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"MadeKey({self.key.id})"


async def create(
    db: AsyncConnection, company_id: UUID, wanted: NewKey, *, by: Principal, now: datetime, keys: KeyStore
) -> MadeKey:
    """Make a key; its maker counts as the maker of what it makes. Raises `Unacceptable`."""
    name = wanted.name.strip()
    if not 0 < len(name) <= 100:
        raise Unacceptable("/name", "A key needs a name of at most 100 characters.")
    life = timedelta(days=min(max(wanted.expires_in_days, 0), 10_000))
    if not timedelta(days=1) <= life <= LONGEST_LIFE:
        raise Unacceptable("/expires_in_days", f"A key lives from 1 to {LONGEST_LIFE.days} days.")
    scopes = tuple(sorted(set(wanted.scopes)))
    refused = [scope.value for scope in scopes if scope not in KEY_SCOPES]
    if refused or not scopes:
        allowed = ", ".join(sorted(KEY_SCOPES))
        raise Unacceptable(
            "/scopes", f"A key can't have {', '.join(refused) or 'no scope at all'}; take of: {allowed}."
        )
    secret = Token.new(TokenKind.API_KEY)
    key = ApiKey(
        id=new_id(),
        name=name,
        prefix=secret.prefix,
        scopes=scopes,
        created_by=by.user_id,
        created_at=now,
        expires_at=now + life,
        last_used_at=None,
        revoked_at=None,
    )
    await queries.create_key(db, key, secret, now=now)
    change = AccessChange(what="api_key.created", actor=by.actor, subject=key.id, after=" ".join(scopes))
    await record_change(db, company_id, change, now=now, keys=keys)
    return MadeKey(key=key, secret=secret.text)


async def revoke(
    db: AsyncConnection, company_id: UUID, key_id: UUID, *, by: Principal, now: datetime, keys: KeyStore
) -> None:
    """End a key at once. Raises `NotHere`."""
    if not await queries.revoke_key(db, key_id, now=now):
        raise NotHere("API key")
    await record_change(
        db, company_id, AccessChange(what="api_key.revoked", actor=by.actor, subject=key_id), now=now, keys=keys
    )
