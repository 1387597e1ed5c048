"""What happens to bills, told at once: server-sent events fed by the timeline.

One poller in each process reads what is new for every company that somebody listens to, once a second, in a
transaction of a moment; a stream itself holds no connection. An event's id is its row's, a UUIDv7: a client that comes
back with it as `Last-Event-ID` gets what it missed. Rows become visible when their transaction ends, not in the order
of their ids; so the poller looks back over `_LATE` each time, and whoever comes back gets that much again: an event may
come twice, it is never left out. Events hold ids and names only; what became of the bill is asked for as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.bills.states import State
from gateway.db import Database
from gateway.http.problems import TooMany

log = structlog.get_logger()

END_STREAMS: Final = signal.SIGUSR1
"""Tells a server process that it is to end: streams would keep it from that for ever."""
MOST_STREAMS: Final = 50
"""Of one company, in one process."""
_LATE: Final = 60.0
"""Seconds from making an event's id to the end of its transaction, at most."""
_PAGE: Final = 500
_BEHIND: Final = 2_000
"""Events that a client may be behind before it is told to come back."""

_NEWS = text(
    "select id, kind, subject_id, at, case when kind = 'bill.processing' then facts::text end as progress "
    "from events where company_id = :company_id and id > :after "
    "and kind like 'bill.%' order by id limit :most"
)
_STEPS = frozenset({State.RECEIVED, State.READ, State.NEEDS_REVIEW, State.FAILED, State.MATCHED, State.EXCEPTION})
_STATES = {f"bill.{state.lower()}": state for state in State}


class Progress(msgspec.Struct, frozen=True):
    """How far the reading of a file is."""

    page: int
    pages: int
    """0: not known yet."""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a bill."""

    id: UUID
    kind: str
    """As in the timeline: `bill.read`, `bill.corrected`."""
    bill_id: UUID
    state: State | None
    """The state it entered; null where that stayed."""
    at: datetime
    progress: Progress | None = None
    """While it is read."""

    @property
    def name(self) -> str:
        """What a listener listens to: a step of processing, any other change, or that the bill was thrown away."""
        if self.state is State.DISCARDED:
            return "invoice_deleted"
        return "processing_status" if self.state in _STEPS or self.progress is not None else "invoice_updated"

    def frame(self) -> bytes:
        """As it goes over the wire."""
        return f"id: {self.id}\nevent: {self.name}\ndata: ".encode() + msgspec.json.encode(self) + b"\n\n"


class Heard:
    """What one stream has still to send."""

    def __init__(self) -> None:
        self._waiting: list[News] = []
        self._stir = asyncio.Event()
        self.over = False
        """Whether nothing follows what waits."""

    def tell(self, news: News) -> None:
        """Queue it; a client that is too far behind has to come back, and then gets what it missed."""
        if len(self._waiting) >= _BEHIND:
            self.end()
        if not self.over:
            self._waiting.append(news)
            self._stir.set()

    def end(self) -> None:
        """Nothing follows."""
        self.over = True
        self._stir.set()

    async def next(self, patience: float) -> list[News]:
        """All that is there, or comes within so many seconds: maybe nothing."""
        if not self.over:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._stir.wait()
        self._stir.clear()
        found, self._waiting = self._waiting, []
        return found


class _Feed:
    """One company."""

    def __init__(self, company_id: UUID) -> None:
        self.company_id = company_id
        self.listeners = set[Heard]()
        self.begun = False
        self._polled = time.time()
        """When the last look began that came to an end."""
        self._seen = set[UUID]()

    async def poll(self, database: Database) -> None:
        """Tell what wasn't there the last time; at the first, only note what is."""
        began, since, found = time.time(), _id_at(self._polled - _LATE), list[News]()
        while page := await _page(database, self.company_id, since):
            found += page
            since = page[-1].id
        for news in found if self.begun else ():
            if news.id not in self._seen:
                for heard in self.listeners:
                    heard.tell(news)
        self._seen = {news.id for news in found}
        self._polled, self.begun = began, True


class Live:
    """The poller of this process and everybody who listens; `close` ends all streams."""

    def __init__(self, *, every: float = 1.0, beat: float = 10.0) -> None:
        """`every`: seconds between two looks. `beat`: seconds between two signs of life, and of looking at whether
        the listener may still listen."""
        self._every, self.beat = every, beat
        self._feeds: dict[UUID, _Feed] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def demand_room(self, company_id: UUID) -> None:
        """Raise TooMany where as many listen as may."""
        if self._full(company_id):
            raise TooMany(f"{MOST_STREAMS} streams of this company are open here; close one.", retry_after=10)

    def _full(self, company_id: UUID) -> bool:
        feed = self._feeds.get(company_id)
        return feed is not None and len(feed.listeners) >= MOST_STREAMS

    @asynccontextmanager
    async def listening(self, database: Database, company_id: UUID) -> AsyncIterator[Heard]:
        """Hear what happens from now on; nothing where as many listen as may, or the process ends."""
        feed = self._feeds.get(company_id)
        heard = Heard()
        if self._closed or self._full(company_id):
            heard.end()
        if feed is None:
            feed = self._feeds[company_id] = _Feed(company_id)
        feed.listeners.add(heard)
        try:
            if not feed.begun:
                await feed.poll(database)
            if not self._closed and (self._task is None or self._task.done()):
                self._task = asyncio.create_task(self._poll(database))
            yield heard
        finally:
            feed.listeners.discard(heard)
            if not feed.listeners and self._feeds.get(company_id) is feed:
                del self._feeds[company_id]

    async def _poll(self, database: Database) -> None:
        try:
            while self._feeds:
                await asyncio.sleep(self._every)
                for feed in list(self._feeds.values()):
                    try:
                        await feed.poll(database)
                    except (SQLAlchemyError, OSError) as error:
                        log.warning("live.poll_failed", error=type(error).__name__)
        finally:  # whoever listens comes back, and begins anew with what it missed
            for feed in self._feeds.values():
                for heard in feed.listeners:
                    heard.end()

    def end(self) -> None:
        """End every stream, and each that is opened from now on as soon as it has begun."""
        self._closed = True
        for feed in self._feeds.values():
            for heard in feed.listeners:
                heard.end()

    async def close(self) -> None:
        """End every stream, and the poller."""
        self.end()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


async def missed(database: Database, company_id: UUID, after: UUID) -> AsyncIterator[list[News]]:
    """What a client that saw `after` last may not have seen, in pages of short transactions."""
    since = _id_at(_seconds(after) - _LATE)
    while page := await _page(database, company_id, since):
        since = page[-1].id
        yield [news for news in page if news.id != after]


async def _page(database: Database, company_id: UUID, after: UUID) -> list[News]:
    given: dict[str, Any] = {"company_id": company_id, "after": after, "most": _PAGE}
    async with database.company(company_id) as db:
        rows = (await db.execute(_NEWS, given)).all()
    return [_news(row) for row in rows]


def _news(row: Row[Any]) -> News:
    return News(
        id=row.id,
        kind=row.kind,
        bill_id=row.subject_id,
        state=_STATES.get(row.kind),
        at=row.at,
        progress=msgspec.json.decode(row.progress, type=Progress) if row.progress is not None else None,
    )


def _id_at(seconds: float) -> UUID:
    """The smallest UUIDv7 of this moment, in seconds since the epoch."""
    return UUID(int=max(int(seconds * 1000), 0) << 80)


def now_id() -> UUID:
    """An id that everything which happens from now on lies behind; for a client that has seen nothing yet."""
    return _id_at(time.time())


def _seconds(made: UUID) -> float:
    return (made.int >> 80) / 1000
