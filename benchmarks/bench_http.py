"""Create, validate and draft through HTTP, beside a bare Litestar endpoint that decodes the same body, in one run.

    python -m benchmarks.bench_http [--seconds 5]

Both servers run on one core each as `involinks serve` runs them; the client keeps its connections. Read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

import migrations
import ubl
from benchmarks.bench_ledger import make_folder
from gateway.access.permissions import KEY_SCOPES
from gateway.db import Database
from gateway.postgres import Server, find_binaries

LINES = 20
EXAMPLE = ubl.decode((Path(__file__).parent.parent / "examples" / "tax-invoice.json").read_bytes())


class Figures(msgspec.Struct):
    """One way of asking, measured."""

    rate: float
    """Answers a second."""
    middle: float
    """Milliseconds, median."""
    slow: float
    """Milliseconds, 99th percentile."""


def body() -> bytes:
    """The example with twenty lines, its number left to us."""
    lines = tuple(msgspec.structs.replace(EXAMPLE.lines[0], id=str(n)) for n in range(1, LINES + 1))
    return msgspec.json.encode(msgspec.structs.replace(EXAMPLE, number=None, uuid=None, lines=lines, totals=None))


async def measure(port: int, path: str, payload: bytes, token: str, *, connections: int, seconds: float) -> Figures:
    """Ask over and over on so many connections; any answer but 201 or 200 ends the benchmark."""
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(payload)}\r\n\r\n"
    ).encode() + payload
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if head.split(b" ", 2)[1] not in {b"200", b"201"}:
                raise RuntimeError(f"{head.decode()}{answer[:500].decode()}")
            times.append(time.perf_counter() - began)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(ask() for _ in range(connections)))
    times.sort()
    return Figures(len(times) / seconds, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


@contextmanager
def serving(name: str, **environment: str) -> Iterator[int]:
    """One of the two apps as a process of its own; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.http_apps", name, str(port)],
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
        try:
            _await(process, port)
            yield port
        finally:
            process.terminate()
            process.wait(60)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server didn't start")


async def a_key(database: Database, owner_dsn: str, home: Path) -> str:
    """An approved company's API key that may do whatever a key may."""
    from tests.gateway.house import open_house

    owner = Database(owner_dsn)
    try:
        async with open_house(database, owner, home) as house:
            seller = EXAMPLE.seller
            company = await house.company(trn=seller.trn if seller else None)
            return (await company.key(*sorted(KEY_SCOPES))).token
    finally:
        await owner.close()


def show(name: str, figures: Figures, beside: Figures) -> None:
    """One line of the table."""
    print(
        f"{name:<52} {figures.rate:>8,.0f}/s {figures.middle:>8.2f} ms {figures.slow:>8.2f} ms "
        f"{figures.rate / beside.rate:>7.3f} x",
        flush=True,
    )


async def run(seconds: float) -> None:
    """Everything."""
    payload, home = body(), make_folder()
    print(f"{len(payload):,} bytes, {LINES} lines{'':<32} {'rate':>10} {'median':>11} {'99 %':>11}   beside bare")
    server = Server(home / "pg", binaries=find_binaries(None), durable=True)
    with server.lease():
        server.sql("create database bench owner involinks_owner")
        await asyncio.to_thread(migrations.upgrade, server.dsn("owner", "bench"))
        url = server.dsn("app", "bench")
        database = Database(url)
        try:
            token = await a_key(database, server.dsn("owner", "bench"), home)
        finally:
            await database.close()
        with serving("bare") as bare, serving("gateway", INVOLINKS_HOME=str(home), INVOLINKS_DATABASE_URL=url) as ours:
            for connections in (1, 16):
                often = {"connections": connections, "seconds": seconds}
                await measure(ours, "/v1/invoices", payload, token, connections=connections, seconds=1)
                base = await measure(bare, "/v1/invoices", payload, token, **often)
                show(f"bare endpoint, {connections} connections", base, base)
                for title, path in (
                    ("decode + authenticate + check (POST /v1/validate)", "/v1/validate"),
                    ("create + validate + draft (POST /v1/invoices)", "/v1/invoices"),
                ):
                    show(title, await measure(ours, path, payload, token, **often), base)
    shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Entry for `python -m benchmarks.bench_http`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each figure is measured")
    asyncio.run(run(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
