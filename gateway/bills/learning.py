"""What the corrections of an accepted bill teach about its supplier's documents: where the right values stand."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.bills import evidence, queries
from gateway.bills.as_read import Read, Value
from gateway.bills.changes import Changed
from gateway.bills.evidence import Corrected
from gateway.suppliers import flow as suppliers
from gateway.suppliers.flow import Learned
from gateway.wiring import Wiring
from ingestion.document import Box, Evidence, Extraction, Reading, Source, Term, Transcript
from ingestion.document import Kind as DocumentKind
from ingestion.document import Value as Plain
from ingestion.extract import learn
from ledger import store
from ledger.entry import Kind

_TERMS = frozenset(term.value for term in Term)
_DATES = frozenset({Term.ISSUE_DATE, Term.DUE_DATE})
_AMOUNTS = frozenset({Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE})


async def learn_from(wiring: Wiring, company_id: UUID, bill_id: UUID, *, now: datetime) -> None:
    """Teach the supplier's anchors what people put right in this bill, where they showed the place."""
    async with wiring.database.company(company_id) as db:
        row = await queries.one(db, company_id, bill_id)
        read, rounds = await history(db, company_id, bill_id)
    placed = {
        Term(change.term): change
        for each in rounds
        for change in each.changes
        if change.line is None and change.term in _TERMS and change.page and change.box and change.now is not None
    }
    if not placed or read is None or row.supplier_id is None or row.transcript_sha256 is None:
        return
    transcript = msgspec.json.decode(await wiring.storage.get(row.transcript_sha256), type=Transcript)
    before = _extraction(read, {})
    corrected = _extraction(read, placed)
    anchors = await asyncio.to_thread(learn, transcript, before, corrected)
    if not anchors:
        return
    learned = Learned(anchors=anchors, by=rounds[-1].corrected_by, bill_id=bill_id, at=now)
    async with wiring.database.company(company_id) as db:
        await suppliers.learn(db, company_id, row.supplier_id, learned)


async def history(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> tuple[Read | None, tuple[Corrected, ...]]:
    """The latest reading by the machine, and the rounds of corrections after it, from the ledger."""
    read: Read | None = None
    rounds: list[Corrected] = []
    for record in await store.timeline(db, company_id, evidence.SERIES, str(bill_id)):
        raw = bytes(record.canonical or b"")
        if record.kind == Kind.READING and b'"disagreements":' in raw and b'"accepted_by":' not in raw:
            read, rounds = msgspec.json.decode(raw, type=Read), []
        elif record.kind == Kind.CORRECTION and b'"corrected_by":' in raw:
            rounds.append(msgspec.json.decode(raw, type=Corrected))
    return read, tuple(rounds)


def _extraction(read: Read, placed: dict[Term, Changed]) -> Extraction:
    header = {Term(value.term): _reading(value) for value in read.reading.header}
    for term, change in placed.items():
        box = Box(*map(float, change.box or ()))
        found = Evidence(source=Source.TEXT, engine="person", text=change.now or "", page=change.page, box=box)
        header[term] = Reading(_plain(term, change.now or ""), (found,), 1.0)
    return Extraction(kind=DocumentKind(read.reading.kind), header=header, extractor=read.reading.extractor)


def _reading(value: Value) -> Reading:
    return Reading(_plain(Term(value.term), value.value), (), float(value.confidence))


def _plain(term: Term, text: str) -> Plain:
    if term in _DATES:
        return date.fromisoformat(text)
    return Decimal(text) if term in _AMOUNTS else text
