"""Our responses as the outbox sends them: what goes out, and what their state becomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.inbound import evidence as inbound_evidence
from gateway.inbound.models import received
from gateway.lifecycle import Intent, Step
from gateway.outbox import Ending, Load, Tried, Underway
from gateway.responses import following
from gateway.responses.evidence import Handed, NotHanded
from gateway.responses.following import FollowJob
from gateway.responses.models import MACHINE, sent
from gateway.responses.states import State
from gateway.wiring import Wiring
from ledger import canonical
from ledger.entry import Kind, NewEntry
from peppol.identifiers import INVOICE_RESPONSE, RESPONDING, ParticipantId
from peppol.message import Message, MlsType, Submission

ACTOR = "system:network"

NEXT_STEPS = {
    "temporary": "The network couldn't be reached for long; order the answer to be sent again.",
    "permanent": "The network refuses the answer; tell the seller by other means. What you decided stands.",
    "precondition": (
        "If the seller takes no answers on the network, tell them by other means; what you decided stands. "
        "Otherwise have the cause mended and order the answer to be sent again."
    ),
    "unknown": "Nobody knows whether the network has it: ask the provider, then replay the job.",
}
"""What a person should do about an answer that wasn't taken."""


class Began(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a first attempt."""

    transmission_id: UUID
    provider: str


class Ended(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the timeline says of an order's end."""

    document_id: UUID
    code: str
    provider: str
    reason: str = ""
    next_step: str = ""


class Answers:
    """The cargo."""

    column = "response_id"

    async def load(
        self,
        wiring: Wiring,  # noqa: ARG002 - all that is sent stands in the row
        db: AsyncConnection,
        company_id: UUID,
        ids: Sequence[UUID],
        *,
        now: datetime,
    ) -> list[Load]:
        """Lock what waits to be sent."""
        query = (
            select(sent)
            .where(sent.c.company_id == company_id, sent.c.id.in_(ids), sent.c.state.in_([State.QUEUED, State.SENDING]))
            .order_by(sent.c.id)
            .with_for_update(key_share=True)
        )
        return [_load(row, now) for row in await db.execute(query)]

    async def locked(self, db: AsyncConnection, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
        """Those that still wait for their outcome, with `number`, the received document's."""
        query = (
            select(sent, received.c.number)
            .join(received, (received.c.company_id == sent.c.company_id) & (received.c.id == sent.c.document_id))
            .where(sent.c.company_id == company_id, sent.c.id.in_(ids))
            .order_by(sent.c.id)
            .with_for_update(key_share=True, of=sent)
        )
        return {row.id: row for row in await db.execute(query) if row.state == State.SENDING}

    def begun(self, underway: Underway) -> Intent:
        """The first attempt of an order."""
        return Intent(
            machine=MACHINE,
            document_id=underway.id,
            to=State.SENDING,
            actor=ACTOR,
            facts=Began(transmission_id=underway.transmission_id, provider=underway.adapter),
        )

    def accepted(
        self, row: Row[Any], underway: Underway, submission: Submission, *, answer_sha256: str, tried: tuple[Tried, ...]
    ) -> Intent:
        """Our access point has it; what the seller's says is asked for later."""
        evidence = Handed(
            response_id=underway.id,
            document_id=row.document_id,
            transmission_id=underway.transmission_id,
            xml_sha256=underway.content_sha256,
            provider=underway.adapter,
            account_id=underway.account_id,
            reference=submission.reference,
            accepted_at=submission.accepted_at,
            answer_sha256=answer_sha256,
            attempts=tried,
        )
        return Intent(
            machine=MACHINE,
            document_id=underway.id,
            to=State.SENT,
            actor=ACTOR,
            facts=Ended(document_id=row.document_id, code=row.code, provider=underway.adapter),
            entry=_entry(evidence, row),
            values={"sent_at": submission.accepted_at, "failed_at": None, "failure": None, "problem": None},
        )

    async def taken(self, db: AsyncConnection, company_id: UUID, keys: Sequence[UUID], *, now: datetime) -> None:
        """They are asked for later."""
        for key in keys:
            await following.follow_later(db, company_id, FollowJob(key), now=now)

    def ended(self, row: Row[Any], underway: Underway, ending: Ending, *, now: datetime) -> Intent:
        """Surely not taken; or nobody knows, and it stays on its way."""
        next_step = NEXT_STEPS[ending.problem]
        told = Ended(
            document_id=row.document_id,
            code=row.code,
            provider=underway.adapter,
            reason=ending.reason,
            next_step=next_step,
        )
        values = {"problem": ending.problem, "failure": ending.reason}
        if ending.unknown:
            return Intent(
                machine=MACHINE, document_id=underway.id, to="unresolved", actor=ACTOR, step=Step.LEARN, facts=told,
                values=values,
            )  # fmt: skip
        evidence = NotHanded(
            response_id=underway.id,
            document_id=row.document_id,
            transmission_id=underway.transmission_id,
            xml_sha256=underway.content_sha256,
            provider=underway.adapter,
            account_id=underway.account_id,
            problem=ending.problem,
            reason=ending.reason,
            next_step=next_step,
            attempts=ending.tried,
        )
        return Intent(
            machine=MACHINE,
            document_id=underway.id,
            to=State.FAILED,
            actor=ACTOR,
            facts=told,
            entry=_entry(evidence, row),
            values={**values, "failed_at": now},
        )


def _entry(fact: Handed | NotHanded, row: Row[Any]) -> NewEntry:
    """Beside the entries of the document that it is about."""
    return NewEntry(
        kind=Kind.TRANSMISSION,
        canonical=canonical.dumps(fact),
        series=inbound_evidence.series_of(row.receiver),
        number=row.number or "",
    )


def message_of(row: Row[Any], *, instance_id: str = "", created_at: datetime) -> Message:
    """What goes out, of a row of `sent_responses`."""
    return Message(
        instance_id=instance_id,
        sender=ParticipantId(row.sender),
        receiver=ParticipantId(row.receiver),
        document_type=INVOICE_RESPONSE,
        process=RESPONDING,
        country_c1="AE",
        created_at=created_at,
        document=row.xml,
        mls_type=MlsType.ALWAYS_SEND,
    )


def _load(row: Row[Any], now: datetime) -> Load:
    return Load(
        id=row.id,
        fresh=row.state == State.QUEUED,
        ordered_at=row.queued_at,
        message=message_of(row, created_at=now),
        content_sha256=row.xml_sha256,
    )
