"""`/v1/inbox` over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.http.download import attachment
from gateway.http.openapi import example
from gateway.inbound import examples, flow, queries, view
from gateway.inbound.queries import Filter, Page
from gateway.inbound.states import State
from gateway.inbound.view import Document

Instant = Annotated[datetime | None, Parameter(required=False)]


class Noticed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take notice of a document."""

    note: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None = None


class Inbox(Controller):
    """Documents received from others: valid or not, with what is wrong with them."""

    path = "/v1/inbox"
    tags = ("Documents received",)

    @get(
        "/",
        guards=[requires(Permission.INBOX_READ)],
        summary="List received documents",
        opt=example(answer=Page(items=(examples.SUMMARY,), next=None)),
    )
    async def list_documents(
        self,
        call: Call,
        wanted_state: Annotated[State | None, Parameter(query="state", required=False)] = None,
        valid: bool | None = None,
        twins: Annotated[
            bool | None, Parameter(description="Flagged as second of the same seller and number.", required=False)
        ] = None,
        type: Annotated[str | None, Parameter(max_length=3, required=False)] = None,
        number: Annotated[str | None, Parameter(max_length=200, required=False)] = None,
        seller_endpoint: Annotated[str | None, Parameter(max_length=200, required=False)] = None,
        received_from: Instant = None,
        received_to: Instant = None,
        search: Annotated[
            str | None, Parameter(description="A part of the number or the seller's name.", max_length=100)
        ] = None,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)] = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page:
        """Latest first."""
        wanted = Filter(
            state=wanted_state,
            valid=valid,
            twins=twins,
            type=type,
            number=number,
            seller_endpoint=seller_endpoint,
            received_from=received_from,
            received_to=received_to,
            search=search,
        )
        return await queries.page(call.db, call.company_id, wanted, cursor=cursor, limit=limit)

    @get(
        "/{document_id:uuid}",
        guards=[requires(Permission.INBOX_READ)],
        summary="Show a received document",
        opt=example(answer=examples.DOCUMENT),
    )
    async def show(self, call: Call, document_id: UUID) -> Document:
        """What it says, what is wrong with it, how it came and what happened."""
        return await view.shown(call, document_id)

    @get(
        "/{document_id:uuid}/xml",
        guards=[requires(Permission.INBOX_READ)],
        summary="Download a received document",
        media_type="application/xml",
    )
    async def xml(self, call: Call, document_id: UUID) -> Response[bytes]:
        """The XML as it came; always as an attachment, because it is somebody else's."""
        name, content = await view.xml(call, document_id)
        headers = {"Content-Disposition": attachment(name, "xml")}
        return Response(content, media_type="application/xml", headers=headers)

    @post(
        "/{document_id:uuid}/acknowledge",
        status_code=200,
        guards=[requires(Permission.INBOX_ACKNOWLEDGE)],
        summary="Acknowledge a received document",
        opt=example(body=Noticed("Handed to purchasing."), answer=examples.DOCUMENT),
    )
    async def acknowledge(self, call: Call, document_id: UUID, data: Noticed) -> Document:
        """Take notice of it, once; the ledger keeps who and when. It says nothing to the seller."""
        await flow.acknowledge(call, document_id, note=data.note)
        return await view.shown(call, document_id)


CONTROLLERS = (Inbox,)
