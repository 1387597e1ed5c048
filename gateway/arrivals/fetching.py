"""What waits for us at a provider, fetched: kept, committed, and only then acknowledged.

    begin (counted) -> keep (committed) -> remember that we owe the acknowledgement -> acknowledge -> forget

Killed anywhere, the next round goes on where this one was: what was kept is known by its instance id, event id or bytes
and isn't kept twice, and what is owed is acknowledged first. One that can't be kept doesn't hold up those behind it:
what is refused for ever, and what breaks its worker every time, is set aside for a person, and then acknowledged too.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from hashlib import sha256
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import CertsError
from gateway import jobqueue
from gateway.arrivals import dispatch, news, unreadable
from gateway.arrivals.line import Line
from gateway.http.answers import Kind
from gateway.jobqueue import Urgency
from gateway.wiring import Wiring
from ledger.errors import KeyMissing
from peppol.errors import OutcomeUnknown, Permanent, Precondition, Temporary
from peppol.message import Delivery, InboundPage, StatusEvent

log = structlog.get_logger()

FETCH = "arrivals.fetch"
"""The job that fetches from one line; its payload is a `FetchJob`."""

PAGES = 200
"""Pages of one round; another one follows where more may wait."""
SECONDS = 120.0
"""Of one round, after which no further page is asked for."""
TRIES = 5
"""Attempts at one arrival, each of which broke its worker or met an error that nobody foresaw."""
REFUSALS = 20
"""Acknowledgements of one arrival that the provider wouldn't take, until we stop offering it."""
_OWED = 1000
_LONGEST = 200
"""Characters of a provider's id."""

_NOT_NOW, _OUR_FAULT = 503, 500
"""What `kind_of` answers where the cause lies outside of what arrived, and where nobody foresaw it; below is final."""
_KEYS = (CertsError, KeyMissing)
"""A company's key can't be used: an operator's matter, held against no arrival."""

_BEGIN = text("select attempts, kept from arrival_begin(:line, :reference)")
_BREAK_OFF = text("select arrival_break_off(:line, :reference)")
_KEPT = text("select arrival_kept(:line, :reference, :at)")
_OWED_HERE = text("select * from arrival_owed(:line, :most)")
_ACKNOWLEDGED = text("select arrival_acknowledged(:line, :reference)")
_REFUSED = text("select arrival_refused(:line, :reference, :most)")


class FetchJob(msgspec.Struct, frozen=True):
    """Which line to fetch from."""

    account_id: UUID | None = None


class Round(msgspec.Struct, frozen=True):
    """How a round ended."""

    more: bool
    """It ended at its bounds, and more may wait."""
    failed: int
    """Arrivals that met an error that nobody foresaw, and will be tried again."""


class Outage(Exception):
    """Something stands in the way of keeping anything at all; the cause says what."""


class _Arrival(msgspec.Struct, frozen=True):
    """One thing on a page."""

    reference: str
    content: bytes
    """What is shown to a person where it can't be kept as what it is."""
    keep: Callable[[], Awaitable[None]]


async def order(
    db: AsyncConnection, account_id: UUID | None, company_id: UUID | None, *, run_at: datetime | None = None
) -> None:
    """Have a line fetched from, at once or later, behind what is urgent; any number of orders makes one job."""
    payload, key = msgspec.json.encode(FetchJob(account_id)), str(account_id)
    bulk = Urgency.IN_BULK
    await jobqueue.enqueue(db, FETCH, payload, company_id=company_id, run_at=run_at, key=key, urgency=bulk)


async def fetch(wiring: Wiring, line: Line, kind_of: Callable[[Exception], Kind], *, now: datetime) -> Round:
    """One round. `kind_of` tells what is refused for ever from what may be tried again, as it does for callers.

    Raises what the provider's line raises, and Outage.
    """
    for reference in await _owed(wiring, line):
        await _acknowledge(wiring, line, reference)
    ends, seen, failed, cursor = time.monotonic() + SECONDS, set[str](), 0, ""
    for _ in range(PAGES):
        if time.monotonic() > ends:
            break
        page = await line.provider.fetch_inbound(cursor)
        gone = 0
        for arrival in _arrivals(wiring, line, page, now):
            if arrival.reference in seen:
                continue
            seen.add(arrival.reference)
            if await _kept(wiring, line, arrival, kind_of, now=now):
                gone += await _acknowledge(wiring, line, arrival.reference)
            else:
                failed += 1
        # What is acknowledged leaves the list, so the same cursor shows what moved up; what stays there is passed by.
        if not page.more or (gone == 0 and page.cursor == cursor):
            return Round(False, failed)
        if gone == 0:
            cursor = page.cursor
    return Round(True, failed)


