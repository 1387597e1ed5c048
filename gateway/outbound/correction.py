"""Correct a sealed document: a credit note that takes it back, and a new draft to mend.

Both are drafts: they are checked, finalized and approved like any other. A document that was rejected before it left
the house needs no credit note.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from gateway.access.call import Call
from gateway.outbound import drafting, numbering, queries
from gateway.outbound.errors import Erased, NotCorrectable, NotSealed
from gateway.outbound.judgement import Posted
from gateway.outbound.states import State
from ubl import Invoice
from ubl.invoice import CreditReason, PrecedingInvoice

CREDIT_TYPE = {"380": "381", "480": "81", "389": "261"}
"""UNCL1001: the credit note for each type of invoice."""
DUBAI = ZoneInfo("Asia/Dubai")


class Correction(msgspec.Struct, frozen=True):
    """The two new drafts."""

    credit_note: UUID | None
    """None where the document was rejected before it was sent."""
    draft: UUID


async def correct(call: Call, document_id: UUID, *, reason: str, description: str | None) -> Correction:
    """Draft a credit note over the whole of a sealed invoice, and a copy of the invoice to mend.

    `reason`: BTAE-03, DL8.61.1.A to E or VD. Raises NotSealed, NotCorrectable for a credit note.
    """
    row = await queries.one(call.db, call.company_id, document_id)
    if row.state == State.DRAFT:
        raise NotSealed(document_id)
    if row.erased_at is not None:
        raise Erased(document_id)
    invoice = msgspec.json.decode(row.body, type=Invoice)
    if invoice.is_credit_note or invoice.type not in CREDIT_TYPE:
        raise NotCorrectable
    series = await numbering.find(call.db, call.company_id, row.series)
    credit_note = None
    if row.state != State.REJECTED:
        note = credit_note_of(invoice, CreditReason(code=reason, description=description), now=call.now)
        credit_note = await drafting.store(call, _posted(note), series, external=False)
    copy = msgspec.structs.replace(invoice, number=None, uuid=None, issue_date=_day(call.now))
    return Correction(credit_note, await drafting.store(call, _posted(copy), series, external=False))


def credit_note_of(invoice: Invoice, reason: CreditReason, *, now: datetime) -> Invoice:
    """Everything of the invoice taken back: same parties, lines and amounts, its number as the reference."""
    return msgspec.structs.replace(
        invoice,
        document=None,
        type=CREDIT_TYPE[invoice.type or ""],
        number=None,
        uuid=None,
        issue_date=_day(now),
        issue_time=None,
        due_date=None,
        tax_point_date=None,
        project=None,
        prepayments=(),
        totals=None,
        credit_reasons=(reason,),
        preceding=(PrecedingInvoice(number=invoice.number or "", issue_date=invoice.issue_date),),
    )


def _posted(invoice: Invoice) -> Posted:
    return Posted(invoice=invoice, body=msgspec.json.encode(invoice))


def _day(now: datetime) -> date:
    return now.astimezone(DUBAI).date()
