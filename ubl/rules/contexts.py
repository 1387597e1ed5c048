"""The contexts of PINT and PINT-AE: which elements a group of rules looks at, and in which order.

`pint` and `ae` are the two patterns on structure, `pint codes` and `ae codes` those on coded values; the order numbers
are those of the published rule sets, because the first context that takes an element keeps it.
"""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.document import Document, under_vat
from ubl.rules.registry import Context, scheme_id
from ubl.rules.tree import Leaf, Node, path, text, texts
from ubl.rules.values import boolean, normalize

LINES = ("InvoiceLine", "CreditNoteLine")


def _in_lines(*tails: str) -> tuple[str, ...]:
    return tuple(f"{line}/{tail}" for line in LINES for tail in tails)


def side(item: Node) -> str | None:
    """`allowance` or `charge`, by the indicator; `None` when it says neither."""
    leaves = item.get("ChargeIndicator")
    if not leaves:
        return None
    if len(leaves) == 1 and leaves[0].text in ("false", "true"):
        return "allowance" if leaves[0].text == "false" else "charge"
    values = {boolean(leaf.text) for leaf in leaves}
    return "allowance" if False in values else "charge" if True in values else None


def _side(item: Node, _up: Node, _document: Document) -> str | None:
    return side(item)


def _parent_side(_leaf: Leaf, up: Node, _document: Document) -> str | None:
    return side(up)


def _in_document_currency(amount: Leaf, up: Node, document: Document) -> bool:
    """Condition: the tax total around this amount is the one in the document currency."""
    return not document.currencies_around[id(up)].isdisjoint(document.root_currencies)


def _line_category(category: Node, _up: Node, _document: Document) -> str | None:
    return normalize(text(category, "ID")) if under_vat(category) else None


def _sided_category(category: Node, up: Node, _document: Document) -> str | None:
    """`allowance S`, `charge Z` ...: the category of an allowance or charge, under the scheme VAT."""
    if not under_vat(category):
        return None
    of = side(up)
    return None if of is None else f"{of} {normalize(text(category, 'ID'))}"


def _first(payment: Node, up: Node, _document: Document) -> bool:
    return up["PrepaidPayment"][0] is payment


def _emirati_vat(_leaf: Leaf, up: Node, document: Document) -> bool:
    """Condition: a VAT number of a party whose address is in the Emirates."""
    return id(up) in document.emirati and under_vat(up)


def _other_scheme(_leaf: Leaf, up: Node, _document: Document) -> bool:
    return any(normalize(text(scheme, "ID").upper()) != "VAT" for scheme in up.get("TaxScheme", ()))


