"""A worker in a process of its own, to be killed: one turn at one endpoint. Its orders come as JSON on stdin."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from certs import Kek, KeyRing
from gateway.db import Database
from gateway.settings import Settings
from gateway.webhooks import jobs
from gateway.wiring import Wiring


async def work(orders: dict[str, str]) -> None:
    """The turn."""
    ring, nothing = KeyRing(Kek.parse(orders["kek"])), cast("Any", None)
    database = Database(orders["dsn"], pool_size=2)
    wiring = Wiring(
        settings=Settings(public_url="http://gateway.test"),
        database=database,
        storage=nothing,
        key_ring=ring,
        keys=nothing,
        provider=nothing,
        executor=nothing,
    )
    payload = msgspec.json.encode(jobs.DeliverJob(UUID(orders["endpoint"])))
    await jobs.deliver(wiring, UUID(orders["company"]), payload, now=datetime.fromisoformat(orders["now"]))
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(json.load(sys.stdin)))
