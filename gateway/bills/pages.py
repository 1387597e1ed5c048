"""Pages of bills: the list with its door for files, and one bill with its match and what is decided of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from gateway.access import queries as access
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, Code, code_in_form, framed, names_of
from gateway.access.permissions import Permission, StepUp
from gateway.bills import deciding, leases, policy, queries, tasks, uploads, view
from gateway.bills.holds import LASTING, Hold
from gateway.bills.queries import Filter
from gateway.bills.review_pages import ReviewPages
from gateway.bills.states import UNACCEPTED, State
from gateway.bills.tasks import Assignment
from gateway.http.browser import PAGE, seen
from gateway.http.parts import Part
from gateway.http.problems import Finding, Invalid
from gateway.periods.calendar import today
from ingestion.matching import words

LONGEST_FORM = 32 * 1024 * 1024
"""Bytes of files that are sent at once without a script; with one, each file is a request of its own."""
_MOST = 50
_DECIDABLE = frozenset({State.MATCHED, State.EXCEPTION})
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Releasing(msgspec.Struct, frozen=True):
    """The form of a person who lifts a hold."""

    reason: _Words


class Giving(msgspec.Struct, frozen=True):
    """The form that gives a task to somebody."""

    owner: str = ""
    due_on: str = ""
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Approving(Code, frozen=True):
    """A form with a fresh code and, where it is needed, a word why."""

    version: int
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Refusing(Code, frozen=True):
    """A form with a fresh code and the reason."""

    version: int
    reason: _Words


class Paying(msgspec.Struct, frozen=True):
    """The form of a person who has paid."""

    version: int
    paid_on: str
    reference: Annotated[str, msgspec.Meta(max_length=140)] = ""


ReleasingForm = Annotated[Releasing, Body(media_type=RequestEncodingType.URL_ENCODED)]
GivingForm = Annotated[Giving, Body(media_type=RequestEncodingType.URL_ENCODED)]
ApprovingForm = Annotated[Approving, Body(media_type=RequestEncodingType.URL_ENCODED)]
RefusingForm = Annotated[Refusing, Body(media_type=RequestEncodingType.URL_ENCODED)]
PayingForm = Annotated[Paying, Body(media_type=RequestEncodingType.URL_ENCODED)]
_DECIDES = [requires(Permission.BILLS_APPROVE), code_in_form(StepUp.APPROVE)]
SHOWS = ("held", "tasks", "overdue")
"""What the list can be narrowed to, beside the state."""


class BillPages(Controller):
    """Bills."""

    path = "/bills"
    include_in_schema = False
    opt = PAGE
    dependencies = {"gate": Provide(uploads.provide_gate, sync_to_thread=False)}  # noqa: RUF012 - the framework's form

    @get("/", guards=[requires(Permission.BILLS_READ)])
    async def listing(
        self,
        request: AnyRequest,
        call: Call,
        search: Annotated[str, Parameter(max_length=100)] = "",
        shown: Annotated[str, Parameter(query="state", max_length=20)] = "",
        only: Annotated[str, Parameter(max_length=20)] = "",
        cursor: UUID | None = None,
    ) -> Response[bytes]:
        """Latest first; tasks by the day they are due."""
        if only in {"tasks", "overdue"}:
            due = await tasks.page(call, owner=None, overdue=only == "overdue", cursor=cursor, limit=_MOST)
            items: tuple[queries.Summary, ...] = due.items
            following = due.next
        else:
            wanted = Filter(
                states=(State(shown),) if shown in set(State) else (),
                held=True if only == "held" else None,
                search=search.strip() or None,
            )
            found = await queries.page(call.db, call.company_id, wanted, cursor=cursor, limit=_MOST)
            items, following = found.items, found.next
        ids = [one.id for one in items]
        counted = await queries.count(call.db, call.company_id, [State.NEEDS_REVIEW])
        return framed(
            request,
            "bills/bills.html",
            items=items,
            next=following,
            search=search,
            shown=shown,
            only=only,
            shows=SHOWS,
            states=list(State),
            cursor=cursor,
            tasks=await tasks.open_of(call.db, call.company_id, ids),
            leases=await leases.standing(call.db, call.company_id, ids, now=call.now),
            unaccepted=UNACCEPTED,
            waiting=counted[State.NEEDS_REVIEW],
            may_upload=call.principal.may(Permission.BILLS_UPLOAD),
            may_review=call.principal.may(Permission.BILLS_REVIEW),
            names=await names_of(call),
            today=today(call.now),
        )

    @post(
        "/",
        status_code=200,
        guards=[requires(Permission.BILLS_UPLOAD)],
        request_max_body_size=LONGEST_FORM,
    )
    async def upload(self, request: AnyRequest, gate: asyncio.Semaphore) -> Response[bytes]:
        """What became of each file, for a browser without a script."""
        files = [one for one in (await request.form()).getall("files", []) if isinstance(one, UploadFile)]
        return framed(request, "bills/uploaded.html", files=await uploads.take(request, gate, _parts(files)))

    @get("/{bill_id:uuid}", guards=[requires(Permission.BILLS_READ)])
    async def one(self, request: AnyRequest, call: Call, bill_id: UUID) -> Response[bytes]:
        """Its match, what holds it, what was decided, and what may be done next."""
        bill = await view.shown(call, bill_id)
        row = await queries.one(call.db, call.company_id, bill_id)
        may, person = call.principal.may, call.principal.user_id
        asked = (await policy.current(call.db, call.company_id)).policy.approval
        amount = bill.payable if bill.payable is not None else bill.total
        colleague = person in row.makers and asked.needs_another(amount, bill.currency)
        given = bill.approval is not None and any(one.person == person for one in bill.approval.given)
        decidable = bill.state in _DECIDABLE and may(Permission.BILLS_APPROVE)
        near = await queries.many(call.db, call.company_id, bill.near)
        return framed(
            request,
            "bills/bill.html",
            bill=bill,
            by_line=_by_line(bill),
            near=[queries.summary(one) for one in near.values()],
            told=words.said,
            would=words.would,
            lasting=LASTING,
            may_review=may(Permission.BILLS_REVIEW),
            may_approve=decidable and not bill.holds and not colleague and not given,
            may_refuse=decidable,
            colleague=decidable and colleague,
            given=given,
            may_pay=bill.state is State.APPROVED and may(Permission.BILLS_PAY),
            opened=call.principal.opened(StepUp.APPROVE, now=call.now),
            members=await access.members(call.db) if bill.task and bill.task.closed_at is None else [],
            names=await names_of(call),
            unaccepted=bill.state in UNACCEPTED,
            today=today(call.now),
        )

    @post("/{bill_id:uuid}/holds/{hold:str}/release", guards=[requires(Permission.BILLS_REVIEW)])
    async def release(self, call: Call, bill_id: UUID, hold: Hold, data: ReleasingForm) -> Redirect:
        """Lift a hold by a word."""
        await deciding.release(call, bill_id, hold, data.reason)
        return seen(f"/bills/{bill_id}", "bill-released")

    @post("/{bill_id:uuid}/task", guards=[requires(Permission.BILLS_REVIEW)])
    async def assign(self, call: Call, bill_id: UUID, data: GivingForm) -> Redirect:
        """Give the task to somebody, or another day."""
        wanted = Assignment(
            owner=_id(data.owner), due_on=_day(data.due_on, "/due_on") or msgspec.UNSET, note=data.note or None
        )
        await tasks.assign(call, bill_id, wanted)
        return seen(f"/bills/{bill_id}", "bill-assigned")

    @post("/{bill_id:uuid}/approve", guards=_DECIDES)
    async def approve(self, call: Call, bill_id: UUID, data: ApprovingForm) -> Redirect:
        """One person's yes, with a fresh code."""
        await deciding.approve(call, bill_id, data.note.strip() or None, version=data.version)
        return seen(f"/bills/{bill_id}", "bill-approved")

    @post("/{bill_id:uuid}/refuse", guards=_DECIDES)
    async def refuse(self, call: Call, bill_id: UUID, data: RefusingForm) -> Redirect:
        """It won't be paid."""
        await deciding.refuse(call, bill_id, data.reason, version=data.version)
        return seen(f"/bills/{bill_id}", "bill-refused")

    @post("/{bill_id:uuid}/paid", guards=[requires(Permission.BILLS_PAY)])
    async def paid(self, call: Call, bill_id: UUID, data: PayingForm) -> Redirect:
        """It was paid."""
        paid_on = _day(data.paid_on, "/paid_on") or today(call.now)
        await deciding.pay(call, bill_id, paid_on, data.reference.strip() or None, version=data.version)
        return seen(f"/bills/{bill_id}", "bill-paid")


