"""How far the reading of a bill is, told as the event `bill.processing` while it goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events
from gateway.wiring import Wiring

log = structlog.get_logger()

ACTOR = "system:reader"


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the event `bill.processing`."""

    attempt: int
    page: int
    """Pages done."""
    pages: int
    """0: not known yet."""


@asynccontextmanager
async def following(
    wiring: Wiring, company_id: UUID, bill_id: UUID, *, attempt: int, now: datetime
) -> AsyncIterator[Callable[[int, int], None]]:
    """What the reading thread calls after each page; the latest of what it said is told, never more than once a page.

    Telling is no part of the reading: where the database can't be reached just then, the page goes untold.
    """
    loop, news = asyncio.get_running_loop(), asyncio.Queue[tuple[int, int]]()

    async def forward() -> None:
        while True:
            done, pages = await news.get()
            while not news.empty():
                done, pages = news.get_nowait()
            if pages < 2:
                continue
            said = Processing(attempt=attempt, page=done, pages=pages)
            try:
                async with wiring.database.company(company_id) as db:
                    await tell(db, company_id, bill_id, said, now=now)
            except (OSError, SQLAlchemyError) as error:
                log.warning("bill.progress_untold", bill=str(bill_id), error=type(error).__name__)

    def done_with(done: int, pages: int) -> None:
        loop.call_soon_threadsafe(news.put_nowait, (done, pages))

    task = asyncio.create_task(forward())
    try:
        yield done_with
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def tell(db: AsyncConnection, company_id: UUID, bill_id: UUID, said: Processing, *, now: datetime) -> None:
    """Tell it in the caller's transaction."""
    facts = msgspec.Raw(msgspec.json.encode(said))
    await events.emit(db, company_id, events.Event("bill.processing", bill_id, now, ACTOR, facts))
