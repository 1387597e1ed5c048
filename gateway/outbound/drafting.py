"""Drafts: make, change, throw away. Nothing of this is in the ledger, and nothing of it is lawful yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Row, delete
from sqlalchemy.exc import IntegrityError

import ledger.errors
from gateway import lifecycle
from gateway.access.call import Call
from gateway.db import new_id
from gateway.outbound import judgement, numbering, patch, queries, rules
from gateway.outbound.deadline import transmit_by
from gateway.outbound.errors import KeptAsPosted, NotADraft, NumberTaken, StaleDraft
from gateway.outbound.judgement import Findings, Judgement, Posted
from gateway.outbound.models import MACHINE, documents
from gateway.outbound.numbering import Numbering, Series
from gateway.outbound.routing import is_predefined
from gateway.outbound.states import State

T = TypeVar("T")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check without storing says."""

    valid: bool
    ruleset: str
    digest: str
    """SHA-256 (hex) of the rule set: equal digests mean equal verdicts."""
    findings: Findings


async def validate(call: Call, posted: Posted, *, external: bool) -> Verdict:
    """Check and store nothing. The law decides `valid`; what only this company's drafting minds comes as a warning."""
    judged = await apart(call, partial(judgement.judge, posted, number=None, document_id=new_id()))
    given = posted.invoice.number
    house, _ = await rules.check(
        call.db,
        call.company_id,
        judged.invoice,
        await queries.issuer(call.db, call.company_id),
        given=given,
        assigned=given is None,
        external=external,
    )
    judged = judged.plus(msgspec.structs.replace(finding, severity="warning") for finding in house).placed(posted)
    return Verdict(valid=judged.valid, ruleset=judged.ruleset, digest=judged.digest, findings=judged.findings)


async def draft(call: Call, posted: Posted, *, series: str | None, external: bool) -> UUID:
    """Store a decodable document with its findings.

    `series`: its name; None: the default one for documents with or without a number. `external`: a credit note may name
    invoices that were issued in another system. Raises NumberTaken, SeriesNotFound, SeriesRefused.
    """
    assigned = posted.xml is None and posted.invoice.number is None
    needed = Numbering.ASSIGNED if assigned else Numbering.GIVEN
    chosen = await numbering.choose(call.db, call.company_id, series, needed, actor=call.principal.actor, now=call.now)
    return await store(call, posted, chosen, external=external)


async def store(call: Call, posted: Posted, series: Series, *, external: bool) -> UUID:
    """Store a draft in a series; a document of a `given` series may still lack its number. Raises like `draft`."""
    document_id = new_id()
    judged = await _assess(call, posted, series, document_id, external=external)
    row = {
        **described(judged),
        "series_id": series.id,
        "number": await _free_number(call, posted, judged, series, document_id),
        "body": posted.body,
        "posted_xml": posted.xml,
        "external_reference": external,
        "makers": [call.principal.user_id],
        "created_at": call.now,
        "created_by": call.principal.actor,
        "changed_at": call.now,
    }
    with business_key(posted.invoice.number):
        intent = lifecycle.Intent(
            machine=MACHINE,
            document_id=document_id,
            to=MACHINE.initial,
            actor=call.principal.actor,
            step=lifecycle.Step.BEGIN,
            values=row,
        )
        await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    return document_id


