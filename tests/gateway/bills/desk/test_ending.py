"""A server with an open stream ends as gracefully as one without."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from gateway.postgres import Server
from tests.gateway.house import Person
from tests.gateway.sandbox.process import free_port

PATIENCE = 60


async def test_a_server_that_ends_ends_its_streams(
    clerk: Person, pg_server: Server, module_database_name: str, tmp_path: Path
) -> None:
    port = free_port()
    environ = os.environ | {
        "INVOLINKS_HOME": str(tmp_path),
        "INVOLINKS_PORT": str(port),
        "INVOLINKS_DATABASE_URL": pg_server.dsn("app", module_database_name),
    }
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", env=environ, stdout=output, stderr=output
        )
    try:
        headers = {"Authorization": f"Bearer {clerk.token}"}
        async with (
            asyncio.timeout(2 * PATIENCE),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE) as client,
        ):
            while not await ready(client):
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.1)
            async with client.stream("GET", "/v1/bills/events") as stream:
                assert stream.status_code == 200
                lines = stream.aiter_lines()
                assert (await anext(lines)).startswith("retry")
                process.send_signal(signal.SIGTERM)
                async for _ in lines:
                    pass
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert "refused" not in log.read_text(), "no process had to be killed"


async def ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).status_code == 200
    except httpx.TransportError:
        return False
