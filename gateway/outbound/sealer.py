"""A busy company: whoever holds its lease gathers what others want sealed, and seals it in batches.

A request finds the company's series free and seals its draft at once, in its own transaction. Where somebody works in
that series, or holds the company's lease, it leaves a request instead, commits, and waits for the outcome. Whoever
finds no lease takes it, with the first request; a process that holds one drains the company until nothing has come for
a moment. A holder that dies loses the lease by time, and whoever still waits, or the job that was enqueued with the
lease, takes over. See docs/decisions/0012.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request
from litestar.di import Provide
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue
from gateway.access.call import Call
from gateway.http.answers import UNEXPECTED, KindOf, problem_of
from gateway.http.problems import GatewayError
from gateway.observability import reports
from gateway.outbound import seal_queue, sealing
from gateway.outbound.seal_queue import Decision, Waiting
from gateway.outbound.sealing import Busy, Done, Order
from gateway.wiring import Wiring
from ledger.errors import LedgerBusy

log = structlog.get_logger()


def _provide_sealer(request: Request[Any, Any, Any]) -> Sealer:
    sealer: Sealer = request.app.state.sealer
    return sealer


SEALER = {"sealer": Provide(_provide_sealer, sync_to_thread=False)}
"""For a controller: the dependency `sealer`, this process's own."""

SEAL = "outbound.seal"
"""The job that looks after a company's requests while it is leased; it has no payload."""


_AFTER_TROUBLE = 0.1
"""Seconds to wait before asking a database again that couldn't be reached."""


_TOGETHER = 0.002
"""Seconds in which requests of this process are committed together."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How a sealer works."""

    patience: float = 2.0
    """Seconds that a request waits for its outcome before it is answered with 202."""
    most: int = 1_000
    """Requests of one batch."""
    size: int = 8 * 2**20
    """Bytes of drafts beyond which a batch takes no further one."""
    gather: float = 0.02
    """Seconds that a sealer gathers between two batches, and between two looks of one that waits for another's."""
    linger: float = 0.2
    """Seconds without a request after which the lease is given back."""
    lease: timedelta = timedelta(seconds=3)
    """How long nobody else takes over; begins anew with each batch."""
    look_after: timedelta = timedelta(seconds=6)
    """When the job looks whether a lease was left behind; longer than the lease."""


class LeaseLost(Exception):
    """Another holds the company's lease by now; nothing was sealed."""


class Queued(msgspec.Struct, frozen=True):
    """A request that is left for the holder of the lease."""

    company_id: UUID
    id: UUID
    fence: int | None
    """The lease that was taken together with it; None: another has it."""


