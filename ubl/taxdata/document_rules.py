"""The published rules of the Tax Data Document 1.0.4 about the key data of the reported document."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

import re

from ubl.rules.document import Document
from ubl.rules.lists import CURRENCIES
from ubl.rules.registry import Context, rule
from ubl.rules.tree import Node, path, text
from ubl.rules.values import normalize
from ubl.taxdata.head_rules import DOCUMENT_PATH, PARTY_PARTS, none_of, transaction_types
from ubl.taxdata.names import PXS

DOCUMENT = Context("tdd", 6, (DOCUMENT_PATH,))
SELLER = Context("tdd", 7, (f"{DOCUMENT_PATH}/AccountingSupplierParty",))
SELLER_PARTY = Context("tdd", 8, (f"{DOCUMENT_PATH}/AccountingSupplierParty/Party",))
SELLER_TAX = Context("tdd", 9, (f"{DOCUMENT_PATH}/AccountingSupplierParty/Party/PartyTaxScheme",))
BUYER = Context("tdd", 10, (f"{DOCUMENT_PATH}/AccountingCustomerParty",))
BUYER_PARTY = Context("tdd", 11, (f"{DOCUMENT_PATH}/AccountingCustomerParty/Party",))
BUYER_TAX = Context("tdd", 13, (f"{DOCUMENT_PATH}/AccountingCustomerParty/Party/PartyTaxScheme",))
TAX_TOTAL = Context("tdd", 14, (f"{DOCUMENT_PATH}/TaxTotal",))
MONETARY_TOTAL = Context("tdd", 15, (f"{DOCUMENT_PATH}/{PXS}MonetaryTotal",))

TDD_CURRENCIES = (CURRENCIES | {"ANG", "BGN", "STD"}) - {"STN", "XCG"}
"""ISO 4217 as of 2024: the tax data document's list is older than the invoice's."""
_exports = re.compile(r"[01]{7}1\Z").match
_TAX_PARTS = frozenset({"RegistrationName", "TaxLevelCode", "ExemptionReasonCode", "ExemptionReason"})
_TAX_PARTS |= {"RegistrationAddress"}
_SELLER_PARTS = frozenset(
    """CustomerAssignedAccountID AdditionalAccountID DataSendingCapability DespatchContact AccountingContact
    SellerContact""".split()  # noqa: SIM905
)
_BUYER_PARTS = frozenset(
    """CustomerAssignedAccountID SupplierAssignedAccountID AdditionalAccountID DeliveryContact AccountingContact
    BuyerContact""".split()  # noqa: SIM905
)


def _currency(document: Node) -> str:
    return normalize(text(document, "DocumentCurrencyCode"))


def _tax_currency(document: Node) -> str:
    return normalize(text(document, "TaxCurrencyCode"))


def _totals_in(document: Node, currency: str) -> int:
    """How many tax totals state an amount in that currency."""
    totals = document.get("TaxTotal", ())
    return sum(any(amount.get("currencyID") == currency for amount in total.get("TaxAmount", ())) for total in totals)


@rule("ibr-tdd-24", DOCUMENT, "IBT-024")
def specification(node: Node) -> bool:
    """The reported document's specification must be told."""
    return "CustomizationID" in node


@rule("ibr-tdd-25", DOCUMENT, "IBT-023")
def process(node: Node) -> bool:
    """The reported document's process must be told."""
    return "ProfileID" in node


@rule("ibr-tdd-26", DOCUMENT, "IBT-001")
def number(node: Node) -> bool:
    """The reported document's number must be told."""
    return "ID" in node


@rule("ibr-tdd-27", DOCUMENT, "BTAE-07")
def uuid(node: Node) -> bool:
    """The reported document's UUID must be told."""
    return "UUID" in node


@rule("ibr-tdd-28", DOCUMENT, "IBT-002")
def issue_date(node: Node) -> bool:
    """The reported document's issue date must be told."""
    return "IssueDate" in node


@rule("ibr-tdd-29", DOCUMENT, "IBT-003")
def type_code(node: Node) -> bool:
    """The reported document's type must be told."""
    return PXS + "DocumentTypeCode" in node


@rule("ibr-tdd-30", DOCUMENT, "IBT-005")
def currency(node: Node) -> bool:
    """The reported document's currency must be told."""
    return "DocumentCurrencyCode" in node


@rule("ibr-tdd-30-1", DOCUMENT, "IBT-005")
def currency_code(node: Node) -> bool:
    """The reported document's currency is a code of the report's currency list."""
    return "DocumentCurrencyCode" not in node or _currency(node) in TDD_CURRENCIES


@rule("ibr-tdd-31", DOCUMENT, "IBT-006", "IBT-005")
def two_currencies(node: Node) -> bool:
    """A VAT currency is told only where it isn't the document's currency."""
    return "TaxCurrencyCode" not in node or _tax_currency(node) != _currency(node)


@rule("ibr-tdd-31-1", DOCUMENT, "IBT-006")
def tax_currency_code(node: Node) -> bool:
    """The reported document's VAT currency is a code of the report's currency list."""
    return "TaxCurrencyCode" not in node or _tax_currency(node) in TDD_CURRENCIES


@rule("ibr-tdd-32", DOCUMENT, "IBG-04")
def seller(node: Node) -> bool:
    """The reported document's seller must be told."""
    return "AccountingSupplierParty" in node


