"""Until when the companies' imported certificates are valid, in one small table that no tenant policy fences in.

Only what has to be seen across companies stands here: which key, until when, which warning was given last. The
certificates themselves are part of the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

WARNINGS = (60, 30, 7, 0)
"""Days before the end at which a company is warned; 0 is the end itself."""

_BEGIN = text("select certificate_watch_begin(:key_id, :not_after)")
_END = text("select certificate_watch_end()")
_DUE = text("select company_id, key_id, not_after, told_days from certificate_watch_due(:now, :within)")
_TOLD = text("select certificate_watch_told(:key_id, cast(:before as smallint), cast(:days as smallint))")
_CENSUS = text("select place, certificates from certificate_watch_census(:now, :within)")


class Watched(msgspec.Struct, frozen=True):
    """A certificate near its end, or behind it."""

    company_id: UUID
    key_id: bytes
    not_after: datetime
    told_days: int | None
    """The last warning given; None: none."""

    def due(self, now: datetime) -> int | None:
        """The warning to give now: the nearest threshold that was reached; None where it was given before."""
        reached = [days for days in WARNINGS if self.not_after - now <= timedelta(days=days)]
        days = min(reached, default=None)
        return None if days is None or (self.told_days is not None and self.told_days <= days) else days


async def watch(db: AsyncConnection, key_id: bytes, not_after: datetime) -> None:
    """The transaction's company signs with a key certified until then."""
    await db.execute(_BEGIN, {"key_id": key_id, "not_after": not_after})


async def unwatch(db: AsyncConnection) -> None:
    """The transaction's company signs with a key that no certificate speaks about."""
    await db.execute(_END)


async def due(db: AsyncConnection, *, now: datetime) -> list[Watched]:
    """Every certificate within the longest of the warnings."""
    rows = await db.execute(_DUE, {"now": now, "within": timedelta(days=max(WARNINGS))})
    return [Watched(row.company_id, row.key_id, row.not_after, row.told_days) for row in rows]


async def told(db: AsyncConnection, watched: Watched, days: int) -> bool:
    """Note the warning in the company's transaction; False where another worker was first, or the key changed."""
    values = {"key_id": watched.key_id, "before": watched.told_days, "days": days}
    return bool(await db.scalar(_TOLD, values))


async def census(db: AsyncConnection, *, now: datetime) -> dict[str, int]:
    """How many certificates there are by what is left: `expired`, `7`, `30`, `60` (at most so many days), `more`."""
    steps = sorted(WARNINGS)
    names = [*("expired" if days == 0 else str(days) for days in steps), "more"]
    rows = await db.execute(_CENSUS, {"now": now, "within": [timedelta(days=days) for days in steps]})
    counted = {row.place: row.certificates for row in rows}
    return {name: counted.get(place, 0) for place, name in enumerate(names, 1)}
