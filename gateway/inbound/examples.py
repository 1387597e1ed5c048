"""Examples that the API's description shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from gateway.inbound.queries import Summary
from gateway.inbound.states import State
from gateway.inbound.view import Arrival, Document, Fact, Facts, Happened
from peppol import identifiers
from ubl import Invoice

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_INSTANCE = "0199f0c2-7d5e-7c41-9b52-3f6d1c2a7e88"

SUMMARY = Summary(
    id=UUID("0199f0c3-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    state=State.RECEIVED,
    number="2026-0117",
    type="380",
    issue_date=date(2026, 11, 21),
    currency="AED",
    total=Decimal("1302.00"),
    payable=Decimal("1302.00"),
    seller="Falcon Office Supplies LLC",
    seller_endpoint="0235:1000000001",
    sender="0235:1000000001",
    valid=True,
    twin_of=None,
    received_at=_AT,
    acknowledged_at=None,
)

DOCUMENT = Document(
    **msgspec.structs.asdict(SUMMARY),
    receiver="0235:1000000002",
    document_type=str(identifiers.INVOICE),
    process=str(identifiers.BILLING),
    ruleset="pint-ae-billing-1.0.4",
    findings=(),
    verbatim=True,
    xml_sha256="5f" * 32,
    size=9120,
    facts=Facts(received=Fact(at=_AT), acknowledged=None),
    arrivals=(Arrival(instance_id=_INSTANCE, envelope_sha256="c1" * 32, rebuilt=False, received_at=_AT),),
    document=Invoice(number="2026-0117", type="380", currency="AED"),
    timeline=(Happened(kind="document.received", at=_AT, actor="system:network", facts={"valid": True}),),
)
