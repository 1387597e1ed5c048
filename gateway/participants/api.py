"""`/v1/participants` over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from litestar import Controller, Request, get
from litestar.di import Provide
from litestar.params import Parameter

from gateway.access.call import calling
from gateway.access.guards import now_of, requires
from gateway.access.permissions import Permission
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.participants import flow
from gateway.participants.answers import Answers
from gateway.participants.flow import Participant, Registered
from gateway.participants.kinds import NetworkKind
from gateway.ratelimit import Rate

ASKING: Final = {RATE: Rate(a_minute=60, burst=30)}
"""Each question may lead to several calls of others."""
_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_SHOWN = Participant(
    id="0235:1234567890",
    registered=(
        Registered(
            kind=NetworkKind.INVOICE, document_type=str(NetworkKind.INVOICE.document_type).replace("ae-1::", "ae-1*::")
        ),
    ),
    not_registered=(NetworkKind.INVOICE_RESPONSE,),
    source="the provider (storecove)",
    asked_at=_AT,
    kept_until=_AT + timedelta(minutes=5),
)


def _provide_answers(request: Request[Any, Any, Any]) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


ANSWERS: Final = {"answers": Provide(_provide_answers, sync_to_thread=False)}
"""For a controller: the dependency `answers`, this process's own."""


async def asked(
    request: Request[Any, Any, Any], answers: Answers, text: str, kind: NetworkKind | None, document_type: str | None
) -> Participant:
    """Find out in two steps, so that no connection to the database is held while others are asked."""
    participant, kinds = flow.participant_of(text), flow.kinds_of(kind, document_type)
    async with calling(request) as call:
        whom = await flow.sources_of(call, participant, kinds)
    return await flow.look_up(whom, answers, participant, kinds, now=now_of(request))


class Participants(Controller):
    """Receivers on the network, whoever they are."""

    path = "/v1/participants"
    tags = ("Network",)
    dependencies = ANSWERS

    @get(
        "/{participant:str}",
        guards=[requires(Permission.DOCUMENTS_VALIDATE)],
        summary="Look up who takes what",
        opt=ASKING | example(answer=_SHOWN),
    )
    async def show(
        self,
        request: Request[Any, Any, Any],
        answers: Answers,
        participant: Annotated[str, Parameter(description="Such as `0235:1234567890`: a UAE TIN.", max_length=200)],
        kind: Annotated[
            NetworkKind | None, Parameter(description="Only this kind of document; absent: all.", required=False)
        ] = None,
        document_type: Annotated[
            str | None,
            Parameter(description="The same as its document type on the network.", max_length=530, required=False),
        ] = None,
    ) -> Participant:
        """200: what it is registered for. 404 `not-registered`: surely not. 503 `cannot-tell`: nobody can say just now.

        Asked are the company's providers, then the network's directory, if the installation names its zone. Yes is
        kept for 15 minutes, no for 5; what couldn't be told isn't kept. Predefined endpoints are never looked up.
        """
        return await asked(request, answers, participant, kind, document_type)


CONTROLLERS = (Participants,)
