"""`GET /v1/bills/events`: a stream of server-sent events for as long as whoever listens may."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import Provide
from litestar.params import Parameter
from litestar.response import Stream

from gateway.access.authentication import Clock, still, utc_now
from gateway.access.call import calling
from gateway.access.guards import principal_of, requires
from gateway.access.permissions import Permission
from gateway.access.principal import Principal
from gateway.bills import live
from gateway.bills.live import Heard, Live
from gateway.http.problems import Malformed

AnyRequest = Request[Any, Any, Any]


def _provide_live(request: AnyRequest) -> Live:
    streams: Live = request.app.state.live
    return streams


class Events(Controller):
    """What happens to bills, at once."""

    path = "/v1/bills/events"
    tags = ("Bills",)
    dependencies = {"streams": Provide(_provide_live, sync_to_thread=False)}  # noqa: RUF012 - the framework's form

    @get(
        "/",
        guards=[requires(Permission.BILLS_READ)],
        summary="Listen to what happens to bills",
        media_type="text/event-stream",
    )
    async def listen(
        self,
        request: AnyRequest,
        streams: Live,
        seen: Annotated[
            str | None, Parameter(header="Last-Event-ID", description="The id of the last event that you have seen.")
        ] = None,
    ) -> Stream:
        """Server-sent events `processing_status`, `invoice_updated` and `invoice_deleted`.

        Their data are ids, a kind, a state and a time; ask for the bill to see what it says now. A client that comes
        back with `Last-Event-ID` misses nothing and may get an event twice. The stream ends when the session or key
        does, or loses its right; a comment every ten seconds tells that it is alive.
        """
        after = _id(seen)
        async with calling(request) as call:
            company_id = call.company_id
        # Refused here, with a status, where too many listen: once the stream has begun, none can be sent.
        streams.demand_room(company_id)
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        told = _told(request, streams, company_id, principal_of(request), after)
        return Stream(told, media_type="text/event-stream", headers=headers)


async def _told(
    request: AnyRequest, streams: Live, company_id: UUID, principal: Principal, after: UUID | None
) -> AsyncIterator[bytes]:
    database = request.app.state.wiring.database
    clock: Clock = request.app.state.get("clock", utc_now)
    async with streams.listening(database, company_id) as heard:
        yield f"retry: 3000\nid: {after or live.now_id()}\n\n".encode()
        told = set[UUID]()
        if after is not None:
            async for page in live.missed(database, company_id, after):
                told.update(news.id for news in page)
                for news in page:
                    yield news.frame()
        checked = time.monotonic()
        while not heard.over:
            for news in await _next(heard, streams, told):
                yield news.frame()
            if time.monotonic() - checked >= streams.beat:
                again = await still(request, now=clock())
                if again is None or not _may(again, principal):
                    return
                checked = time.monotonic()
                yield b": still here\n\n"


async def _next(heard: Heard, streams: Live, told: set[UUID]) -> list[live.News]:
    """What is new, without what was told as missed."""
    found = await heard.next(streams.beat)
    return [news for news in found if news.id not in told]


def _may(now: Principal, before: Principal) -> bool:
    """Whether whoever listens still is who came, and may still listen."""
    same = (now.company_id, now.user_id, now.key_id) == (before.company_id, before.user_id, before.key_id)
    return same and now.second_factor and now.window is None and now.may(Permission.BILLS_READ)


def _id(seen: str | None) -> UUID | None:
    if seen is None:
        return None
    try:
        return UUID(seen)
    except ValueError:
        raise Malformed("Last-Event-ID is the id of an event of this stream, a UUID; leave it out to begin.") from None


CONTROLLERS = (Events,)
