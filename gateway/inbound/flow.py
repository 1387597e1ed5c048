"""Receive a document, acknowledge it.

The same envelope, and the same document in another envelope, is answered as known and makes nothing new, however often
and at the same time it comes. Everything else that is for the company is kept, valid or not.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger.errors
from gateway import events, jobqueue, lifecycle
from gateway.access.call import Call
from gateway.db import new_id
from gateway.http.problems import Unavailable
from gateway.inbound import evidence, queries, reading
from gateway.inbound.errors import InstanceReused
from gateway.inbound.evidence import Acknowledgement, Reception, Unreadable
from gateway.inbound.models import MACHINE, envelopes
from gateway.inbound.opened import Opened, Receipt
from gateway.inbound.reading import Arrived
from gateway.inbound.states import State
from gateway.wiring import Wiring
from ledger import envelope, store
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals
from schemas import SchemasNotInstalled

ACTOR = "system:network"
TAKE = "bills.take"
"""The job that makes a bill of a received document; its payload is a `TakeJob`."""
GENERATOR = "received/1"
"""Stands in the sealed envelope of a document that somebody else wrote."""

_LARGEST_AMOUNT = Decimal(10) ** 15
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('inbound ' || cast(:company_id as uuid), 0))")


class TakeJob(msgspec.Struct, frozen=True):
    """Which document."""

    document_id: UUID


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of an arrival."""

    sender: str
    instance_id: str
    valid: bool


async def receive(wiring: Wiring, company_id: UUID, opened: Opened, *, now: datetime) -> Receipt:
    """Keep a document that came for this company; on return it is committed, and may be confirmed.

    Raises InstanceReused: refused for ever. Anything else: try again.
    """
    loop = asyncio.get_running_loop()
    try:
        arrived = await loop.run_in_executor(wiring.executor, reading.arrive, opened)
    except SchemasNotInstalled as error:
        raise Unavailable(f"Nothing can be checked here yet: {error}", retry_after=60) from error
    await wiring.storage.put(opened.envelope)
    await wiring.storage.put(arrived.xml)
    try:
        async with wiring.database.company(company_id) as db:
            return await _keep(db, wiring, company_id, arrived, now=now)
    except ledger.errors.KeyRotated:
        raise Unavailable("The company's signing key was replaced this very moment; deliver again.") from None


async def acknowledge(call: Call, document_id: UUID, *, note: str | None) -> None:
    """Take notice of a document. Raises BillNotFound, and IllegalTransition where that was done before."""
    row = await queries.one(call.db, call.company_id, document_id, lock=True)
    fact = Acknowledgement(
        document_id=document_id,
        xml_sha256=row.xml_sha256,
        acknowledged_by=call.principal.actor,
        acknowledged_at=call.now,
        note=note,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=document_id,
        to=State.ACKNOWLEDGED,
        actor=call.principal.actor,
        entry=evidence.entry(Kind.ACKNOWLEDGEMENT, fact, sender=row.sender, number=row.number),
        values={"acknowledged_at": call.now, "acknowledged_by": call.principal.actor, "note": note},
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def _keep(db: AsyncConnection, wiring: Wiring, company_id: UUID, arrived: Arrived, *, now: datetime) -> Receipt:
    entry = await _sealed(db, wiring, company_id, arrived)
    await db.execute(_ONE_AT_A_TIME, {"company_id": company_id})
    if (known := await _known(db, company_id, arrived, now=now)) is not None:
        return Receipt(known, duplicate=True)
    document_id = new_id()
    findings = list(arrived.findings)
    number, seller = arrived.number, arrived.seller_endpoint
    twin = await queries.twin(db, company_id, seller=seller, number=number) if seller and number else None
    if twin is not None:
        findings.append(reading.twin_finding(str(number), str(seller)))
    message = arrived.message
    reception = Reception(
        document_id=document_id,
        instance_id=message.instance_id,
        envelope_sha256=arrived.envelope_sha256,
        envelope_rebuilt=arrived.opened.rebuilt,
        xml_sha256=arrived.xml_sha256,
        sender=message.sender.value,
        receiver=message.receiver.value,
        document_type=str(message.document_type),
        process=str(message.process),
        provider=arrived.opened.provider,
        reference=arrived.opened.reference[:200],
    )
    sender = message.sender.value
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=document_id,
        to=MACHINE.initial,
        actor=ACTOR,
        step=lifecycle.Step.BEGIN,
        facts=Came(sender=sender, instance_id=message.instance_id, valid=arrived.valid),
        entry=entry,
        further=(evidence.entry(Kind.TRANSMISSION, reception, sender=sender, number=number),),
        values={
            **_columns(arrived),
            "reference": reception.reference,
            "twin_of": twin,
            "valid": arrived.valid,
            "findings": msgspec.json.encode(findings),
            "received_at": now,
        },
    )
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)
    await _note_envelope(db, company_id, arrived, document_id, now=now)
    if arrived.asks_us_to_pay:
        order = msgspec.json.encode(TakeJob(document_id))
        await jobqueue.enqueue(db, TAKE, order, company_id=company_id, key=str(document_id))
    return Receipt(document_id, duplicate=False)


