"""Examples that the API's description shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from gateway.purchasing.flow import Change, Said
from gateway.purchasing.importing import Made, Report
from gateway.purchasing.models import Content, Line, OtherUnit
from gateway.purchasing.receipts import Counter, NewReceipt, NewReceiptLine
from gateway.purchasing.states import State
from gateway.purchasing.view import Edition, LineStanding, Mail, OrderShown, OrderSummary, Receipt, ReceiptLine

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_DAY = date(2026, 11, 21)
_BY = "user:0199f0c1-7d5e-7c41-9b52-3f6d1c2a7e88"
_SUPPLIER = UUID("0199f0c0-2b6e-7a10-8c3d-5e4f6a7b8c9d")
_ORDER = UUID("0199f0c2-3c7f-7b21-9d4e-6f5a7b8c9d0e")
_LINE = UUID("0199f0c2-3c7f-7b21-9d4e-6f5a7b8c9d0f")

CONTENT = Content(
    number="PO-1001",
    supplier_id=_SUPPLIER,
    currency="AED",
    issue_date=_DAY,
    lines=(
        Line(
            position="10", description="Office chair, black", seller_item="CH-7", unit="C62", quantity=Decimal(24),
            price=Decimal("310.00"), tax_rate=Decimal(5), other_units=(OtherUnit(unit="XBX", factor=Decimal(4)),),
        ),
    ),
    charges=Decimal("120.00"),
    note="Deliver to gate 3.",
)  # fmt: skip
CHANGE = Change(version=3, content=CONTENT, reason="Four chairs more, agreed by telephone.")
SAID = Said(reason="Everything came.")
SUMMARY = OrderSummary(
    id=_ORDER, version=3, state=State.SENT, number="PO-1001", supplier_id=_SUPPLIER, currency="AED", issue_date=_DAY,
    edition=1, total=Decimal("7560.00"), sent_edition=1,
)  # fmt: skip
MAIL = Mail(
    id=UUID("0199f0c3-4d80-7c32-8e5f-7a6b8c9d0e1f"), edition=1, receiver="orders@supplier.example",
    message_id="<0199f0c3-4d80-7c32-8e5f-7a6b8c9d0e1f@company.example>", state="SENT", attempts=1, ordered_at=_AT,
    ordered_by=_BY, begun_at=_AT, ended_at=_AT, reason=None,
)  # fmt: skip
ORDER = OrderShown(
    id=_ORDER, version=3, state=State.SENT, number="PO-1001", supplier_id=_SUPPLIER, currency="AED", issue_date=_DAY,
    edition=1, total=Decimal("7560.00"), sent_edition=1, content=CONTENT,
    standing=(
        LineStanding(id=_LINE, position="10", accepted=Decimal(20), billed=Decimal(16), due=Decimal(4)),
    ),
    charges_billed=Decimal(0), made_at=_AT, made_by=_BY, sent_at=_AT, sent_by=_BY, closed_at=None, cancelled_at=None,
    mails=(MAIL,),
)  # fmt: skip
EDITION = Edition(edition=1, made_at=_AT, made_by=_BY, reason="", content=CONTENT)
NEW_RECEIPT = NewReceipt(
    number="GR-88",
    received_on=_DAY,
    delivery_note="DN-4711",
    lines=(NewReceiptLine(order="PO-1001", position="10", received=Decimal(5), unit="XBX"),),
)
COUNTER = Counter(number="GR-89", reason="Written against the wrong order.")
RECEIPT = Receipt(
    id=UUID("0199f0c4-5e91-7d43-9f60-8b7c9d0e1f2a"), number="GR-88", supplier_id=_SUPPLIER, received_on=_DAY,
    delivery_note="DN-4711", note="", counters=None, countered_by=None, made_at=_AT, made_by=_BY,
    lines=(
        ReceiptLine(
            order_id=_ORDER, order="PO-1001", position="10", received=Decimal(20), rejected=Decimal(0),
            order_unit="C62", unit="XBX", factor=Decimal(4),
        ),
    ),
)  # fmt: skip
ORDERS_CSV = (
    "number,supplier,currency,issue_date,position,description,unit,quantity,price,tax_rate\n"
    "PO-1002,100123456700003,AED,2026-11-21,10,Office chair,C62,24,310.00,5\n"
    "PO-1002,,,,20,Desk,C62,6,920.00,5\n"
)
RECEIPTS_CSV = "number,received_on,delivery_note,order,position,received\nGR-90,2026-11-21,DN-4712,PO-1001,10,4\n"
REPORT = Report(written=True, made=(Made("PO-1002", UUID("0199f0c5-6fa2-7e54-8a71-9c8d0e1f2a3b"), 2),))
