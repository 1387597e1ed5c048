"""The page of a review: the document beside its fields. Everything works without a script; one makes it quicker."""

from __future__ import annotations

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
from gateway.bills import changes, desk, fields, leases, queries, review_form, view
from gateway.bills.fields import Fields
from gateway.bills.states import UNACCEPTED, State
from gateway.http.browser import PAGE, seen
from ingestion.detect import FileKind
from ingestion.document import Kind

MOST_PAGES = 20
"""Of a document that are shown; the original holds every one."""


class Discarding(msgspec.Struct, frozen=True):
    """The form of a person who throws a reading away."""

    version: int
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    confirm: str
    """Without it the form isn't one."""


DiscardingForm = Annotated[Discarding, Body(media_type=RequestEncodingType.URL_ENCODED)]


class ReviewPages(Controller):
    """Bills that a person has to look at."""

    path = "/bills"
    include_in_schema = False
    opt = PAGE

    @get("/{bill_id:uuid}/review", guards=[requires(Permission.BILLS_READ)])
    async def review(self, request: AnyRequest, call: Call, bill_id: UUID) -> Response[bytes]:
        """What was read, and where it stands."""
        return await _review(request, call, bill_id)

    @post("/{bill_id:uuid}/review", guards=[requires(Permission.BILLS_REVIEW)])
    async def put_right(self, request: AnyRequest, call: Call, bill_id: UUID) -> Response[bytes] | Redirect:
        """Keep what was typed; with `then=accept` vouch for it and go on to the next bill."""
        sent = await request.form()
        typed = {name: value for name, value in sent.items() if isinstance(value, str)}
        version = _version(typed)
        row = await queries.one(call.db, call.company_id, bill_id, lock=True)
        standing = msgspec.json.decode(row.fields, type=Fields) if row.fields is not None else None
        wanted = review_form.changes(standing, typed) if standing is not None else ()
        wrong = {}
        for change, name in wanted:
            try:
                if change.value is not None:
                    changes.parse(change.term, change.value, name)
            except Unacceptable as error:
                wrong[name] = error.detail
        if wrong:
            return await _review(request, call, bill_id, typed=typed, wrong=wrong, status=422)
        await desk.correct(call, bill_id, [change for change, _ in wanted], version=version)
        if typed.get("then") != "accept":
            return seen(f"/bills/{bill_id}/review", "bill-saved")
        row = await queries.one(call.db, call.company_id, bill_id)
        if any(one.severity == "fatal" for one in fields.check(msgspec.json.decode(row.fields, type=Fields))):
            return seen(f"/bills/{bill_id}/review", "bill-not-acceptable")
        await desk.accept(call, bill_id, version=row.version)
        waiting = await desk.take_next(call)
        return seen(f"/bills/{waiting.id}/review" if waiting else "/bills", "bill-accepted")

    @post("/next", guards=[requires(Permission.BILLS_REVIEW)])
    async def take_next(self, call: Call) -> Redirect:
        """The oldest that nobody looks at."""
        waiting = await desk.take_next(call)
        return seen(f"/bills/{waiting.id}/review") if waiting else seen("/bills", "bill-none-waits")

    @post("/{bill_id:uuid}/lease", guards=[requires(Permission.BILLS_REVIEW)])
    async def lease(self, call: Call, bill_id: UUID) -> Redirect:
        """Take it, or have it for longer."""
        await leases.take(call, bill_id)
        return seen(f"/bills/{bill_id}/review", "bill-leased")

    @post("/{bill_id:uuid}/lease/end", guards=[requires(Permission.BILLS_REVIEW)])
    async def give_back(self, call: Call, bill_id: UUID) -> Redirect:
        """Let somebody else have it."""
        await leases.release(call, bill_id)
        return seen("/bills", "bill-given-back")

    @post("/{bill_id:uuid}/discard", guards=[requires(Permission.BILLS_REVIEW)])
    async def discard(self, call: Call, bill_id: UUID, data: DiscardingForm) -> Redirect:
        """Throw the reading away, for good."""
        await desk.discard(call, bill_id, data.reason, version=data.version)
        return seen(f"/bills/{bill_id}", "bill-discarded")

    @post("/{bill_id:uuid}/retry", guards=[requires(Permission.BILLS_REVIEW)])
    async def retry(self, call: Call, bill_id: UUID) -> Redirect:
        """Have it read again."""
        await desk.retry(call, bill_id)
        return seen(f"/bills/{bill_id}", "bill-read-again")


async def _review(
    request: AnyRequest,
    call: Call,
    bill_id: UUID,
    *,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    bill = await view.shown(call, bill_id)
    form = (
        review_form.form(bill.fields, bill.proof, bill.findings, typed=typed, wrong=wrong)
        if bill.fields is not None and bill.state in UNACCEPTED
        else None
    )
    lease = bill.lease
    mine = lease is not None and lease.holder == call.principal.actor
    may = call.principal.may(Permission.BILLS_REVIEW) and bill.state is State.NEEDS_REVIEW
    queue = await queries.count(call.db, call.company_id, [State.NEEDS_REVIEW])
    drawn = bill.original.media_type != FileKind.XML
    sheets = {sheet.number: sheet for sheet in bill.proof.pages} if bill.proof and drawn else {}
    return framed(
        request,
        "bills/review.html",
        status=status,
        bill=bill,
        form=form,
        pages=[(number, sheets.get(number)) for number in bill.pages[:MOST_PAGES]] if drawn else [],
        more_pages=max(len(bill.pages) - MOST_PAGES, 0) if drawn else 0,
        mine=mine,
        taken=lease is not None and not mine,
        may_write=may and (lease is None or mine),
        may_review=may,
        kinds=list(Kind),
        usual=len(review_form.USUAL),
        waiting=queue[State.NEEDS_REVIEW],
        wrong=wrong or {},
        names=await names_of(call),
    )


def _version(typed: dict[str, str]) -> int:
    try:
        return int(typed.get("version", ""))
    except ValueError:
        raise Unacceptable("/version", "Send the version of the bill that was shown.") from None
