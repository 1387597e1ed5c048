"""The kinds of document this gateway exchanges, by the names that people use."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from peppol import identifiers
from peppol.identifiers import DocumentTypeId, ProcessId


class NetworkKind(StrEnum):
    """What a receiver may be registered for."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    SELF_BILLED_INVOICE = "self-billed-invoice"
    SELF_BILLED_CREDIT_NOTE = "self-billed-credit-note"
    INVOICE_RESPONSE = "invoice-response"

    @property
    def document_type(self) -> DocumentTypeId:
        """Its name on the network (Peppol code list 9.7)."""
        return _TYPES[self][0]

    @property
    def process(self) -> ProcessId:
        """The business process that it belongs to."""
        return _TYPES[self][1]


_TYPES: Final = {
    NetworkKind.INVOICE: (identifiers.INVOICE, identifiers.BILLING),
    NetworkKind.CREDIT_NOTE: (identifiers.CREDIT_NOTE, identifiers.BILLING),
    NetworkKind.SELF_BILLED_INVOICE: (identifiers.SELF_BILLED_INVOICE, identifiers.SELF_BILLING),
    NetworkKind.SELF_BILLED_CREDIT_NOTE: (identifiers.SELF_BILLED_CREDIT_NOTE, identifiers.SELF_BILLING),
    NetworkKind.INVOICE_RESPONSE: (identifiers.INVOICE_RESPONSE, identifiers.RESPONDING),
}
