"""The gateway on a port of its own, in this process: for tests that want real HTTP from end to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

PATIENCE = 60
"""Seconds for anything that may take long on a slow, loaded machine; what is there sooner is seen sooner."""


@asynccontextmanager
async def serving(app: Any, port: int) -> AsyncIterator[None]:
    """The server that `involinks serve` uses."""
    server = Server(app, port=port, interface=Interfaces.ASGINL, log_enabled=False, websockets=False)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                break
    try:
        yield
    finally:
        server.stop()
        await asyncio.wait_for(task, PATIENCE)
