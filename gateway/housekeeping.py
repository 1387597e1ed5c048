"""What is cleared away by time: kept answers to idempotency keys, unused buckets of rate limits, ended sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from gateway import idempotency, ratelimit
from gateway.access import queries as access
from gateway.wiring import Wiring

KIND = "platform.housekeeping"


async def tidy(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Forget what is past its time."""
    async with wiring.database.platform() as db:
        await idempotency.forget(db, before=now - idempotency.KEPT)
        await ratelimit.forget(db, idle=timedelta(hours=1))
        await access.purge(db, now=now)


HANDLERS = {KIND: tidy}
SCHEDULE = {KIND: timedelta(minutes=10)}
