"""`/v1/validate`, `/v1/invoices` and `/v1/series` over HTTP: decode, call the flow, answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.openapi import ResponseSpec
from litestar.params import Parameter

from gateway.access.call import Call, again, calling
from gateway.access.guards import now_of, principal_of, requires
from gateway.access.permissions import Permission, Role, StepUp
from gateway.http import idempotent
from gateway.http.download import attachment
from gateway.http.openapi import example
from gateway.http.problems import WrongMediaType
from gateway.http.versions import IfMatch, Version, version_of
from gateway.outbound import correction, drafting, examples, flow, judgement, numbering, queries, sealings, view
from gateway.outbound.correction import Correction
from gateway.outbound.drafting import Verdict
from gateway.outbound.judgement import Posted
from gateway.outbound.numbering import Gap, NewSeries, Series
from gateway.outbound.queries import Filter, Page
from gateway.outbound.seal_queue import Waiting
from gateway.outbound.sealer import SEALER, Queued, Sealer
from gateway.outbound.sealing import Done
from gateway.outbound.sealings import Sealing
from gateway.outbound.states import Public
from gateway.outbound.view import Document, Happened, Shown

AnyRequest = Request[Any, Any, Any]
Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
SeriesName = Annotated[
    str | None,
    Parameter(description="The series to draft in; absent: the default one.", max_length=32, required=False),
]
External = Annotated[
    bool,
    Parameter(description="A credit note may name invoices that were issued in another system."),
]

_JSON = frozenset({"application/json"})
_XML = frozenset({"application/xml", "text/xml"})
_PATCH = frozenset({"application/merge-patch+json", "application/json"})
_BODIES: Mapping[str, object] = {"application/json": examples.INVOICE, "application/xml": examples.XML}


class Rejected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a sealed document isn't sent."""

    reason: Sentence


