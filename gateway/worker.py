"""The background process: job kind -> function in one table, a schedule, one loop. Start more for more work.

A handler gets the wiring, the job's company (None: the platform's), the payload as enqueued and the moment at which
this attempt began. It opens its own transactions; it may run twice, and must bear that.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import peppol.errors
from gateway import housekeeping
from gateway.accounts import jobs as accounts
from gateway.arrivals import fetching
from gateway.arrivals import jobs as arrivals
from gateway.audit import jobs as audit
from gateway.bills import hall
from gateway.bills import jobs as bills
from gateway.bundles import jobs as bundles
from gateway.companies import jobs as companies
from gateway.erasure import jobs as erasure
from gateway.jobqueue import Job, Permanent, Temporary
from gateway.jobqueue.loop import Loop, Pace
from gateway.mailboxes import idle as mailbox_idle
from gateway.mailboxes import jobs as mailboxes
from gateway.mailboxes import orders as mailbox_orders
from gateway.observability import logs, reports
from gateway.outages import jobs as outages
from gateway.outbound import flow, sealer
from gateway.outbound import jobs as outbound
from gateway.outbound import warnings as deadlines
from gateway.periods import jobs as periods
from gateway.problems import kind_of
from gateway.purchasing import sending as purchasing
from gateway.replay import jobs as replay
from gateway.responses import jobs as responses
from gateway.settings import Settings
from gateway.webhooks import jobs as webhooks
from gateway.wiring import Wiring, open_wiring
from gateway.witnessing import jobs as witnessing


class Handler(Protocol):
    """Runs one job; returning is success. Raise `jobqueue.Temporary` to try later, `Permanent` to give up."""

    def __call__(self, wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> Awaitable[None]:
        """See the module."""
        ...


def merged(tables: Iterable[Mapping[str, Handler]]) -> dict[str, Handler]:
    """One table of several; a kind that stands in two of them is a programming error."""
    table: dict[str, Handler] = {}
    for part in tables:
        if twice := table.keys() & part.keys():
            raise ValueError(f"these kinds have two handlers: {', '.join(sorted(twice))}")
        table.update(part)
    return table


HANDLERS: Mapping[str, Handler] = merged(
    [
        housekeeping.HANDLERS,
        companies.HANDLERS,
        accounts.HANDLERS,
        audit.HANDLERS,
        bills.HANDLERS,
        bundles.HANDLERS,
        outbound.HANDLERS,
        deadlines.HANDLERS,
        outages.HANDLERS,
        arrivals.handlers(kind_of),
        mailboxes.HANDLERS,
        erasure.HANDLERS,
        sealer.handlers(kind_of),
        periods.HANDLERS,
        purchasing.HANDLERS,
        replay.HANDLERS,
        responses.HANDLERS,
        witnessing.HANDLERS,
        webhooks.HANDLERS,
    ]
)
"""Every kind of job there is."""

SCHEDULE: Mapping[str, timedelta] = {
    **housekeeping.SCHEDULE,
    **companies.SCHEDULE,
    **accounts.SCHEDULE,
    **arrivals.SCHEDULE,
    **bills.SCHEDULE,
    **mailboxes.SCHEDULE,
    **periods.SCHEDULE,
    **replay.SCHEDULE,
    **deadlines.SCHEDULE,
    **outages.SCHEDULE,
    **webhooks.SCHEDULE,
}
"""Kinds that are enqueued by time, once among all workers, whatever the settings say."""

LONG: tuple[str, ...] = (audit.VERIFY, bundles.MAKE)
"""Kinds that may run for long over a large ledger, and that people order as often as they like."""

OUTWARD: tuple[str, ...] = (webhooks.DELIVER, fetching.FETCH, mailbox_orders.FETCH, mailbox_orders.REPLY)
"""Kinds that wait for servers of our users and providers, which may be slow; most of the time they do nothing else."""

HEAVY: tuple[str, ...] = (flow.SEND_LARGE,)
"""Kinds whose job holds a large document in memory several times over, from reading it to the provider's answer."""

READING: tuple[str, ...] = (hall.READ,)
"""Kinds that wait for the two processes which open suppliers' files, each with such a file in memory."""

PERMANENT = (Permanent, peppol.errors.Permanent)
"""Trying again is of no use: a person has to look. Everything else is tried again, later."""


def pace_of(slots: int) -> Pace:
    """So many at once, of each long kind in a quarter of the slots, and in half of them what waits for users' servers:
    whatever one company orders, others can send. What is heavy goes two at a time, so that memory is bounded."""
    quarter, half = max(slots // 4, 1), max(slots // 2, 1)
    limits = dict.fromkeys(LONG, quarter) | dict.fromkeys(OUTWARD, half) | dict.fromkeys(HEAVY, 2)
    limits |= dict.fromkeys(READING, 4)
    return Pace(slots=slots, per_kind=limits)


def make(
    wiring: Wiring,
    *,
    handlers: Mapping[str, Handler] = HANDLERS,
    schedule: Mapping[str, timedelta] | None = None,
    pace: Pace | None = None,
) -> Loop:
    """A loop over these handlers. `schedule`: None for all there is, and what the settings ask for."""
    if schedule is None:
        schedule = {**SCHEDULE, **witnessing.schedule(wiring.settings)}

    async def attempt(job: Job) -> None:
        try:
            await handlers[job.kind](wiring, job.company_id, job.payload, now=datetime.now(UTC))
        except peppol.errors.Temporary as error:
            raise Temporary(str(error), after=error.retry_after) from error

    return Loop(wiring.database, handlers, attempt, schedule=schedule, permanent=PERMANENT, pace=pace)


async def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what runs then is finished or given back."""
    logs.configure(settings.log_level)
    if settings.sentry_dsn is not None:
        reports.configure(settings.sentry_dsn.reveal(), environment=settings.mode, release="involinks")
    async with open_wiring(settings) as wiring:
        loop = make(wiring, pace=pace_of(wiring.settings.worker_slots))
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, loop.stop)
        async with mailbox_idle.listening(wiring):
            await loop.run()