async def _known(db: AsyncConnection, company_id: UUID, arrived: Arrived, *, now: datetime) -> UUID | None:
    """The document that this envelope, or another one, brought before. Raises InstanceReused."""
    instance = arrived.message.instance_id
    earlier: Row[Any] | None = await queries.envelope(db, company_id, instance)
    same_content = await queries.by_content(db, company_id, arrived.xml_sha256)
    if earlier is not None:
        if same_content != earlier.document_id:
            raise InstanceReused(instance)
        return same_content
    if same_content is not None:
        await _note_envelope(db, company_id, arrived, same_content, now=now)
        came = Came(sender=arrived.message.sender.value, instance_id=instance, valid=arrived.valid)
        told = events.Event(
            kind="document.repeated",
            subject_id=same_content,
            at=now,
            actor=ACTOR,
            facts=msgspec.Raw(msgspec.json.encode(came)),
        )
        await events.emit(db, company_id, told)
    return same_content


async def _note_envelope(
    db: AsyncConnection, company_id: UUID, arrived: Arrived, document_id: UUID, *, now: datetime
) -> None:
    await db.execute(
        insert(envelopes).values(
            company_id=company_id,
            instance_id=arrived.message.instance_id,
            document_id=document_id,
            envelope_sha256=arrived.envelope_sha256,
            rebuilt=arrived.opened.rebuilt,
            received_at=now,
        )
    )


async def _sealed(db: AsyncConnection, wiring: Wiring, company_id: UUID, arrived: Arrived) -> NewEntry:
    """The ledger's entry of the document, with our seal; before any lock is taken."""
    content = arrived.invoice or Unreadable(unreadable=True, xml_sha256=arrived.xml_sha256)
    wrapped = envelope.wrap(content, generator=GENERATOR, ruleset=arrived.ruleset, ruleset_digest=arrived.digest)
    signer = await store.current_signer(db, company_id, wiring.keys)
    (seal,) = await make_seals(signer, [(wrapped, arrived.xml)], wiring.executor)
    series = evidence.series_of(arrived.message.sender.value)
    return NewEntry(
        kind=Kind.RECEIVED,
        canonical=wrapped,
        attached=arrived.xml,
        series=series,
        number=arrived.number or "",
        seal=seal,
    )


def _columns(arrived: Arrived) -> dict[str, object]:
    message, invoice = arrived.message, arrived.invoice
    totals = invoice.totals if invoice else None
    return {
        "envelope_sha256": arrived.envelope_sha256,
        "xml_sha256": arrived.xml_sha256,
        "size": len(arrived.xml),
        "verbatim": arrived.opened.verbatim,
        "instance_id": message.instance_id,
        "sender": message.sender.value,
        "receiver": message.receiver.value,
        "document_type": str(message.document_type),
        "process": str(message.process),
        "number": arrived.number,
        "type_code": reading.short(invoice.type) if invoice else None,
        "issue_date": invoice.issue_date if invoice else None,
        "currency": reading.short(invoice.currency) if invoice else None,
        "payable": _amount(totals.payable) if totals else None,
        "total": _amount(totals.tax_inclusive) if totals else None,
        "seller_name": reading.short(invoice.seller.name) if invoice and invoice.seller else None,
        "seller_endpoint": arrived.seller_endpoint,
        "ruleset": arrived.ruleset,
    }


def _amount(value: Decimal | None) -> Decimal | None:
    """What a list can show; an absurd amount stands in the document only."""
    return value if value is not None and abs(value) < _LARGEST_AMOUNT else None
