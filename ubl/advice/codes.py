"""Warnings on codes and identifiers that the published rules leave unchecked."""

import re

from ubl.advice.declare import advice
from ubl.codes import EXEMPTION_REASONS, ITEM_TYPES, PAYMENT_MEANS
from ubl.rules.document import Document
from ubl.rules.tree import Leaf, Node, path, text, texts
from ubl.rules.values import decimal, normalize

_ROOTS = ("/Invoice", "/CreditNote")
_uuid = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z").match


@advice("AE-ADV-03", ("PaymentMeans/PaymentMeansCode",), "IBT-081")
def payment_means(leaf: Leaf) -> bool:
    """The means of payment should be one of the nine the UAE lists: 1, 10, 20, 21, 30, 49, 54, 55, 68."""
    return normalize(leaf.text) in PAYMENT_MEANS


@advice("AE-ADV-04", ("TaxCategory/TaxExemptionReasonCode", "ClassifiedTaxCategory/TaxExemptionReasonCode"), "IBT-186")
def exemption(leaf: Leaf) -> bool:
    """The exemption should be one of the UAE's: DL8.46.1 financial, .2 residential, .3 bare land, .4 transport."""
    return normalize(leaf.text) in EXEMPTION_REASONS


@advice("AE-ADV-05", ("CommodityClassification/CommodityCode",), "BTAE-13")
def item_type(leaf: Leaf) -> bool:
    """The type of an item should be G (goods), S (services) or B (both)."""
    return normalize(leaf.text) in ITEM_TYPES


@advice("AE-ADV-06", ("/Invoice/UUID", "/CreditNote/UUID"), "BTAE-07")
def uuid_form(leaf: Leaf) -> bool:
    """The unique identifier should be a UUID: 32 hexadecimal digits in five groups."""
    return _uuid(leaf.text or "") is not None


@advice("AE-ADV-10", ("LegalMonetaryTotal",), "IBT-112", "IBT-109")
def not_negative(node: Node) -> bool:
    """The UAE knows no negative invoice; correct an invoice by a credit note."""
    values = [decimal(text(node, name)) for name in ("TaxInclusiveAmount", "TaxExclusiveAmount")]
    return all(value is None or value >= 0 for value in values)


@advice("AE-ADV-16", _ROOTS, "IBT-024")
def specification_exact(node: Node) -> bool:
    """The specification should be exactly that of PINT-AE, nothing after it."""
    return text(node, "CustomizationID") in (
        "urn:peppol:pint:billing-1@ae-1",
        "urn:peppol:pint:selfbilling-1@ae-1",
    )


@advice("AE-ADV-17", _ROOTS, "IBT-023", "IBT-024")
def process_fits(node: Node, document: Document) -> bool:
    """The business process should be that of the specification, billing or self-billing."""
    expected = "urn:peppol:bis:selfbilling" if document.self_billing else "urn:peppol:bis:billing"
    return normalize(text(node, "ProfileID")) == expected


@advice("AE-ADV-19", ("/CreditNote",), "BTAE-03", "IBG-03")
def self_billed_credit(node: Node, document: Document) -> bool:
    """A self-billed credit note should give its reason and refer to the invoice it credits."""
    if not document.is_type("261"):
        return True
    reasons = texts(node, "DiscrepancyResponse", "ResponseCode")
    referred = bool(path(node, "BillingReference", "InvoiceDocumentReference", "ID"))
    return bool(reasons) and (referred or "VD" in reasons)
