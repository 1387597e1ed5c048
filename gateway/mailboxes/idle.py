"""Listening at mailboxes (IDLE, RFC 2177): a worker is told of new messages and orders a fetch; nothing else.

A bounded number of connections, each mailbox listened at by one worker, which a lease in the database sees to. A lost
connection is tried again after a while that grows. Whatever goes wrong here, the poll finds every message all the same.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from certs import CertsError
from gateway.db import new_id
from gateway.mailboxes import orders, queries
from gateway.mailboxes.errors import NotAllowed, Trouble
from gateway.mailboxes.fetching import place_of
from gateway.mailboxes.session import Session
from gateway.wiring import Wiring

log = structlog.get_logger()

AT_ONCE, OF_A_COMPANY = 32, 3
"""Connections of one worker, and of those to one company's mailboxes by all workers."""
LEASE, LOOK = timedelta(seconds=60), 15.0
AT_A_STRETCH = 600.0
"""Seconds after which IDLE is begun anew; servers may end it after 30 minutes."""
FIRST_REST, LONGEST_REST = 5.0, 900.0

_WATCH = text("select company_id, mailbox_id, version from mailboxes_watch(:watcher, :most, :of_a_company, :lease)")
_UNWATCH = text("select mailboxes_unwatch(:watcher)")


class Line(msgspec.Struct, frozen=True):
    """A mailbox to listen at, as it was last changed."""

    company_id: UUID
    mailbox_id: UUID
    version: int


@asynccontextmanager
async def listening(wiring: Wiring, *, look: float = LOOK) -> AsyncIterator[None]:
    """Listen while the caller works. `look`: seconds between two looks at which mailboxes there are."""
    listener = _Listener(wiring)
    task = asyncio.create_task(listener.run(look))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Listener:
    """One worker's."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring, self._me = wiring, new_id()
        self._tasks: dict[Line, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="idle")

    async def run(self, look: float) -> None:
        """Until it is cancelled."""
        try:
            while True:
                try:
                    self._settle_on(await self._lines())
                except (SQLAlchemyError, OSError) as error:
                    log.warning("mailboxes.unwatched", error=type(error).__name__)
                await asyncio.sleep(look)
        finally:
            tasks = list(self._tasks.values())
            self._settle_on(())
            await asyncio.gather(*tasks, return_exceptions=True)
            self._threads.shutdown(wait=False)
            with suppress(SQLAlchemyError, OSError):
                async with self._wiring.database.platform() as db:
                    await db.execute(_UNWATCH, {"watcher": self._me})

    async def _lines(self) -> set[Line]:
        given = {"watcher": self._me, "most": AT_ONCE, "of_a_company": OF_A_COMPANY, "lease": LEASE}
        async with self._wiring.database.platform() as db:
            return {Line(*row) for row in await db.execute(_WATCH, given)}

    def _settle_on(self, lines: Iterable[Line]) -> None:
        wanted = set(lines)
        for gone in self._tasks.keys() - wanted:
            self._tasks.pop(gone).cancel()
        for new in wanted - self._tasks.keys():
            self._tasks[new] = asyncio.create_task(self._listen(new))

    async def _listen(self, line: Line) -> None:
        rest = FIRST_REST
        while True:
            try:
                heard = await self._hear(line)
                rest = FIRST_REST if heard else LONGEST_REST
            except (NotAllowed, CertsError):
                rest = LONGEST_REST
            except Trouble as error:
                log.info("mailbox.unheard", mailbox=str(line.mailbox_id), error=str(error))
            except (SQLAlchemyError, OSError) as error:
                log.warning("mailbox.unheard", mailbox=str(line.mailbox_id), error=type(error).__name__)
            await asyncio.sleep(rest * random.uniform(0.5, 1))  # noqa: S311 - spreads load, guards nothing
            rest = min(rest * 2, LONGEST_REST)

    async def _hear(self, line: Line) -> bool:
        """Listen until the connection is lost; False where the server can't tell. Raises `Trouble`."""
        async with self._wiring.database.company(line.company_id) as db:
            kept = await queries.one(db, line.company_id, line.mailbox_id)
        if kept is None:
            return False
        session = Session(place_of(self._wiring, line.company_id, kept), kept.folder, threads=self._threads)
        try:
            await session.open()
            if not session.can_listen:
                return False
            await self._order(line)  # what came while nobody listened
            began = asyncio.get_running_loop().time()
            try:
                while True:
                    if await session.listen(AT_A_STRETCH):
                        await self._order(line)
            except Trouble:
                if asyncio.get_running_loop().time() - began > AT_A_STRETCH:
                    return True  # it went well for long: begin anew at once
                raise
        finally:
            await session.close()

    async def _order(self, line: Line) -> None:
        async with self._wiring.database.company(line.company_id) as db:
            await orders.fetch(db, line.company_id, line.mailbox_id)
