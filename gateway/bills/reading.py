"""Read a bill's file in the background: every value with its evidence into the ledger, or the reason why not.

    begin (count the attempt) -> original from the storage -> ingestion.read in a thread -> one transaction:
    transcript noted, READING entry, READ | NEEDS_REVIEW | FAILED, further documents of the file, the match ordered

Killed anywhere, the job runs again and begins anew; a bill that was read meanwhile, or ordered again, is left alone.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import lifecycle
from gateway.bills import as_read, budget, evidence, fields, flow, policy, progress, queries
from gateway.bills.flow import Said
from gateway.bills.hall import beginning
from gateway.bills.models import MACHINE
from gateway.bills.progress import ACTOR
from gateway.bills.states import State
from gateway.companies import queries as companies
from gateway.companies.profile import Profile
from gateway.db import new_id
from gateway.jobqueue import Temporary
from gateway.storage import ObjectDamaged, ObjectMissing
from gateway.suppliers import queries as suppliers
from gateway.wiring import Wiring
from ingestion.confidence import Addressee
from ingestion.detect import detect
from ingestion.document import Transcript
from ingestion.errors import Refused, Unavailable
from ingestion.extract import Supplier
from ingestion.read import ReadDocument, ReadFile, read
from ledger.entry import Kind
from ledger.periods import EMIRATES

MOST_ATTEMPTS = 10
"""Fewer than the job's own, so that a file which ends its worker every time is told of as such."""

_GONE = "The stored original isn't there any more, or isn't what was put there; an operator must restore it."
_BROKEN_OFF = (
    f"Reading broke off {MOST_ATTEMPTS} times. Enter the bill anew from a better copy, or have an operator look "
    "why and read it again."
)
_NO_PART = "The file holds fewer documents than when it was read before."


class _Begun(msgspec.Struct, frozen=True, kw_only=True):
    row: Any
    known: tuple[Supplier, ...]
    standing: policy.Standing
    own: Addressee


async def read_bill(wiring: Wiring, company_id: UUID, bill_id: UUID, *, now: datetime) -> None:
    """Read one bill that waits to be read. Raises Temporary where nothing is wrong with the file."""
    begun = await _begin(wiring, company_id, bill_id, now=now)
    if begun is None:
        return
    row = begun.row
    try:
        data = await wiring.storage.get(row.sha256)
        file = await _read(wiring, company_id, data, begun, now=now)
    except (ObjectMissing, ObjectDamaged):
        await _fail(wiring, company_id, row, "original_missing", _GONE, now=now)
        return
    except Refused as refused:
        await _fail(wiring, company_id, row, refused.code, str(refused), now=now)
        return
    except Unavailable as unavailable:
        if row.attempts < MOST_ATTEMPTS:
            raise Temporary(str(unavailable)) from unavailable
        await _fail(wiring, company_id, row, "unavailable", str(unavailable), now=now)
        return
    transcript = None
    if file.transcript.pages:
        transcript = await wiring.storage.put(_spelled(file.transcript))
    async with wiring.database.company(company_id) as db:
        await record_extraction(db, wiring, company_id, row, file, transcript=transcript, now=now)


async def record_extraction(
    db: AsyncConnection,
    wiring: Wiring,
    company_id: UUID,
    begun: Row[Any],
    file: ReadFile,
    *,
    transcript: str | None,
    now: datetime,
) -> None:
    """Write down what a file held. `begun`: the bill as it stood when its reading began; if it isn't as it was any
    more, somebody else has read, discarded or ordered it anew, and nothing is written."""
    present = await queries.parts(db, company_id, begun.file_id)
    row = await queries.one(db, company_id, begun.id, lock=True)
    if row.state != State.RECEIVED or row.version != begun.version:
        return
    if transcript is not None:
        await queries.keep_transcript(db, company_id, row.file_id, transcript)
    intents: list[lifecycle.Intent] = []
    if row.part > len(file.documents):
        intents.append(_failed(row, "part_gone", _NO_PART))
    for part, document in enumerate(file.documents, 1):
        bill_id = row.id if part == row.part else new_id()
        if part != row.part and part in present:
            continue  # read by a job of its own
        if part != row.part:
            intents.append(_further(row, bill_id, part, file))
        intents.append(await _read_as(db, company_id, bill_id, part, file, document, transcript, now=now))
        if intents[-1].to == State.READ:
            await flow.order_match(db, company_id, bill_id)
    await lifecycle.advance(db, intents, company_id=company_id, now=now, keys=wiring.keys)


