"""An installation in one process that dies where it is told to; for `test_walk.py`.

    python -m tests.faults.walker            settings from the environment, one order per line on standard input

It loads everything once and forks for each order, so that a walk of fifty deaths doesn't start Python fifty times. The
child serves HTTP and works on the queue. Points are found by wrapping: before and after each transaction's end, each
write to the storage and each call of a provider, so that a new one is walked by itself. Production code knows nothing
of it. A child counts the points of one document's phase only, and ends by SIGKILL at the one it was told.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from granian.constants import Interfaces
from granian.server.embed import Server

from gateway import worker
from gateway.app import create_app
from gateway.db import Database
from gateway.jobqueue.loop import Pace
from gateway.observability import logs
from gateway.outbound.flow import SEND
from gateway.outbound.following import FOLLOW
from gateway.settings import Settings
from gateway.storage.folder import FolderStorage
from gateway.wiring import Wiring, open_wiring
from peppol.providers.line import Line

PHASES = ("send", "receive", "status", "follow")
DOORS = {"/v1/network/deliveries": "receive", "/v1/network/statuses": "status"}
LEASE = timedelta(hours=1)
"""Long, so that the job that a child leaves rests until the walk is over: worked on beside another document's, in one
batch with it, it would hide that one's points."""


class Order(msgspec.Struct, frozen=True):
    """One child's life."""

    phase: str = ""
    """Whose points are counted; empty: the child lives until it is told to end."""
    die_at: int = 0
    """The point at which it dies, from 1; 0: none."""
    marks: tuple[str, ...] = ()
    """Texts of which one stands in the job or the call that is counted."""
    others: tuple[str, ...] = ()
    """Texts of earlier documents: a call with one of them is not counted."""
    log: str = ""
    """File to which the points are written, one a line."""


_counted: ContextVar[bool] = ContextVar("counted", default=False)


class Points:
    """Counts, and kills."""

    def __init__(self, order: Order) -> None:
        self.order, self.count = order, 0

    def hit(self, what: str) -> None:
        if not _counted.get():
            return
        self.count += 1
        with Path(self.order.log).open("a") as log:
            log.write(f"{self.order.phase} {self.count} {what}\n")
        if self.count == self.order.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def meant(self, phase: str, content: str) -> bool:
        order = self.order
        return (
            phase == order.phase
            and any(mark in content for mark in order.marks)
            and not any(other in content for other in order.others)
        )


def watch(points: Points) -> None:
    """Wrap what may be interrupted."""

    def transaction(original: Callable[..., Any], what: str) -> Any:
        @asynccontextmanager
        async def watched(*args: Any) -> AsyncIterator[Any]:
            async with original(*args) as connection:
                yield connection
                points.hit(f"before the commit ({what})")
            points.hit(f"after the commit ({what})")

        return watched

    def call(original: Callable[..., Awaitable[Any]], what: str) -> Any:
        async def watched(*args: Any, **named: Any) -> Any:
            points.hit(f"before {what}")
            answer = await original(*args, **named)
            points.hit(f"after {what}")
            return answer

        return watched

    Database.company = transaction(Database.company, "of the company")  # type: ignore[method-assign]
    Database.platform = transaction(Database.platform, "of the platform")  # type: ignore[method-assign]
    Line._exchange = call(Line._exchange, "the provider's call")  # type: ignore[method-assign]
    FolderStorage.put = call(FolderStorage.put, "the storage's write")  # type: ignore[method-assign]


def counted_job(points: Points, phase: str, handler: worker.Handler) -> worker.Handler:
    async def run(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
        _counted.set(points.meant(phase, payload.decode()))
        await handler(wiring, company_id, payload, now=now)

    return run


def counted_calls(points: Points, app: Any) -> Any:
    """The app, its calls from the network counted where they are about the document."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        phase = DOORS.get(scope.get("path", ""))
        if scope["type"] != "http" or phase is None:
            await app(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        _counted.set(points.meant(phase, body.decode()))
        told = False

        async def again() -> Any:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, again, send)

    return outer


async def live(order: Order) -> None:
    """Serve and work until told to end, or until the point."""
    settings = Settings.from_environ(os.environ)
    logs.configure("warning")
    points = Points(order)
    watch(points)
    async with open_wiring(settings) as wiring:
        handlers = dict(worker.HANDLERS)
        handlers |= {SEND: counted_job(points, "send", handlers[SEND])}
        handlers |= {FOLLOW: counted_job(points, "follow", handlers[FOLLOW])}
        pace = Pace(lease=LEASE, poll=timedelta(seconds=1))
        loop = worker.make(wiring, handlers=handlers, schedule={}, pace=pace)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, loop.stop)
        if order.phase in {"send", "follow"} and order.die_at:
            await loop.run()  # nobody has to be served: it dies before it matters
        else:
            async with served(settings, wiring, points):
                await loop.run()


@asynccontextmanager
async def served(settings: Settings, wiring: Wiring, points: Points) -> AsyncIterator[None]:
    app: Any = create_app(settings, wiring=wiring, limited=False)
    server = Server(
        counted_calls(points, app), port=settings.port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
    )
    async with app.lifespan():
        serving = asyncio.create_task(server.serve())
        yield
        server.stop()  # type: ignore[no-untyped-call]
        await serving


def main() -> None:
    """Fork for each order; say how the child ended."""
    for line in sys.stdin:
        if line.strip() == "end":
            continue
        order = msgspec.json.decode(line, type=Order)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            os.dup2(2, 1)  # what it says goes to the log; this process's standard output is for the test
            asyncio.run(live(order))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
