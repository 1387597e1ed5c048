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
from gateway.outbound.flow import SEND
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
