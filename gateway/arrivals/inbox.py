"""What came and can't be read, for people: listed with the reason, and downloaded as it came, never shown."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.access.call import Call, PlatformCall
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, framed
from gateway.access.permissions import Permission
from gateway.arrivals import examples, unreadable
from gateway.arrivals.unreadable import Kept, Page
from gateway.http.browser import PAGE
from gateway.http.download import attachment
from gateway.http.openapi import example
from gateway.wiring import Wiring

_Cursor = Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)]
_Limit = Annotated[int, Parameter(ge=1, le=200)]
_LISTED = example(answer=Page(items=(examples.KEPT,), next=None))
_BYTES = "application/octet-stream"


class Unreadables(Controller):
    """What providers handed over for the company, and nobody can read."""

    path = "/v1/inbox/unreadable"
    tags = ("Documents received",)

    @get("/", guards=[requires(Permission.INBOX_READ)], summary="List what came and can't be read", opt=_LISTED)
    async def list_unreadable(self, call: Call, cursor: _Cursor = None, limit: _Limit = 50) -> Page:
        """Latest first, each with the reason. The provider was told that it is kept."""
        return await unreadable.page(call.db, call.company_id, cursor=cursor, limit=limit)

    @get(
        "/{arrival_id:uuid}/content",
        guards=[requires(Permission.INBOX_READ)],
        summary="Download what can't be read",
        media_type=_BYTES,
    )
    async def content(self, call: Call, arrival_id: UUID) -> Response[bytes]:
        """The bytes as they came; always as an attachment, because nobody knows what they are."""
        return await _attached(call.wiring, await unreadable.one(call.db, call.company_id, arrival_id))


class Unclaimed(Controller):
    """The same of what named no company, where several use the installation's provider."""

    path = "/v1/platform/unreadable"
    tags = ("Platform",)

    @get("/", guards=[requires(Permission.PLATFORM_READ)], summary="List what came for nobody", opt=_LISTED)
    async def list_unclaimed(self, platform_call: PlatformCall, cursor: _Cursor = None, limit: _Limit = 50) -> Page:
        """Latest first; companies don't see it, because it may be another's."""
        return await unreadable.unclaimed_page(platform_call.db, cursor=cursor, limit=limit)

    @get(
        "/{arrival_id:uuid}/content",
        guards=[requires(Permission.PLATFORM_READ)],
        summary="Download what came for nobody",
        media_type=_BYTES,
    )
    async def unclaimed_content(self, platform_call: PlatformCall, arrival_id: UUID) -> Response[bytes]:
        """The bytes as they came, as an attachment."""
        return await _attached(platform_call.wiring, await unreadable.unclaimed_one(platform_call.db, arrival_id))


class UnreadablePages(Controller):
    """The list for the company's people."""

    path = "/inbox/unreadable"
    include_in_schema = False
    opt: dict[str, Any] = PAGE

    @get("/", guards=[requires(Permission.INBOX_READ)])
    async def listing(self, request: AnyRequest, call: Call, cursor: UUID | None = None) -> Response[bytes]:
        """Latest first."""
        found = await unreadable.page(call.db, call.company_id, cursor=cursor, limit=50)
        return framed(request, "arrivals/unreadable.html", found=found, cursor=cursor)


async def _attached(wiring: Wiring, kept: Kept) -> Response[bytes]:
    content = await wiring.storage.get(kept.sha256)
    headers = {"Content-Disposition": attachment(f"arrival-{kept.id}", "bin")}
    return Response(content, media_type=_BYTES, headers=headers)


CONTROLLERS = (Unreadables, Unclaimed, UnreadablePages)