@rule("ibr-tdd-33", DOCUMENT, "IBG-07", "BTAE-02")
def buyer(node: Node, up: Node, document: Document) -> bool:
    """The reported document's buyer must be told, unless the document is marked as an export."""
    if "AccountingCustomerParty" in node:
        return True
    types = transaction_types(up)
    return len(types) == 1 and _exports(normalize(types[0].text)) is not None


@rule("ibr-tdd-34", DOCUMENT, "IBT-110", "IBT-111")
def total_per_currency(node: Node) -> bool:
    """There is one VAT total for each currency used: the document's, and the VAT currency if there is one."""
    return len(node.get("TaxTotal", ())) == (2 if "TaxCurrencyCode" in node else 1)


@rule("ibr-tdd-35", DOCUMENT, "IBT-110")
def total_in_currency(node: Node) -> bool:
    """Exactly one VAT total is in the document's currency."""
    return _totals_in(node, _currency(node)) == 1


@rule("ibr-tdd-36", DOCUMENT, "IBT-111")
def total_in_tax_currency(node: Node) -> bool:
    """Exactly one VAT total is in the VAT currency, where there is one."""
    return "TaxCurrencyCode" not in node or _totals_in(node, _tax_currency(node)) == 1


@rule("ibr-tdd-37", DOCUMENT, "IBT-109")
def one_monetary_total(node: Node) -> bool:
    """Exactly one monetary total is told."""
    return len(node.get(PXS + "MonetaryTotal", ())) == 1


@rule("ibr-tdd-38", DOCUMENT, "IBT-109", "IBT-005")
def monetary_total_currency(node: Node) -> bool:
    """The one monetary total is in the document's currency."""
    if not one_monetary_total(node):
        return True
    amounts = path(node, PXS + "MonetaryTotal", "TaxExclusiveAmount")
    return any(amount.get("currencyID") == _currency(node) for amount in amounts)


@rule("ibr-tdd-39", SELLER, "IBG-04")
def seller_parts(node: Node) -> bool:
    """Of the seller nothing but the party itself is told."""
    return none_of(node, _SELLER_PARTS)


@rule("ibr-tdd-40", SELLER, "IBG-04")
def seller_party(node: Node) -> bool:
    """The seller's party must be told."""
    return "Party" in node


@rule("ibr-tdd-41", SELLER_PARTY, "IBG-04")
def seller_party_parts(node: Node) -> bool:
    """Of the seller's party nothing but its tax registration is told."""
    return none_of(node, PARTY_PARTS - {"PartyTaxScheme"})


@rule("ibr-tdd-42", SELLER_PARTY, "IBT-031", "IBT-032")
def one_seller_registration(node: Node) -> bool:
    """Exactly one tax registration of the seller is told."""
    return len(node.get("PartyTaxScheme", ())) == 1


@rule("ibr-tdd-43", SELLER_TAX, "IBT-031", "IBT-032")
def seller_registration_parts(node: Node) -> bool:
    """Of the seller's tax registration nothing but number and scheme is told."""
    return none_of(node, _TAX_PARTS)


@rule("ibr-tdd-44", SELLER_TAX, "IBT-031", "IBT-032")
def seller_registration_number(node: Node) -> bool:
    """The seller's tax registration must have its number."""
    return "CompanyID" in node


@rule("ibr-tdd-45", SELLER_TAX, "IBT-031", "IBT-032")
def seller_registration_scheme(node: Node) -> bool:
    """The seller's tax registration must name its scheme."""
    return bool(path(node, "TaxScheme", "ID"))


@rule("ibr-tdd-46", BUYER, "IBG-07")
def buyer_parts(node: Node) -> bool:
    """Of the buyer nothing but the party itself is told."""
    return none_of(node, _BUYER_PARTS)


@rule("ibr-tdd-47", BUYER, "IBG-07")
def buyer_party(node: Node) -> bool:
    """The buyer's party must be told."""
    return "Party" in node


@rule("ibr-tdd-48", BUYER_PARTY, "IBG-07")
def buyer_party_parts(node: Node) -> bool:
    """Of the buyer's party nothing but identifiers and tax registrations is told."""
    return none_of(node, PARTY_PARTS - {"PartyTaxScheme", "PartyIdentification"})


@rule("ibr-tdd-49", BUYER_TAX, "IBT-048")
def buyer_registration_parts(node: Node) -> bool:
    """Of the buyer's tax registration nothing but number and scheme is told."""
    return none_of(node, _TAX_PARTS)


@rule("ibr-tdd-51", TAX_TOTAL, "IBT-110", "IBT-111")
def tax_total_parts(node: Node) -> bool:
    """Of a VAT total nothing but the amount is told, no breakdown."""
    return none_of(node, frozenset({"RoundingAmount", "TaxEvidenceIndicator", "TaxIncludedIndicator", "TaxSubtotal"}))


@rule("ibr-tdd-52", MONETARY_TOTAL, "IBT-109")
def total_without_tax(node: Node) -> bool:
    """The monetary total must state the amount without VAT."""
    return "TaxExclusiveAmount" in node


@rule("ibr-tdd-53", MONETARY_TOTAL, "IBT-109", "IBT-005")
def total_without_tax_currency(node: Node, up: Node, document: Document) -> bool:
    """The amount without VAT is in the document's currency."""
    return any(amount.get("currencyID") == _currency(up) for amount in node.get("TaxExclusiveAmount", ()))


@rule("ibr-tdd-54", MONETARY_TOTAL, "IBT-112")
def no_total_with_tax(node: Node) -> bool:
    """The monetary total doesn't state the amount with VAT."""
    return "TaxInclusiveAmount" not in node