async def change(call: Call, document_id: UUID, merge_patch: bytes, *, version: int) -> None:
    """Apply a JSON merge patch (RFC 7396) to a draft.

    Raises StaleDraft, NotADraft, KeptAsPosted, Malformed, Invalid, NumberTaken, SeriesRefused.
    """
    row = await _locked_draft(call, document_id, version)
    if row.posted_xml is not None:
        raise KeptAsPosted
    posted = await apart(call, lambda: judgement.from_json(patch.merge(row.body, merge_patch)))
    series = await numbering.find(call.db, call.company_id, row.series)
    if series.numbering is Numbering.ASSIGNED and posted.invoice.number is not None:
        raise numbering.refusal(series)
    judged = await _assess(call, posted, series, document_id, external=row.external_reference)
    me = call.principal.user_id
    values = {
        **described(judged),
        "number": await _free_number(call, posted, judged, series, document_id),
        "body": posted.body,
        "makers": row.makers if me in row.makers else [*row.makers, me],
        "changed_at": call.now,
    }
    with business_key(posted.invoice.number):
        intent = lifecycle.Intent(
            machine=MACHINE,
            document_id=document_id,
            to="edited",
            actor=call.principal.actor,
            step=lifecycle.Step.LEARN,
            values=values,
        )
        await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def discard(call: Call, document_id: UUID, *, version: int) -> None:
    """Throw a draft away for good; a number it had given itself is free again. Raises StaleDraft, NotADraft."""
    await _locked_draft(call, document_id, version)
    await call.db.execute(
        delete(documents).where(
            documents.c.company_id == call.company_id, documents.c.id == document_id, documents.c.state == State.DRAFT
        )
    )


def demand_draft(row: Row[Any], version: int | None) -> None:
    """Raise NotADraft or, where a version is named that isn't the present one, StaleDraft."""
    if row.state != State.DRAFT:
        raise NotADraft(row.id, row.public_state)
    if version is not None and version != row.version:
        raise StaleDraft(version, row.version)


def described(judged: Judgement) -> dict[str, object]:
    """The columns that repeat parts of the invoice for lists and rules, with the verdict."""
    invoice = judged.invoice
    totals, buyer = invoice.totals, invoice.buyer
    endpoint = buyer.endpoint if buyer is not None else None
    return {
        "type_code": (invoice.type or "").strip(),
        "issue_date": invoice.issue_date,
        "transmit_by": transmit_by(invoice.issue_date, invoice.tax_point_date),
        "predefined": is_predefined(invoice),
        "currency": invoice.currency,
        "buyer_name": (buyer.name or buyer.trade_name) if buyer is not None else None,
        "buyer_endpoint": endpoint.id if endpoint is not None else None,
        "payable": totals.payable if totals is not None else None,
        "total": totals.tax_inclusive if totals is not None else None,
        "valid": judged.valid,
        "findings": msgspec.json.encode(judged.findings),
        "ruleset": judged.ruleset,
    }


async def apart(call: Call, work: Callable[[], T]) -> T:
    """Run pure work in a thread: checking a large document takes long, and others shall not wait for it."""
    return await asyncio.get_running_loop().run_in_executor(call.wiring.executor, work)


async def _assess(call: Call, posted: Posted, series: Series, document_id: UUID, *, external: bool) -> Judgement:
    check = partial(judgement.judge, posted, number=series.next, document_id=document_id)
    judged = await apart(call, check)
    house, _ = await rules.check(
        call.db,
        call.company_id,
        judged.invoice,
        await queries.issuer(call.db, call.company_id),
        given=posted.invoice.number,
        assigned=series.numbering is Numbering.ASSIGNED,
        external=external,
        document_id=document_id,
    )
    return judged.plus(house).placed(posted)


async def _free_number(call: Call, posted: Posted, judged: Judgement, series: Series, document_id: UUID) -> str | None:
    """The number that the draft holds from now on; none where a series assigns it, or will assign it to another."""
    number = posted.invoice.number
    if series.numbering is Numbering.ASSIGNED or number is None:
        return None
    if any(finding.rule == "GW-SERIES" for finding in judged.findings):
        return None
    holder = await queries.holder(call.db, call.company_id, number)
    if holder is not None and holder != document_id:
        raise NumberTaken(number, holder)
    return number


async def _locked_draft(call: Call, document_id: UUID, version: int) -> Row[Any]:
    row = await queries.one(call.db, call.company_id, document_id, lock=True)
    demand_draft(row, version)
    return row


@contextmanager
def business_key(number: str | None) -> Iterator[None]:
    """Two transactions may find the same number free; the index lets one of them through."""
    try:
        yield
    except IntegrityError as error:
        if "issued_documents_company_id_number_key" in str(error.orig):
            raise NumberTaken(number or "", None) from None
        raise
    except ledger.errors.NumberTaken:
        raise NumberTaken(number or "", None) from None
