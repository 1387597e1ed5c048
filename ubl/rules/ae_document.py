"""UAE: the head of the document, what its type and its eight flags ask for, and foreign currency."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

import re

from ubl.codes import CREDIT_REASONS, FREQUENCIES
from ubl.rules.contexts import AE_CREDIT_REASON, AE_DOCUMENT, AE_FREQUENCY, AE_RATE, reaches
from ubl.rules.document import Document
from ubl.rules.flags import (
    agent,
    deemed_supply,
    e_commerce,
    exports,
    flags_form,
    free_zone,
    margin_scheme,
    summary,
)
from ubl.rules.pint_codes import listed
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, count, path, text, texts
from ubl.rules.values import double, normalize

_rate_form = re.compile(r"[0-9]+(\.[0-9]{1,6})?\Z").match
_SELLER_TAX = ("AccountingSupplierParty", "Party", "PartyTaxScheme")
_PRINCIPAL = ("SellerSupplierParty", "Party", "PartyIdentification", "ID")


def _out_of_scope(document: Document) -> bool:
    return document.is_type("480", "81")


@rule("aligned-ibrp-001-ae", AE_DOCUMENT, "IBT-024")
def specification(node: Node) -> bool:
    """The specification must be PINT-AE billing or self-billing."""
    stated = normalize(text(node, "CustomizationID"))
    return stated.startswith(("urn:peppol:pint:billing-1@ae-1", "urn:peppol:pint:selfbilling-1@ae-1"))


@rule("aligned-ibrp-002-ae", AE_DOCUMENT, "IBT-023")
def process(node: Node) -> bool:
    """The business process must be Peppol billing or self-billing."""
    stated = normalize(text(node, "ProfileID"))
    return stated.startswith(("urn:peppol:bis:billing", "urn:peppol:bis:selfbilling"))


@rule("ibr-154-ae", AE_DOCUMENT, "BTAE-02")
def transaction_flags(node: Node, document: Document) -> bool:
    """The transaction type must be eight digits, each 0 or 1."""
    return flags_form(document.flags) is not None


@rule("ibr-193-ae", AE_DOCUMENT, "BTAE-07")
def unique_identifier(node: Node) -> bool:
    """The document must have a unique identifier (UUID)."""
    return "UUID" in node


@rule("aligned-ibrp-sr-12", AE_DOCUMENT, "IBT-031")
def one_seller_vat_number(node: Node) -> bool:
    """The seller has at most one VAT number."""
    schemes = (s for s in path(node, *_SELLER_TAX) if any(v.upper() == "VAT" for v in texts(s, "TaxScheme", "ID")))
    return sum(count(scheme, "CompanyID") for scheme in schemes) <= 1


@rule("ibr-134-ae", AE_DOCUMENT, "IBT-031", "IBT-003")
def seller_vat_number(node: Node, document: Document) -> bool:
    """The seller's VAT number must be given, but on documents out of the scope of VAT."""
    return _out_of_scope(document) or any(
        "CompanyID" in scheme and "VAT" in texts(scheme, "TaxScheme", "ID") for scheme in path(node, *_SELLER_TAX)
    )


@rule("ibr-136-ae", AE_DOCUMENT, "IBT-047", "IBT-003")
def buyer_registration(node: Node) -> bool:
    """On documents out of the scope of VAT the buyer's legal registration must be given."""
    if "480" not in texts(node, "InvoiceTypeCode") and "81" not in texts(node, "CreditNoteTypeCode"):
        return True
    return reaches(node, "AccountingCustomerParty", "Party", "PartyLegalEntity", "CompanyID")


@rule("ibr-007-ae", AE_DOCUMENT, "BTAE-01", "BTAE-02")
def beneficiary(node: Node, document: Document) -> bool:
    """A supply in a free zone must name the beneficiary."""
    return not free_zone(document) or reaches(node, "BuyerCustomerParty", "Party", "PartyIdentification", "ID")


@rule("ibr-137-ae", AE_DOCUMENT, "BTAE-14", "BTAE-02")
def principal(node: Node, document: Document) -> bool:
    """A disclosed agent must name the principal."""
    return not agent(document) or reaches(node, *_PRINCIPAL)


