"""What workers do for webhooks: call an endpoint, find what was forgotten, clear the log away."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events, jobqueue
from gateway.companies import queries as companies
from gateway.jobqueue import Permanent
from gateway.webhooks import message, queries, secret, turns
from gateway.webhooks.models import NEXT_STEPS, Paused
from gateway.webhooks.outcomes import READ, Outcome, judge, unanswered
from gateway.webhooks.turns import Due, NotNow, Turn
from gateway.wiring import Wiring
from peppol.errors import PeppolError
from peppol.outward import Outward

DELIVER = "webhooks.deliver"
"""Calls one endpoint; its payload is a `DeliverJob`. The trigger `webhook_feed` enqueues it as well."""
SWEEP = "webhooks.sweep"
TIDY = "webhooks.tidy"
ACTOR = "system:webhooks"

TIMEOUT = timedelta(seconds=15)
"""For a whole call, from looking up the name to the end of the answer."""
KEPT = timedelta(days=30)
"""How long the log is kept, and how long a message waits for an endpoint that is paused."""
_BATCH = 5000

_OVERDUE = text(
    "select w.id from webhook_endpoints w where w.company_id = :company_id and w.state = 'enabled' "
    "and (w.rests_until is null or w.rests_until <= :now) "
    "and exists (select from webhook_deliveries d where d.company_id = w.company_id and d.endpoint_id = w.id "
    "and d.state = 'pending' and d.next_at <= :now)"
)
_FORGET = text(
    "with old as (select endpoint_id, id from webhook_deliveries where company_id = :company_id and at < :before "
    "limit :most) delete from webhook_deliveries d using old "
    "where d.company_id = :company_id and d.endpoint_id = old.endpoint_id and d.id = old.id"
)
_FORGET_DELETED = text(
    "with gone as (select d.endpoint_id, d.id from webhook_endpoints w join webhook_deliveries d "
    "on d.company_id = w.company_id and d.endpoint_id = w.id "
    "where w.company_id = :company_id and w.state = 'deleted' limit :most) delete from webhook_deliveries d using gone "
    "where d.company_id = :company_id and d.endpoint_id = gone.endpoint_id and d.id = gone.id"
)
_FORGET_ENDPOINTS = text(
    "delete from webhook_endpoints w where w.company_id = :company_id and w.state = 'deleted' "
    "and w.changed_at < :before and not exists (select from webhook_deliveries d "
    "where d.company_id = w.company_id and d.endpoint_id = w.id)"
)

_log = structlog.get_logger()


class DeliverJob(msgspec.Struct, frozen=True):
    """Which endpoint."""

    endpoint_id: UUID


class PausedFacts(msgspec.Struct, frozen=True):
    """What the timeline says of an endpoint that we have paused."""

    reason: Paused
    detail: str
    """What to do."""


async def order(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, run_at: datetime | None = None) -> None:
    """Have an endpoint called, now or then; several orders become one."""
    payload = msgspec.json.encode(DeliverJob(endpoint_id))
    await jobqueue.enqueue(db, DELIVER, payload, company_id=company_id, run_at=run_at, key=str(endpoint_id))


async def deliver(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """One turn: call the endpoint for what is due, then order the next turn.

    Killed before the calls or after them, the deliveries are due again when the claim has run out: a message may arrive
    twice, under the same id, and never not at all.
    """
    if company_id is None:
        raise Permanent("webhooks belong to a company")
    endpoint_id = msgspec.json.decode(payload, type=DeliverJob).endpoint_id
    try:
        async with wiring.database.company(company_id) as db:
            turn = await turns.begin(db, company_id, endpoint_id, now=now)
            signing = await secret.in_force(db, wiring.key_ring, company_id, endpoint_id, now=now) if turn else ()
    except NotNow as refused:
        async with wiring.database.company(company_id) as db:
            await order(db, company_id, endpoint_id, run_at=refused.until)
        return
    if turn is None:
        return
    began = time.monotonic()
    outcomes = await _called(wiring, turn, tuple(signing), now=now)
    took = timedelta(seconds=time.monotonic() - began)
    await _settle(wiring, turn, outcomes, took=took, now=now + took)


async def _called(wiring: Wiring, turn: Turn, signing: tuple[bytes, ...], *, now: datetime) -> list[Outcome]:
    if not turn.due:
        return []
    hidden = tuple(shown for one in signing for shown in (secret.shown(one), secret.bare(one)))
    public_url = wiring.settings.public_url.rstrip("/")
    outward = Outward(inward=wiring.settings.mode == "test", timeout=TIMEOUT, verify=_tls())

    async def call(due: Due) -> Outcome:
        body = msgspec.json.encode(message.message(due.kind, due.subject_id, due.at, public_url=public_url))
        given = message.headers(signing, due.id, body, now)
        try:
            answer = await outward.request("POST", turn.url, headers=given, body=body, enough=READ)
        except PeppolError as error:
            return unanswered(error)
        return judge(answer, now=now, hidden=hidden)

    try:
        return list(await asyncio.gather(*(call(due) for due in turn.due)))
    finally:
        await outward.close()


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities takes longer than a call; the context is made once."""
    return httpx.create_ssl_context(trust_env=False)


async def _settle(wiring: Wiring, turn: Turn, outcomes: list[Outcome], *, took: timedelta, now: datetime) -> None:
    company_id, endpoint_id = turn.company_id, turn.endpoint_id
    async with wiring.database.company(company_id) as db:
        standing = await turns.end(db, turn, outcomes, took=took, now=now)
        if standing is None:
            _log.warning("webhook.claim_lost", endpoint=str(endpoint_id))
            return
        if standing.gone or standing.failing:
            await _pause(db, company_id, endpoint_id, "gone" if standing.gone else "failing", now=now)
        elif standing.next_at is not None:
            await order(db, company_id, endpoint_id, run_at=standing.next_at)


async def _pause(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, why: Paused, *, now: datetime) -> None:
    if await queries.pause(db, company_id, endpoint_id, why=why, now=now):
        facts = msgspec.Raw(msgspec.json.encode(PausedFacts(why, NEXT_STEPS[why])))
        await events.emit(db, company_id, events.Event("webhook.paused", endpoint_id, now, ACTOR, facts))
        _log.warning("webhook.paused", endpoint=str(endpoint_id), reason=why)


async def sweep(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order a turn wherever something is overdue: a job may have died, or come just before an endpoint was resumed."""
    async with wiring.database.platform() as db:
        every = await companies.ids(db)
    for each in every:
        async with wiring.database.company(each) as db:
            due = list((await db.execute(_OVERDUE, {"company_id": each, "now": now - timedelta(minutes=1)})).scalars())
            for endpoint_id in due:
                await order(db, each, endpoint_id)


async def tidy(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Forget deliveries after 30 days, those that waited included, and what is left of deleted endpoints."""
    async with wiring.database.platform() as db:
        every = await companies.ids(db)
    for each in every:
        for statement in (_FORGET, _FORGET_DELETED):
            given = {"company_id": each, "most": _BATCH} | ({"before": now - KEPT} if statement is _FORGET else {})
            gone = _BATCH
            while gone == _BATCH:
                async with wiring.database.company(each) as db:
                    gone = (await db.execute(statement, given)).rowcount
        async with wiring.database.company(each) as db:
            await db.execute(_FORGET_ENDPOINTS, {"company_id": each, "before": now - timedelta(days=1)})


HANDLERS = {DELIVER: deliver, SWEEP: sweep, TIDY: tidy}
SCHEDULE = {SWEEP: timedelta(minutes=5), TIDY: timedelta(hours=6)}
