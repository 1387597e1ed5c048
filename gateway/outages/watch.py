"""Notice outages by themselves: lines that are down for long, documents that wait for long, and the end of both."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outages import calendar, flow, queries
from gateway.outages.models import Cause
from gateway.periods.calendar import today
from gateway.providers import health
from gateway.providers import queries as accounts
from gateway.providers.standing import Standing
from gateway.settings import Settings
from peppol.message import Condition

ACTOR = "system:outages"
OWN = "InvoLinks"
"""What failed where the lines are well."""


class Line(msgspec.Struct, frozen=True):
    """A way to the network that the company uses, and how it stands; None before anybody looked."""

    account_id: UUID | None
    name: str
    standing: Standing | None

    def down_since(self) -> datetime | None:
        """Since when nothing gets through: unreachable, or refusing us."""
        down = self.standing is not None and self.standing.condition is not Condition.WELL
        return self.standing.since if self.standing is not None and down else None


async def look(db: AsyncConnection, company_id: UUID, *, settings: Settings, now: datetime) -> None:
    """Open what has failed for longer than the settings allow, end what is well again, warn of the deadline.

    In the company's transaction; a second worker that does the same writes nothing twice.
    """
    patience = timedelta(minutes=settings.outage_after)
    lines = await lines_of(db, company_id, settings)
    for line in lines:
        since = line.down_since()
        if since is not None and line.standing is not None and since <= now - patience:
            await flow.opened(
                db, company_id, cause=Cause.PROVIDER, account_id=line.account_id, line=line.name, since=since,
                detail=line.standing.detail, actor=ACTOR, settings=settings, now=now,
            )  # fmt: skip
    down = {line.account_id for line in lines if line.down_since() is not None}
    stuck = [
        each for each in await queries.stuck(db, company_id, before=now - patience)
        if not (each.account_id in down if each.begun else down)
    ]  # fmt: skip
    if stuck:
        count = sum(each.documents for each in stuck)
        await flow.opened(
            db, company_id, cause=Cause.SENDING, line=OWN, since=min(each.since for each in stuck),
            detail=f"Documents that were ordered to be sent wait although the line is well: {count}.",
            actor=ACTOR, settings=settings, now=now,
        )  # fmt: skip
    await _end(db, company_id, lines, waiting=bool(stuck), now=now)
    await _warn(db, company_id, settings=settings, now=now)


async def lines_of(db: AsyncConnection, company_id: UUID, settings: Settings) -> list[Line]:
    """The company's enabled accounts; the installation's provider for a company that has none."""
    registered = await accounts.every(db, company_id)
    known = await health.of_company(db, company_id, registered)
    if not registered:
        return [Line(None, settings.provider, known.get(None))]
    return [Line(one.id, one.label or one.adapter, known.get(one.id)) for one in registered if one.enabled]


async def _end(db: AsyncConnection, company_id: UUID, lines: list[Line], *, waiting: bool, now: datetime) -> None:
    standing = {line.account_id: line for line in lines}
    for outage in await queries.running(db, company_id, now=now):
        at = now
        if outage.cause is Cause.SENDING and waiting:
            continue
        if outage.cause is Cause.PROVIDER and (line := standing.get(outage.account_id)) is not None:
            if line.standing is None or line.down_since() is not None:
                continue
            at = line.standing.since
        await flow.over(db, company_id, outage.id, at=at, actor=ACTOR, now=now)


async def _warn(db: AsyncConnection, company_id: UUID, *, settings: Settings, now: datetime) -> None:
    """Once, from the business day before the last one on."""
    last = calendar.after(today(now), 1, settings.holidays)
    for outage in await queries.untold(db, company_id, last, now=now):
        await queries.warned(db, company_id, outage.id, at=now)
        await flow.tell(db, company_id, outage, "due_soon", actor=ACTOR, now=now)
