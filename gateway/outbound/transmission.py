"""An issued document as cargo of the outbox: what goes out, and what its states and the ledger say of it.

The order of things that keeps a document from being sent twice is the outbox's (`gateway.outbox`); here stands what is
about invoices: which states lead to sending, the envelope's content out of the sealed bytes, the evidence, and what
becomes of the document afterwards (`statuses.py` is told).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import lifecycle
from gateway.lifecycle import Intent
from gateway.outbound import following, queries
from gateway.outbound.models import MACHINE, documents, series
from gateway.outbound.routing import outgoing
from gateway.outbound.states import State
from gateway.outbox import Ending, Load, Tried, Underway
from gateway.wiring import Wiring
from ledger import canonical, store
from ledger.entry import Kind, NewEntry
from peppol.errors import PeppolError, Permanent, Precondition
from peppol.message import Message, Submission
from peppol.statuses import Outcome
from schemas import SchemasNotInstalled
from schemas.xmlsafe import XmlRefused
from ubl.errors import ReadError

ACTOR = "system:network"
REPLAYED = "system:replay"
_LARGE = 256 * 1024
"""Bytes of a document beyond which reading it leaves the event loop."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: corner 2 has the document."""

    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    account_id: UUID | None
    """The company's provider account; null is the installation's provider."""
    reference: str
    accepted_at: datetime
    answer_sha256: str
    """The provider's answer, kept in the storage."""
    tried: tuple[Tried, ...]
    """Every attempt of the order, the last one included, with the digest of its raw answer."""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: corner 2 surely doesn't have the document; or, where unknown, nobody knows."""

    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    account_id: UUID | None
    problem: str
    reason: str
    next_step: str
    attempts: int
    tried: tuple[Tried, ...]


class _Began(msgspec.Struct, frozen=True, kw_only=True):
    transmission_id: UUID
    provider: str
    account_id: UUID | None


class Documents:
    """See `gateway.outbox.Cargo`."""

    column = "document_id"

    async def load(
        self,
        wiring: Wiring,
        db: AsyncConnection,
        company_id: UUID,
        ids: Sequence[UUID],
        *,
        now: datetime,
    ) -> list[Load]:
        """Documents that are QUEUED or SENDING.

        The keys that sign the ledger are opened first: where no entry could be appended, nothing is sent, and the job
        comes back. Raises `LedgerError`, `CertsError`.
        """
        rows = [row for row in await locked_rows(db, company_id, ids) if row.state in {State.QUEUED, State.SENDING}]
        if not rows:
            return []
        await store.ledger_signers(db, company_id, wiring.keys)
        names = [(row.series, row.number) for row in rows]
        xmls = await queries.sealed_xmls(db, company_id, names, keys=wiring.keys)
        return [
            Load(
                id=row.id,
                fresh=row.state == State.QUEUED,
                ordered_at=row.queued_at,
                message=await _message(wiring, xml, row.xml_hash, now),
                series=row.series,
                content_sha256=row.xml_hash.hex(),
            )
            for row, xml in zip(rows, xmls, strict=True)
        ]

    async def locked(self, db: AsyncConnection, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
        """Those that are SENDING."""
        return {row.id: row for row in await locked_rows(db, company_id, ids) if row.state == State.SENDING}

    def begun(self, underway: Underway) -> Intent:
        """SENDING."""
        facts = _Began(
            transmission_id=underway.transmission_id, provider=underway.adapter, account_id=underway.account_id
        )
        return Intent(machine=MACHINE, document_id=underway.id, to=State.SENDING, actor=ACTOR, facts=facts)

    def accepted(
        self, row: Row[Any], underway: Underway, submission: Submission, *, answer_sha256: str, tried: tuple[Tried, ...]
    ) -> Intent:
        """SENT, with the evidence."""
        evidence = Sent(
            document_id=underway.id,
            transmission_id=underway.transmission_id,
            xml_sha256=underway.content_sha256,
            provider=underway.adapter,
            account_id=underway.account_id,
            reference=submission.reference,
            accepted_at=submission.accepted_at,
            answer_sha256=answer_sha256,
            tried=tried,
        )
        return Intent(
            machine=MACHINE,
            document_id=underway.id,
            to=State.SENT,
            actor=ACTOR,
            facts=evidence,
            entry=_entry(evidence, row),
            values={"sent_at": submission.accepted_at},
        )

    async def taken(self, db: AsyncConnection, company_id: UUID, keys: Sequence[UUID], *, now: datetime) -> None:
        """The provider is asked for news, soon and later."""
        await following.begin(db, company_id, keys, now=now)

    def ended(self, row: Row[Any], underway: Underway, ending: Ending, *, now: datetime) -> Intent:
        """FAILED where it surely isn't there; where nobody knows it stays SENDING, and the ledger says so."""
        fact = Failed(
            document_id=underway.id,
            transmission_id=underway.transmission_id,
            xml_sha256=underway.content_sha256,
            provider=underway.adapter,
            account_id=underway.account_id,
            problem=ending.problem,
            reason=ending.reason,
            next_step=ending.next_step,
            attempts=len(ending.tried),
            tried=ending.tried,
        )
        if ending.unknown:
            return Intent(
                machine=MACHINE,
                document_id=underway.id,
                to="unresolved",
                actor=ACTOR,
                step=lifecycle.Step.LEARN,
                facts=fact,
                entry=_entry(fact, row),
            )
        return Intent(
            machine=MACHINE,
            document_id=underway.id,
            to=State.FAILED,
            actor=ACTOR,
            facts=fact,
            entry=_entry(fact, row),
            values={"failed_at": now, "failure": f"{ending.reason} {ending.next_step}"},
        )


DOCUMENTS = Documents()


async def order_again(wiring: Wiring, company_id: UUID, document_id: UUID, *, now: datetime) -> None:
    """A person replays the job of a document whose order had FAILED: it is QUEUED once more.

    Nothing happens to one that others say has arrived, or that is erased or in any other state.
    """
    async with wiring.database.company(company_id) as db:
        rows = [row for row in await locked_rows(db, company_id, [document_id]) if row.state == State.FAILED]
        if not rows or arrived(rows[0]) or rows[0].erased_at is not None:
            return
        intent = Intent(
            machine=MACHINE,
            document_id=document_id,
            to=State.QUEUED,
            actor=REPLAYED,
            values={"queued_at": now, "queued_by": REPLAYED},
        )
        await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)


