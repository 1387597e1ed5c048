"""What becomes of a bill until it is accepted: its reading is recorded, put right, accepted, discarded, ordered again.

Everything here works in the caller's transaction and changes a state by `lifecycle.advance` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import jobqueue, lifecycle
from gateway.access.call import Call
from gateway.bills import changes, evidence, fields, hall, queries
from gateway.bills.changes import Change, Changed
from gateway.bills.errors import NotAcceptable, NotHeld, NotInReview
from gateway.bills.evidence import Accepted, Corrected, Discarded, Released
from gateway.bills.fields import Fields
from gateway.bills.models import MACHINE
from gateway.bills.states import OPEN, State
from gateway.suppliers import accounts
from gateway.suppliers import queries as suppliers
from ledger.entry import Kind

MATCH = "bills.match"
"""The job that matches a bill; its payload is a `MatchJob`."""
LEARN = "bills.learn"
"""The job that learns from an accepted bill's corrections; its payload is a `MatchJob` as well."""
_LARGEST = Decimal(10) ** 15
_TERMS = (
    "supplier_name", "supplier_tax_id", "issue_date", "due_date", "currency", "net", "tax", "total", "payable",
    "po_number", "iban",
)  # fmt: skip


class MatchJob(msgspec.Struct, frozen=True):
    """Which bill."""

    bill_id: UUID


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a reading or an acceptance."""

    number: str | None
    supplier: str | None
    total: str | None
    currency: str | None
    reasons: tuple[str, ...] = ()


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a round of corrections."""

    changes: tuple[Changed, ...]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a failure, a discarding, a lifted hold."""

    reason: str
    code: str | None = None
    hold: str | None = None


async def correct(call: Call, bill_id: UUID, wanted: Sequence[Change], *, version: int) -> Fields:
    """Put values right before they are accepted; returns what stands now.

    Raises BillNotFound, BillChanged, NotInReview, Unacceptable (a pointer into `changes`).
    """
    row = await _in_review(call, bill_id, version)
    before = msgspec.json.decode(row.fields, type=Fields)
    after, done = changes.apply(before, wanted)
    if not done:
        return before
    actor = call.principal.actor
    fact = Corrected(
        bill_id=bill_id, file_sha256=row.sha256, version=row.version, changes=done, corrected_by=actor,
        corrected_at=call.now,
    )  # fmt: skip
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to="corrected",
        actor=actor,
        step=lifecycle.Step.LEARN,
        facts=Corrections(changes=done),
        entry=evidence.entry(Kind.CORRECTION, fact),
        values={
            **columns(after),
            "supplier_id": await supplier_of(call.db, call.company_id, after),
            "makers": with_maker(row, call.principal.user_id),
        },
    )
    await _advance(call, intent)
    return after


async def accept(call: Call, bill_id: UUID, *, version: int) -> None:
    """A person vouches for the values as they stand; the match is ordered.

    Raises BillNotFound, BillChanged, NotInReview, NotAcceptable.
    """
    row = await _in_review(call, bill_id, version)
    standing = msgspec.json.decode(row.fields, type=Fields)
    missing = tuple(finding for finding in fields.check(standing) if finding.severity == "fatal")
    if missing:
        raise NotAcceptable(missing)
    actor = call.principal.actor
    fact = Accepted(
        bill_id=bill_id, file_sha256=row.sha256, reading_sha256=row.reading_sha256, fields=standing,
        accepted_by=actor, accepted_at=call.now,
    )  # fmt: skip
    entry = evidence.entry(Kind.READING, fact)
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.READ,
        actor=actor,
        facts=outcome(standing),
        entry=entry,
        values={
            "reading_sha256": evidence.digest(entry),
            "reviewed_by": actor,
            "reviewed_at": call.now,
            "makers": with_maker(row, call.principal.user_id),
        },
    )
    await order_match(call.db, call.company_id, bill_id)
    if row.supplier_id is not None:
        order = msgspec.json.encode(MatchJob(bill_id))
        await jobqueue.enqueue(call.db, LEARN, order, company_id=call.company_id, key=str(bill_id))
    await _advance(call, intent)


async def discard(call: Call, bill_id: UUID, reason: str, *, version: int) -> None:
    """Throw away what was read, before anyone accepted it; the original and all evidence stay.

    Raises BillNotFound, BillChanged, IllegalTransition.
    """
    row = await queries.at_version(call.db, call.company_id, bill_id, version)
    actor = call.principal.actor
    fact = Discarded(
        bill_id=bill_id, file_sha256=row.sha256, reading_sha256=row.reading_sha256, reason=reason,
        discarded_by=actor, discarded_at=call.now,
    )  # fmt: skip
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.DISCARDED,
        actor=actor,
        facts=Said(reason=reason),
        entry=evidence.entry(Kind.BILL, fact),
        values={
            "discarded_by": actor, "discarded_at": call.now, "note": reason, "failure": None, "failure_code": None,
        },
    )  # fmt: skip
    await _advance(call, intent)


async def read_again(
    db: AsyncConnection,
    company_id: UUID,
    bill_id: UUID,
    *,
    actor: str,
    now: datetime,
    keys: KeyStore,
    urgency: jobqueue.Urgency = jobqueue.Urgency.AT_ONCE,
) -> None:
    """Order another reading of what failed, waits for review or was discarded; corrections that weren't accepted are
    lost with it.

    Raises BillNotFound, IllegalTransition.
    """
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.RECEIVED,
        actor=actor,
        values={
            "attempts": 0, "failure": None, "failure_code": None, "discarded_by": None, "discarded_at": None,
            "note": None,
        },
    )  # fmt: skip
    await hall.order_reading(db, company_id, bill_id, urgency=urgency)
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)


async def release(call: Call, bill_id: UUID, hold: str, reason: str) -> None:
    """A person looked at a hold and lifts it for this bill. Raises BillNotFound, NotHeld."""
    row = await queries.one(call.db, call.company_id, bill_id, lock=True)
    if row.state not in OPEN or hold not in row.holds:
        raise NotHeld(hold, tuple(row.holds))
    actor = call.principal.actor
    fact = Released(bill_id=bill_id, hold=hold, reason=reason, released_by=actor, released_at=call.now)
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to="released",
        actor=actor,
        step=lifecycle.Step.LEARN,
        facts=Said(reason=reason, hold=hold),
        entry=evidence.entry(Kind.CORRECTION, fact),
        values={
            "holds": [one for one in row.holds if one != hold],
            "released": sorted({*row.released, hold}),
            "makers": with_maker(row, call.principal.user_id),
        },
    )
    await _advance(call, intent)


async def order_match(db: AsyncConnection, company_id: UUID, *bill_ids: UUID) -> None:
    """Let a worker match these bills, each once."""
    orders = [(msgspec.json.encode(MatchJob(one)), str(one)) for one in bill_ids]
    if orders:
        await jobqueue.enqueue_many(db, MATCH, orders, company_id=company_id)


async def supplier_of(db: AsyncConnection, company_id: UUID, standing: Fields) -> UUID | None:
    """The supplier of the master list that these values show."""
    return await suppliers.resolve(
        db, company_id, tax_id=standing.supplier_tax_id, name=standing.supplier_name,
        endpoint=standing.supplier_endpoint,
    )  # fmt: skip


def columns(standing: Fields) -> dict[str, object]:
    """The fields, and of them what lists show and search."""
    return {
        "fields": msgspec.json.encode(standing),
        "kind": standing.kind.value,
        "number": standing.invoice_number,
        **{term: _fitting(getattr(standing, term)) for term in _TERMS},
    }


def outcome(standing: Fields, reasons: tuple[str, ...] = ()) -> Outcome:
    """For the timeline."""
    return Outcome(
        number=standing.invoice_number, supplier=standing.supplier_name, total=changes.shown(standing.total),
        currency=standing.currency, reasons=reasons,
    )  # fmt: skip


def with_maker(row: Row[Any], person: UUID) -> list[UUID]:
    """Those who had a hand in it, and this person."""
    return sorted({*row.makers, person})


def _fitting(value: object) -> object:
    """What a list can show; an absurd amount stands in the fields only."""
    return None if isinstance(value, Decimal) and abs(value) >= _LARGEST else value


async def _in_review(call: Call, bill_id: UUID, version: int) -> Row[Any]:
    row = await queries.at_version(call.db, call.company_id, bill_id, version)
    if row.state != State.NEEDS_REVIEW:
        raise NotInReview(row.state)
    return row


async def _advance(call: Call, intent: lifecycle.Intent) -> None:
    # Before the ledger's head is locked: whoever releases an account locks it first as well.
    await accounts.had_a_hand(call.db, call.company_id, intent.document_id, call.principal.user_id)
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
