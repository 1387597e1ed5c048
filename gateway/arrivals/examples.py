"""Examples that the API's description shows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gateway.arrivals.unreadable import Kept

ID = UUID("0199f0c3-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
KEPT = Kept(
    id=ID,
    account_id=UUID("0199f0c2-1111-7c41-9b52-3f6d1c2a7e88"),
    provider="storecove",
    reference="5f3c1c52-6f4e-4d0c-9a53-0d2f8e1b7a10",
    reason="The provider tells an event that isn't known here",
    sender=None,
    document_type=None,
    sha256="5f" * 32,
    size=412,
    arrived_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
)
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<sh:StandardBusinessDocument xmlns:sh="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
    "<sh:StandardBusinessDocumentHeader>...</sh:StandardBusinessDocumentHeader>"
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">...</Invoice>'
    "</sh:StandardBusinessDocument>"
)