def arrived(row: Row[Any]) -> bool:
    """Others know better than our own state: it is there, and is never sent a second time."""
    return row.c3 in {Outcome.DELIVERED, Outcome.REFUSED} or row.buyer is not None


_COLUMNS = ("id", "state", "number", "personal", "xml_hash", "queued_at", "erased_at", "c3", "buyer")


async def locked_rows(db: AsyncConnection, company_id: UUID, ids: Sequence[UUID]) -> list[Row[Any]]:
    """What sending has to know of documents, their rows locked in the order of their ids."""
    query = (
        select(*(documents.c[name] for name in _COLUMNS), series.c.name.label("series"))
        .join(series, (series.c.company_id == documents.c.company_id) & (series.c.id == documents.c.series_id))
        .where(documents.c.company_id == company_id, documents.c.id.in_(ids))
        .order_by(documents.c.id)
        .with_for_update(key_share=True, of=documents)
    )
    return list(await db.execute(query))


def _entry(evidence: Sent | Failed, row: Row[Any]) -> NewEntry:
    return NewEntry(
        kind=Kind.TRANSMISSION,
        canonical=canonical.dumps(evidence),
        series=row.series,
        number=row.number,
        personal=row.id if row.personal else None,
    )


async def _message(wiring: Wiring, xml: bytes, sealed: bytes, now: datetime) -> Message | PeppolError:
    """The message of these bytes, if they are what was sealed and may leave; large ones off the event loop."""
    if len(xml) > _LARGE:
        return await asyncio.get_running_loop().run_in_executor(wiring.executor, _judged, xml, sealed, now)
    return _judged(xml, sealed, now)


def _judged(xml: bytes, sealed: bytes, now: datetime) -> Message | PeppolError:
    if sha256(xml).digest() != sealed:
        return Precondition("The ledger's bytes aren't those that were sealed: verify the ledger before anything else")
    try:
        return outgoing(xml, created_at=now)
    except SchemasNotInstalled as error:
        return Precondition(f"The document can't be checked before it leaves: {error}")
    except (XmlRefused, ReadError) as error:
        return Permanent(f"The sealed document can't be read any more: {error}")
    except PeppolError as error:
        return error
