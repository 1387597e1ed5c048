"""One bill as it is shown: what it says, what speaks for that, what is wrong, what happened, what comes next."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from gateway import events
from gateway.access.call import Call
from gateway.bills import deciding, fields, leases, queries, tasks, vat
from gateway.bills.deciding import Approval
from gateway.bills.fields import Fields
from gateway.bills.leases import Lease
from gateway.bills.proof import Proof, proof
from gateway.bills.queries import Summary
from gateway.bills.states import State
from gateway.bills.tasks import Task
from gateway.bills.vat import Readiness
from gateway.companies import queries as companies
from gateway.http.problems import Finding
from gateway.inbound import queries as inbound
from ingestion.matching import Verdict


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bill's timeline."""

    kind: str
    """`bill.received`, `bill.corrected` ..."""
    at: datetime
    actor: str
    facts: dict[str, object]


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it came; it is kept for ever."""

    sha256: str
    size: int
    """Bytes."""
    media_type: str
    """By its content."""
    sent_by: str
    facts: dict[str, str]
    """What its door knew, such as a mail's Message-ID."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody decided."""

    by: str
    at: datetime


class Bill(Summary, frozen=True, kw_only=True):
    """A bill with everything about it."""

    next_step: str
    """What happens next, or who has to do what, in words."""
    fields: Fields | None
    """What stands; null until it was read."""
    findings: tuple[Finding, ...]
    """What is missing or contradicts itself, by our own arithmetic; `pointer` points into `fields`."""
    proof: Proof | None
    """Where each value stands on the page, who read it, who put it right."""
    verdict: Verdict | None
    """Of the match with orders and receipts."""
    matched_at: datetime | None
    near: tuple[UUID, ...]
    """Earlier bills that it resembles."""
    approval: Approval | None
    """Who has approved the verdict as it stands, and how many it takes; null before the match."""
    task: Task | None
    """Whose it is to look why it doesn't match, and until when; null where it never needed anybody."""
    vat: Readiness | None
    """What is there and what is missing for recovering its VAT; null where there is none to recover."""
    lease: Lease | None
    original: Original
    pages: tuple[int, ...]
    """Its pages in the file, from 1; none for XML."""
    reviewed: Deed | None
    approved: Deed | None
    refused: Deed | None
    discarded: Deed | None
    paid: Deed | None
    paid_on: date | None
    payment_reference: str | None
    note: str | None
    """What the person who decided last said."""
    timeline: tuple[Happened, ...]


_NEXT = {
    State.RECEIVED: "It is read by the next free worker; nothing has to be done.",
    State.NEEDS_REVIEW: "A person compares the values with the document, corrects them, and accepts or discards them.",
    State.FAILED: "Mend what `failure` says and have it read again, or discard it.",
    State.READ: "It is matched with orders and receipts by the next free worker; nothing has to be done.",
    State.MATCHED: "A person approves or refuses it.",
    State.EXCEPTION: "It doesn't match: correct the order, record what was received, or decide in spite of it.",
    State.APPROVED: "Pay it, and mark it as paid.",
    State.REFUSED: "Nothing; it won't be paid.",
    State.PAID: "Nothing; it is paid.",
    State.DISCARDED: "Nothing; its original is kept. If that was a mistake, have it read again.",
}
_HELD = frozenset({State.READ, State.MATCHED, State.EXCEPTION})


async def shown(call: Call, bill_id: UUID) -> Bill:
    """One bill and what happened to it, oldest first. Raises BillNotFound."""
    row = await queries.one(call.db, call.company_id, bill_id)
    standing = msgspec.json.decode(row.fields, type=Fields) if row.fields is not None else None
    happened = await events.timeline(call.db, call.company_id, bill_id)
    return Bill(
        **msgspec.structs.asdict(queries.summary(row)),
        next_step=_next_step(row),
        fields=standing,
        findings=fields.check(standing) if standing is not None else (),
        proof=await proof(call.db, call.company_id, bill_id, standing, keys=call.wiring.keys),
        verdict=msgspec.json.decode(row.verdict, type=Verdict) if row.verdict is not None else None,
        matched_at=row.matched_at,
        near=tuple(row.near),
        approval=await deciding.approval(call, row),
        task=await tasks.of(call.db, call.company_id, bill_id),
        vat=await _vat(call, row, standing) if standing is not None else None,
        lease=(await leases.standing(call.db, call.company_id, [bill_id], now=call.now)).get(bill_id),
        original=Original(
            sha256=row.sha256,
            size=row.size,
            media_type=row.media_type,
            sent_by=row.sent_by,
            facts=msgspec.json.decode(row.facts, type=dict[str, str]),
        ),
        pages=tuple(row.pages),
        reviewed=_deed(row, "reviewed"),
        approved=_deed(row, "approved"),
        refused=_deed(row, "refused"),
        discarded=_deed(row, "discarded"),
        paid=_deed(row, "paid"),
        paid_on=row.paid_on,
        payment_reference=row.payment_reference,
        note=row.note,
        timeline=tuple(
            Happened(kind=one.kind, at=one.at, actor=one.actor, facts=msgspec.json.decode(one.facts))
            for one in happened
        ),
    )


async def _vat(call: Call, row: Row[Any], standing: Fields) -> Readiness | None:
    profile = await companies.profile(call.db)
    received = msgspec.json.decode(row.facts, type=dict[str, str]).get("received_document_id")
    valid = received is not None and (await inbound.one(call.db, call.company_id, UUID(received))).valid
    return vat.readiness(row, standing, valid_e_invoice=valid, own_trn=profile.trn)


def _next_step(row: Row[Any]) -> str:
    state = State(row.state)
    if row.holds and state in _HELD:
        return (
            f"It is held: {', '.join(row.holds)}. A person looks into each and lifts it; one for an account or an "
            "unknown supplier ends when the account is released or the supplier entered."
        )
    return _NEXT[state]


def _deed(row: Row[Any], what: str) -> Deed | None:
    at = getattr(row, f"{what}_at")
    return None if at is None else Deed(by=getattr(row, f"{what}_by"), at=at)
