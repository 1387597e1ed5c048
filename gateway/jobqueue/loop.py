"""The loop that works on the queue; any number of processes may run one.

It settles what is done and claims what is free in one transaction, and sleeps until a job is done, enqueued or
due. Leases are prolonged while a job runs; one that was lost to another worker is cancelled here. On a stop nothing
new is claimed, what runs may finish for a while, and the rest is given back.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg.exceptions
import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway import jobqueue
from gateway.db import Database
from gateway.jobqueue import Job, Urgency
from gateway.observability import metrics, reports

log = structlog.get_logger()


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How much at once, and how long things may take."""

    slots: int = 8
    """Jobs that run at the same time in this process."""
    per_kind: Mapping[str, int] = {}
    """At most so many of one kind, where that is fewer than the slots."""
    lease: timedelta = timedelta(seconds=60)
    """After a kill, a job is taken up again no later than this."""
    prolong: timedelta = timedelta(seconds=20)
    """How often a lease is renewed while its job runs; a third of it, so that one miss does no harm."""
    poll: timedelta = timedelta(seconds=5)
    """How long to sleep at most; a NOTIFY wakes earlier."""
    grace: timedelta = timedelta(seconds=30)
    """On a stop, how long running jobs may still take."""


class Loop:
    """One process's work on the queue."""

    def __init__(
        self,
        database: Database,
        kinds: Iterable[str],
        attempt: Callable[[Job], Awaitable[None]],
        *,
        schedule: Mapping[str, timedelta] | None = None,
        permanent: tuple[type[Exception], ...] = (jobqueue.Permanent,),
        pace: Pace | None = None,
    ) -> None:
        """`attempt` runs one job of one of the `kinds`; returning is success, an exception decides by its type.

        `schedule`: kinds that are enqueued by time, once among all workers. `permanent`: no use in trying again.
        """
        self._database = database
        self._kinds = tuple(kinds)
        self._attempt = attempt
        self._schedule = schedule or {}
        self._permanent = permanent
        self._pace = pace or Pace()
        self._running: dict[asyncio.Task[None], Job] = {}
        self._done: list[Job] = []
        self._wake = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what runs has finished or the grace is over. For signal handlers."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop` is called."""
        background = [asyncio.create_task(self._listen()), asyncio.create_task(self._prolong())]
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    wait = await self._turn()
                except (SQLAlchemyError, OSError) as error:
                    log.warning("queue.unreachable", error=str(error))
                    wait = 1.0
                if wait > 0:
                    await self._sleep(wait)
            await self._drain()
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _turn(self) -> float:
        """Settle, enqueue what the schedule says, claim, start. Returns how many seconds there is nothing to do."""
        async with self._database.platform() as db:
            settled = self._done[:]
            if settled:
                await jobqueue.finish(db, settled)
            if self._schedule:
                await jobqueue.enqueue_scheduled(db, self._schedule)
            free, bulk = self._free(), self._free_in_bulk
            crowding, share = self._shares()
            claimed, due = list[Job](), None
            if free:
                claimed = await jobqueue.claim(
                    db,
                    free,
                    most=min(self._vacant, share),
                    lease=self._pace.lease,
                    bulk=bulk,
                    keep=self._kept_for_bulk,
                    crowding=crowding,
                )
            if free and not claimed:
                due = await jobqueue.next_due(db, free, bulk=bulk > 0, crowding=crowding)
        del self._done[: len(settled)]
        for job in claimed:
            task = asyncio.create_task(self._run_one(job), name=f"{job.kind} {job.id}")
            self._running[task] = job
            task.add_done_callback(self._ended)
        if claimed:
            return 0
        poll = self._pace.poll.total_seconds()
        return poll if due is None else min(max(due, 0.01), poll)

    @property
    def _vacant(self) -> int:
        return self._pace.slots - len(self._running)

    @property
    def _in_bulk(self) -> int:
        return sum(job.urgency is Urgency.IN_BULK for job in self._running.values())

    @property
    def _free_in_bulk(self) -> int:
        """Some slots are kept for what is urgent: a quarter, at least one wherever there are two."""
        slots = self._pace.slots
        return max(slots - max(slots // 4, min(slots - 1, 1)) - self._in_bulk, 0)

    @property
    def _kept_for_bulk(self) -> int:
        """Where there are two slots, the next is for what isn't urgent while none of that runs."""
        return int(self._pace.slots > 1 and self._in_bulk == 0)

    def _shares(self) -> tuple[list[UUID], int]:
        """Companies that have three quarters of the slots, where there are several slots: however many jobs they
        order, and however slow their servers are, others get the rest. And how many a company may get now, at most."""
        most = max(self._pace.slots - self._pace.slots // 4, 1)
        held = Counter(job.company_id for job in self._running.values() if job.company_id is not None)
        crowding = [company_id for company_id, number in held.items() if number >= most]
        return crowding, most - max((number for number in held.values() if number < most), default=0)

    def _free(self) -> dict[str, int]:
        """How many more of each kind may be claimed; kinds at their limit are left out."""
        if self._vacant <= 0:
            return {}
        busy = [job.kind for job in self._running.values()]
        free = {
            kind: min(self._pace.per_kind.get(kind, self._pace.slots) - busy.count(kind), self._vacant)
            for kind in self._kinds
        }
        return {kind: number for kind, number in free.items() if number > 0}

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _run_one(self, job: Job) -> None:
        began, outcome = time.monotonic(), "done"
        line = log.bind(job=str(job.id), kind=job.kind, attempt=job.attempts)
        try:
            await self._attempt(job)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except jobqueue.Later as error:
            outcome = await self._release(job, error, line)
        except Exception as error:  # noqa: BLE001, RUF100 - whatever a handler raises must end in the queue, not here
            outcome = await self._fail(job, error, line)
        else:
            self._done.append(job)
        finally:
            metrics.JOBS.labels(job.kind, outcome).observe(time.monotonic() - began)

    async def _fail(self, job: Job, error: Exception, line: Any) -> str:
        """Tell the queue; if that can't be told either, the lease's end does."""
        expected = isinstance(error, (jobqueue.JobError, *self._permanent))
        after = error.after if isinstance(error, jobqueue.Temporary) else None
        retry_in = None if isinstance(error, self._permanent) else after or jobqueue.backoff(job.attempts)
        try:
            async with self._database.platform() as db:
                outcome = await jobqueue.fail(db, job, f"{type(error).__name__}: {error}", retry_in=retry_in)
        except (SQLAlchemyError, OSError) as lost:
            line.warning("queue.unreachable", error=str(lost))
            outcome = "lost"
        if expected:
            line.warning("job.failed", outcome=outcome, error=str(error))
        else:
            line.error("job.failed", outcome=outcome, exc_info=error)
            reports.report(error, request_id=str(job.id))
        return outcome

    async def _release(self, job: Job, error: jobqueue.Later, line: Any) -> str:
        try:
            async with self._database.platform() as db:
                outcome = await jobqueue.release(db, job, retry_in=error.after)
        except (SQLAlchemyError, OSError) as lost:
            line.warning("queue.unreachable", error=str(lost))
            return "lost"
        line.info("job.released", outcome=outcome, reason=str(error))
        return outcome

    async def _prolong(self) -> None:
        """Hold what runs; cancel what another worker has by now."""
        while True:
            await asyncio.sleep(self._pace.prolong.total_seconds())
            held = dict(self._running)
            if not held:
                continue
            try:
                async with self._database.platform() as db:
                    ours = await jobqueue.extend(db, held.values(), lease=self._pace.lease)
            except (SQLAlchemyError, OSError) as error:
                log.warning("queue.unreachable", error=str(error))
                continue
            for task, job in held.items():
                if job.id not in ours and not task.done():
                    log.warning("job.lost", job=str(job.id), kind=job.kind)
                    task.cancel()

    async def _listen(self) -> None:
        """Wake when a job is enqueued, anywhere. Without it the poll still finds everything, only later."""
        while True:
            try:
                driver: Any = await self._database.driver()
                ended = asyncio.Event()
                driver.add_termination_listener(lambda _, ended=ended: ended.set())
                try:
                    await driver.add_listener(jobqueue.CHANNEL, lambda *_: self._wake.set())
                    self._wake.set()
                    await ended.wait()
                finally:
                    driver.terminate()
            except (asyncpg.exceptions.PostgresError, asyncpg.exceptions.InterfaceError, OSError) as error:
                log.warning("queue.unreachable", error=str(error))
            await asyncio.sleep(1)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _drain(self) -> None:
        left = set(self._running)
        if left:
            _, left = await asyncio.wait(left, timeout=self._pace.grace.total_seconds())
        given_back = [self._running[task] for task in left]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        async with self._database.platform() as db:
            await jobqueue.finish(db, self._done)
            for job in given_back:
                await jobqueue.fail(db, job, "the worker was stopped", retry_in=timedelta(0))
