"""What a buyer answers to a document of ours: kept whole, believed only of the one whom the document was sent to.

An answer changes facts, never what was sent or will be: no answer, from whomever, leads to a second sending.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger.errors
from gateway import events, jobqueue, lifecycle
from gateway.db import new_id
from gateway.erasure.flow import REMOVE, RemoveJob
from gateway.http.problems import Unavailable
from gateway.inbound.errors import InstanceReused
from gateway.inbound.opened import Opened, Receipt
from gateway.outbound.models import MACHINE
from gateway.responses import matching, queries, words
from gateway.responses.evidence import Came, Doubted, Told
from gateway.responses.matching import Match, Verdict
from gateway.responses.order import FOLLOWS, standing
from gateway.responses.reading import Read, read
from gateway.wiring import Wiring
from ledger import canonical, store
from ledger.entry import Kind, NewEntry
from ledger.periods import EMIRATES
from peppol.statuses import Outcome, stronger, told_at
from schemas import SchemasNotInstalled
from ubl.response import Code, Response

ACTOR = "system:network"
_CHANGEABLE = frozenset(words.OUTCOMES[code] for code in Code if len(FOLLOWS[standing(code, ())]) > 1)
"""Words of a buyer that another one may lawfully take back; an acceptance, a payment and a rejection never are."""
_LONGEST = 1000
"""Characters of a reason that stand in columns; the message itself is kept whole."""
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('responses ' || cast(:company_id as uuid), 0))")


class Heard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the timeline says of an answer."""

    response_id: UUID
    sender: str
    code: str
    reason: str = ""
    next_step: str = ""
    effective: str = ""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of an answer that isn't believed."""

    sender: str
    number: str | None
    verdict: Verdict
    reason: str


async def take_response(wiring: Wiring, company_id: UUID, opened: Opened, *, now: datetime) -> Receipt:
    """Keep an Invoice Response that came for this company; on return it is committed, and may be confirmed.

    `opened`: an envelope whose document type is `peppol.identifiers.INVOICE_RESPONSE`; nothing of it is stored yet.
    The same content of the same sender again, in whatever envelope, is answered as known and changes nothing. Raises
    `InstanceReused`: refused for ever; anything else: try again.
    """
    loop = asyncio.get_running_loop()
    try:
        told = await loop.run_in_executor(wiring.executor, read, opened.message.document)
    except SchemasNotInstalled as error:
        raise Unavailable(f"Nothing can be checked here yet: {error}", retry_after=60) from error
    came = _came(opened)
    async with wiring.database.company(company_id) as db:
        known = await queries.known(db, company_id, came) is not None
        early = await matching.match(db, wiring, company_id, opened.message, told)
    if not known and early.verdict is not Verdict.ERASED:  # what no row names would stay in the storage for ever
        await wiring.storage.put(opened.envelope)
        await wiring.storage.put(opened.message.document)
    try:
        async with wiring.database.company(company_id) as db:
            return await _keep(db, wiring, company_id, came, opened, told, now=now)
    except ledger.errors.KeyRotated:
        raise Unavailable("The company's signing key was replaced this very moment; deliver again.") from None


def _came(opened: Opened) -> Came:
    message = opened.message
    return Came(
        received_id=new_id(),
        instance_id=message.instance_id,
        sender=message.sender.value,
        receiver=message.receiver.value,
        envelope_sha256=sha256(opened.envelope).hexdigest(),
        xml_sha256=sha256(message.document).hexdigest(),
        provider=opened.provider,
        reference=opened.reference[:200],
    )


async def _keep(
    db: AsyncConnection, wiring: Wiring, company_id: UUID, came: Came, opened: Opened, told: Read, *, now: datetime
) -> Receipt:
    await db.execute(_ONE_AT_A_TIME, {"company_id": company_id})
    known = await queries.known(db, company_id, came)
    if known is not None:
        if known.instance_id == came.instance_id and known.xml_sha256 != came.xml_sha256:
            raise InstanceReused(came.instance_id)
        return Receipt(known.id, duplicate=True)
    found = await matching.match(db, wiring, company_id, opened.message, told, lock=True)
    if found.verdict is Verdict.ERASED:
        await _forget(db, company_id, came, found, now=now)
    elif found.verdict is Verdict.BELIEVED:
        await _believe(db, wiring, company_id, came, opened, told, found, now=now)
    else:
        await _doubt(db, wiring, company_id, came, told, found, now=now)
    return Receipt(came.received_id, duplicate=False)