@rule("ibr-176-ae", AE_DOCUMENT, "IBT-031", "BTAE-14")
def principal_differs(node: Node, document: Document) -> bool:
    """The principal of a disclosed agent must be another than the seller."""
    if not agent(document):
        return True
    principals = set(texts(node, *_PRINCIPAL))
    return any(principals - {own} for own in texts(node, *_SELLER_TAX, "CompanyID"))


@rule("ibr-138-ae", AE_DOCUMENT, "IBG-14", "BTAE-02")
def summary_period(node: Node, document: Document) -> bool:
    """A summary invoice must state its period."""
    return not summary(document) or "InvoicePeriod" in node


@rule("ibr-116-ae", AE_DOCUMENT, "IBT-151", "BTAE-02")
def margin_categories(node: Node, document: Document) -> bool:
    """Under the profit margin scheme every VAT category must be N."""
    return not margin_scheme(document) or document.categories <= {"N"}


@rule("ibr-157-ae", AE_DOCUMENT, "BTAE-02", "IBT-003")
def scope_flags(node: Node, document: Document) -> bool:
    """A document out of the scope of VAT can't be a deemed supply, under the margin scheme, or a summary."""
    if not _out_of_scope(document) or not flags_form(document.flags):
        return True
    # The published test wants the one flag set and any others; so does this.
    return not (margin_scheme(document) or deemed_supply(document) or summary(document))


@rule("ibr-122-ae", AE_DOCUMENT, "IBT-095", "IBT-102", "IBT-151", "IBT-003")
def scope_categories(node: Node, document: Document) -> bool:
    """On documents out of the scope of VAT every category must be E, O or Z."""
    return not _out_of_scope(document) or document.categories <= {"E", "O", "Z"}


@rule("ibr-151-ae", AE_DOCUMENT, "IBT-151", "IBT-003")
def taxed_line(node: Node, document: Document) -> bool:
    """A tax invoice or tax credit note must have a line that is neither exempt nor out of scope."""
    return not document.is_type("380", "381") or document.taxed_lines


@rule("ibr-141-ae", AE_DOCUMENT, "IBT-007", "IBT-002", given="TaxPointDate")
def tax_point_before_issue(node: Node) -> bool:
    """The tax point date must lie before the issue date."""
    if "TaxPointDate" not in node:
        return True
    return any(point < issued for point in texts(node, "TaxPointDate") for issued in texts(node, "IssueDate"))


@rule("ibr-124-ae", AE_DOCUMENT, "IBT-007", "IBT-003", given="TaxPointDate")
def no_tax_point_on_credit(node: Node, document: Document) -> bool:
    """A credit note has no tax point date."""
    return not document.is_type("381", "81") or "TaxPointDate" not in node


@rule("ibr-127-ae", AE_DOCUMENT, "IBT-009", "IBT-115")
def due_date(node: Node, document: Document) -> bool:
    """An invoice with an amount to pay must state when it is due, deemed supplies aside."""
    if document.is_type("381", "81") or "261" in texts(node, "CreditNoteTypeCode") or deemed_supply(document):
        return True
    return "DueDate" in node or not any(
        double(value) > 0 for value in texts(node, "LegalMonetaryTotal", "PayableAmount")
    )


@rule("ibr-191-ae", AE_DOCUMENT, "IBT-081", "IBT-003")
def payment_means(node: Node, document: Document) -> bool:
    """An invoice must state the means of payment, deemed supplies aside."""
    return (
        document.is_type("81", "381", "261")
        or deemed_supply(document)
        or reaches(node, "PaymentMeans", "PaymentMeansCode")
    )


@rule("ibr-055-ae", AE_DOCUMENT, "IBG-03", "BTAE-03")
def credited_invoice(node: Node, document: Document) -> bool:
    """A credit note must refer to the invoice it credits; a volume discount (VD) must not."""
    if not document.is_type("381", "81"):
        return True
    reasons = texts(node, "DiscrepancyResponse", "ResponseCode")
    if "BillingReference" in node:
        return any(reason != "VD" for reason in reasons)
    return "VD" in reasons


@rule("ibr-158-ae", AE_DOCUMENT, "BTAE-03", "IBT-003")
def credit_reason_present(node: Node, document: Document) -> bool:
    """A tax credit note must give its reason."""
    return not document.is_type("381") or reaches(node, "DiscrepancyResponse", "ResponseCode")


