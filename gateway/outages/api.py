"""`/v1/outages` over HTTP: what failed, the record for the authority, and that it was told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.http.openapi import example
from gateway.outages import flow, queries
from gateway.outages.models import (
    Cause,
    Count,
    Dismissal,
    Drafts,
    Duty,
    NewOutage,
    Notice,
    Outage,
    OutagePage,
    OutageShown,
)

_AT = datetime(2026, 11, 19, 6, 0, tzinfo=UTC)
_OUTAGE = Outage(
    id=UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e21"),
    cause=Cause.REPORTED,
    account_id=None,
    line="Our ERP's connection",
    since=_AT,
    opened_at=_AT,
    opened_by="user:01932c07-a5e0-7c53-b1f4-6f0c2d9a4e13",
    detail="The leased line is cut.",
    over_at=None,
    duty=Duty.PENDING,
    due_on=date(2026, 11, 23),
    due_at=datetime(2026, 11, 23, 20, 0, tzinfo=UTC),
    notified_at=None,
    notified_by=None,
    reference=None,
    entry=None,
    dismissed_at=None,
    dismissed_by=None,
    dismissal=None,
)
_SHOWN = OutageShown(
    **msgspec.structs.asdict(_OUTAGE), concerned=(), concerned_count=Count(0, 0),
    record=Drafts(en="NOTICE OF A SYSTEM FAILURE ...", ar="إشعار بعطل في النظام ..."),
)  # fmt: skip


class Over(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That it is well again."""

    at: datetime


class Outages(Controller):
    """Times in which the company couldn't send, and telling the authority of them within two business days."""

    path = "/v1/outages"
    tags = ("Outages",)

    @get(
        "/",
        guards=[requires(Permission.OUTAGES_READ)],
        summary="List outages",
        opt=example(answer=OutagePage(items=(_OUTAGE,), next=None)),
    )
    async def list_outages(
        self,
        call: Call,
        pending: Annotated[
            bool, Parameter(description="Only those about which the authority still has to be told.")
        ] = False,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.")] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> OutagePage:
        """Latest first."""
        found = await queries.page(
            call.db, call.company_id, before=cursor, pending=pending, most=limit + 1, now=call.now
        )  # fmt: skip
        items = tuple(found[:limit])
        return OutagePage(items=items, next=items[-1].id if len(found) > limit else None)

    @post(
        "/",
        guards=[requires(Permission.OUTAGES_WRITE)],
        summary="Report an outage",
        opt=example(
            body=NewOutage(line="Our ERP's connection", since=_AT, detail="The leased line is cut."), answer=_OUTAGE
        ),
    )
    async def report(self, call: Call, data: NewOutage) -> Outage:
        """Of what the gateway can't notice by itself: an ERP, a power cut, a site. Lines are watched without it."""
        return await flow.report(call, data)

    @get(
        "/{outage_id:uuid}",
        guards=[requires(Permission.OUTAGES_READ)],
        summary="Show an outage and the record for the authority",
        opt=example(answer=_SHOWN),
    )
    async def show(self, call: Call, outage_id: UUID) -> OutageShown:
        """With the documents it concerns and the drafted record in English and Arabic, as of this moment."""
        return await flow.shown(call, outage_id)

    @post(
        "/{outage_id:uuid}/over",
        status_code=200,
        guards=[requires(Permission.OUTAGES_WRITE)],
        summary="Say that an outage is over",
        opt=example(body=Over(at=_AT), answer=_OUTAGE),
    )
    async def over(self, call: Call, outage_id: UUID, data: Over) -> Outage:
        """One that the gateway noticed ends by itself. The duty to tell the authority stays."""
        return await flow.ended(call, outage_id, data.at)

    @post(
        "/{outage_id:uuid}/notified",
        status_code=200,
        guards=[requires(Permission.OUTAGES_WRITE)],
        summary="Say that the authority was told",
        opt=example(body=Notice(at=_AT, reference="SF-2026-000117"), answer=_OUTAGE),
    )
    async def notified(self, call: Call, outage_id: UUID, data: Notice) -> Outage:
        """When, and under which reference; an entry of the ledger, for ever. The gateway itself tells nobody."""
        return await flow.notified(call, outage_id, data)

    @post(
        "/{outage_id:uuid}/dismiss",
        status_code=200,
        guards=[requires(Permission.OUTAGES_WRITE)],
        summary="Say that the authority needn't be told",
        opt=example(body=Dismissal(reason="A planned change; nothing was due on that day."), answer=_OUTAGE),
    )
    async def dismiss(self, call: Call, outage_id: UUID, data: Dismissal) -> Outage:
        """With the reason, for ever."""
        return await flow.dismiss(call, outage_id, data)


CONTROLLERS = (Outages,)
