"""The worker as it is put together: one table of jobs, and room for everybody's."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from datetime import datetime
from uuid import UUID

from gateway import jobqueue, worker
from gateway.audit.jobs import VERIFY
from gateway.bundles.jobs import MAKE
from gateway.db import Database
from gateway.outbound.flow import SEND, SEND_LARGE
from gateway.wiring import Wiring
from tests.gateway.outbound.conftest import bare_wiring, executor

__all__ = ["executor"]


async def test_whoever_orders_verifications_and_bundles_by_the_dozen_stops_nobody_from_sending(
    database: Database, executor: Executor
) -> None:
    released, sent = asyncio.Event(), asyncio.Event()

    async def long(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
        await released.wait()

    async def send(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
        sent.set()

    async with database.platform() as db:
        for kind in [VERIFY, MAKE] * 10 + [SEND]:
            await jobqueue.enqueue(db, kind, b"{}", company_id=None)
    handlers: dict[str, worker.Handler] = {VERIFY: long, MAKE: long, SEND: send}
    loop = worker.make(bare_wiring(database, executor), handlers=handlers, schedule={}, pace=worker.pace_of(4))
    task = asyncio.create_task(loop.run())
    try:
        await asyncio.wait_for(sent.wait(), 60)
    finally:
        released.set()
        loop.stop()
        await asyncio.wait_for(task, 60)


async def test_large_documents_go_two_at_a_time_and_hold_up_no_other(database: Database, executor: Executor) -> None:
    """Thirty-two slots aren't thirty-two large documents in memory."""
    running, most, done, sent = 0, 0, 0, asyncio.Event()

    async def large(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await sent.wait()
        for _ in range(20):  # whoever else may begin does so meanwhile
            await asyncio.sleep(0)
        running, done = running - 1, done + 1

    async def send(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
        sent.set()

    async with database.platform() as db:
        for kind in [SEND_LARGE] * 8 + [SEND]:
            await jobqueue.enqueue(db, kind, b"{}", company_id=None)
    handlers: dict[str, worker.Handler] = {SEND_LARGE: large, SEND: send}
    loop = worker.make(bare_wiring(database, executor), handlers=handlers, schedule={}, pace=worker.pace_of(32))
    task = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(60):
            while done < 8:  # noqa: ASYNC110 - the loop is what is tried
                await asyncio.sleep(0.02)
    finally:
        sent.set()
        loop.stop()
        await asyncio.wait_for(task, 60)
    assert most == 2