_REASON = msgspec.Meta(
    pattern=r"^(DL8\.61\.1\.[A-E]|VD)\Z",
    description="a reason of the list for credit notes: DL8.61.1.A to DL8.61.1.E, or VD for a volume discount",
)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why credit is given."""

    reason: Annotated[str, _REASON]
    """BTAE-03: DL8.61.1.A to DL8.61.1.E, or VD for a volume discount."""
    description: Sentence | None = None


class Corrected(msgspec.Struct, frozen=True):
    """The two drafts that a correction begins with."""

    credit_note: Document | None
    """Takes the invoice back; null where it was rejected before it was sent."""
    draft: Document
    """A copy to mend."""


class SeriesShown(Series, frozen=True):
    """A series with the numbers that are missing in it."""

    gaps: tuple[Gap, ...] = ()


async def posted(call: Call, request: Request[Any, Any, Any], body: bytes) -> Posted:
    """The body by its content type; raises WrongMediaType, and Invalid for what can't be understood.

    Read in a thread: a large one takes seconds, and others shall not wait for it.
    """
    media, _ = request.content_type
    if media in _JSON:
        return await drafting.apart(call, partial(judgement.from_json, body))
    if media in _XML:
        return await drafting.apart(call, partial(judgement.from_xml, body))
    raise WrongMediaType("Send an invoice as application/json, or ready UBL 2.1 as application/xml.")


def _accepted(sealing: Sealing) -> Response[Any]:
    headers = {"Location": f"/v1/sealings/{sealing.id}", "Retry-After": "1"}
    return Response(sealing, status_code=202, headers=headers)


async def _left(request: AnyRequest, sealer: Sealer, document_id: UUID, version: int | None) -> Queued | None:
    """A request that needs no transaction of its own, where this process seals for the company just now."""
    principal = principal_of(request)
    if principal.company_id is None or principal.role is Role.SUPER_ADMIN or idempotent.key_of(request) is not None:
        return None
    wanted = Waiting(
        document_id=document_id,
        version=version,
        actor=principal.actor,
        key=None,
        request_id=str(request.scope["state"].get("request_id", "")),
    )
    return await sealer.leave(principal.company_id, wanted)


async def _awaited(
    request: AnyRequest, sealer: Sealer, queued: Queued, document_id: UUID, later: idempotent.Later | None = None
) -> Response[Any]:
    """The outcome of a request that is committed, or where to look for it."""
    decision = await sealer.wait(queued)
    if decision is None:
        return _accepted(sealings.left(queued.id, document_id, at=now_of(request)))
    decision.demand_sealed()
    now = now_of(request)
    if decision.done is not None and (later is None or not later.due):
        return _answer(view.sealed(decision.done, now=now))
    async with again(request) as call:
        sealed = _answer(
            view.sealed(decision.done, now=now) if decision.done else await view.document(call, document_id)
        )
        if later is not None:
            await later.keep(call.db, sealed)
    return sealed


def _answer(document: Document, *, status: int = 200) -> Response[Document]:
    headers = {"ETag": f'"{document.version}"'}
    if status == 201:
        headers["Location"] = f"/v1/invoices/{document.id}"
    return Response(document, status_code=status, headers=headers)


class Validation(Controller):
    """Is this a lawful UAE e-invoice?"""

    path = "/v1/validate"
    tags = ("Documents issued",)

    @post(
        "/",
        status_code=200,
        guards=[requires(Permission.DOCUMENTS_VALIDATE)],
        summary="Check a document",
        opt=example(bodies=_BODIES, answer=examples.VERDICT),
    )
    async def validate(
        self, call: Call, request: Request[Any, Any, Any], body: bytes, external_reference: External = False
    ) -> Verdict:
        """Every finding of every layer, with its place; nothing is stored.

        `valid` is the verdict of the law. What only drafting in this company would mind (rules `GW-...`) is a warning.
        """
        return await drafting.validate(call, await posted(call, request, body), external=external_reference)


class Invoices(Controller):
    """Documents we issue: draft, finalize (seal), approve, send; sealed ones are corrected by a credit note."""

    path = "/v1/invoices"
    tags = ("Documents issued",)
    dependencies = SEALER

    @post(
        "/",
        guards=[requires(Permission.DOCUMENTS_DRAFT)],
        summary="Make a draft",
        opt=example(bodies=_BODIES, answer=examples.DRAFT),
    )
    async def create(
        self,
        call: Call,
        request: Request[Any, Any, Any],
        body: bytes,
        series: SeriesName = None,
        external_reference: External = False,
    ) -> Response[Document]:
        """Anything that can be understood is stored, with its findings (`valid: false` where one is fatal).

        JSON without a number goes into a series that assigns one when it is sealed; with a number, and ready UBL, which
        is kept byte for byte, into a series of given numbers.
        """
        made = await drafting.draft(call, await posted(call, request, body), series=series, external=external_reference)
        return _answer(await view.document(call, made), status=201)

    @get(
        "/",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="List documents",
        opt=example(answer=Page(items=(examples.SUMMARY,), next=None)),
    )
    async def list_documents(
        self,
        call: Call,
        states: Annotated[
            list[Public] | None, Parameter(query="state", description="One or more.", required=False)
        ] = None,
        type: Annotated[
            str | None, Parameter(description="The type's code: 380, 381.", max_length=3, required=False)
        ] = None,
        series: Annotated[
            str | None, Parameter(description="Of this series only.", max_length=32, required=False)
        ] = None,
        number: Annotated[
            str | None, Parameter(description="The whole number.", max_length=100, required=False)
        ] = None,
        buyer_endpoint: Annotated[
            str | None,
            Parameter(description="IBT-049 without its scheme: 1123456789.", max_length=100, required=False),
        ] = None,
        issued_from: Annotated[date | None, Parameter(description="Issued on this day or later.")] = None,
        issued_to: Annotated[date | None, Parameter(description="Issued on this day or earlier.")] = None,
        valid: Annotated[bool | None, Parameter(description="Without a fatal finding, or with one.")] = None,
        search: Annotated[
            str | None, Parameter(description="A part of the number or the buyer's name.", max_length=100)
        ] = None,
        due_before: Annotated[
            date | None, Parameter(description="Not transmitted yet, and its last day for it is before this one.")
        ] = None,
        overdue: Annotated[
            bool | None, Parameter(description="Not transmitted, and its last day is over; or all others.")
        ] = None,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> Page:
        """Latest first."""
        wanted = Filter(
            states=tuple(states or ()),
            type=type,
            series=series,
            number=number,
            buyer_endpoint=buyer_endpoint,
            issued_from=issued_from,
            issued_to=issued_to,
            valid=valid,
            search=search,
            due_before=due_before,
            overdue=overdue,
        )
        return await queries.page(call.db, call.company_id, wanted, cursor=cursor, limit=limit, now=call.now)

    @get(
        "/{document_id:uuid}",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="Show a document",
        opt=example(answer=examples.SHOWN),
    )
    async def show(self, call: Call, document_id: UUID) -> Response[Shown]:
        """What it says, what is wrong with it, where it stands, and what happened.

        `facts` are five separate truths, each with its evidence in the ledger; `open` is silence, and never a yes.
        """
        shown = await view.shown(call, document_id)
        return Response(shown, headers={"ETag": f'"{shown.version}"'})

    @patch(
        "/{document_id:uuid}",
        guards=[requires(Permission.DOCUMENTS_DRAFT)],
        summary="Change a draft",
        opt=example(bodies={"application/merge-patch+json": '{"buyer_reference": "PO-7"}'}, answer=examples.DRAFT),
    )
    async def change(
        self,
        call: Call,
        request: Request[Any, Any, Any],
        document_id: UUID,
        body: bytes,
        version: Version = None,
        if_match: IfMatch = None,
    ) -> Response[Document]:
        """A JSON merge patch (RFC 7396): null removes a member, lists are replaced whole. Checked anew."""
        if request.content_type[0] not in _PATCH:
            raise WrongMediaType("Send a merge patch as application/merge-patch+json.")
        await drafting.change(call, document_id, body, version=version_of(version, if_match))
        return _answer(await view.document(call, document_id))

    @delete("/{document_id:uuid}", guards=[requires(Permission.DOCUMENTS_DRAFT)], summary="Throw a draft away")
    async def discard(self, call: Call, document_id: UUID, version: Version = None, if_match: IfMatch = None) -> None:
        """For good. A sealed document stays for ever."""
        await drafting.discard(call, document_id, version=version_of(version, if_match))

    @post(
        "/{document_id:uuid}/finalize",
        status_code=200,
        guards=[requires(Permission.DOCUMENTS_FINALIZE)],
        summary="Seal a draft",
        responses={202: ResponseSpec(Sealing, description="Not decided yet: look where `Location` points.")},
        opt=example(answer=examples.SEALED, answers={202: examples.WAITING}),
    )
    async def finalize(
        self,
        request: Request[Any, Any, Any],
        sealer: Sealer,
        document_id: UUID,
        version: Version = None,
        if_match: IfMatch = None,
    ) -> Response[Document]:
        """Number, sign and put into the ledger; from here on it never changes. 422 while a fatal finding stands.

        While much is sealed in the company this waits for its turn: after two seconds it answers 202, and `Location`
        tells what becomes of it. Nothing has to be sent again.
        """
        meant = None if version is None and if_match is None else version_of(version, if_match)
        if (left := await _left(request, sealer, document_id, meant)) is not None:
            return await _awaited(request, sealer, left, document_id)
        async with calling(request) as call:
            outcome = await sealer.finalize(call, document_id, version=meant, key=idempotent.key_of(request))
            if isinstance(outcome, Done):
                sealed = _answer(view.sealed(outcome, now=call.now))
                await idempotent.keep(sealed)
                return sealed
            later = await idempotent.keep_meanwhile(_accepted(sealings.left(outcome.id, document_id, at=call.now)))
        return await _awaited(request, sealer, outcome, document_id, later)

    @post(
        "/{document_id:uuid}/approve",
        status_code=200,
        guards=[requires(Permission.DOCUMENTS_APPROVE, step_up=StepUp.APPROVE)],
        summary="Approve a sealed document",
        opt=example(answer=examples.SEALED),
    )
    async def approve(self, call: Call, document_id: UUID) -> Response[Document]:
        """A second person agrees, with a fresh code; nothing is sent unless the company's policy chains the two."""
        await flow.approve(call, document_id)
        return _answer(await view.document(call, document_id))

    @post(
        "/{document_id:uuid}/reject",
        status_code=200,
        guards=[requires(Permission.DOCUMENTS_APPROVE, step_up=StepUp.APPROVE)],
        summary="Reject a sealed document",
        opt=example(body=Rejected("The price is last year's."), answer=examples.SEALED),
    )
    async def reject(self, call: Call, document_id: UUID, data: Rejected) -> Response[Document]:
        """It isn't sent; it keeps its number and its place in the ledger."""
        await flow.reject(call, document_id, reason=data.reason)
        return _answer(await view.document(call, document_id))

    @post(
        "/{document_id:uuid}/send",
        status_code=202,
        guards=[requires(Permission.DOCUMENTS_SEND, step_up=StepUp.SEND)],
        summary="Order the sending",
        opt=example(answer=examples.SEALED),
    )
    async def send(self, call: Call, document_id: UUID) -> Response[Document]:
        """A worker hands it to the network; watch `state`, `facts` and the timeline."""
        await flow.send(call, document_id)
        return _answer(await view.document(call, document_id), status=202)

    @post(
        "/{document_id:uuid}/correct",
        guards=[requires(Permission.DOCUMENTS_FINALIZE)],
        summary="Correct a sealed invoice",
        opt=example(
            body=Wanted("DL8.61.1.A", "Goods returned"),
            answer=Corrected(credit_note=examples.DRAFT, draft=examples.DRAFT),
        ),
    )
    async def correct(self, call: Call, document_id: UUID, data: Wanted) -> Corrected:
        """Drafts a credit note over the whole of it, and a copy to mend; both are then sealed like any other."""
        made: Correction = await correction.correct(call, document_id, reason=data.reason, description=data.description)
        note = await view.document(call, made.credit_note) if made.credit_note else None
        return Corrected(note, await view.document(call, made.draft))

    @get(
        "/{document_id:uuid}/xml",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="Download the sealed XML",
        media_type="application/xml",
    )
    async def xml(self, call: Call, document_id: UUID) -> Response[bytes]:
        """UBL 2.1, byte for byte as it was sealed."""
        number, content = await view.sealed_xml(call, document_id)
        headers = {"Content-Disposition": attachment(number, "xml")}
        return Response(content, media_type="application/xml", headers=headers)

    @get(
        "/{document_id:uuid}/events",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="What happened to a document",
        opt=example(answer=list(examples.SHOWN.timeline)),
    )
    async def events(self, call: Call, document_id: UUID) -> tuple[Happened, ...]:
        """The timeline, oldest first."""
        return await view.happened(call, document_id)


