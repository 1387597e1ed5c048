"""Pages of received documents: the inbox. One document is shown with its answers by `gateway.responses.pages`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, framed
from gateway.access.permissions import Permission
from gateway.http.browser import PAGE, seen
from gateway.inbound import flow, queries
from gateway.inbound.queries import Filter
from gateway.inbound.states import State


class Noticing(msgspec.Struct, frozen=True):
    """The form."""

    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


NoticingForm = Annotated[Noticing, Body(media_type=RequestEncodingType.URL_ENCODED)]


class InboxPages(Controller):
    """Documents received."""

    path = "/inbox"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.INBOX_READ)])
    async def listing(
        self,
        request: AnyRequest,
        call: Call,
        search: Annotated[str, Parameter(max_length=100)] = "",
        shown: Annotated[str, Parameter(query="state", max_length=20)] = "",
        cursor: UUID | None = None,
    ) -> Response[bytes]:
        """Latest first."""
        wanted = Filter(state=State(shown) if shown in set(State) else None, search=search.strip() or None)
        found = await queries.page(call.db, call.company_id, wanted, cursor=cursor, limit=50)
        return framed(
            request, "inbound/inbox.html", found=found, search=search, shown=shown, states=list(State), cursor=cursor
        )

    @post("/{document_id:uuid}/acknowledge", guards=[requires(Permission.INBOX_ACKNOWLEDGE)])
    async def acknowledge(self, call: Call, document_id: UUID, data: NoticingForm) -> Redirect:
        """Take notice of it."""
        await flow.acknowledge(call, document_id, note=data.note.strip() or None)
        return seen(f"/inbox/{document_id}", "acknowledged")
