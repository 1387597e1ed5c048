"""Pages of issued documents: the list, and one document with what is to be done about it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from gateway.access.call import Call, calling
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, Code, code_in_form, framed, names_of
from gateway.access.permissions import Permission, StepUp
from gateway.http.browser import PAGE, seen
from gateway.outbound import flow, judgement, queries, settling, view, way
from gateway.outbound.facts import Station
from gateway.outbound.models import MACHINE
from gateway.outbound.queries import Filter
from gateway.outbound.seal_queue import Decision
from gateway.outbound.sealer import SEALER, Sealer
from gateway.outbound.sealing import Done
from gateway.outbound.states import Public, State


class Rejecting(Code, frozen=True):
    """A form with a fresh code and a reason."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Meant(msgspec.Struct, frozen=True):
    """The version of the draft that was shown."""

    version: int


class Settling(Code, frozen=True):
    """A form with a fresh code and a person's word."""

    arrived: bool
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    reference: Annotated[str, msgspec.Meta(max_length=200)] = ""


RejectingForm = Annotated[Rejecting, Body(media_type=RequestEncodingType.URL_ENCODED)]
SettlingForm = Annotated[Settling, Body(media_type=RequestEncodingType.URL_ENCODED)]
MeantForm = Annotated[Meant, Body(media_type=RequestEncodingType.URL_ENCODED)]

_NEXT = {
    "finalize": (Permission.DOCUMENTS_FINALIZE, State.FINALIZED),
    "approve": (Permission.DOCUMENTS_APPROVE, State.APPROVED),
    "reject": (Permission.DOCUMENTS_APPROVE, State.REJECTED),
    "send": (Permission.DOCUMENTS_SEND, State.QUEUED),
}
"""What a form does: the permission it needs and the state it leads to."""


class DocumentPages(Controller):
    """Documents issued."""

    path = "/documents"
    dependencies = SEALER
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.DOCUMENTS_READ)])
    async def listing(
        self,
        request: AnyRequest,
        call: Call,
        search: Annotated[str, Parameter(max_length=100)] = "",
        shown: Annotated[str, Parameter(query="state", max_length=20)] = "",
        overdue: bool = False,
        cursor: UUID | None = None,
    ) -> Response[bytes]:
        """Latest first."""
        states = (Public(shown),) if shown in set(Public) else ()
        wanted = Filter(states=states, search=search.strip() or None, overdue=overdue or None)
        found = await queries.page(call.db, call.company_id, wanted, cursor=cursor, limit=50, now=call.now)
        return framed(
            request,
            "outbound/documents.html",
            found=found,
            search=search,
            shown=shown,
            overdue=overdue,
            states=list(Public),
            cursor=cursor,
        )

    @get("/{document_id:uuid}", guards=[requires(Permission.DOCUMENTS_READ)])
    async def one(self, request: AnyRequest, call: Call, document_id: UUID) -> Response[bytes]:
        """What it says, what is wrong with it, what happened, and what may be done next."""
        document = await view.shown(call, document_id)
        row = await queries.one(call.db, call.company_id, document_id)
        possible = {
            name for name, (needed, to) in _NEXT.items() if call.principal.may(needed) and MACHINE.allows(row.state, to)
        }
        opened = {action.value for action in StepUp if call.principal.opened(action, now=call.now)}
        four_eyes = (await queries.issuer(call.db, call.company_id)).four_eyes
        colleague = "approve" in possible and four_eyes and call.principal.user_id in row.makers
        under_way = await way.under_way(call.db, call.company_id, row)
        lost = under_way is not None and row.state == State.SENDING and under_way.advice == "next.unknown"
        return framed(
            request,
            "outbound/document.html",
            document=document,
            whole=judgement.completed(document.document),
            way=under_way,
            settles=lost and call.principal.may(Permission.DOCUMENTS_APPROVE),
            possible=possible - {"approve"} if colleague else possible,
            colleague=colleague,
            opened=opened,
            stations=[(station, getattr(document.facts, station)) for station in Station],
            steps=[(name, step) for name, step in msgspec.structs.asdict(document.steps).items() if step is not None],
            names=await names_of(call),
        )

    @post("/{document_id:uuid}/finalize", guards=[requires(Permission.DOCUMENTS_FINALIZE)])
    async def finalize(self, request: AnyRequest, sealer: Sealer, document_id: UUID, data: MeantForm) -> Redirect:
        """Seal the draft that was shown."""
        async with calling(request) as call:
            outcome = await sealer.finalize(call, document_id, version=data.version)
        decision = Decision() if isinstance(outcome, Done) else await sealer.wait(outcome)
        if decision is not None:
            decision.demand_sealed()
        return seen(f"/documents/{document_id}", "finalizing" if decision is None else "finalized")

    @post("/{document_id:uuid}/approve", guards=[requires(Permission.DOCUMENTS_APPROVE), code_in_form(StepUp.APPROVE)])
    async def approve(self, call: Call, document_id: UUID) -> Redirect:
        """Agree to send it, with a fresh code."""
        await flow.approve(call, document_id)
        return seen(f"/documents/{document_id}", "approved")

    @post("/{document_id:uuid}/reject", guards=[requires(Permission.DOCUMENTS_APPROVE), code_in_form(StepUp.APPROVE)])
    async def reject(self, call: Call, document_id: UUID, data: RejectingForm) -> Redirect:
        """Refuse to send it."""
        await flow.reject(call, document_id, reason=data.reason)
        return seen(f"/documents/{document_id}", "rejected")

    @post("/{document_id:uuid}/send", guards=[requires(Permission.DOCUMENTS_SEND), code_in_form(StepUp.SEND)])
    async def send(self, call: Call, document_id: UUID) -> Redirect:
        """Order the sending, with a fresh code."""
        await flow.send(call, document_id)
        return seen(f"/documents/{document_id}", "queued")

    @post("/{document_id:uuid}/settle", guards=[requires(Permission.DOCUMENTS_APPROVE), code_in_form(StepUp.SEND)])
    async def settle(self, call: Call, document_id: UUID, data: SettlingForm) -> Redirect:
        """Say what became of it, with a fresh code."""
        word = settling.Word(arrived=data.arrived, note=data.note, reference=data.reference or None)
        await settling.settle(call, document_id, word)
        return seen(f"/documents/{document_id}", "settled")
