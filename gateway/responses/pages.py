"""Pages: one received document with what is answered about it, and the answers that came and fit nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, code_in_form, framed, names_of
from gateway.access.permissions import Permission, StepUp
from gateway.http.browser import PAGE, seen
from gateway.inbound import view as inbound
from gateway.inbound.states import State
from gateway.pages.texts import Language
from gateway.responses import flow, view, words
from gateway.responses.errors import NotSayable
from gateway.responses.flow import Said
from gateway.responses.matching import Verdict
from gateway.responses.order import COMMITTING
from ubl.response import CODES, Clarification, Code, Kind
from ubl.response.names import PARTLY_PAID

Line = Annotated[str, msgspec.Meta(max_length=1000)]


class Answering(msgspec.Struct, frozen=True):
    """The form; an empty field says nothing."""

    answer: Code
    why: Annotated[str, msgspec.Meta(max_length=3)] = ""
    action: Annotated[str, msgspec.Meta(max_length=3)] = ""
    explanation: Line = ""
    effective: Annotated[str, msgspec.Meta(max_length=10)] = ""
    payment: Annotated[str, msgspec.Meta(max_length=200)] = ""

    def said(self) -> Said:
        """What the flow takes: the explanation belongs to the reason, or stands as a note."""
        explanation = self.explanation.strip() or None
        told: list[Clarification] = []
        if self.why:
            told.append(Clarification(kind=Kind.REASON, code=self.why, text=explanation))
        if self.action:
            told.append(Clarification(kind=Kind.ACTION, code=self.action, text=None if self.why else explanation))
        return Said(
            code=self.answer,
            clarifications=tuple(told),
            note=None if told else explanation,
            effective=_day(self.effective.strip()),
            payment=self.payment.strip() or None,
        )


AnsweringForm = Annotated[Answering, Body(media_type=RequestEncodingType.URL_ENCODED)]


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the forms offer."""

    telling: tuple[Code, ...]
    """Answers that only say where it stands."""
    deciding: tuple[Code, ...]
    """Answers that decide whether money is owed."""
    reasons: tuple[str, ...]
    actions: tuple[str, ...] = tuple(sorted(CODES[Kind.ACTION]))


class ReceivedPages(Controller):
    """One received document, and the answers to its seller."""

    path = "/inbox/{document_id:uuid}"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.INBOX_READ)])
    async def one(self, request: AnyRequest, call: Call, document_id: UUID) -> Response[bytes]:
        """What it says, what is wrong with it, what was answered, and what happened."""
        document = await inbound.shown(call, document_id)
        answers = await view.answers(call, document_id)
        may = call.principal.may
        possible = answers.possible if may(Permission.INBOX_RESPOND) and document.document is not None else ()
        return framed(
            request,
            "inbound/document.html",
            document=document,
            open_to_notice=document.state is State.RECEIVED and may(Permission.INBOX_ACKNOWLEDGE),
            answers=answers,
            choices=_choices(possible),
            may_send=may(Permission.INBOX_RESPOND),
            confirmed=call.principal.opened(StepUp.APPROVE, now=call.now),
            told=_told,
            names=await names_of(call),
        )

    @post("/responses", guards=[requires(Permission.INBOX_RESPOND)])
    async def tell(self, call: Call, document_id: UUID, data: AnsweringForm) -> Redirect:
        """Say where it stands."""
        await flow.answer(call, document_id, data.said())
        return seen(f"/inbox/{document_id}", "answered")

    @post("/decision", guards=[requires(Permission.INBOX_RESPOND), code_in_form(StepUp.APPROVE)])
    async def decide(self, call: Call, document_id: UUID, data: AnsweringForm) -> Redirect:
        """Accept or reject it, with a fresh code."""
        await flow.answer(call, document_id, data.said(), confirmed=True)
        return seen(f"/inbox/{document_id}", "answered")

    @post("/responses/{response_id:uuid}/send", guards=[requires(Permission.INBOX_RESPOND)])
    async def send(self, call: Call, document_id: UUID, response_id: UUID) -> Redirect:
        """Order an answer once more that surely wasn't taken."""
        await flow.resend(call, document_id, response_id)
        return seen(f"/inbox/{document_id}", "queued")


class ResponsePages(Controller):
    """Invoice Responses that came."""

    path = "/responses"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.DOCUMENTS_READ)])
    async def listing(
        self, request: AnyRequest, call: Call, verdict: Verdict | None = None, cursor: UUID | None = None
    ) -> Response[bytes]:
        """Latest first; those that aren't believed say why."""
        found = await view.heard(call, verdict=verdict, cursor=cursor, limit=50)
        return framed(request, "responses/responses.html", found=found, cursor=cursor, told=_told)


def _choices(possible: tuple[Code, ...]) -> Choices:
    reasons = CODES[Kind.REASON] if Code.PAID in possible else CODES[Kind.REASON] - {PARTLY_PAID}
    return Choices(
        telling=tuple(code for code in possible if code not in COMMITTING),
        deciding=tuple(code for code in possible if code in COMMITTING),
        reasons=tuple(sorted(reasons)),
    )


def _told(answer: view.Answer | view.Heard, language: Language) -> str:
    """Reasons and note in the page's language."""
    return words.reason(answer.clarifications, answer.note, language)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotSayable.at("/effective", "Write a day as 2026-11-21.") from None
