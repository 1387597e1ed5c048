"""Examples that the API's description shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from gateway.bills.as_read import Sheet, Spot
from gateway.bills.came import Door
from gateway.bills.changes import Change
from gateway.bills.desk import Waiting
from gateway.bills.fields import Fields, Line
from gateway.bills.leases import Lease
from gateway.bills.proof import Proof, Shown
from gateway.bills.queries import Summary
from gateway.bills.rereading import Item, Order, Progress, Rereading
from gateway.bills.states import State
from gateway.bills.tasks import Open, Task
from gateway.bills.view import Bill, Happened, Original
from gateway.http.problems import Finding
from ingestion.document import Kind
from ingestion.matching import Word

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_ID = UUID("0199f0c3-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
_REVIEWER = "user:0199f0c2-7d5e-7c41-9b52-3f6d1c2a7e88"

SUMMARY = Summary(
    id=_ID,
    state=State.NEEDS_REVIEW,
    version=2,
    kind=Kind.INVOICE,
    supplier_id=None,
    supplier="Falcon Office Supplies LLC",
    number="2026-0117",
    issue_date=date(2026, 11, 20),
    due_date=None,
    currency="AED",
    total=Decimal("1302.00"),
    payable=Decimal("1302.00"),
    po_number="PO-7",
    confidence=Decimal("0.82"),
    reasons=("supplier_unknown",),
    failure=None,
    word=None,
    holds=(),
    file_name="march.pdf",
    door=Door.UPLOAD,
    part=1,
    received_at=_AT,
)
LEASE = Lease(holder=_REVIEWER, taken_at=_AT, expires_at=_AT + timedelta(minutes=15))
WAITING = Waiting(**msgspec.structs.asdict(SUMMARY), lease=LEASE)
_SPOT = Spot(
    source="text",
    engine="pypdfium2 5.0",
    text="1,302.00",
    page=1,
    box=("471.20", "640.00", "523.80", "652.00"),
    path="",
    confidence="1.0000",
    model="",
    prompt="",
)
_TOTAL = Shown(
    term="total",
    line=None,
    value="1302.00",
    read="1302.00",
    reader="rules/1",
    confidence="0.9900",
    evidence=(_SPOT,),
    corrections=(),
)
_PROOF = Proof(
    entry=42,
    sha256="c1" * 32,
    reader="rules/1",
    read_at=_AT,
    pages=(
        Sheet(
            number=1,
            width="595.00",
            height="842.00",
            source="text",
            engine="pypdfium2 5.0",
            quality="1.0000",
            doubts=(),
        ),
    ),
    values=(_TOTAL,),
    others=(),
    disagreements=(),
    doubts=(),
)
BILL = Bill(
    **msgspec.structs.asdict(SUMMARY),
    next_step="A person compares the values with the document, corrects them, and accepts or discards them.",
    fields=Fields(
        kind=Kind.INVOICE,
        supplier_name="Falcon Office Supplies LLC",
        invoice_number="2026-0117",
        issue_date=date(2026, 11, 20),
        currency="AED",
        net=Decimal("1240.00"),
        tax=Decimal("62.00"),
        total=Decimal("1302.00"),
        payable=Decimal("1302.00"),
        po_number="PO-7",
        lines=(Line(description="Paper A4", quantity=Decimal(10), unit_price=Decimal("124.00")),),
    ),
    findings=(
        Finding(
            rule="GW-BILL-TOTAL",
            layer="gateway",
            severity="warning",
            message="Net 1240.00 and VAT 62.00 make 1302.00, not 1320.00.",
            pointer="/total",
        ),
    ),
    proof=_PROOF,
    verdict=None,
    matched_at=None,
    near=(),
    approval=None,
    task=None,
    vat=None,
    lease=LEASE,
    original=Original(sha256="5f" * 32, size=84_211, media_type="application/pdf", sent_by=_REVIEWER, facts={}),
    pages=(1,),
    reviewed=None,
    approved=None,
    refused=None,
    discarded=None,
    paid=None,
    paid_on=None,
    payment_reference=None,
    note=None,
    timeline=(Happened(kind="bill.received", at=_AT, actor=_REVIEWER, facts={"door": "upload"}),),
)
OPEN_TASK = Open(
    **msgspec.structs.asdict(msgspec.structs.replace(SUMMARY, state=State.EXCEPTION, word=Word.PARTIAL_MATCH)),
    task=Task(owner=None, due_on=date(2026, 11, 24), opened_at=_AT, closed_at=None, note=None),
)
ASSIGNMENT = {"owner": "0199f0c2-7d5e-7c41-9b52-3f6d1c2a7e88", "due_on": "2026-11-25", "note": "Ask the warehouse."}
CORRECTIONS = {"changes": [msgspec.to_builtins(Change(term="total", value="1302.00", page=1))]}
DISCARDING = {"confirm": "discard", "reason": "It is a menu."}
ORDER = Order(bill_ids=(_ID,))
REREADING = Rereading(
    id=UUID("0199f0c3-9a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    requested_by=_REVIEWER,
    requested_at=_AT,
    total=1,
    waiting=1,
    done=0,
    refused=0,
    items=(Item(bill_id=_ID, progress=Progress.WAITING, state=State.RECEIVED),),
)