def _arrivals(wiring: Wiring, line: Line, page: InboundPage, now: datetime) -> Iterator[_Arrival]:
    async def deliver(delivery: Delivery) -> None:
        plain = msgspec.structs.replace(delivery, reference=_plain(delivery.reference))
        await dispatch.take(wiring, line, plain, now=now)

    async def learn(event: StatusEvent) -> None:
        await news.take(wiring, line, (event,), now=now)

    async def set_aside(content: bytes, reference: str, reason: str) -> None:
        await unreadable.keep(wiring, line, content, reference=_plain(reference), reason=reason, now=now)

    for delivery in page.deliveries:
        yield _Arrival(delivery.reference, delivery.envelope, partial(deliver, delivery))
    for event in page.events:
        yield _Arrival(event.event_id, event.evidence, partial(learn, event))
    for odd in page.unreadable:
        yield _Arrival(odd.reference, odd.content, partial(set_aside, odd.content, odd.reference, odd.reason))


def _plain(reference: str) -> str:
    """As it can stand in a table; one that no honest provider gives by its digest, so that it holds up nobody."""
    if len(reference) <= _LONGEST and reference.isprintable():
        return reference
    return sha256(reference.encode("utf-8", "backslashreplace")).hexdigest()


async def _kept(
    wiring: Wiring, line: Line, arrival: _Arrival, kind_of: Callable[[Exception], Kind], *, now: datetime
) -> bool:
    """Whether it is kept now, as what it is or set aside; False: it will be tried again."""
    here = {"line": line.id, "reference": _plain(arrival.reference)}
    async with wiring.database.platform() as db:
        begun = (await db.execute(_BEGIN, here)).one()
    if begun.kept:
        return True
    reason = ""
    try:
        if begun.attempts > TRIES:
            reason = f"It couldn't be taken in, and broke off the work on it {TRIES} times; an operator must look."
        else:
            await arrival.keep()
    except Exception as error:
        status = kind_of(error).status
        if status == _NOT_NOW or isinstance(error, _KEYS):
            async with wiring.database.platform() as db:
                await db.execute(_BREAK_OFF, here)
            raise Outage(str(error)) from error
        if status >= _OUR_FAULT:
            log.exception("arrival.failed", line=str(line.id), reference=arrival.reference, attempt=begun.attempts)
            return False
        reason = str(error)
    if reason:
        await unreadable.keep(
            wiring, line, arrival.content, reference=_plain(arrival.reference), reason=reason, now=now
        )
    async with wiring.database.platform() as db:
        await db.execute(_KEPT, {**here, "at": now})
    return True


async def _acknowledge(wiring: Wiring, line: Line, reference: str) -> bool:
    """Tell the provider; where it can't or won't hear it now, that stays owed."""
    here = {"line": line.id, "reference": _plain(reference)}
    try:
        await line.provider.ack(reference)
    except (Temporary, OutcomeUnknown) as error:
        log.warning("arrival.unacknowledged", line=str(line.id), reference=reference, error=str(error))
        return False
    except (Precondition, Permanent) as error:
        log.warning("arrival.refused", line=str(line.id), reference=reference, error=str(error))
        async with wiring.database.platform() as db:
            await db.execute(_REFUSED, {**here, "most": REFUSALS})
        return False
    async with wiring.database.platform() as db:
        await db.execute(_ACKNOWLEDGED, here)
    return True


async def _owed(wiring: Wiring, line: Line) -> list[str]:
    async with wiring.database.platform() as db:
        return list((await db.execute(_OWED_HERE, {"line": line.id, "most": _OWED})).scalars())
