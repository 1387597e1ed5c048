"""Examples in the API's description; a test holds the invoice to the rules and the XML to the invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import msgspec

from gateway.outbound import standing
from gateway.outbound.drafting import Verdict
from gateway.outbound.facts import Known
from gateway.outbound.queries import Summary
from gateway.outbound.sealings import Sealing
from gateway.outbound.standing import Proof
from gateway.outbound.states import State
from gateway.outbound.view import Document, Shown, Steps
from ledger.entry import Kind
from ubl import Invoice
from ubl.invoice import (
    Account,
    Address,
    Classification,
    Endpoint,
    Identifier,
    Item,
    LegalId,
    Line,
    Party,
    PaymentMeans,
    Price,
    VatCategory,
)
from ubl.invoice import (
    Facts as Supply,
)

_ID = UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e12")
_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_BY = "user:01932c07-a5e0-7c53-b1f4-6f0c2d9a4e13"
_DIGEST = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"

INVOICE = Invoice(
    type="380",
    issue_date=date(2026, 11, 21),
    due_date=date(2026, 12, 21),
    facts=Supply(),
    seller=Party(
        endpoint=Endpoint(id="1987654321"),
        name="Palm Office Supplies LLC",
        trn="198765432100003",
        legal_id=LegalId(id="CN-1045678", type="TL", authority="Dubai Economy"),
        address=Address(street="Sheikh Zayed Road 12", city="Dubai", subdivision="DXB", country="AE"),
    ),
    buyer=Party(
        endpoint=Endpoint(id="1123456789"),
        name="Corniche Trading LLC",
        trn="112345678900003",
        legal_id=LegalId(id="CN-2098765", type="TL", authority="Abu Dhabi DED"),
        address=Address(street="Corniche Road 5", city="Abu Dhabi", subdivision="AUH", country="AE"),
    ),
    payment_means=(PaymentMeans(code="30", account=Account(id="AE070331234567890123456")),),
    lines=(
        Line(
            quantity=Decimal(4),
            unit="EA",
            item=Item(
                name="Office chair",
                description="Office chair with arm rests",
                classifications=(Classification(type="G", code="940130", list_id="HS"),),
                vat=VatCategory(category="S", percent=Decimal(5)),
            ),
            price=Price(net=Decimal("250.00")),
        ),
        Line(
            quantity=Decimal(2),
            unit="HUR",
            item=Item(
                name="Assembly",
                description="Assembly on site",
                service_code=Identifier(id="998729", scheme="SAC"),
                classifications=(Classification(type="S"),),
                vat=VatCategory(category="S", percent=Decimal(5)),
            ),
            price=Price(net=Decimal("120.00")),
        ),
    ),
)

XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
    "<cbc:CustomizationID>urn:peppol:pint:billing-1@ae-1</cbc:CustomizationID><cbc:ID>2026-0117</cbc:ID></Invoice>"
)
"""Only the beginning of one: enough to see the form."""

VERDICT = Verdict(valid=True, ruleset="pint-ae-billing-1.0.4", digest=_DIGEST, findings=())


def _stands(state: State, proofs: Sequence[Proof] = ()) -> dict[str, object]:
    """The members that tell where a document of this state stands."""
    row = SimpleNamespace(
        **dict.fromkeys(("sent_at", "c3", "c3_at", "c3_reason", "c5", "c5_at", "c5_reason", "buyer", "buyer_at")),
        **{"state": state, "predefined": False, "buyer_reason": None, "erased_at": None, "failed_at": None},
        transmit_by=date(2026, 12, 5),
        sealed_at=None if state is State.DRAFT else _AT,
    )
    known = Known(state=state)
    return {
        "headline": standing.headline_of(known),
        "deadline": standing.deadline_of(row, now=_AT),
        "facts": standing.facts_of(row, None, proofs),
        "next_step": standing.next_step_of(known),
    }


_LISTED: dict[str, object] = {
    "id": _ID,
    "version": 1,
    "state": "DRAFT",
    "number": None,
    "series": "MAIN",
    "type": "380",
    "issue_date": "2026-11-21",
    "currency": "AED",
    "total": "1302.00",
    "payable": "1302.00",
    "buyer": "Corniche Trading LLC",
    "buyer_endpoint": "1123456789",
    "valid": True,
    "created_at": _AT,
    "changed_at": _AT,
}
_STEPS = dict.fromkeys(Steps.__struct_fields__)
_WHOLE: dict[str, object] = {
    "ruleset": "pint-ae-billing-1.0.4",
    "findings": [],
    "steps": _STEPS,
    "document": msgspec.to_builtins(INVOICE),
    "external_reference": False,
}
_DRAFT = {**_LISTED, **_WHOLE, **_stands(State.DRAFT)}
_SEALED = {
    **_DRAFT,
    **{"version": 2, "state": "FINALIZED", "number": "INV-000001"},
    **_stands(State.FINALIZED, (Proof(41, Kind.INVOICE),)),
    "steps": {**_STEPS, "finalized": {"at": _AT, "by": _BY}},
}
_TIMELINE = [
    {"kind": "invoice.draft", "at": _AT, "actor": _BY, "facts": {}},
    {
        "kind": "invoice.finalized",
        "at": _AT,
        "actor": _BY,
        "facts": {"number": "INV-000001", "xml_sha256": _DIGEST},
    },
]

SUMMARY = msgspec.convert(_DRAFT, Summary, from_attributes=True)
DRAFT = msgspec.convert(_DRAFT, Document, from_attributes=True)
SEALED = msgspec.convert(_SEALED, Document, from_attributes=True)
SHOWN = msgspec.convert({**_SEALED, "timeline": _TIMELINE}, Shown, from_attributes=True)

WAITING = Sealing(
    id=UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e14"),
    document_id=_ID,
    state="waiting",
    requested_at=_AT,
    decided_at=None,
    problem=None,
)
