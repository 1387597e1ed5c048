"""The page on which a person looks a receiver up."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, framed
from gateway.access.permissions import Permission
from gateway.http.browser import PAGE
from gateway.http.problems import GatewayError
from gateway.participants.answers import Answers
from gateway.participants.api import ANSWERS, ASKING, asked
from gateway.participants.errors import BadParticipant, CannotTell, NotRegistered, Predefined


class ParticipantPages(Controller):
    """Is this receiver on the network?"""

    path = "/participants"
    dependencies = ANSWERS
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.DOCUMENTS_VALIDATE)], opt=ASKING)
    async def look_up(
        self,
        request: AnyRequest,
        answers: Answers,
        wanted: Annotated[str, Parameter(query="id", max_length=200)] = "",
    ) -> Response[bytes]:
        """The form, and below it what is known of the receiver that was asked for."""
        text = wanted.strip()
        found, trouble = None, None
        if text:
            try:
                # Most people have only the number: the first ten digits of the receiver's TRN.
                found = await asked(request, answers, text if ":" in text else f"0235:{text[:10]}", None, None)
            except (NotRegistered, CannotTell, BadParticipant, Predefined) as error:
                trouble = error
        return framed(request, "participants/participant.html", wanted=text, found=found, **_told(trouble))


def _told(trouble: GatewayError | None) -> dict[str, str]:
    return {"code": (trouble.code or "") if trouble else "", "detail": trouble.detail if trouble else ""}