IDENTIFIER = Context("pint", 0, ("EndpointID", "PartyIdentification/ID", "CompanyID"), key=scheme_id)
PRICE_ALLOWANCE = Context("pint", 9, ("Price/AllowanceCharge",))
SIDED = Context("pint", 10, ("AllowanceCharge",), key=_side)
ALLOWANCE_OR_CHARGE = Context("pint", 12, ("AllowanceCharge",))
ALLOWANCE_CATEGORY = Context("pint", 13, ("AllowanceCharge/TaxCategory",))
SUPPORTING_DOCUMENT = Context("pint", 14, ("AdditionalDocumentReference",))
BUYER = Context("pint", 15, ("AccountingCustomerParty/Party",))
BUYER_ENDPOINT = Context("pint", 16, ("AccountingCustomerParty/Party/EndpointID",))
BUYER_ADDRESS = Context("pint", 17, ("AccountingCustomerParty/Party/PostalAddress",))
DELIVER_TO = Context("pint", 18, ("Delivery/DeliveryLocation/Address",))
TOTALS = Context("pint", 19, ("LegalMonetaryTotal",))
DOCUMENT = Context("pint", 20, ("/Invoice", "/CreditNote"))
LINE = Context("pint", 21, LINES)
LINE_PERIOD = Context("pint", 22, _in_lines("InvoicePeriod"))
PERIOD = Context("pint", 23, ("InvoicePeriod",))
ITEM_PROPERTY = Context("pint", 24, ("AdditionalItemProperty",))
ITEM_CLASS = Context("pint", 25, _in_lines("Item/CommodityClassification/ItemClassificationCode"))
ITEM_STANDARD_ID = Context("pint", 26, _in_lines("Item/StandardItemIdentification/ID"))
INVOICED_CATEGORY = Context("pint", 27, ("InvoiceLine/Item/ClassifiedTaxCategory",))
PAYEE = Context("pint", 28, ("PayeeParty",))
BRANCH_ADDRESS = Context("pint", 29, ("PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/Address",))
PAYMENT = Context("pint", 30, ("PaymentMeans",))
_AMOUNTS = (
    "Amount", "BaseAmount", "PriceAmount", "LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount",
    "AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount", "PayableAmount",
)  # fmt: skip
AMOUNT = Context("pint", 31, _AMOUNTS)
TAX_AMOUNT = Context(
    "pint",
    31,
    ("TaxTotal/TaxAmount", "TaxTotal/TaxSubtotal/TaxableAmount", "TaxTotal/TaxSubtotal/TaxAmount"),
    when=_in_document_currency,
)
TERMS = Context("pint", 32, ("PaymentTerms",))
PRECEDING = Context("pint", 33, ("BillingReference",))
SELLER = Context("pint", 34, ("AccountingSupplierParty/Party",))
SELLER_ENDPOINT = Context("pint", 35, ("AccountingSupplierParty/Party/EndpointID",))
SELLER_ADDRESS = Context("pint", 36, ("AccountingSupplierParty/Party/PostalAddress",))
REPRESENTATIVE = Context("pint", 37, ("TaxRepresentativeParty",))
REPRESENTATIVE_ADDRESS = Context("pint", 38, ("TaxRepresentativeParty/PostalAddress",))
INVOICE_TAX_TOTAL = Context("pint", 39, ("/Invoice/TaxTotal",))
SUBTOTAL = Context("pint", 40, ("TaxSubtotal",))
PARTY_TAX = Context("pint", 41, ("PartyTaxScheme",))
DATE = Context(
    "pint", 42, ("IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate"), by_text=True
)
TIME = Context("pint", 43, ("*Time",), by_text=True)
ATTACHMENT = Context("pint", 44, ("*BinaryObject", "{*BinaryObject"))
TAX_CURRENCY = Context("pint", 45, ("TaxCurrencyCode",))
EMPTY = Context("pint", 46, ("*",))
BASE_QUANTITY = Context(
    "pint", 47, ("Price/BaseQuantity",), when=lambda leaf, _up, _document: leaf.get("unitCode") is not None
)
LINE_DESPATCH_ID = Context("pint", 48, _in_lines("DespatchLineReference/DocumentReference/ID"))
LINE_DESPATCH = Context("pint", 49, _in_lines("DespatchLineReference"))
FIRST_PREPAYMENT = Context("pint", 50, ("PrepaidPayment",), when=_first)
DELIVERY = Context("pint", 51, ("Delivery",))

