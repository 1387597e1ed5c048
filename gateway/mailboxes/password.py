"""A mailbox's password, sealed under the key-encryption key and bound to company and mailbox."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyRing, sealing
from gateway.mailboxes.models import mailboxes

_DOMAIN = b"involinks-mailbox/v1\0"


def seal(ring: KeyRing, company_id: UUID, mailbox_id: UUID, password: str) -> bytes:
    """See `certs.sealing`."""
    return sealing.seal(ring, password.encode(), owner=_owner(company_id, mailbox_id))


def unseal(ring: KeyRing, company_id: UUID, mailbox_id: UUID, sealed: bytes) -> str:
    """Raises `certs.KekUnknown`, `certs.KeyDamaged`."""
    return sealing.unseal(ring, sealed, owner=_owner(company_id, mailbox_id)).decode()


async def reseal(db: AsyncConnection, company_id: UUID, ring: KeyRing) -> int:
    """Seal every password of a company under the current key; returns how many were not yet. Raises `CertsError`.

    The rows stay locked until the transaction ends, so that no change is lost; safe to repeat after a break.
    """
    query = select(mailboxes.c.id, mailboxes.c.sealed).where(
        mailboxes.c.company_id == company_id, mailboxes.c.removed_at.is_(None)
    )
    done = 0
    for row in (await db.execute(query.with_for_update())).all():
        if not sealing.sealed_under(ring, row.sealed):
            password = unseal(ring, company_id, row.id, row.sealed)
            fits = (mailboxes.c.company_id == company_id, mailboxes.c.id == row.id)
            await db.execute(update(mailboxes).where(*fits).values(sealed=seal(ring, company_id, row.id, password)))
            done += 1
    return done


def _owner(company_id: UUID, mailbox_id: UUID) -> bytes:
    return _DOMAIN + company_id.bytes + mailbox_id.bytes
