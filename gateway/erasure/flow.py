"""Erase a document's content, hold records, choose for how long they are kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from gateway import events, jobqueue
from gateway.access.call import Call
from gateway.bundles import queries as bundles
from gateway.bundles.jobs import EXPIRE, BundleJob
from gateway.db import new_id
from gateway.erasure import queries
from gateway.erasure.errors import (
    HoldLifted,
    HoldNotFound,
    NamesThePerson,
    NothingToErase,
    OnItsWay,
    StillKept,
    TooShort,
)
from gateway.erasure.models import (
    Erasure,
    Ground,
    Hold,
    HoldChange,
    Policies,
    Retention,
    RetentionChange,
    Term,
)
from gateway.outbound import queries as outbound
from gateway.outbound.errors import NotSealed
from gateway.outbound.states import State
from gateway.periods.calendar import today
from gateway.webhooks import queries as webhooks
from ledger import canonical, store
from ledger.entry import Kind, NewEntry

REMOVE = "erasure.remove"
"""The job that removes objects from the storage; its payload is a `RemoveJob`."""


class RemoveJob(msgspec.Struct, frozen=True):
    """Objects that told of an erased document."""

    digests: tuple[str, ...]


class Told(msgspec.Struct, frozen=True):
    """What the timeline says of an erasure."""

    reason: str


async def erase(call: Call, document_id: UUID, *, reason: str) -> Term:
    """Destroy the content of a document about a natural person; entry, hashes, seal and place stay.

    In one transaction: the entry that says so, the content key, every copy in the tables. Jobs remove the objects, and
    bundles that hold the document and are still kept for download.
    Raises DocumentNotFound, NotSealed, NothingToErase, OnItsWay, StillKept, NamesThePerson.
    """
    db, company_id = call.db, call.company_id
    row = await outbound.one(db, company_id, document_id, lock=True)
    term = await term_of(call, document_id)
    if not term.personal or term.erased_at is not None:
        why = "is erased already" if term.erased_at is not None else "is about an organisation, not a natural person"
        raise NothingToErase(f"Document {document_id} {why}.")
    if row.state in {State.QUEUED, State.SENDING}:
        raise OnItsWay(document_id)
    if term.held or today(call.now) <= term.kept_until:
        raise StillKept(possible_from=term.kept_until + timedelta(days=1), held=term.held, why=term.source)
    if row.buyer_name and row.buyer_name.casefold() in reason.casefold():
        raise NamesThePerson
    about = await store.timeline(db, company_id, row.series, row.number)
    fact = Erasure(
        document_id=document_id,
        seqs=tuple(record.seq for record in about if record.apart),
        erased_by=call.principal.actor,
        reason=reason,
        record_class=term.record_class,
        years=term.years,
        extension=term.extension,
        kept_until=term.kept_until,
    )
    seq = await _append(call, Kind.ERASURE, fact, series=row.series, number=row.number)
    digests = await queries.erase(db, document_id, seq)
    await webhooks.forget_answers(db, company_id, document_id)
    await _tell(call, "invoice.erased", document_id, Told(reason))
    for bundle_id in await bundles.end_now(db, company_id, fact.seqs, now=call.now):
        job = msgspec.json.encode(BundleJob(bundle_id=bundle_id))
        await jobqueue.enqueue(db, EXPIRE, job, company_id=company_id, key=f"{bundle_id} {document_id}")
    if digests:
        job = msgspec.json.encode(RemoveJob(tuple(digests)))
        await jobqueue.enqueue(db, REMOVE, job, company_id=company_id, key=str(document_id))
    return await term_of(call, document_id)


async def term_of(call: Call, document_id: UUID) -> Term:
    """For how long a document is kept. Raises DocumentNotFound, NotSealed."""
    term = await queries.term(call.db, call.company_id, document_id)
    if term is None:
        await outbound.one(call.db, call.company_id, document_id)
        raise NotSealed(document_id)
    return term


async def lay(call: Call, *, document_id: UUID | None, ground: Ground, reason: str) -> Hold:
    """Hold one document, or all of the company's. Raises DocumentNotFound, NotSealed."""
    if document_id is not None:
        await outbound.one(call.db, call.company_id, document_id, lock=True)
        await term_of(call, document_id)
    hold_id, by = new_id(), call.principal.actor
    change = HoldChange(what="hold.laid", hold_id=hold_id, document_id=document_id, ground=ground, by=by, reason=reason)
    seq = await _append(call, Kind.RETENTION, change)
    laid = Hold(
        id=hold_id,
        document_id=document_id,
        ground=ground,
        reason=reason,
        laid_at=call.now,
        laid_by=by,
        laid_seq=seq,
        lifted_at=None,
        lifted_by=None,
        lifted_seq=None,
    )
    await queries.lay(call.db, call.company_id, laid)
    await _tell(call, "records.hold_laid", document_id or call.company_id, change)
    return laid


async def lift(call: Call, hold_id: UUID, *, reason: str) -> Hold:
    """End a hold; what it added to the term stays. Raises HoldNotFound, HoldLifted."""
    held = await queries.hold(call.db, call.company_id, hold_id)
    if held is None:
        raise HoldNotFound(hold_id)
    if held.lifted_at is not None:
        raise HoldLifted(hold_id)
    by = call.principal.actor
    change = HoldChange(
        what="hold.lifted", hold_id=hold_id, document_id=held.document_id, ground=held.ground, by=by, reason=reason
    )
    seq = await _append(call, Kind.RETENTION, change)
    await queries.lift(call.db, call.company_id, hold_id, by=by, seq=seq, now=call.now)
    await _tell(call, "records.hold_lifted", held.document_id or call.company_id, change)
    return msgspec.structs.replace(held, lifted_at=call.now, lifted_by=by, lifted_seq=seq)


async def policies(call: Call) -> Policies:
    """The law's terms, and the company's choice."""
    return Policies(
        policies=tuple(await queries.policies(call.db)), chosen=await queries.chosen(call.db, call.company_id)
    )


async def choose(call: Call, wanted: Retention) -> Retention:
    """Keep records for as long as the law asks, or longer. Raises TooShort."""
    law = next(each for each in await queries.policies(call.db) if each.record_class == wanted.record_class)
    if wanted.years < law.years:
        raise TooShort(wanted.record_class, law.years)
    before = await queries.chosen(call.db, call.company_id)
    await queries.choose(call.db, call.company_id, wanted, by=call.principal.actor, now=call.now)
    change = RetentionChange(before=before, after=wanted, by=call.principal.actor)
    await _append(call, Kind.RETENTION, change)
    await _tell(call, "records.retention_chosen", call.company_id, change)
    return wanted


async def _append(call: Call, kind: Kind, fact: msgspec.Struct, *, series: str = "", number: str = "") -> int:
    entry = NewEntry(kind=kind, canonical=canonical.dumps(fact), series=series, number=number)
    (appended,) = await store.append(call.db, call.company_id, [entry], now=call.now, keys=call.wiring.keys)
    return appended.seq


async def _tell(call: Call, kind: str, subject: UUID, fact: msgspec.Struct) -> None:
    facts = msgspec.Raw(msgspec.json.encode(fact))
    event = events.Event(kind=kind, subject_id=subject, at=call.now, actor=call.principal.actor, facts=facts)
    await events.emit(call.db, call.company_id, event)
