"""Responses over HTTP: `/v1/inbox/{id}/responses`, `/v1/invoices/{id}/responses` and `/v1/responses`."""

from __future__ import annotations

from datetime import date
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
from gateway.responses import examples, flow, view
from gateway.responses.flow import Said, Sentence
from gateway.responses.matching import Verdict
from gateway.responses.view import Answer, Answers, Heard, Page
from ubl.response import Clarification, Code, Condition, Kind


class Detail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One detail, such as the due date that you accept."""

    term: Annotated[str, msgspec.Meta(pattern=r"^(IBT|BTAE)-[0-9]{1,3}\Z")]
    """The business term it is about: IBT-009."""
    value: Sentence | None = None
    """What it should be."""


class Why(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the document stands so (`OPStatusReason`), or what the seller shall do (`OPStatusAction`)."""

    kind: Kind = Kind.REASON
    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
    """Reasons: NON none, REF references, LEG legal information, REC receiver unknown, QUA quality, DEL delivery, PRI
    prices, QTY quantity, ITM items, PAY payment terms, UNR not recognized, FIN finance terms, PPD partly paid, OTH
    other. Actions: NOA none, PIN provide information, NIN new invoice, CNF credit in full, CNP credit a part, CNA
    credit the amount, OTH other."""
    text: Sentence | None = None
    """In words; OTH and PPD need them."""
    conditions: Annotated[list[Detail], msgspec.Meta(max_length=20)] = []


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer the seller."""

    code: Code
    """AB received, IP in process, UQ question, CA accepted under a condition, RE rejected, AP accepted, PD paid."""
    clarifications: Annotated[list[Why], msgspec.Meta(max_length=20)] = []
    """UQ, CA and RE need one at least."""
    note: Sentence | None = None
    effective: date | None = None
    """Since when it stands so."""
    payment: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    """The bank's identifier of the payment."""

    def said(self) -> Said:
        """What the flow takes."""
        return Said(
            code=self.code,
            clarifications=tuple(
                Clarification(
                    kind=why.kind,
                    code=why.code,
                    text=why.text,
                    conditions=tuple(Condition(term=one.term, value=one.value) for one in why.conditions),
                )
                for why in self.clarifications
            ),
            note=self.note,
            effective=self.effective,
            payment=self.payment,
        )


_REJECTED = Wanted(
    code=Code.REJECTED,
    clarifications=[
        Why(code="QTY", text="Eight chairs came, ten are invoiced.", conditions=[Detail(term="IBT-129", value="8")]),
        Why(kind=Kind.ACTION, code="CNP"),
    ],
)


class Answering(Controller):
    """Answers to the sellers of received documents, as Invoice Responses."""

    path = "/v1/inbox/{document_id:uuid}/responses"
    tags = ("Documents received",)

    @post(
        "/",
        guards=[requires(Permission.INBOX_RESPOND)],
        summary="Answer the seller",
        opt=example(body=_REJECTED, answer=examples.ANSWER),
    )
    async def answer(self, call: Call, document_id: UUID, data: Wanted) -> Answer:
        """Checked, sealed in the ledger and queued to be sent to whoever sent the document.

        `response-order` (409) where the code can't follow what was answered before. CA, AP and RE ask a person for a
        fresh code of the class `approve`; an API key of this scope says them by itself.
        """
        made = await flow.answer(call, document_id, data.said())
        return await view.one(call, document_id, made)

    @get(
        "/",
        guards=[requires(Permission.INBOX_READ)],
        summary="List what was answered",
        opt=example(answer=examples.ANSWERS),
    )
    async def list_answers(self, call: Call, document_id: UUID) -> Answers:
        """What was answered about a received document, how far each answer got, and what may be answered next."""
        return await view.answers(call, document_id)

    @get(
        "/{response_id:uuid}/xml",
        guards=[requires(Permission.INBOX_READ)],
        summary="Download an answer",
        media_type="application/xml",
    )
    async def xml(self, call: Call, document_id: UUID, response_id: UUID) -> Response[bytes]:
        """The UBL ApplicationResponse, byte for byte as it is sealed and sent."""
        return _attached(*await view.xml_of_answer(call, document_id, response_id))

    @post(
        "/{response_id:uuid}/send",
        status_code=200,
        guards=[requires(Permission.INBOX_RESPOND)],
        summary="Send an answer again",
        opt=example(answer=examples.ANSWER),
    )
    async def send(self, call: Call, document_id: UUID, response_id: UUID) -> Answer:
        """Order an answer once more that surely wasn't taken (FAILED); the same message under the same key."""
        await flow.resend(call, document_id, response_id)
        return await view.one(call, document_id, response_id)


class Answered(Controller):
    """What buyers answered about documents we issue."""

    path = "/v1/invoices/{document_id:uuid}/responses"
    tags = ("Documents issued",)

    @get(
        "/",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="List what the buyer answered",
        opt=example(answer=[examples.HEARD]),
    )
    async def list_about(self, call: Call, document_id: UUID) -> list[Heard]:
        """Every believed answer about a document, oldest first, with reasons and what to do."""
        return list(await view.heard_about(call, document_id))


class Arriving(Controller):
    """Invoice Responses that came, believed or not."""

    path = "/v1/responses"
    tags = ("Documents issued",)

    @get(
        "/",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="List received responses",
        opt=example(answer=Page(items=(examples.DOUBTED, examples.HEARD), next=None)),
    )
    async def list_responses(
        self,
        call: Call,
        verdict: Annotated[Verdict | None, Parameter(description="Only those judged so.", required=False)] = None,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> Page:
        """Latest first. What isn't believed says why, and has changed nothing."""
        return await view.heard(call, verdict=verdict, cursor=cursor, limit=limit)

    @get(
        "/{response_id:uuid}",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="Show a received response",
        opt=example(answer=examples.HEARD),
    )
    async def show(self, call: Call, response_id: UUID) -> Heard:
        """What it says and what is made of it."""
        return await view.one_heard(call, response_id)

    @get(
        "/{response_id:uuid}/xml",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="Download a received response",
        media_type="application/xml",
    )
    async def xml(self, call: Call, response_id: UUID) -> Response[bytes]:
        """The message as it came; always as an attachment, because it is somebody else's."""
        return _attached(*await view.xml_heard(call, response_id))


def _attached(name: str, content: bytes) -> Response[bytes]:
    headers = {"Content-Disposition": attachment(name, "xml")}
    return Response(content, media_type="application/xml", headers=headers)


CONTROLLERS = (Answering, Answered, Arriving)
