"""What an account keeps secret, sealed under the key-encryption key and bound to company and account."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyRing, sealing
from gateway.providers import queries

_DOMAIN = b"involinks-provider-account/v1\0"


class Secrets(msgspec.Struct, frozen=True):
    """How a provider knows us, and what proves its calls to us."""

    credentials: dict[str, str] = {}
    webhook: tuple[str, ...] = ()
    """At most two, the newest first."""

    def __repr__(self) -> str:
        return "Secrets(...)"


def seal(ring: KeyRing, company_id: UUID, account_id: UUID, secrets: Secrets) -> bytes:
    """See `certs.sealing`."""
    return sealing.seal(ring, msgspec.json.encode(secrets), owner=_owner(company_id, account_id))


def unseal(ring: KeyRing, company_id: UUID, account_id: UUID, sealed: bytes) -> Secrets:
    """Raises `certs.KekUnknown`, `certs.KeyDamaged`."""
    return msgspec.json.decode(sealing.unseal(ring, sealed, owner=_owner(company_id, account_id)), type=Secrets)


async def reseal(db: AsyncConnection, company_id: UUID, ring: KeyRing) -> int:
    """Seal every account of a company under the current key; returns how many were not yet. Raises `CertsError`.

    The rows stay locked until the transaction ends, so that no change is lost; safe to repeat after a break.
    """
    done = 0
    for account in await queries.every(db, company_id, lock=True):
        if not sealing.sealed_under(ring, account.sealed):
            secrets = unseal(ring, company_id, account.id, account.sealed)
            await queries.change(db, company_id, account.id, sealed=seal(ring, company_id, account.id, secrets))
            done += 1
    return done


def _owner(company_id: UUID, account_id: UUID) -> bytes:
    return _DOMAIN + company_id.bytes + account_id.bytes