class Sealings(Controller):
    """What became of drafts whose sealing was answered with 202."""

    path = "/v1/sealings"
    tags = ("Documents issued",)
    dependencies = SEALER

    @get(
        "/{sealing_id:uuid}",
        guards=[requires(Permission.DOCUMENTS_FINALIZE)],
        summary="Look what became of a sealing",
        opt=example(answer=examples.WAITING),
    )
    async def show(self, call: Call, sealer: Sealer, sealing_id: UUID) -> Response[Sealing]:
        """`waiting`, `sealed`, or `refused` with the problem that it met; kept for a week."""
        sealing = await sealings.one(call, sealing_id)
        if sealing.state != "waiting":
            return Response(sealing)
        sealer.attend(call.company_id)  # whoever saw to it may be gone
        return Response(sealing, headers={"Retry-After": "1"})


class SeriesOfNumbers(Controller):
    """Series: who numbers what."""

    path = "/v1/series"
    tags = ("Number series",)

    @get("/", guards=[requires(Permission.SERIES_READ)], summary="List series")
    async def list_series(self, call: Call) -> list[Series]:
        """By name."""
        return await numbering.listing(call.db, call.company_id)

    @post(
        "/",
        guards=[requires(Permission.SERIES_WRITE)],
        summary="Make a series",
        opt=example(body=NewSeries(name="EXPORT", numbering=numbering.Numbering.ASSIGNED, prefix="EXP-")),
    )
    async def make(self, call: Call, data: NewSeries) -> Series:
        """`assigned`: we count, without a gap. `given`: the ERP numbers, and gaps are reported."""
        return await numbering.make(call.db, call.company_id, data, actor=call.principal.actor, now=call.now)

    @get("/{name:str}", guards=[requires(Permission.SERIES_READ)], summary="Show a series and its gaps")
    async def show(self, call: Call, name: str) -> SeriesShown:
        """The first 100 gaps between sealed numbers."""
        series = await numbering.find(call.db, call.company_id, name)
        missing = await numbering.gaps(call.db, call.company_id, series.id)
        return SeriesShown(**msgspec.structs.asdict(series), gaps=tuple(missing))


CONTROLLERS = (Validation, Invoices, Sealings, SeriesOfNumbers)