TYPE_CODE = Context("pint codes", 0, ("InvoiceTypeCode", "CreditNoteTypeCode"))
ANY_AMOUNT = Context("pint codes", 1, (*_AMOUNTS, "TaxAmount", "TaxableAmount"))
CURRENCY = Context("pint codes", 2, ("DocumentCurrencyCode",))
VAT_CURRENCY = Context("pint codes", 3, ("TaxCurrencyCode",))
OBJECT_ID = Context(
    "pint codes",
    4,
    ("AdditionalDocumentReference/ID", "DocumentReference/ID"),
    when=lambda _leaf, up, _document: "130" in texts(up, "DocumentTypeCode"),
)
PARTY_ID = Context("pint codes", 5, ("PartyIdentification/ID",))
LEGAL_ID = Context("pint codes", 6, ("PartyLegalEntity/CompanyID",))
ITEM_CLASS_CODE = Context("pint codes", 7, ("CommodityClassification/ItemClassificationCode",))
COUNTRY = Context("pint codes", 8, ("Country/IdentificationCode",), by_text=True)
ORIGIN = Context("pint codes", 9, ("OriginCountry/IdentificationCode",), by_text=True)
PAYMENT_CODE = Context("pint codes", 10, ("PaymentMeans/PaymentMeansCode",), by_text=True)
REASON = Context("pint codes", 11, ("AllowanceCharge/AllowanceChargeReasonCode",), key=_parent_side)
STANDARD_ID = Context("pint codes", 13, ("StandardItemIdentification/ID",))
QUANTITY = Context("pint codes", 14, ("InvoicedQuantity", "BaseQuantity", "CreditedQuantity"))
EMBEDDED = Context("pint codes", 15, ("EmbeddedDocumentBinaryObject",))
ENDPOINT = Context("pint codes", 16, ("EndpointID",))
LOCATION_ID = Context("pint codes", 17, ("DeliveryLocation/ID",))

AE_BUYER = Context("ae", 0, ("AccountingCustomerParty/Party",))
AE_DELIVERY_TERMS = Context("ae", 1, ("DeliveryTerms",))
AE_BUYER_ADDRESS = Context("ae", 2, ("AccountingCustomerParty/Party/PostalAddress",))
AE_SELLER_ADDRESS = Context("ae", 3, ("AccountingSupplierParty/Party/PostalAddress",))
AE_SELLER = Context("ae", 4, ("AccountingSupplierParty/Party",))
AE_PRICE_ALLOWANCE = Context("ae", 5, ("Price/AllowanceCharge",))
AE_PRICE = Context("ae", 6, ("Price",))
AE_PAYMENT = Context("ae", 7, ("PaymentMeans",))
AE_ADDRESS = Context("ae", 8, ("PostalAddress",))
AE_SIDED = Context("ae", 9, ("AllowanceCharge",), key=_side)
AE_RATE = Context("ae", 11, ("CalculationRate",), by_text=True)
AE_LINE = Context("ae", 12, LINES)
AE_DOCUMENT = Context("ae", 13, ("/Invoice", "/CreditNote"))
AE_ITEM = Context("ae", 14, ("Item",))
AE_SUBTOTAL = Context("ae", 15, ("TaxSubtotal",))
AE_LINE_CATEGORY = Context("ae", 16, _in_lines("Item/ClassifiedTaxCategory"), key=_line_category)
AE_ALLOWANCE_CATEGORY = Context("ae", 17, ("AllowanceCharge/TaxCategory",), key=_sided_category)
AE_BREAKDOWN = Context("ae", 19, ("/*/TaxTotal/TaxSubtotal/TaxCategory",), key=_line_category)
AE_TRN = Context("ae", 37, ("Party/PartyTaxScheme/CompanyID",), when=_emirati_vat)
AE_TIN = Context("ae", 38, ("AccountingSupplierParty/Party/PartyTaxScheme/CompanyID",), when=_other_scheme)
AE_TAX_SCHEME = Context("ae", 39, ("TaxScheme/ID",), by_text=True)

AE_CREDIT_REASON = Context("ae codes", 0, ("DiscrepancyResponse/ResponseCode",))
AE_BUYER_PASSPORT = Context("ae codes", 1, ("AccountingCustomerParty/Party/PartyLegalEntity/CompanyID",))
AE_SELLER_PASSPORT = Context("ae codes", 2, ("AccountingSupplierParty/Party/PartyLegalEntity/CompanyID",))
AE_FREQUENCY = Context("ae codes", 3, ("InvoicePeriod/DescriptionCode",))
AE_CATEGORY = Context("ae codes", 4, ("TaxCategory/ID", "ClassifiedTaxCategory/ID"), by_text=True)
AE_NATURE = Context("ae codes", 5, ("NatureCode",), by_text=True)


def reaches(node: Node, *names: str) -> bool:
    """Whether that path leads to anything."""
    return bool(path(node, *names))
