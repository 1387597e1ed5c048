"""A worker's process is killed outright, during the call and behind it: the next one sends the message again."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from gateway.db import Database
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Received, Receiver, says

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def worker(hooks: Hooks, endpoint: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One turn at the endpoint, in a process of its own."""
    orders = {
        "dsn": hooks.house.database.dsn,
        "kek": hooks.house.wiring.key_ring.current.text(),
        "company": str(hooks.company.id),
        "endpoint": endpoint,
        "now": hooks.house.now.isoformat(),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.webhooks.process", cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(orders).encode())
    await process.stdin.drain()
    process.stdin.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_during_the_call(hooks: Hooks, erp: Receiver, module_admin: Database) -> None:
    async def never(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    erp.answer = never
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    (message,) = await hooks.happen("invoice.sent")
    async with worker(hooks, endpoint) as process:
        await erp.wait()
        process.kill()
        await process.wait()
    erp.answer = says(200)
    await again(hooks, endpoint, module_admin)
    assert erp.ids == [message, message]
    assert erp.received[0].body == erp.received[1].body


async def test_killed_behind_the_call_before_it_is_written_down(
    hooks: Hooks, erp: Receiver, module_admin: Database
) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    (message,) = await hooks.happen("invoice.sent")
    calling, held = asyncio.Event(), asyncio.Event()

    async def answers_when_held(call: Received, writer: asyncio.StreamWriter) -> None:
        calling.set()
        await held.wait()
        await says(200)(call, writer)

    erp.answer = answers_when_held
    async with worker(hooks, endpoint) as process:
        await asyncio.wait_for(calling.wait(), 60)
        async with module_admin.platform() as db:
            await db.execute(text("select 1 from webhook_endpoints where id = :id for update"), {"id": endpoint})
            held.set()
            await until_blocked(module_admin)
            process.kill()
            await process.wait()
    assert (await hooks.log(endpoint))[0]["state"] == "pending"
    erp.answer = says(200)
    await again(hooks, endpoint, module_admin)
    assert erp.ids == [message, message], "nobody knew that it had arrived; the id says that it is the same"


async def test_a_worker_that_lives_writes_down_what_it_has_done(hooks: Hooks, erp: Receiver) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    (message,) = await hooks.happen("invoice.sent")
    async with worker(hooks, endpoint) as process:
        assert await asyncio.wait_for(process.wait(), 60) == 0
    assert erp.ids == [message]
    assert (await hooks.log(endpoint))[0]["state"] == "delivered"


async def again(hooks: Hooks, endpoint: str, admin: Database) -> None:
    """A minute later, another worker."""
    await hooks.forget_claim(admin, endpoint)
    await hooks.turn(endpoint, at=hooks.later(minutes=2))
    assert (await hooks.log(endpoint))[0]["state"] == "delivered"


async def until_blocked(admin: Database) -> None:
    """Until somebody waits for the lock on the endpoint."""
    blocked = text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() "
        "and query like '%webhook_endpoints%'"
    )
    async with asyncio.timeout(60):
        while True:
            async with admin.platform() as db:
                if await db.scalar(blocked):
                    return
            await asyncio.sleep(0.05)
