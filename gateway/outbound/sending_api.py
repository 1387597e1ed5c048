"""`/v1/invoices/send` and `/v1/invoices/{id}/attempts`: order many to be sent, and see every attempt of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from gateway import outbox
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.http.openapi import example
from gateway.outbound import examples, flow, queries, settling, view
from gateway.outbound.flow import MOST, Ordered
from gateway.outbound.settling import Word
from gateway.outbound.view import Document
from gateway.outbox import Attempt, Outcome

_ID = UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e11")
_OTHER = UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e12")
_AT = datetime.fromisoformat("2026-11-21T08:30:00+00:00")


class Many(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which documents to send."""

    ids: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=MOST, description="1 to 1,000 documents.")]


class Orders(msgspec.Struct, frozen=True):
    """What became of each order, in the order of the ids."""

    outcomes: tuple[Ordered, ...]


class AttemptShown(Attempt, frozen=True, kw_only=True):
    """One attempt to hand the document to an access point."""

    state: Literal["ended", "open"]
    """`open`: under way, or its process was gone before the answer was written down."""


class Sendings(Controller):
    """Documents on their way to the sender's access point."""

    path = "/v1/invoices"
    tags = ("Documents issued",)

    @post(
        "/send",
        status_code=202,
        guards=[requires(Permission.DOCUMENTS_SEND, step_up=StepUp.SEND)],
        summary="Order the sending of many",
        opt=example(
            body=Many((_ID, _OTHER)),
            answer=Orders(
                (
                    Ordered(id=_ID, outcome="queued"),
                    Ordered(id=_OTHER, outcome="refused", code="illegal-transition", detail="This invoice is DRAFT."),
                )
            ),
        ),
    )
    async def send_many(self, call: Call, data: Many) -> Orders:
        """Each is ordered or refused by itself. Documents that are ordered one by one go out before those of a run."""
        return Orders(await flow.send_many(call, data.ids))

    @post(
        "/{document_id:uuid}/settle",
        status_code=200,
        guards=[requires(Permission.DOCUMENTS_APPROVE, step_up=StepUp.SEND)],
        summary="Say what became of a sending that nobody knows of",
        opt=example(
            body=Word(arrived=True, reference="b3d2f0a4", note="Found in the provider's console under its number."),
            answer=examples.SEALED,
        ),
    )
    async def settle(self, call: Call, document_id: UUID, data: Word) -> Document:
        """For a person who has looked at the provider; it becomes evidence in the ledger. Arrived: SENT, with the
        provider's reference. Not arrived: FAILED, and may be ordered to be sent again. Never by an API key, and where
        the company asks for two people, not by the one who ordered the sending."""
        await settling.settle(call, document_id, data)
        return await view.document(call, document_id)

    @get(
        "/{document_id:uuid}/attempts",
        guards=[requires(Permission.DOCUMENTS_READ)],
        summary="List the attempts to send a document",
        opt=example(
            answer=[
                AttemptShown(
                    number=1,
                    account_id=None,
                    adapter="sandbox",
                    begun_at=_AT,
                    ended_at=_AT,
                    outcome=Outcome.TEMPORARY,
                    answer_sha256="0" * 64,
                    reason="The provider asks for a pause (HTTP 503)",
                    next_at=_AT,
                    state="ended",
                )
            ]
        ),
    )
    async def attempts(self, call: Call, document_id: UUID) -> tuple[AttemptShown, ...]:
        """Oldest first, over the whole life of the document. The raw answers are part of its evidence package."""
        await queries.one(call.db, call.company_id, document_id)
        found = await outbox.attempts(call.db, call.company_id, document_id=document_id)
        return tuple(
            AttemptShown(**msgspec.structs.asdict(attempt), state="ended" if attempt.ended_at else "open")
            for attempt in found
        )


CONTROLLERS = (Sendings,)
