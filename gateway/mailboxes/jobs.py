"""Every minute: look into every mailbox; and tell senders what was understood."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text

from gateway import alarms, events
from gateway.alarms import Alarm
from gateway.jobqueue import Later, Permanent
from gateway.mailboxes import fetching, orders, queries, replies
from gateway.mailboxes.errors import Trouble
from gateway.mailboxes.fetching import Busy, NotNow
from gateway.mailboxes.orders import FETCH, POLL, REPLY, FetchJob, ReplyJob
from gateway.mailboxes.taking import ACTOR
from gateway.wiring import Wiring

log = structlog.get_logger()

PATIENCE = timedelta(minutes=30)
"""How long a mailbox may fail before people are told."""
AGAIN = timedelta(seconds=5)
_EVERY = text("select company_id, mailbox_id from mailboxes_due()")


class Ill(msgspec.Struct, frozen=True):
    """What the timeline says of a mailbox that can't be looked into."""

    failure: str


async def poll(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order a look into every mailbox of every company that may work."""
    async with wiring.database.platform() as db:
        for row in (await db.execute(_EVERY)).all():
            await orders.fetch(db, row.company_id, row.mailbox_id)


async def fetch(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """One look; a mailbox that can't be looked into is looked into in the next minute."""
    if company_id is None:
        raise Permanent("a mailbox belongs to a company")
    mailbox_id = msgspec.json.decode(payload, type=FetchJob).mailbox_id
    async with wiring.database.company(company_id) as db:
        kept = await queries.one(db, company_id, mailbox_id)
    if kept is None or not kept.enabled:
        return  # removed or switched off meanwhile
    try:
        more = await fetching.fetch(wiring, company_id, mailbox_id, now=now)
    except Busy as busy:
        raise Later(str(busy), after=AGAIN) from busy
    except Trouble as trouble:
        log.info("mailbox.failed", mailbox=str(mailbox_id), error=str(trouble))
        async with wiring.database.company(company_id) as db:
            if await queries.ill(db, company_id, kept, str(trouble), patience=PATIENCE, now=now):
                facts = msgspec.Raw(msgspec.json.encode(Ill(str(trouble))))
                event = events.Event("mailbox.unreachable", mailbox_id, now, ACTOR, facts)
                await events.emit(db, company_id, event)
                await alarms.sound(db, Alarm.MAILBOX, now=now)
        return
    except NotNow as error:
        log.warning("mailbox.waits", mailbox=str(mailbox_id), error=str(error))
        return
    async with wiring.database.company(company_id) as db:
        if await queries.well(db, company_id, kept, now=now):
            event = events.Event("mailbox.well", mailbox_id, now, ACTOR, msgspec.Raw(b"{}"))
            await events.emit(db, company_id, event)
        if more:
            await orders.fetch(db, company_id, mailbox_id)


async def reply(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Tell one sender."""
    if company_id is None:
        raise Permanent("a message belongs to a company")
    await replies.reply(wiring, company_id, msgspec.json.decode(payload, type=ReplyJob).message, now=now)


HANDLERS = {POLL: poll, FETCH: fetch, REPLY: reply}
SCHEDULE = {POLL: timedelta(minutes=1)}