def _delivered(document: Document) -> bool:
    addresses = document.deliveries
    return all(any(part in a for a in addresses) for part in ("StreetName", "CityName", "CountrySubentity"))


@rule("ibr-142-ae", AE_DOCUMENT, "IBT-075", "IBT-077", "IBT-079", "BTAE-02")
def e_commerce_delivery(node: Node, document: Document) -> bool:
    """A supply through e-commerce must state street, city and emirate or region of the delivery."""
    return not e_commerce(document) or _delivered(document)


@rule("ibr-152-ae", AE_DOCUMENT, "IBT-075", "IBT-077", "IBT-079", "IBT-080", "BTAE-02")
def export_delivery(node: Node, document: Document) -> bool:
    """An export must state street, city and region of the delivery."""
    if not exports(document) or _delivered(document):
        return True
    return any("AE" in texts(address, "Country", "IdentificationCode") for address in document.deliveries)


@rule("ibr-160-ae", AE_DOCUMENT, "BTAE-06", "IBT-022", given="InvoicePeriod")
def other_frequency_note(node: Node) -> bool:
    """A billing frequency of OTH must be explained in the note."""
    return "Note" in node or "OTH" not in texts(node, "InvoicePeriod", "DescriptionCode")


@rule("ibr-153-ae", AE_DOCUMENT, "BTAE-04", "IBT-005", "IBT-006", given="TaxCurrencyCode")
def exchange_currencies(node: Node) -> bool:
    """In a foreign currency, the exchange rate must lead from the document currency to AED."""
    own = texts(node, "DocumentCurrencyCode")
    if "AED" not in texts(node, "TaxCurrencyCode") or not any(value != "AED" for value in own):
        return True
    sources = texts(node, "TaxExchangeRate", "SourceCurrencyCode")
    targets = texts(node, "TaxExchangeRate", "TargetCurrencyCode")
    return (
        not set(own).isdisjoint(sources)
        and not set(targets).isdisjoint(texts(node, "TaxCurrencyCode"))
        and reaches(node, "TaxExchangeRate", "CalculationRate")
    )


@rule("ibr-159-ae", AE_DOCUMENT, "BTAE-04", "IBT-005")
def exchange_rate(node: Node, document: Document) -> bool:
    """In a foreign currency, the exchange rate to AED must be given."""
    return "AED" in document.root_currencies or (bool(document.root_currencies) and document.exchange_rates)


@rule("ibr-175-ae", AE_DOCUMENT, "IBT-111", "BTAE-20", "IBT-005", "IBT-006")
def totals_in_dirham(node: Node, document: Document) -> bool:
    """In a foreign currency, the VAT total and the total with VAT must also be stated in AED."""
    if "AED" in document.root_currencies:
        return True
    if not document.root_currencies or "AED" not in texts(node, "TaxCurrencyCode"):
        return False
    references = node.get("AdditionalDocumentReference", ())
    total = any("DocumentDescription" in r and "aedtotal-incl-vat" in texts(r, "DocumentTypeCode") for r in references)
    return total and any(leaf.get("currencyID") == "AED" for leaf in path(node, "TaxTotal", "TaxAmount"))


@rule("ibr-140-ae", AE_DOCUMENT, "IBT-006", given="TaxCurrencyCode")
def tax_currency(node: Node) -> bool:
    """The VAT currency can only be AED."""
    return "TaxCurrencyCode" not in node or "AED" in texts(node, "TaxCurrencyCode")


@rule("ibr-002-ae", AE_RATE, "BTAE-04")
def rate_decimals(leaf: Leaf) -> bool:
    """An exchange rate has at most six decimals."""
    return _rate_form(leaf.text or "") is not None


@rule("ibr-001-ae", AE_CREDIT_REASON, "BTAE-03")
def credit_reason(leaf: Leaf) -> bool:
    """The reason of a credit note must be DL8.61.1.A to E, or VD."""
    return listed(leaf.text, CREDIT_REASONS)


@rule("ibr-005-ae", AE_FREQUENCY, "BTAE-06")
def frequency(leaf: Leaf) -> bool:
    """The billing frequency must be one of DLY, WKY, Q15, MTH, Q45, Q60, QTR, HYR, YRL, OTH."""
    return listed(leaf.text, FREQUENCIES)
