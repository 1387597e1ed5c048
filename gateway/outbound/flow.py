"""Approve, reject, send: what happens to a sealed document before the network has it.

Drafts stand in `drafting.py`, the seal in `sealing.py`, credit notes in `correction.py`. Every function works in the
caller's transaction and commits nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row

from gateway import jobqueue, lifecycle
from gateway.access.call import Call
from gateway.http.problems import GatewayError
from gateway.jobqueue import Urgency
from gateway.outbound import evidence, queries, transmission
from gateway.outbound.errors import Arrived, Credited, DocumentNotFound, Erased, FourEyes
from gateway.outbound.evidence import Approval, Rejection
from gateway.outbound.models import MACHINE
from gateway.outbound.states import State
from ledger import store
from ledger.entry import Kind

SEND = "outbound.send"
"""The job that hands a document to the network; its payload is a `SendJob`."""
SEND_LARGE = "outbound.send_large"
"""The same of a large one: of these a process has few in its memory at once (`gateway.worker.HEAVY`)."""
LARGE = 1024 * 1024
"""Bytes of XML beyond which a document is large."""
SEND_ATTEMPTS = 100
"""Of the job, so that the outbox decides when an order is given up: more than it makes in a day, crashes included."""
MOST = 1_000
"""Documents that one bulk order may name."""


class SendJob(msgspec.Struct, frozen=True):
    """Which document to send."""

    document_id: UUID
    replayed: bool = False
    """Set by the queue where a person replays the job: an order anew, also where the last one had FAILED."""


class Refusal(msgspec.Struct, frozen=True):
    """What the timeline says of a rejection."""

    reason: str


async def approve(call: Call, document_id: UUID) -> None:
    """Agree to send a sealed document; sends nothing unless the company's policy chains the two.

    Raises FourEyes where the caller made or changed the document, also through an API key of theirs.
    """
    row = await _locked(call, document_id, State.APPROVED)
    issuer = await queries.issuer(call.db, call.company_id)
    if issuer.four_eyes and call.principal.user_id in row.makers:
        raise FourEyes
    fact = Approval(
        document_id=document_id,
        xml_sha256=row.xml_hash.hex(),
        approved_by=call.principal.actor,
        approved_at=call.now,
        makers=tuple(row.makers),
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=document_id,
        to=State.APPROVED,
        actor=call.principal.actor,
        entry=evidence.entry(Kind.APPROVAL, fact, series=row.series, number=row.number),
        values={"approved_at": call.now, "approved_by": call.principal.actor},
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    if issuer.approve_sends:
        await send(call, document_id)


async def reject(call: Call, document_id: UUID, *, reason: str) -> None:
    """Refuse a sealed document that wasn't sent; it keeps its number and its place in the ledger.

    Raises Arrived where the receiver has it all the same, and Credited while a credit note over it stands: the row's
    lock keeps new ones out, since sealing one takes it too.
    """
    row = await _locked(call, document_id, State.REJECTED)
    credit_note = await queries.credited_by(call.db, call.company_id, document_id)
    if credit_note is not None:
        raise Credited(credit_note)
    fact = Rejection(
        document_id=document_id,
        xml_sha256=row.xml_hash.hex(),
        rejected_by=call.principal.actor,
        rejected_at=call.now,
        reason=reason,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=document_id,
        to=State.REJECTED,
        actor=call.principal.actor,
        facts=Refusal(reason),
        entry=evidence.entry(
            Kind.REJECTION, fact, series=row.series, number=row.number, personal=row.id if row.personal else None
        ),
        values={"rejected_at": call.now, "rejected_by": call.principal.actor, "rejection": reason},
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def send(call: Call, document_id: UUID) -> None:
    """Order the sending of an approved document, or once more of one that surely wasn't taken.

    Of one that is under way, only a job that was given up is brought back: it asks before it sends anything.
    Raises Arrived where a report came after the attempts were given up: what is there is never sent a second time.
    """
    row = await queries.one(call.db, call.company_id, document_id, lock=True)
    if row.state in {State.QUEUED, State.SENDING} and await _revived(call, document_id):
        return
    demand(row, State.QUEUED)
    await _order(call, [row], urgency=Urgency.AT_ONCE)


class Ordered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one order among many."""

    id: UUID
    outcome: Literal["queued", "refused"]
    code: str | None = None
    """Why it was refused, for programs: the code of the problem that a single order would meet."""
    detail: str | None = None
    """And for people."""


async def send_many(call: Call, ids: Sequence[UUID]) -> tuple[Ordered, ...]:
    """Order many to be sent, each by itself, behind all that is ordered alone; at most `MOST`."""
    rows = {row.id: row for row in await transmission.locked_rows(call.db, call.company_id, ids)}
    refused, orders = dict[UUID, GatewayError](), list[Row[Any]]()
    for document_id in dict.fromkeys(ids):
        row = rows.get(document_id)
        try:
            if row is None:
                raise DocumentNotFound(document_id)
            if row.state in {State.QUEUED, State.SENDING} and await _revived(call, document_id):
                continue
            demand(row, State.QUEUED)
        except GatewayError as error:
            refused[document_id] = error
        else:
            orders.append(row)
    if orders:
        await _order(call, sorted(orders, key=lambda row: row.id), urgency=Urgency.IN_BULK)
    return tuple(
        Ordered(id=one, outcome="queued")
        if (problem := refused.get(one)) is None
        else Ordered(id=one, outcome="refused", code=problem.code or "not-found", detail=problem.detail)
        for one in dict.fromkeys(ids)
    )


async def _revived(call: Call, document_id: UUID) -> bool:
    """Whether its job was given up and is brought back."""
    revived = [await jobqueue.revive(call.db, kind, str(document_id)) for kind in (SEND, SEND_LARGE)]
    return any(revived)


async def _order(call: Call, rows: Sequence[Row[Any]], *, urgency: Urgency) -> None:
    """Of documents whose rows are locked."""
    intents = [
        lifecycle.Intent(
            machine=MACHINE,
            document_id=row.id,
            to=State.QUEUED,
            actor=call.principal.actor,
            values={"queued_at": call.now, "queued_by": call.principal.actor},
        )
        for row in rows
    ]
    await lifecycle.advance(call.db, intents, company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    sizes = await store.sizes(call.db, call.company_id, [(row.series, row.number) for row in rows])
    orders: dict[str, list[tuple[bytes, str]]] = {SEND: [], SEND_LARGE: []}
    for row in rows:
        kind = SEND_LARGE if sizes.get((row.series, row.number), 0) > LARGE else SEND
        orders[kind].append((msgspec.json.encode(SendJob(row.id)), str(row.id)))
    for kind, these in orders.items():
        if these:
            await jobqueue.enqueue_many(
                call.db, kind, these, company_id=call.company_id, max_attempts=SEND_ATTEMPTS, urgency=urgency
            )


async def _locked(call: Call, document_id: UUID, wanted: State) -> Row[Any]:
    """The document's row, held to the end of the transaction.

    Raises IllegalTransition where it can't become that, Arrived where others know better than our own state, Erased.
    """
    row = await queries.one(call.db, call.company_id, document_id, lock=True)
    demand(row, wanted)
    return row


def demand(row: Row[Any], wanted: State) -> None:
    """Raises IllegalTransition where the document can't become that, Arrived, Erased."""
    if not MACHINE.allows(row.state, wanted):
        raise lifecycle.IllegalTransition(
            MACHINE.subject, row.state, wanted, tuple(sorted(MACHINE.transitions[row.state]))
        )
    if row.erased_at is not None:
        raise Erased(row.id)
    if transmission.arrived(row):
        raise Arrived(row.id)
