"""A receiver of webhooks: a real HTTP server on loopback that keeps what it is sent, and answers as it is told.

It verifies by its own reading of the public specification (Standard Webhooks 1.0), not by the gateway's code.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Received(msgspec.Struct, frozen=True):
    """One call, as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])

    def signed_by(self, secret: str) -> bool:
        """Whether one of the signatures holds: v1, base64 of HMAC-SHA256 over `id.timestamp.body`."""
        assert secret.startswith("whsec_")
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        signed = b".".join((self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        signatures = [one.split(",", 1) for one in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(mac, expected) for version, mac in signatures)


Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer with this status."""

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


class Receiver:
    """Somebody's ERP."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Answer = says(200, b"ok")
        self.port = 0
        self.open = 0
        """Calls that are being answered."""
        self.most_open = 0
        self._news = asyncio.Event()

    async def wait(self) -> None:
        """Until something has come."""
        async with asyncio.timeout(60):
            while not self.received:
                self._news.clear()
                await self._news.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            call = Received(head[0].split(" ")[1], headers, body)
            self.received.append(call)
            self._news.set()
            await self.answer(call, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the caller has hung up, as some tests want it
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens, until the end of the block."""
    receiver = Receiver()
    calls = set[asyncio.Task[None]]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        calls.add(task)
        try:
            await receiver.take(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            calls.discard(task)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for call in list(calls):
            call.cancel()
        await server.wait_closed()
