"""Names and identifiers of the Tax Data Document: its namespaces, fixed values and code lists (version 1.0.4)."""

from enum import StrEnum

PXS = "{urn:peppol:schema:taxdata:1.0}"
"""Namespace of the document's own elements, as lxml writes it."""
CEC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}"
ROOT = PXS + "TaxData"
SPECIFICATION = "urn:peppol:taxdata:ae-1"
"""TDT-001. CustomizationID."""
PROCESS = "urn:peppol:taxreporting"
"""TDT-002. ProfileID."""


class Type(StrEnum):
    """TDT-006. What a tax data document does."""

    SUBMIT = "S"
    RESUBMIT = "R"
    """Revises one that was reported before."""
    WITHDRAW = "W"
    """Takes back one that was reported before."""
    FAILED = "F"
    """Tells of a received document that failed validation; the only type that may come without key data."""


class Scope(StrEnum):
    """TDT-011. Whom the reported document was exchanged with."""

    DOMESTIC = "D"
    INTERNATIONAL = "IP"
    """A foreign party, through the network."""
    OFF_NETWORK = "INP"
    """A foreign party who isn't on the network."""


class Role(StrEnum):
    """TDT-010. Whether the reporter sent or received the document."""

    SENDER = "01"
    RECEIVER = "02"
