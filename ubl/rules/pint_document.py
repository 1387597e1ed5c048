"""The head of the document: identifiers, dates, references, periods, and what may stand only once."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.contexts import (
    DOCUMENT,
    PERIOD,
    PRECEDING,
    SUPPORTING_DOCUMENT,
    TAX_CURRENCY,
    reaches,
)
from ubl.rules.document import Document
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, count, text, texts
from ubl.rules.values import date, normalize

_SELLER = ("AccountingSupplierParty", "Party")
_BUYER = ("AccountingCustomerParty", "Party")


@rule("ibr-001", DOCUMENT, "IBT-024")
def specification(node: Node) -> bool:
    """The document must name its specification (CustomizationID)."""
    return normalize(text(node, "CustomizationID")) != ""


@rule("ibr-sr-63", DOCUMENT, "IBT-024")
def specification_exact(node: Node) -> bool:
    """The specification must not contain a wildcard."""
    return "*" not in text(node, "CustomizationID")


@rule("ibr-002", DOCUMENT, "IBT-001")
def number(node: Node) -> bool:
    """The document must have a number."""
    return normalize(text(node, "ID")) != ""


@rule("ibr-003", DOCUMENT, "IBT-002")
def issue_date(node: Node) -> bool:
    """The document must have an issue date."""
    return normalize(text(node, "IssueDate")) != ""


@rule("ibr-004", DOCUMENT, "IBT-003")
def type_code(node: Node) -> bool:
    """The document must have a type code."""
    return normalize(text(node, "InvoiceTypeCode")) != "" or normalize(text(node, "CreditNoteTypeCode")) != ""


@rule("ibr-005", DOCUMENT, "IBT-005")
def currency(node: Node) -> bool:
    """The document must state its currency."""
    return normalize(text(node, "DocumentCurrencyCode")) != ""


@rule("ibr-006", DOCUMENT, "IBT-027")
def seller_name(node: Node) -> bool:
    """The seller's legal name must be given."""
    return any(map(normalize, texts(node, *_SELLER, "PartyLegalEntity", "RegistrationName")))


@rule("ibr-007", DOCUMENT, "IBT-044")
def buyer_name(node: Node) -> bool:
    """The buyer's legal name must be given."""
    return any(map(normalize, texts(node, *_BUYER, "PartyLegalEntity", "RegistrationName")))


@rule("ibr-008", DOCUMENT, "IBG-05")
def seller_address(node: Node) -> bool:
    """The seller's postal address must be given."""
    return reaches(node, *_SELLER, "PostalAddress")


@rule("ibr-010", DOCUMENT, "IBG-08")
def buyer_address(node: Node) -> bool:
    """The buyer's postal address must be given."""
    return reaches(node, *_BUYER, "PostalAddress")


@rule("ibr-016", DOCUMENT, "IBG-25")
def has_lines(node: Node, document: Document) -> bool:
    """The document must have at least one line."""
    return any(tally.count for tally in document.tallies.values())


@rule("ibr-066", DOCUMENT, "IBG-18", given="PaymentMeans")
def one_card(node: Node) -> bool:
    """At most one payment card may be given."""
    return count(node, "PaymentMeans", "CardAccount") <= 1


@rule("ibr-067", DOCUMENT, "IBG-19", given="PaymentMeans")
def one_mandate(node: Node) -> bool:
    """At most one direct debit mandate may be given."""
    return count(node, "PaymentMeans", "PaymentMandate") <= 1


@rule("ibr-071", DOCUMENT, "IBT-018", "IBT-125")
def object_without_attachment(node: Node, document: Document) -> bool:
    """A reference to the invoiced object (type 130) carries no attachment."""
    return not any("Attachment" in reference for reference in document.attached_objects)


@rule("ibr-072", DOCUMENT, "IBT-018", "IBT-123")
def object_without_description(node: Node, document: Document) -> bool:
    """A reference to the invoiced object (type 130) carries no description."""
    return not any("DocumentDescription" in reference for reference in document.attached_objects)


@rule("ibr-076", DOCUMENT, "IBT-023")
def business_process(node: Node) -> bool:
    """The document must name its business process (ProfileID)."""
    return "ProfileID" in node


def _references(node: Node, code: str) -> int:
    return sum(
        code in texts(reference, "DocumentTypeCode") for reference in node.get("AdditionalDocumentReference", ())
    )


@rule("ibr-078", DOCUMENT, "IBT-018", given="AdditionalDocumentReference")
def one_object(node: Node) -> bool:
    """At most one invoiced object may be given for the whole document."""
    return _references(node, "130") <= 1


@rule("ibr-090", DOCUMENT, "IBT-011")
def one_project(node: Node) -> bool:
    """At most one project reference may be given."""
    return count(node, "ProjectReference") <= 1 and _references(node, "50") <= 1


@rule("ibr-094", DOCUMENT, "IBT-012", given="ContractDocumentReference")
def one_contract(node: Node) -> bool:
    """At most one contract reference may be given."""
    return count(node, "ContractDocumentReference", "ID") <= 1


@rule("ibr-095", DOCUMENT, "IBT-015", given="ReceiptDocumentReference")
def one_receipt(node: Node) -> bool:
    """At most one receiving advice may be referred to."""
    return count(node, "ReceiptDocumentReference", "ID") <= 1


@rule("ibr-096", DOCUMENT, "IBT-016", given="DespatchDocumentReference")
def one_despatch(node: Node) -> bool:
    """At most one despatch advice may be referred to."""
    return count(node, "DespatchDocumentReference", "ID") <= 1


@rule("ibr-097", DOCUMENT, "IBG-14", given="InvoicePeriod")
def one_period(node: Node) -> bool:
    """At most one invoicing period may be given."""
    return count(node, "InvoicePeriod") <= 1


