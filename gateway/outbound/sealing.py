"""Finalize: number, write, check those very bytes, sign, and put into the ledger, in one transaction.

Locks are taken in the order draft, series, credited invoices, ledger head; writing, checking and signing happen before
the head is taken. Whatever fails gives everything back, the number too. From the commit on the bytes never change.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import insert

from gateway import lifecycle
from gateway.access.call import Call
from gateway.outbound import judgement, numbering, queries, rules
from gateway.outbound.drafting import apart, business_key, demand_draft, described
from gateway.outbound.errors import InvalidDocument
from gateway.outbound.judgement import Sealable
from gateway.outbound.models import MACHINE, credited_amounts
from gateway.outbound.rules import Credit
from gateway.outbound.states import State
from ledger import envelope, store
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a sealing."""

    number: str
    xml_sha256: str


async def finalize(call: Call, document_id: UUID, *, version: int | None = None) -> None:
    """Seal a draft for ever.

    Raises DocumentNotFound, NotADraft, StaleDraft, InvalidDocument (with every finding), NumberTaken, and LedgerBusy
    where the company's key was replaced this very moment: send the request again.
    """
    row = await queries.take_for_sealing(call.db, call.company_id, document_id)
    demand_draft(row, version)
    posted = await apart(call, partial(judgement.from_store, row.body, row.posted_xml))
    number = None if row.counter is None else numbering.written(row.prefix, row.digits, row.counter)
    ready = await apart(call, partial(judgement.prepare, posted, number=number, document_id=document_id))
    findings, credits = await rules.check(
        call.db,
        call.company_id,
        ready.judgement.invoice,
        await queries.issuer(call.db, call.company_id),
        given=posted.invoice.number,
        assigned=row.counter is not None,
        external=row.external_reference,
        lock=True,
    )
    judged = ready.judgement.plus(findings)
    if not judged.valid:
        raise InvalidDocument(judged.placed(posted).findings)
    entry = await _entry(call, ready, series=row.series)
    if credits:
        await call.db.execute(insert(credited_amounts), [_credited(call, document_id, credit) for credit in credits])
    digest = sha256(ready.xml)
    with business_key(entry.number):
        intent = lifecycle.Intent(
            machine=MACHINE,
            document_id=document_id,
            to=State.FINALIZED,
            actor=call.principal.actor,
            facts=Sealed(number=entry.number, xml_sha256=digest.hexdigest()),
            entry=entry,
            values={
                **described(ready.judgement),
                "number": entry.number,
                "body": msgspec.json.encode(ready.judgement.invoice),
                "sealed_at": call.now,
                "sealed_by": call.principal.actor,
                "xml_hash": digest.digest(),
                "changed_at": call.now,
            },
        )
        await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def _entry(call: Call, ready: Sealable, *, series: str) -> NewEntry:
    invoice, verdict = ready.judgement.invoice, ready.judgement
    canonical = envelope.wrap(
        invoice, generator=ready.generator, ruleset=verdict.ruleset, ruleset_digest=verdict.digest
    )
    signer = await store.current_signer(call.db, call.company_id, call.wiring.keys)
    (seal,) = await make_seals(signer, [(canonical, ready.xml)], call.wiring.executor)
    return NewEntry(
        kind=Kind.CREDIT_NOTE if invoice.is_credit_note else Kind.INVOICE,
        canonical=canonical,
        attached=ready.xml,
        series=series,
        number=invoice.number or "",
        seal=seal,
    )


def _credited(call: Call, document_id: UUID, credit: Credit) -> dict[str, object]:
    return {
        "company_id": call.company_id,
        "credit_note_id": document_id,
        "invoice_id": credit.invoice_id,
        "amount": credit.amount,
    }
