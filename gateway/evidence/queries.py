"""What belongs to one document: its entries in the ledger, and its way through the network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import store
from ledger.entry import DOCUMENTS
from ledger.errors import LedgerMissing
from ledger.record import Checkpoint, Record

_NUMBERED = text(
    "select seq from ledger_entries where company_id = :company_id and series = :series and number = :number "
    "and number <> '' and left(number, 200) = left(:number, 200) and left(series, 200) = left(:series, 200) "
    "order by seq"  # as indexed
)
# What can't be read has no number, and nothing finds it quickly: all of the company's entries are passed over.
_UNNUMBERED = text(
    "select seq from ledger_entries where company_id = :company_id and series = :series and number = '' order by seq"
)
_CHECKPOINT = text(
    "select company_id, size, root, note, at_us from ledger_checkpoints "
    "where company_id = :company_id and size > :seq order by size limit 1"
)
_WAYS = text("""
    select t.id, t.document_id, t.response_id, t.account_id, t.provider, t.begun_at, t.reference, t.accepted_at,
           t.evidence_sha256 as answer_sha256, t.problem, t.reason
    from transmissions t
    where t.company_id = :company_id and (t.document_id = :document_id or t.response_id in (
        select r.id from sent_responses r where r.company_id = :company_id and r.document_id = :document_id))
    order by t.begun_at, t.id
""")
_ATTEMPTS = text("""
    select number, account_id, adapter, begun_at, ended_at, outcome, reason, answer_sha256, next_at
    from transmission_attempts where company_id = :company_id and transmission_id = :id order by number
""")
_REPORTS = text("""
    select event_id, outcome, at, reason, recorded_at, evidence_sha256 as report_sha256
    from transmission_events where company_id = :company_id and transmission_id = :id order by recorded_at, event_id
""")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The document that a package is about."""

    id: UUID
    direction: Literal["issued", "received"]
    number: str
    series: str
    """As its entries name it."""
    xml_sha256: str
    """Of a received document: tells it from others of the same sender and number."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One call to a provider."""

    number: int
    account_id: UUID | None
    adapter: str
    begun_at: datetime
    ended_at: datetime | None
    outcome: str | None
    reason: str | None
    answer_sha256: str | None
    next_at: datetime | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said of it afterwards; weaker words than those before are in no entry, yet here."""

    event_id: str
    outcome: str
    at: datetime
    reason: str
    recorded_at: datetime
    report_sha256: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How the document, or our response to it, went out."""

    id: UUID
    document_id: UUID | None
    response_id: UUID | None
    account_id: UUID | None
    provider: str
    begun_at: datetime
    reference: str | None
    accepted_at: datetime | None
    answer_sha256: str | None
    problem: str | None
    reason: str | None
    attempts: tuple[Attempt, ...] = ()
    reports: tuple[Report, ...] = ()


async def seqs(db: AsyncConnection, company_id: UUID, subject: Subject) -> list[int]:
    """Entries under the document's series and number, in order."""
    given = {"company_id": company_id, "series": subject.series}
    if not subject.number:
        return list((await db.execute(_UNNUMBERED, given)).scalars())
    return list((await db.execute(_NUMBERED, given | {"number": subject.number})).scalars())


async def records(db: AsyncConnection, company_id: UUID, subject: Subject, *, keys: Any) -> AsyncIterator[Record]:
    """The entries about the document, in order of seq, one in memory at a time. Raises `CertsError`."""
    for seq in await seqs(db, company_id, subject):
        record = await store.record(db, company_id, seq, keys=keys)
        if _is_about(record, subject):
            yield record


def _is_about(record: Record, subject: Subject) -> bool:
    """A number of ours is used once; two documents of a sender may bear the same one, or none."""
    if subject.direction == "issued":
        return True
    if record.kind in DOCUMENTS:
        return record.body[-72:-40].hex() == subject.xml_sha256
    named = msgspec.json.decode(record.canonical or b"{}")
    return isinstance(named, dict) and named.get("document_id") == str(subject.id)


async def checkpoint(db: AsyncConnection, company_id: UUID, seq: int) -> Checkpoint:
    """The first checkpoint that counts this entry, so that a package only changes with its document."""
    row = (await db.execute(_CHECKPOINT, {"company_id": company_id, "seq": seq})).one_or_none()
    if row is None:
        raise LedgerMissing(f"the ledger of company {company_id} has no checkpoint behind entry {seq}")
    return Checkpoint(**row._mapping)


async def ways(db: AsyncConnection, company_id: UUID, document_id: UUID) -> tuple[Way, ...]:
    """Every transmission of the document and of our responses to it, oldest first."""
    given = {"company_id": company_id, "document_id": document_id}
    found = list[Way]()
    for row in (await db.execute(_WAYS, given)).all():
        mine = {"company_id": company_id, "id": row.id}
        attempts = tuple(Attempt(**_of(one)) for one in await db.execute(_ATTEMPTS, mine))
        reports = tuple(Report(**_of(one)) for one in await db.execute(_REPORTS, mine))
        found.append(Way(**_of(row), attempts=attempts, reports=reports))
    return tuple(found)


def _of(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)
