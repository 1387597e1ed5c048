"""Every change of an order or a receipt tells whoever holds bills against it, in the change's own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue

CHANGED = "purchasing.changed"
"""The job; its payload is a `ChangedJob`."""


class ChangedJob(msgspec.Struct, frozen=True):
    """Which order is no longer as it was."""

    order_id: UUID


async def tell(db: AsyncConnection, company_id: UUID, order_ids: Iterable[UUID]) -> None:
    """Call it with the orders' rows locked: one job waits for each order at most, whoever changed it first."""
    told = [(msgspec.json.encode(ChangedJob(one)), str(one)) for one in sorted(set(order_ids))]
    if told:
        await jobqueue.enqueue_many(db, CHANGED, told, company_id=company_id)