async def _begin(wiring: Wiring, company_id: UUID, bill_id: UUID, *, now: datetime) -> _Begun | None:
    async with wiring.database.company(company_id) as db:
        row = await queries.begin_attempt(db, company_id, bill_id)
        if row is None:
            return None
        if row.attempts > MOST_ATTEMPTS:
            intent = _failed(row, "broken_off", _BROKEN_OFF)
            await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)
            return None
        await progress.tell(db, company_id, row.id, progress.Processing(attempt=row.attempts, page=0, pages=0), now=now)
        return _Begun(
            row=row,
            known=await suppliers.known(db, company_id),
            standing=await policy.current(db, company_id),
            own=addressee(await companies.profile(db)),
        )


async def _read(wiring: Wiring, company_id: UUID, data: bytes, begun: _Begun, *, now: datetime) -> ReadFile:
    row = begun.row
    async with progress.following(wiring, company_id, row.id, attempt=row.attempts, now=now) as done:
        return await asyncio.to_thread(
            read,
            data,
            detect(data, name=row.name, bounds=wiring.reader.bounds),
            begun.known,
            wiring.reader,
            today=now.astimezone(EMIRATES).date(),
            own=begun.own,
            thresholds=begun.standing.policy.reading,
            llm=budget.model_for(wiring, company_id, now=now),
            progress=done,
        )


async def _read_as(
    db: AsyncConnection,
    company_id: UUID,
    bill_id: UUID,
    part: int,
    file: ReadFile,
    document: ReadDocument,
    transcript: str | None,
    *,
    now: datetime,
) -> lifecycle.Intent:
    standing = fields.of(document.extraction, document.invoice)
    entry = evidence.entry(
        Kind.READING, as_read.read(bill_id, part, file, document, transcript=transcript, now=now)
    )  # fmt: skip
    reasons = tuple(reason.value for reason in document.confidence.reasons)
    missing = tuple(finding.rule for finding in fields.check(standing) if finding.severity == "fatal")
    accepted = document.confidence.acceptable and not missing
    return lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.READ if accepted else State.NEEDS_REVIEW,
        actor=ACTOR,
        facts=flow.outcome(standing, reasons),
        entry=entry,
        values={
            **flow.columns(standing),
            "supplier_id": await flow.supplier_of(db, company_id, standing),
            "pages": list(document.pages),
            "confidence": document.confidence.score,
            "reasons": list(reasons),
            "reading_sha256": evidence.digest(entry),
            "read_at": now,
            "reviewed_by": None,
            "reviewed_at": None,
        },
    )


def _further(row: Row[Any], bill_id: UUID, part: int, file: ReadFile) -> lifecycle.Intent:
    """Another document of the same file begins its life."""
    arrival = evidence.Arrival(
        bill_id=bill_id, file_id=row.file_id, part=part, sha256=row.sha256, size=row.size, media_type=row.media_type,
        claimed_type="", name=row.name, contradictions=(), door=row.door, sent_by=row.sent_by,
        received_at=row.received_at, facts={"documents": str(len(file.documents))},
    )  # fmt: skip
    return lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=MACHINE.initial,
        actor=ACTOR,
        step=lifecycle.Step.BEGIN,
        entry=evidence.entry(Kind.BILL, arrival),
        values=beginning(row.file_id, part, makers=list(row.makers), now=row.received_at) | {"attempts": row.attempts},
    )


async def _fail(wiring: Wiring, company_id: UUID, begun: Row[Any], code: str, message: str, *, now: datetime) -> None:
    """It can't be read, and why; unless somebody has done something else with it meanwhile."""
    async with wiring.database.company(company_id) as db:
        row = await queries.one(db, company_id, begun.id, lock=True)
        if row.state == State.RECEIVED and row.version == begun.version:
            intent = _failed(row, code, message)
            await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)


def _spelled(transcript: Transcript) -> bytes:
    """As JSON, which has no place for the half characters that a broken font gives."""
    try:
        return msgspec.json.encode(transcript)
    except UnicodeEncodeError:
        pages = tuple(
            msgspec.structs.replace(
                page, words=tuple(msgspec.structs.replace(word, text=fields.tidy(word.text)) for word in page.words)
            )
            for page in transcript.pages
        )
        return msgspec.json.encode(msgspec.structs.replace(transcript, pages=pages))


def _failed(row: Row[Any], code: str, message: str) -> lifecycle.Intent:
    message = fields.tidy(message)
    return lifecycle.Intent(
        machine=MACHINE,
        document_id=row.id,
        to=State.FAILED,
        actor=ACTOR,
        facts=Said(reason=message, code=code),
        values={"failure_code": code, "failure": message},
    )


def addressee(profile: Profile) -> Addressee:
    """Whom bills of this company are addressed to."""
    names = (profile.legal_name, profile.legal_name_arabic, profile.trade_name)
    return Addressee(
        names=tuple(name for name in names if name), tax_ids=tuple(each for each in (profile.trn, profile.tin) if each)
    )  # fmt: skip