@rule("ibr-098", DOCUMENT, "IBT-027")
def one_seller_name(node: Node) -> bool:
    """The seller has one legal name."""
    return count(node, *_SELLER, "PartyLegalEntity", "RegistrationName") <= 1


@rule("ibr-099", DOCUMENT, "IBT-028")
def one_seller_trade_name(node: Node) -> bool:
    """The seller has at most one trading name."""
    return count(node, *_SELLER, "PartyName", "Name") <= 1


@rule("ibr-100", DOCUMENT, "IBT-030")
def one_seller_registration(node: Node) -> bool:
    """The seller has at most one legal registration."""
    return count(node, *_SELLER, "PartyLegalEntity", "CompanyID") <= 1


@rule("ibr-101", DOCUMENT, "IBT-033")
def one_seller_legal_form(node: Node) -> bool:
    """The seller has at most one text of additional legal information."""
    return count(node, *_SELLER, "PartyLegalEntity", "CompanyLegalForm") <= 1


@rule("ibr-102", DOCUMENT, "IBT-044")
def one_buyer_name(node: Node) -> bool:
    """The buyer has one legal name."""
    return count(node, *_BUYER, "PartyLegalEntity", "RegistrationName") <= 1


@rule("ibr-103", DOCUMENT, "IBT-047")
def one_buyer_registration(node: Node) -> bool:
    """The buyer has at most one legal registration."""
    return count(node, *_BUYER, "PartyLegalEntity", "CompanyID") <= 1


@rule("ibr-104", DOCUMENT, "IBT-048")
def one_buyer_tax_number(node: Node) -> bool:
    """The buyer has at most one tax number."""
    return count(node, *_BUYER, "PartyTaxScheme", "CompanyID") <= 1


@rule("ibr-107", DOCUMENT, "IBG-13", given="Delivery")
def one_delivery(node: Node) -> bool:
    """At most one delivery may be given for the whole document."""
    return count(node, "Delivery") <= 1


@rule("ibr-112", DOCUMENT, "IBT-045")
def one_buyer_trade_name(node: Node) -> bool:
    """The buyer has at most one trading name."""
    return count(node, *_BUYER, "PartyName", "Name") <= 1


@rule("ibr-sr-16", DOCUMENT, "IBT-046")
def one_buyer_identifier(node: Node) -> bool:
    """The buyer has at most one identifier."""
    return count(node, *_BUYER, "PartyIdentification", "ID") <= 1


@rule("ibr-sr-39", DOCUMENT, "IBT-011", given="ProjectReference")
def one_project_identifier(node: Node) -> bool:
    """The project reference has one identifier."""
    return count(node, "ProjectReference", "ID") <= 1


@rule("ibr-sr-49", DOCUMENT, "IBT-007", given="InvoicePeriod")
def one_period_code(node: Node) -> bool:
    """The invoicing period has at most one code."""
    return count(node, "InvoicePeriod", "DescriptionCode") <= 1


@rule("ibr-sr-51", DOCUMENT, "IBT-022", given="Note")
def one_note(node: Node) -> bool:
    """The document has at most one note."""
    return count(node, "Note") <= 1


@rule("ibr-sr-52", DOCUMENT, "IBT-017", given="OriginatorDocumentReference")
def one_tender(node: Node) -> bool:
    """At most one tender or lot may be referred to."""
    return count(node, "OriginatorDocumentReference", "ID") <= 1


@rule("ibr-052", SUPPORTING_DOCUMENT, "IBT-122")
def document_identifier(node: Node) -> bool:
    """A supporting document must have an identifier."""
    return normalize(text(node, "ID")) != ""


@rule("ibr-sr-33", SUPPORTING_DOCUMENT, "IBT-123")
def one_document_description(node: Node) -> bool:
    """A supporting document has at most one description."""
    return count(node, "DocumentDescription") <= 1


def in_order(period: Node) -> bool:
    """Whether a period ends no earlier than it starts; a period with one end open does."""
    if "StartDate" not in period or "EndDate" not in period:
        return True
    start, end = date(text(period, "StartDate")), date(text(period, "EndDate"))
    return start is not None and end is not None and end >= start


@rule("ibr-029", PERIOD, "IBT-073", "IBT-074")
def period_in_order(node: Node) -> bool:
    """The invoicing period must not end before it starts."""
    return in_order(node)


@rule("ibr-co-19", PERIOD, "IBT-073", "IBT-074")
def period_filled(node: Node) -> bool:
    """An invoicing period must have a start, an end, or a code."""
    return "StartDate" in node or "EndDate" in node or "DescriptionCode" in node


@rule("ibr-055", PRECEDING, "IBT-025")
def preceding_number(node: Node) -> bool:
    """A reference to a preceding invoice must state that invoice's number."""
    return reaches(node, "InvoiceDocumentReference", "ID")


@rule("ibr-sr-07", PRECEDING, "IBT-025")
def preceding_reference(node: Node) -> bool:
    """A reference to a preceding invoice must hold that invoice's number."""
    return reaches(node, "InvoiceDocumentReference", "ID")


@rule("ibr-sr-06", PRECEDING, "IBT-025")
def one_preceding(node: Node) -> bool:
    """Each reference names one preceding invoice; repeat the reference for more."""
    return count(node, "InvoiceDocumentReference") <= 1


@rule("ibr-077", TAX_CURRENCY, "IBT-006", "IBT-005")
def currencies_differ(leaf: Leaf, document: Document) -> bool:
    """A VAT currency is given only when it differs from the document currency."""
    return normalize(leaf.text) != normalize(text(document.root, "DocumentCurrencyCode"))
