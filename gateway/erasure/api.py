"""`/v1/records`: for how long records are kept, what holds them, and erasing what may go."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.erasure import flow, queries
from gateway.erasure.models import Erasable, Ground, Hold, Policies, Retention, Term
from gateway.http.openapi import example
from gateway.periods.calendar import today

Most = Annotated[int, Parameter(ge=1, le=200, description="At most so many.")]


class NewHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to hold, and why."""

    document_id: UUID | None = None
    """Null: every document of the company."""
    ground: Ground = "hold"
    reason: str
    """Stays in the ledger for ever: name nobody."""


class Because(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; stays in the ledger for ever, so name nobody."""

    reason: str


class Records(Controller):
    """Retention, legal holds, erasure."""

    path = "/v1/records"
    tags = ("Records",)

    @get("/retention", guards=[requires(Permission.RECORDS_READ)], summary="How long records are kept")
    async def retention(self, call: Call) -> Policies:
        """The law's terms with their sources, and what the company chose."""
        return await flow.policies(call)

    @put(
        "/retention",
        guards=[requires(Permission.RECORDS_HOLD, step_up=StepUp.RECORDS)],
        summary="Keep records for longer",
        opt=example(body=Retention(years=7)),
    )
    async def choose(self, call: Call, data: Retention) -> Retention:
        """Never shorter than the law asks. Needs a fresh code for `records`."""
        return await flow.choose(call, data)

    @get("/holds", guards=[requires(Permission.RECORDS_READ)], summary="Legal holds")
    async def holds(self, call: Call, limit: Most = 50) -> list[Hold]:
        """Lifted ones too, latest first."""
        return await queries.holds(call.db, call.company_id, most=limit)

    @post(
        "/holds",
        guards=[requires(Permission.RECORDS_HOLD, step_up=StepUp.RECORDS)],
        summary="Lay a legal hold",
        opt=example(body=NewHold(ground="dispute", reason="Audit of 2026.")),
    )
    async def lay(self, call: Call, data: NewHold) -> Hold:
        """Nothing under it is erased; a dispute or disclosure also lengthens the term. Needs a code for `records`."""
        return await flow.lay(call, document_id=data.document_id, ground=data.ground, reason=_why(data.reason))

    @post(
        "/holds/{hold_id:uuid}/lift",
        status_code=200,
        guards=[requires(Permission.RECORDS_HOLD, step_up=StepUp.RECORDS)],
        summary="Lift a legal hold",
        opt=example(body=Because(reason="The audit has ended.")),
    )
    async def lift(self, call: Call, hold_id: UUID, data: Because) -> Hold:
        """It stays on record. Needs a fresh code for `records`."""
        return await flow.lift(call, hold_id, reason=_why(data.reason))

    @get("/erasable", guards=[requires(Permission.RECORDS_READ)], summary="What may be erased")
    async def erasable(self, call: Call, limit: Most = 50) -> list[Erasable]:
        """Documents about natural persons that nothing keeps any more, oldest first."""
        return await queries.erasable(call.db, call.company_id, today=today(call.now), most=limit)

    @get("/documents/{document_id:uuid}", guards=[requires(Permission.RECORDS_READ)], summary="How long one is kept")
    async def term(self, call: Call, document_id: UUID) -> Term:
        """The term of a sealed document, why, and whether its content can be erased at all."""
        return await flow.term_of(call, document_id)

    @post(
        "/documents/{document_id:uuid}/erase",
        status_code=200,
        guards=[requires(Permission.RECORDS_ERASE, step_up=StepUp.RECORDS)],
        summary="Erase a natural person's document",
        opt=example(body=Because(reason="The term has ended and the person asked for it.")),
    )
    async def erase(self, call: Call, document_id: UUID, data: Because) -> Term:
        """Destroys the content for good; the ledger still verifies. Needs a fresh code for `records`."""
        return await flow.erase(call, document_id, reason=_why(data.reason))


def _why(reason: str) -> str:
    why = " ".join(reason.split())
    if not 0 < len(why) <= 500:
        raise Unacceptable("/reason", "Say why, in at most 500 characters.")
    return why


CONTROLLERS = (Records,)
