"""Names and code lists of the Invoice Response (Peppol BIS Invoice Response 3, transaction T111)."""

from enum import StrEnum

SPECIFICATION = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
"""How the CustomizationID begins."""
PROCESS = "urn:fdc:peppol.eu:poacc:bis:invoice_response:3"
PROCESSES = frozenset({PROCESS, "urn:peppol:bis:billing_with_response"})
"""ProfileID: a process of its own, or a part of billing."""


class Code(StrEnum):
    """Where an invoice stands with the buyer (UN/EDIFACT 4343, a part)."""

    ACKNOWLEDGED = "AB"
    """Received, readable and put to processing."""
    IN_PROCESS = "IP"
    UNDER_QUERY = "UQ"
    """Processing waits for an answer of the seller."""
    CONDITIONALLY_ACCEPTED = "CA"
    REJECTED = "RE"
    """Final: the invoice won't be processed any further."""
    ACCEPTED = "AP"
    """Approved for payment."""
    PAID = "PD"
    """Payment is on its way."""


NEEDS_REASON = frozenset({Code.CONDITIONALLY_ACCEPTED, Code.UNDER_QUERY, Code.REJECTED})
"""Answers that say why."""


class Kind(StrEnum):
    """Which list a clarification is from (listID)."""

    REASON = "OPStatusReason"
    """Why the invoice stands where it stands."""
    ACTION = "OPStatusAction"
    """What the buyer asks the seller to do."""


CODES: dict[Kind, frozenset[str]] = {
    Kind.REASON: frozenset({"NON", "REF", "LEG", "REC", "QUA", "DEL", "PRI", "QTY", "ITM", "PAY", "UNR", "FIN", "PPD",
                            "OTH"}),
    Kind.ACTION: frozenset({"NOA", "PIN", "NIN", "CNF", "CNP", "CNA", "OTH"}),
}  # fmt: skip
"""The codes of each list. Reasons: none, references, legal, receiver unknown, quality, delivery, prices, quantity,
items, payment terms, not recognized, finance, partly paid, other. Actions: none, provide information, new invoice,
credit note in full, partial credit note, credit the amount, other."""
PARTLY_PAID = "PPD"
OTHER = "OTH"