async def _parts(files: Sequence[UploadFile]) -> AsyncIterator[Part]:
    """One in memory at a time; a field in which nothing was chosen is no file."""
    for file in files:
        try:
            body = await file.read()
        finally:
            await file.close()
        if body or file.filename:
            yield Part(field="files", filename=file.filename, media_type=file.content_type, size=len(body), body=body)


def _by_line(bill: view.Bill) -> dict[str, list[object]]:
    """The findings of the match by the bill's line; those of the whole document below the empty name."""
    found: dict[str, list[object]] = {}
    for finding in bill.verdict.findings if bill.verdict else ():
        found.setdefault(finding.line or "", []).append(finding)
    return found


def _day(told: str, pointer: str) -> date | None:
    if not told.strip():
        return None
    try:
        return date.fromisoformat(told.strip())
    except ValueError:
        raise _invalid(pointer, "Give a day as 2026-11-21.") from None


def _id(told: str) -> UUID | None:
    try:
        return UUID(told) if told else None
    except ValueError:
        raise _invalid("/owner", "Choose one of the members.") from None


def _invalid(pointer: str, message: str) -> Invalid:
    return Invalid(message, findings=(Finding(rule="GW-VALUE", layer="gateway", message=message, pointer=pointer),))


CONTROLLERS = (BillPages, ReviewPages)