async def _believe(
    db: AsyncConnection,
    wiring: Wiring,
    company_id: UUID,
    came: Came,
    opened: Opened,
    told: Read,
    found: Match,
    *,
    now: datetime,
) -> None:
    document: Row[Any] = found.document
    response = told.readable
    outcome = words.OUTCOMES[response.code]
    reason = words.reason(response.clarifications, response.note)[:_LONGEST]
    at = min(told_at(_said_at(response)), now)
    await queries.keep(db, company_id, came, told, found.verdict, document_id=document.id, now=now)
    evidence = Told(
        **msgspec.structs.asdict(came),
        document_id=document.id,
        transmission_id=found.transmission_id,
        event_id=came.instance_id,
        outcome=outcome,
        at=at,
        reason=reason,
        report_sha256=came.xml_sha256,
        response_number=response.id,
        code=response.code,
        clarifications=response.clarifications,
        note=response.note,
        effective=response.effective,
        payment=response.payment,
        issued=response.issue_date,
    )
    stands = _stands(document, outcome, at)
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=document.id,
        to=outcome.value,
        actor=ACTOR,
        step=lifecycle.Step.LEARN,
        facts=Heard(
            response_id=came.received_id,
            sender=came.sender,
            code=response.code,
            reason=reason,
            next_step=words.next_step(response.code, response.clarifications),
            effective=response.effective.isoformat() if response.effective else "",
        ),
        entry=NewEntry(
            kind=Kind.STATUS,
            canonical=canonical.dumps(evidence),
            attached=opened.message.document,
            series=document.series,
            number=document.number,
            personal=document.id if document.personal else None,
        ),
        values={"buyer": outcome.value, "buyer_at": at, "buyer_reason": reason} if stands else {},
    )
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)


def _said_at(response: Response) -> datetime:
    """When the buyer said it, by their clock; of a day without a time, its beginning in the Emirates."""
    said = datetime.combine(response.issue_date, response.issue_time or time())
    return said if said.tzinfo else said.replace(tzinfo=EMIRATES)


def _stands(document: Row[Any], outcome: Outcome, at: datetime) -> bool:
    """Whether this word stands, whatever the order of arrival: of those that may be taken back the one said last."""
    present = Outcome(document.buyer) if document.buyer else None
    if present in _CHANGEABLE and outcome in _CHANGEABLE and document.buyer_at != at:
        return bool(at > document.buyer_at)
    return present is not outcome and stronger(present, outcome) is outcome


async def _doubt(
    db: AsyncConnection, wiring: Wiring, company_id: UUID, came: Came, told: Read, found: Match, *, now: datetime
) -> None:
    await queries.keep(db, company_id, came, told, found.verdict, why=found.why, now=now)
    doubted = Doubted(**msgspec.structs.asdict(came), verdict=found.verdict, why=found.why)
    entry = NewEntry(kind=Kind.STATUS, canonical=canonical.dumps(doubted))
    await store.append(db, company_id, [entry], now=now, keys=wiring.keys)
    number = told.response.number[:200] if told.response else None
    doubt = Doubt(sender=came.sender, number=number, verdict=found.verdict, reason=found.why)
    event = events.Event(
        kind=f"answer.{found.verdict}",
        subject_id=came.received_id,
        at=now,
        actor=ACTOR,
        facts=msgspec.Raw(msgspec.json.encode(doubt)),
    )
    await events.emit(db, company_id, event)


async def _forget(db: AsyncConnection, company_id: UUID, came: Came, found: Match, *, now: datetime) -> None:
    """Of an answer about an erased document only its digests stay: it may name the person."""
    nameless = msgspec.structs.replace(came, sender="", receiver="")
    empty = Read(response=None)
    await queries.keep(
        db, company_id, nameless, empty, found.verdict, document_id=found.document.id, why=found.why, now=now
    )
    job = msgspec.json.encode(RemoveJob((came.envelope_sha256, came.xml_sha256)))
    await jobqueue.enqueue(db, REMOVE, job, company_id=company_id, key=str(came.received_id))
