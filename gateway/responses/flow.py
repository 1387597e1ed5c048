"""Answer the seller of a received document, and order an answer once more that surely wasn't taken.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

import ubl
from gateway import events, jobqueue, lifecycle
from gateway.access.call import Call
from gateway.access.errors import StepUpRequired
from gateway.access.permissions import StepUp
from gateway.db import new_id
from gateway.inbound import evidence as inbound_evidence
from gateway.inbound import queries as inbound
from gateway.responses import queries, words
from gateway.responses.errors import NotSayable, OutOfOrder, Unanswerable
from gateway.responses.evidence import Answered
from gateway.responses.models import MACHINE
from gateway.responses.order import COMMITTING, FOLLOWS, Standing, standing
from gateway.responses.reading import participant
from gateway.responses.states import State
from ledger import canonical, store
from ledger.entry import Kind, NewEntry
from ledger.periods import EMIRATES
from ledger.signing import make_seals
from peppol.identifiers import ParticipantId
from ubl import response as invoice_response
from ubl.errors import BuildError, WriteError
from ubl.response import Clarification, Code, Response

SEND = "responses.send"
"""The job that hands a response to the network; its payload is a `SendJob`."""

Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class SendJob(msgspec.Struct, frozen=True):
    """Which response to send."""

    response_id: UUID


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be answered."""

    code: Code
    clarifications: tuple[Clarification, ...] = ()
    note: str | None = None
    effective: date | None = None
    payment: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the received document's timeline says of an answer."""

    response_id: UUID
    code: str
    reason: str = ""


async def answer(call: Call, document_id: UUID, said: Said, *, confirmed: bool = False) -> UUID:
    """Say it: built, checked, sealed in the ledger and queued, or nothing at all; the response's id.

    `confirmed`: the caller has just shown a fresh code, with this very request.

    Raises BillNotFound, Unanswerable, StepUpRequired, OutOfOrder, NotSayable.
    """
    if said.code in COMMITTING and not confirmed and not call.principal.opened(StepUp.APPROVE, now=call.now):
        raise StepUpRequired(StepUp.APPROVE)
    row = await inbound.one(call.db, call.company_id, document_id, lock=True)
    invoice = await _readable(call, row)
    earlier = await queries.given(call.db, call.company_id, document_id)
    present = Standing(earlier[-1].standing) if earlier else Standing.SILENT
    if said.code not in FOLLOWS[present]:
        raise OutOfOrder(said.code, present, FOLLOWS[present])
    response_id = new_id()
    response = _built(invoice, said, response_id, call)
    _demand_parties(response, row)
    xml = _checked(response)
    await _seal(call, row, response_id, response, xml, place=len(earlier) + 1)
    await _tell(call, "document.answered", document_id, response_id, response)
    return response_id


async def resend(call: Call, document_id: UUID, response_id: UUID) -> None:
    """Order a response once more that surely wasn't taken. Raises ResponseNotFound, IllegalTransition."""
    await queries.one(call.db, call.company_id, document_id, response_id)
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=response_id,
        to=State.QUEUED,
        actor=call.principal.actor,
        values={"queued_at": call.now, "queued_by": call.principal.actor},
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    await _enqueue(call, response_id)


async def _readable(call: Call, row: Row[Any]) -> ubl.Invoice:
    try:
        return ubl.read(await call.wiring.storage.get(row.xml_sha256))
    except ubl.ReadError:
        raise Unanswerable("This document can't be read as an invoice or credit note.") from None


def _built(invoice: ubl.Invoice, said: Said, response_id: UUID, call: Call) -> Response:
    try:
        return invoice_response.build(
            invoice,
            said.code,
            id=str(response_id),
            now=call.now.astimezone(EMIRATES),
            clarifications=said.clarifications,
            effective=said.effective,
            note=said.note,
            payment=said.payment,
        )
    except BuildError as error:
        if error.pointer and not error.pointer.startswith("/clarifications"):
            raise Unanswerable(f"This document says too little: {error.reason}.") from None
        raise NotSayable.at(
            error.pointer or "/clarifications", f"{error.reason[0].upper()}{error.reason[1:]}."
        ) from None


def _demand_parties(response: Response, row: Row[Any]) -> None:
    """It goes from the one who received the envelope to the one who sent it, or nowhere."""
    if participant(response.sender) != ParticipantId(row.receiver):
        raise Unanswerable("The document is addressed to somebody else than its envelope.")
    if participant(response.receiver) != ParticipantId(row.sender):
        raise Unanswerable("The document was sent by somebody else than the one it names.")


def _checked(response: Response) -> bytes:
    try:
        xml = invoice_response.write(response)
    except WriteError as error:
        raise NotSayable.at("", f"{error.reason[0].upper()}{error.reason[1:]}.") from None
    report = invoice_response.check(xml)
    if not report.valid:
        raise NotSayable(report.findings)
    return xml


async def _seal(call: Call, row: Row[Any], response_id: UUID, response: Response, xml: bytes, *, place: int) -> None:
    actor = call.principal.actor
    fact = Answered(
        response_id=response_id,
        document_id=row.id,
        document_xml_sha256=row.xml_sha256,
        code=response.code,
        clarifications=response.clarifications,
        note=response.note,
        effective=response.effective,
        payment=response.payment,
        sender=row.receiver,
        receiver=row.sender,
        answered_by=actor,
        answered_at=call.now,
    )
    content = canonical.dumps(fact)
    signer = await store.current_signer(call.db, call.company_id, call.wiring.keys)
    (seal,) = await make_seals(signer, [(content, xml)], call.wiring.executor)
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=response_id,
        to=MACHINE.initial,
        actor=actor,
        step=lifecycle.Step.BEGIN,
        facts=Told(response_id=response_id, code=response.code),
        entry=NewEntry(
            kind=Kind.RESPONSE,
            canonical=content,
            attached=xml,
            series=inbound_evidence.series_of(row.sender),
            number=row.number or "",
            seal=seal,
        ),
        values={
            "document_id": row.id,
            "place": place,
            "code": response.code.value,
            "standing": standing(response.code, response.clarifications).value,
            "clarifications": msgspec.json.encode(response.clarifications),
            "note": response.note,
            "effective": response.effective,
            "payment": response.payment,
            "sender": row.receiver,
            "receiver": row.sender,
            "xml": xml,
            "xml_sha256": sha256(xml).hexdigest(),
            "answered_at": call.now,
            "answered_by": actor,
            "queued_at": call.now,
            "queued_by": actor,
        },
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    await _enqueue(call, response_id)


async def _enqueue(call: Call, response_id: UUID) -> None:
    payload = msgspec.json.encode(SendJob(response_id))
    await jobqueue.enqueue(call.db, SEND, payload, company_id=call.company_id, key=str(response_id))


async def _tell(call: Call, kind: str, document_id: UUID, response_id: UUID, response: Response) -> None:
    told = Told(
        response_id=response_id,
        code=response.code,
        reason=words.reason(response.clarifications, response.note),
    )
    facts = msgspec.Raw(msgspec.json.encode(told))
    event = events.Event(kind=kind, subject_id=document_id, at=call.now, actor=call.principal.actor, facts=facts)
    await events.emit(call.db, call.company_id, event)
