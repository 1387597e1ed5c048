"""Looks at every line: a sweep finds who is due, one job for each account, one for the installation's provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events, jobqueue
from gateway.jobqueue import Permanent
from gateway.providers import health, queries
from gateway.providers.standing import News
from gateway.wiring import Wiring
from peppol.errors import Precondition
from peppol.message import Condition, Health

SWEEP, LOOK, INSTALLATION, TELL = "provider.sweep", "provider.look", "provider.installation", "provider.tell"
_MOST = 500
"""Accounts that one sweep orders looks at; the others come with the next."""
_TOLD = text("""
    select exists (select from events where company_id = :company_id and subject_id = :company_id and kind = :kind
                   and facts ->> 'since' = :since)
""")


class LookJob(msgspec.Struct, frozen=True):
    """Payload of `provider.look`."""

    account_id: UUID


async def order(db: AsyncConnection, company_id: UUID, account_id: UUID) -> None:
    """Have an account looked at soon."""
    payload = msgspec.json.encode(LookJob(account_id))
    await jobqueue.enqueue(db, LOOK, payload, company_id=company_id, key=str(account_id), max_attempts=3)


async def sweep(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order a look at every line that is due."""
    name, url = wiring.provider.name, wiring.settings.provider_url
    async with wiring.database.platform() as db:
        if await health.installation_due(db, name, url, now=now):
            await jobqueue.enqueue(db, INSTALLATION, b"{}", company_id=None, key="installation", max_attempts=3)
        for company, account_id in await health.due(db, now=now, most=_MOST):
            await order(db, company, account_id)


async def look(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Look at one account and keep what was found."""
    if company_id is None:
        raise Permanent("an account belongs to a company")
    account_id = msgspec.json.decode(payload, type=LookJob).account_id
    async with wiring.database.company(company_id) as db:
        account = await queries.one(db, company_id, account_id)
    if account is None or not account.enabled:
        return  # removed or switched off meanwhile
    try:
        found = await (await wiring.lines.adapter(company_id, account)).health()
    except Precondition as error:  # it can't be opened
        found = Health(Condition.REFUSES_US, str(error))
    async with wiring.database.company(company_id) as db:
        await health.keep(db, company_id, account_id, found, version=account.version, now=now)


async def look_at_installation(
    wiring: Wiring,
    company_id: UUID | None,  # noqa: ARG001
    payload: bytes,  # noqa: ARG001
    *,
    now: datetime,
) -> None:
    """Look at the installation's provider; a change is told to each company that takes it, in a job of its own."""
    found = await wiring.provider.health()
    async with wiring.database.platform() as db:
        news = await health.keep_installation(db, wiring.provider.name, wiring.settings.provider_url, found, now=now)
        for company in await health.companies_without(db) if news else ():
            await jobqueue.enqueue(db, TELL, msgspec.json.encode(news), company_id=company)


async def tell(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Tell a company how the installation's provider stands; run twice, it tells once."""
    if company_id is None:
        raise Permanent("an event belongs to a company")
    news = msgspec.json.decode(payload, type=News)
    event = news.event(company_id, now=now)
    since = msgspec.to_builtins(news)["since"]
    async with wiring.database.company(company_id) as db:
        if not await db.scalar(_TOLD, {"company_id": company_id, "kind": event.kind, "since": since}):
            await events.emit(db, company_id, event)


HANDLERS = {SWEEP: sweep, LOOK: look, INSTALLATION: look_at_installation, TELL: tell}
SCHEDULE = {SWEEP: timedelta(minutes=1)}