class Sealer:
    """One per process; hands outcomes to those who wait in this process and leads where it holds a lease."""

    def __init__(
        self,
        wiring: Wiring,
        kind_of: KindOf,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
    ) -> None:
        """`kind_of`: what an exception is answered with. `clock`: the moment at which a batch is sealed."""
        self._wiring, self._kind_of, self._clock, self._pace = wiring, kind_of, clock, pace or Pace()
        self._database = wiring.database
        self._awaited: dict[UUID, dict[UUID, asyncio.Future[Decision]]] = {}
        self._granted: dict[UUID, int] = {}
        self._attending: dict[UUID, asyncio.Task[None]] = {}
        self._leading: set[UUID] = set()
        self._leaving: dict[UUID, tuple[list[Waiting], asyncio.Task[None]]] = {}
        self._stopping = False

    async def finalize(
        self, call: Call, document_id: UUID, *, version: int | None = None, key: str | None = None
    ) -> Queued | Done:
        """Seal a draft in the call's transaction, or leave a request; commit, then `wait` for what was left.

        `key`: the Idempotency-Key. Raises what `sealing.seal` says of a draft.
        """
        order = Order(document_id=document_id, version=version, actor=call.principal.actor)
        db, company_id = call.db, call.company_id
        leading = company_id in self._leading
        if not leading:
            (outcome,) = await sealing.seal(db, company_id, [order], call.wiring, now=call.now, patient=False)
            if isinstance(outcome, Done):
                return outcome
            if not isinstance(outcome, Busy):
                raise outcome
        request = Waiting(
            document_id=document_id, version=version, actor=order.actor, key=key, request_id=call.request_id
        )
        await seal_queue.put(db, company_id, [request], now=call.now)
        return Queued(company_id, request.id, None if leading else await self._take_over(db, company_id))

    async def leave(self, company_id: UUID, request: Waiting) -> Queued | None:
        """Where this process leads the company: leave a request in one transaction with others of the same moment.

        None: it doesn't lead; nothing was done. On return it is committed; `wait` for it.
        """
        if company_id not in self._leading:
            return None
        leaving = self._leaving.get(company_id)
        if leaving is None:
            asked = [request]
            task = asyncio.create_task(self._commit(company_id, asked), context=Context())
            self._leaving[company_id] = leaving = (asked, task)
        else:
            leaving[0].append(request)
        await asyncio.shield(leaving[1])
        return Queued(company_id, request.id, None)

    async def _commit(self, company_id: UUID, asked: list[Waiting]) -> None:
        try:
            await asyncio.sleep(_TOGETHER)
        finally:
            del self._leaving[company_id]
        async with self._database.company(company_id) as db:
            await seal_queue.put(db, company_id, asked, now=self._clock())

    async def wait(self, queued: Queued) -> Decision | None:
        """The outcome, or None where it takes too long."""
        decision: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        awaited = self._awaited.setdefault(queued.company_id, {})
        awaited[queued.id] = decision
        self.attend(queued.company_id, queued.fence)
        try:
            async with asyncio.timeout(self._pace.patience):
                return await decision
        except TimeoutError:
            return None
        finally:
            del awaited[queued.id]
            if not awaited:
                self._awaited.pop(queued.company_id, None)

    def attend(self, company_id: UUID, fence: int | None = None) -> None:
        """See to the company's requests in the background: lead where the lease is free, or is held as `fence`."""
        if fence is not None:
            self._granted[company_id] = fence
        task = self._attending.get(company_id)
        if task is None or task.done():
            work, name = self._attend(company_id), f"sealer of {company_id}"
            task = asyncio.create_task(work, name=name, context=Context())  # no request's own, whoever began it
            self._attending[company_id] = task
            task.add_done_callback(lambda ended: self._ended(company_id, ended))

    async def drain(self, company_id: UUID) -> None:
        """For the job: take over a lease that was left behind, and look again while anything is under way."""
        async with self._database.company(company_id) as db:
            fence = await seal_queue.acquire(db, company_id, length=self._pace.lease)
        if fence is not None:
            await self._lead(company_id, fence)
        async with self._database.company(company_id) as db:
            await seal_queue.forget(db, company_id, before=self._clock() - seal_queue.KEPT)
            if await seal_queue.under_way(db, company_id):
                await self._look_after(db, company_id)

    async def close(self) -> None:
        """End what runs in the background: batches are finished, leases given back."""
        self._stopping = True
        await asyncio.gather(*self._attending.values(), return_exceptions=True)

    def _ended(self, company_id: UUID, task: asyncio.Task[None]) -> None:
        if self._attending.get(company_id) is task:
            del self._attending[company_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("sealer.failed", company_id=str(company_id), exc_info=error)
            reports.report(error, request_id=task.get_name())

    async def _attend(self, company_id: UUID) -> None:
        while not self._stopping:
            fence = self._granted.pop(company_id, None)
            try:
                fence = fence or await self._follow(company_id)
                if fence is not None:
                    await self._lead(company_id, fence)
            except (SQLAlchemyError, OSError, LedgerBusy) as error:
                log.warning("sealer.interrupted", company_id=str(company_id), error=type(error).__name__)
                if fence is not None and self._awaited.get(company_id):
                    self._granted[company_id] = fence  # nobody else takes over before it ends; without one the job does
                await asyncio.sleep(_AFTER_TROUBLE)
            if not self._awaited.get(company_id) and company_id not in self._granted:
                return

    async def _follow(self, company_id: UUID) -> int | None:
        """Fetch what another has decided; the lease, where it is free and something waits."""
        await asyncio.sleep(self._pace.gather)
        async with self._database.company(company_id) as db:
            await self._collect(db, company_id)
            return await self._take_over(db, company_id)

    async def _collect(self, db: AsyncConnection, company_id: UUID) -> None:
        awaited = self._awaited.get(company_id)
        for told in await seal_queue.told(db, company_id, awaited) if awaited else ():
            if told.decision is not None:
                self._settle(company_id, told.id, told.decision)

    async def _take_over(self, db: AsyncConnection, company_id: UUID) -> int | None:
        fence = await seal_queue.acquire(db, company_id, length=self._pace.lease)
        if fence is not None:
            await self._look_after(db, company_id)
        return fence

    async def _look_after(self, db: AsyncConnection, company_id: UUID) -> None:
        at = datetime.now(UTC) + self._pace.look_after
        await jobqueue.enqueue(db, SEAL, b"{}", company_id=company_id, run_at=at, key="seal")

    async def _lead(self, company_id: UUID, fence: int) -> None:
        """Seal batch after batch until nothing comes any more, or the lease is another's."""
        busy = time.monotonic()
        self._leading.add(company_id)
        try:
            while not self._stopping:
                await asyncio.sleep(self._pace.gather)
                if await self._turn(company_id, fence):
                    busy = time.monotonic()
                elif time.monotonic() - busy >= self._pace.linger:
                    break
            async with self._database.company(company_id) as db:
                await seal_queue.release(db, company_id, fence)
        except LeaseLost:
            log.warning("sealer.superseded", company_id=str(company_id), fence=fence)
        finally:
            self._leading.discard(company_id)

    async def _turn(self, company_id: UUID, fence: int) -> bool:
        """One batch; False where there was nothing to do. Raises LeaseLost."""
        async with self._database.company(company_id) as db:
            waiting = await seal_queue.waiting(db, company_id, most=self._pace.most, size=self._pace.size)
            if not waiting:
                await self._collect(db, company_id)  # decided before somebody came to wait for it
                return False
        try:
            return await self._seal(company_id, fence, waiting)
        except Exception as error:
            if self._passes(error):
                raise
        # One of them breaks what they share: each on its own, so that the others are sealed.
        return any([await self._seal_alone(company_id, fence, each) for each in waiting])

    async def _seal(self, company_id: UUID, fence: int, waiting: Sequence[Waiting]) -> bool:
        orders = [Order(document_id=each.document_id, version=each.version, actor=each.actor) for each in waiting]
        now = self._clock()
        async with self._database.company(company_id) as db:
            await self._hold(db, company_id, fence)
            outcomes = await sealing.seal(db, company_id, orders, self._wiring, now=now)
            made = [
                (request, self._decision(request, outcome))
                for request, outcome in zip(waiting, outcomes, strict=True)
                if not isinstance(outcome, Busy)
            ]
            await seal_queue.decide(db, company_id, fence, made, now=now)
        for request, decision in made:
            self._settle(company_id, request.id, decision)
        return bool(made)

    async def _seal_alone(self, company_id: UUID, fence: int, request: Waiting) -> bool:
        try:
            return await self._seal(company_id, fence, [request])
        except Exception as error:
            if self._passes(error):
                raise
            decision = self._decision(request, error)
        async with self._database.company(company_id) as db:
            await self._hold(db, company_id, fence)
            await seal_queue.decide(db, company_id, fence, [(request, decision)], now=self._clock())
        self._settle(company_id, request.id, decision)
        return True

    async def _hold(self, db: AsyncConnection, company_id: UUID, fence: int) -> None:
        if not await seal_queue.hold(db, company_id, fence, length=self._pace.lease):
            raise LeaseLost

    def _passes(self, error: Exception) -> bool:
        """Nothing is wrong with a request: the database or the lease is lost, or the ledger moved on."""
        return isinstance(error, LeaseLost) or self._kind_of(error).status == 503

    def _decision(self, request: Waiting, outcome: Done | Exception) -> Decision:
        if isinstance(outcome, Done):
            return Decision(done=outcome)
        if not isinstance(outcome, GatewayError) and self._kind_of(outcome) is UNEXPECTED:
            log.error("seal.failed", request_id=request.request_id, exc_info=outcome)
            reports.report(outcome, request_id=request.request_id)
        problem, _ = problem_of(outcome, self._kind_of, request_id=request.request_id)
        return Decision(problem)

    def _settle(self, company_id: UUID, request_id: UUID, decision: Decision) -> None:
        waiting = self._awaited.get(company_id, {}).get(request_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(decision)


def handlers(kind_of: KindOf) -> dict[str, Callable[..., Awaitable[None]]]:
    """Job kind -> function, for the worker."""

    async def seal(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
        """Take over what a sealer left behind."""
        if company_id is None:
            raise jobqueue.Permanent("This kind of job belongs to a company")
        await Sealer(wiring, kind_of).drain(company_id)

    return {SEAL: seal}
