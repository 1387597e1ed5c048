"""Whatever changes what a supplier's bills wait for tells whoever holds them, in the change's own transaction."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue

CHANGED = "suppliers.changed"
"""The job; its payload is a `ChangedJob`."""


class ChangedJob(msgspec.Struct, frozen=True):
    """Whose names, tax ids or accounts aren't as they were."""

    supplier_id: UUID


async def tell(db: AsyncConnection, company_id: UUID, supplier_id: UUID) -> None:
    """One job at most waits for each supplier."""
    job = msgspec.json.encode(ChangedJob(supplier_id))
    await jobqueue.enqueue(db, CHANGED, job, company_id=company_id, key=str(supplier_id))
