"""Pages of outages: what failed, how long is left to tell the authority, and the record to copy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, framed, names_of
from gateway.access.permissions import Permission
from gateway.http.browser import PAGE, seen
from gateway.outages import flow, queries
from gateway.outages.models import Cause, Dismissal, Duty, NewOutage, Notice, Outage
from ledger.periods import EMIRATES

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_Local = Annotated[str, msgspec.Meta(min_length=16, max_length=19)]


class Reporting(msgspec.Struct, frozen=True):
    """The form of a person who reports an outage; times are those of the UAE."""

    line: _Text
    since: _Local
    detail: _Text


class Notifying(msgspec.Struct, frozen=True):
    """The form of a person who told the authority."""

    at: _Local
    reference: _Text


class Ending(msgspec.Struct, frozen=True):
    """The form of a person who says that it is over."""

    at: _Local


class Dismissing(msgspec.Struct, frozen=True):
    """The form of a person who finds that the authority needn't be told."""

    reason: _Text


class Countdown(msgspec.Struct, frozen=True, kw_only=True):
    """How much is left until the authority has to be told."""

    days: int
    hours: int
    percent: int
    """Of the whole time between the failure and the end of the last day."""


ReportingForm = Annotated[Reporting, Body(media_type=RequestEncodingType.URL_ENCODED)]
NotifyingForm = Annotated[Notifying, Body(media_type=RequestEncodingType.URL_ENCODED)]
EndingForm = Annotated[Ending, Body(media_type=RequestEncodingType.URL_ENCODED)]
DismissingForm = Annotated[Dismissing, Body(media_type=RequestEncodingType.URL_ENCODED)]


class OutagePages(Controller):
    """Outages."""

    path = "/outages"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.OUTAGES_READ)])
    async def listing(self, request: AnyRequest, call: Call, cursor: UUID | None = None) -> Response[bytes]:
        """Latest first; those of which the authority still has to be told carry a countdown."""
        found = await queries.page(call.db, call.company_id, before=cursor, pending=False, most=51, now=call.now)
        return framed(
            request,
            "outages/outages.html",
            outages=[(outage, countdown(outage, call.now)) for outage in found[:50]],
            next=found[49].id if len(found) > 50 else None,
            cursor=cursor,
            may_write=call.principal.may(Permission.OUTAGES_WRITE),
            today=_local(call.now),
        )

    @post("/", guards=[requires(Permission.OUTAGES_WRITE)])
    async def report(self, call: Call, data: ReportingForm) -> Redirect:
        """Report what the gateway can't notice."""
        new = NewOutage(line=data.line, since=_at(data.since, "/since"), detail=data.detail)
        outage = await flow.report(call, new)
        return seen(f"/outages/{outage.id}", "outage-reported")

    @get("/{outage_id:uuid}", guards=[requires(Permission.OUTAGES_READ)])
    async def one(self, request: AnyRequest, call: Call, outage_id: UUID) -> Response[bytes]:
        """One outage, with the record for the authority."""
        outage = await flow.shown(call, outage_id)
        write = call.principal.may(Permission.OUTAGES_WRITE)
        return framed(
            request,
            "outages/outage.html",
            outage=outage,
            left=countdown(outage, call.now),
            may_decide=write and outage.duty in {Duty.PENDING, Duty.LATE},
            may_end=write and outage.over_at is None and outage.cause is Cause.REPORTED,
            names=await names_of(call),
            today=_local(call.now),
        )

    @post("/{outage_id:uuid}/over", guards=[requires(Permission.OUTAGES_WRITE)])
    async def over(self, call: Call, outage_id: UUID, data: EndingForm) -> Redirect:
        """It is well again."""
        await flow.ended(call, outage_id, _at(data.at, "/at"))
        return seen(f"/outages/{outage_id}", "outage-over")

    @post("/{outage_id:uuid}/notified", guards=[requires(Permission.OUTAGES_WRITE)])
    async def notified(self, call: Call, outage_id: UUID, data: NotifyingForm) -> Redirect:
        """The authority was told."""
        await flow.notified(call, outage_id, Notice(at=_at(data.at, "/at"), reference=data.reference))
        return seen(f"/outages/{outage_id}", "outage-notified")

    @post("/{outage_id:uuid}/dismiss", guards=[requires(Permission.OUTAGES_WRITE)])
    async def dismiss(self, call: Call, outage_id: UUID, data: DismissingForm) -> Redirect:
        """The authority needn't be told."""
        await flow.dismiss(call, outage_id, Dismissal(reason=data.reason))
        return seen(f"/outages/{outage_id}", "outage-dismissed")


def countdown(outage: Outage, now: datetime) -> Countdown | None:
    """What is left; nothing of it once the last day is over. None where nobody has to be told any more."""
    if outage.duty in {Duty.NOTIFIED, Duty.DISMISSED}:
        return None
    left = max(outage.due_at - now, timedelta())
    whole = max(outage.due_at - outage.since, timedelta(hours=1))
    return Countdown(days=left.days, hours=left.seconds // 3600, percent=min(round(left / whole * 100), 100))


def _at(local: str, pointer: str) -> datetime:
    """A time as a form gives it, which is the UAE's."""
    try:
        at = datetime.fromisoformat(local)
    except ValueError:
        raise Unacceptable(pointer, "Give day and time: 2026-11-21T09:30.") from None
    return at.replace(tzinfo=EMIRATES) if at.tzinfo is None else at


def _local(now: datetime) -> str:
    return now.astimezone(EMIRATES).strftime("%Y-%m-%dT%H:%M")
