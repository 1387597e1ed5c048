"""Where each field of an invoice stands in UBL: one table that writing, reading and pointing share.

A `Shape` lists, in the order of the XSD, the nodes that one Struct puts into an element:

- `Leaf`: an element with text, from one field; attributes from further fields;
- `Sub`: an element from a field that is itself a Struct;
- `Group`: one element around several fields of the same Struct, there when any of them is;
- `Const`: an element that says the same in each document, and by which the reader tells two groups apart.

Paths are relative and use the customary prefixes, as in `cac:PartyName/cbc:Name`.
UBL 2.1 (OASIS), PINT-AE 1.0.4 syntax binding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from lxml import etree

from ubl import invoice as m

CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
NAMESPACES = {"cbc": CBC, "cac": CAC}

Element = etree._Element
When = Callable[[Element], bool]
"""Tells whether an element belongs to a node, where several nodes have the same name."""


class Kind(Enum):
    """How a field's value becomes text."""

    TEXT = auto()
    NUMBER = auto()
    AMOUNT = auto()
    """A number whose element names its currency."""
    DATE = auto()
    TIME = auto()
    BOOLEAN = auto()
    BINARY = auto()
    DIRHAM_TEXT = auto()
    """BTAE-20: an amount in words, `AED 913621.44`."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """An element with text. `currency` is a literal code, or the name of a field after `.`; absent, the document's."""

    path: str
    field: str
    kind: Kind = Kind.TEXT
    attributes: tuple[tuple[str, str], ...] = ()
    """XML attribute, field."""
    many: bool = False
    currency: str | None = None
    when: When | None = None


@dataclass(frozen=True, eq=False)
class Const:
    """An element whose text never varies."""

    path: str
    text: str


@dataclass(frozen=True, eq=False)
class Group:
    """An element around several nodes of the same Struct."""

    path: str
    nodes: "tuple[Node, ...]"
    when: When | None = None


@dataclass(frozen=True, eq=False)
class Sub:
    """An element that holds a Struct of its own."""

    path: str
    field: str
    shape: "Shape"
    many: bool = False
    when: When | None = None


Node = Leaf | Const | Group | Sub


@dataclass(frozen=True, eq=False)
class Shape:
    """What one Struct puts into its element: child nodes, or text with attributes (`text` names the field)."""

    struct: type[m.Model]
    nodes: tuple[Node, ...] = ()
    text: str | None = None
    kind: Kind = Kind.TEXT
    attributes: tuple[tuple[str, str], ...] = ()


def fields(nodes: tuple[Node, ...]) -> list[str]:
    """The fields that these nodes place, in order, those of groups included."""
    found: list[str] = []
    for node in nodes:
        if isinstance(node, Group):
            found += fields(node.nodes)
        elif not isinstance(node, Const):
            found.append(node.field)
    return found


def qualified(step: str) -> str:
    """`cbc:ID` in lxml's spelling, `{namespace}ID`."""
    prefix, _, name = step.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


def says(path: str, *texts: str) -> When:
    """Whether the element at `path` below says one of `texts`."""
    steps = "/".join(qualified(step) for step in path.split("/"))
    return lambda element: (element.findtext(steps) or "").strip() in texts


def _amount(path: str, field: str, currency: str | None = None) -> Leaf:
    return Leaf(path, field, Kind.AMOUNT, currency=currency)


def _vat_scheme(element: Element) -> bool:
    return says("cac:TaxScheme/cbc:ID", "VAT")(element)


_TOTAL_IN_DIRHAM = tuple(map(qualified, ("cbc:ID", "cbc:DocumentTypeCode", "cbc:DocumentDescription")))


def _total_in_dirham(element: Element) -> bool:
    """Whether this is BTAE-20 exactly as we write it; any other spelling stays a supporting document."""
    if not says("cbc:DocumentTypeCode", "aedtotal-incl-vat")(element):
        return False
    if any(child.tag not in _TOTAL_IN_DIRHAM for child in element):
        return False
    if element.findtext(qualified("cbc:ID")) != "AED":
        return False
    label, _, number = (element.findtext(qualified("cbc:DocumentDescription")) or "").partition(" ")
    whole, dot, cents = number.removeprefix("-").partition(".")
    return label == "AED" and whole.isdecimal() and number.isascii() and (cents.isdecimal() if dot else True)


def _vat_in_tax_currency(element: Element) -> bool:
    """Whether this TaxTotal is IBT-111: dirham without a breakdown."""
    amount = element.find(qualified("cbc:TaxAmount"))
    return (
        amount is not None and amount.get("currencyID") == "AED" and element.find(qualified("cac:TaxSubtotal")) is None
    )


def _document_vat(element: Element) -> bool:
    """Whether this TaxTotal is IBT-110: any that isn't IBT-111, which a document in dirham doesn't need."""
    root = element.getroottree().getroot()
    return not _vat_in_tax_currency(element) or root.findtext(qualified("cbc:DocumentCurrencyCode")) == "AED"


_SCHEME = (("schemeID", "scheme"),)
_TAX_SCHEME = Const("cac:TaxScheme/cbc:ID", "VAT")

IDENTIFIER = Shape(m.Identifier, text="id", attributes=_SCHEME)
ENDPOINT = Shape(m.Endpoint, text="id", attributes=_SCHEME)
LEGAL_ID = Shape(
    m.LegalId,
    text="id",
    attributes=(("schemeID", "scheme"), ("schemeAgencyID", "type"), ("schemeAgencyName", "authority")),
)
ADDRESS = Shape(
    m.Address,
    (
        Leaf("cbc:StreetName", "street"),
        Leaf("cbc:AdditionalStreetName", "additional"),
        Leaf("cbc:CityName", "city"),
        Leaf("cbc:PostalZone", "postal_zone"),
        Leaf("cbc:CountrySubentity", "subdivision"),
        Leaf("cac:AddressLine/cbc:Line", "line"),
        Leaf("cac:Country/cbc:IdentificationCode", "country"),
    ),
)
CONTACT = Shape(
    m.Contact,
    (Leaf("cbc:Name", "name"), Leaf("cbc:Telephone", "phone"), Leaf("cbc:ElectronicMail", "email")),
)
TRN = Group("cac:PartyTaxScheme", (Leaf("cbc:CompanyID", "trn"), _TAX_SCHEME), _vat_scheme)
TAX_ID = Shape(m.TaxId, (Leaf("cbc:CompanyID", "id"), Leaf("cac:TaxScheme/cbc:ID", "scheme")))
PARTY = Shape(
    m.Party,
    (
        Sub("cbc:EndpointID", "endpoint", ENDPOINT),
        Sub("cac:PartyIdentification/cbc:ID", "ids", IDENTIFIER, many=True),
        Leaf("cac:PartyName/cbc:Name", "trade_name"),
        Sub("cac:PostalAddress", "address", ADDRESS),
        TRN,
        Sub("cac:PartyTaxScheme", "tin", TAX_ID, when=lambda element: not _vat_scheme(element)),
        Group(
            "cac:PartyLegalEntity",
            (
                Leaf("cbc:RegistrationName", "name"),
                Sub("cbc:CompanyID", "legal_id", LEGAL_ID),
                Leaf("cbc:CompanyLegalForm", "legal_form"),
            ),
        ),
        Sub("cac:Contact", "contact", CONTACT),
    ),
)
PAYEE = Shape(
    m.Payee,
    (
        Sub("cac:PartyIdentification/cbc:ID", "id", IDENTIFIER),
        Leaf("cac:PartyName/cbc:Name", "name"),
        Sub("cac:PartyLegalEntity/cbc:CompanyID", "legal_id", LEGAL_ID),
    ),
)
TAX_REPRESENTATIVE = Shape(
    m.TaxRepresentative,
    (Leaf("cac:PartyName/cbc:Name", "name"), Sub("cac:PostalAddress", "address", ADDRESS), TRN),
)
PERIOD = Shape(
    m.Period,
    (
        Leaf("cbc:StartDate", "start", Kind.DATE),
        Leaf("cbc:EndDate", "end", Kind.DATE),
        Leaf("cbc:DescriptionCode", "frequency"),
        Leaf("cbc:Description", "description"),
    ),
)
CREDIT_REASON = Shape(m.CreditReason, (Leaf("cbc:ResponseCode", "code"), Leaf("cbc:Description", "description")))
PRECEDING = Shape(m.PrecedingInvoice, (Leaf("cbc:ID", "number"), Leaf("cbc:IssueDate", "issue_date", Kind.DATE)))
CONTRACT = Shape(m.Contract, (Leaf("cbc:ID", "id"), Leaf("cbc:DocumentDescription", "value")))
ATTACHMENT = Shape(
    m.Attachment,
    text="content",
    kind=Kind.BINARY,
    attributes=(("mimeCode", "mime"), ("filename", "filename")),
)
DOCUMENT = Shape(
    m.SupportingDocument,
    (
        Leaf("cbc:ID", "id", attributes=_SCHEME),
        Leaf("cbc:DocumentTypeCode", "type"),
        Leaf("cbc:DocumentDescription", "description"),
        Group(
            "cac:Attachment",
            (
                Sub("cbc:EmbeddedDocumentBinaryObject", "file", ATTACHMENT),
                Leaf("cac:ExternalReference/cbc:URI", "url"),
            ),
        ),
    ),
)
DELIVERY = Shape(
    m.Delivery,
    (
        Leaf("cbc:ActualDeliveryDate", "actual_date", Kind.DATE),
        Group(
            "cac:DeliveryLocation",
            (Sub("cbc:ID", "location", IDENTIFIER), Sub("cac:Address", "address", ADDRESS)),
        ),
        Group(
            "cac:DeliveryParty",
            (
                Sub("cac:PartyIdentification/cbc:ID", "party_id", IDENTIFIER),
                Leaf("cac:PartyName/cbc:Name", "party"),
            ),
        ),
        Sub("cac:DeliveryTerms/cbc:ID", "incoterms", IDENTIFIER),
    ),
)
PAYMENT_MEANS = Shape(
    m.PaymentMeans,
    (
        Leaf("cbc:ID", "id"),
        Leaf("cbc:PaymentMeansCode", "code", attributes=(("name", "name"),)),
        Sub("cbc:PaymentID", "payment_ids", IDENTIFIER, many=True),
        Sub(
            "cac:CardAccount",
            "card",
            Shape(
                m.Card,
                (
                    Leaf("cbc:PrimaryAccountNumberID", "number"),
                    Leaf("cbc:NetworkID", "network"),
                    Leaf("cbc:HolderName", "holder"),
                ),
            ),
        ),
        Sub(
            "cac:PayeeFinancialAccount",
            "account",
            Shape(
                m.Account,
                (
                    Leaf("cbc:ID", "id", attributes=_SCHEME),
                    Leaf("cbc:Name", "name"),
                    Leaf("cac:FinancialInstitutionBranch/cbc:ID", "branch"),
                ),
            ),
        ),
        Sub(
            "cac:PaymentMandate",
            "mandate",
            Shape(m.Mandate, (Leaf("cbc:ID", "id"), Leaf("cac:PayerFinancialAccount/cbc:ID", "account"))),
        ),
    ),
)
PAYMENT_TERMS = Shape(
    m.PaymentTerms,
    (
        Leaf("cbc:PaymentMeansID", "means"),
        Leaf("cbc:Note", "note"),
        _amount("cbc:Amount", "amount"),
        Leaf("cbc:InstallmentDueDate", "due_date", Kind.DATE),
    ),
)
PREPAYMENT = Shape(
    m.Prepayment,
    (
        Leaf("cbc:ID", "id"),
        _amount("cbc:PaidAmount", "amount"),
        Leaf("cbc:ReceivedDate", "received", Kind.DATE),
        Leaf("cbc:InstructionID", "type"),
    ),
)
VAT_CATEGORY = Shape(
    m.VatCategory,
    (
        Leaf("cbc:ID", "category"),
        Leaf("cbc:Percent", "percent", Kind.NUMBER),
        _amount("cbc:PerUnitAmount", "per_unit"),
        Leaf("cbc:TaxExemptionReasonCode", "exemption_code"),
        Leaf("cbc:TaxExemptionReason", "exemption_reason"),
        _TAX_SCHEME,
    ),
)


def _allowance_charge(indicator: str) -> Shape:
    return Shape(
        m.AllowanceCharge,
        (
            Const("cbc:ChargeIndicator", indicator),
            Leaf("cbc:AllowanceChargeReasonCode", "reason_code"),
            Leaf("cbc:AllowanceChargeReason", "reason"),
            Leaf("cbc:MultiplierFactorNumeric", "percent", Kind.NUMBER),
            _amount("cbc:Amount", "amount"),
            _amount("cbc:BaseAmount", "base"),
            Sub("cac:TaxCategory", "vat", VAT_CATEGORY),
        ),
    )


ALLOWANCES = Sub(
    "cac:AllowanceCharge", "allowances", _allowance_charge("false"), True, says("cbc:ChargeIndicator", "false", "0")
)
CHARGES = Sub(
    "cac:AllowanceCharge", "charges", _allowance_charge("true"), True, says("cbc:ChargeIndicator", "true", "1")
)
VAT = Shape(
    m.Vat,
    (
        _amount("cbc:TaxAmount", "total"),
        Leaf("cbc:TaxIncludedIndicator", "included", Kind.BOOLEAN),
        Sub(
            "cac:TaxSubtotal",
            "breakdown",
            Shape(
                m.VatSubtotal,
                (
                    _amount("cbc:TaxableAmount", "taxable"),
                    _amount("cbc:TaxAmount", "tax"),
                    Group(
                        "cac:TaxCategory",
                        (
                            Leaf("cbc:ID", "category"),
                            Leaf("cbc:Percent", "percent", Kind.NUMBER),
                            Leaf("cbc:TaxExemptionReasonCode", "exemption_code"),
                            Leaf("cbc:TaxExemptionReason", "exemption_reason"),
                            _TAX_SCHEME,
                        ),
                    ),
                ),
            ),
            many=True,
        ),
    ),
)
TOTALS = Shape(
    m.Totals,
    (
        _amount("cbc:LineExtensionAmount", "lines"),
        _amount("cbc:TaxExclusiveAmount", "tax_exclusive"),
        _amount("cbc:TaxInclusiveAmount", "tax_inclusive"),
        _amount("cbc:AllowanceTotalAmount", "allowances"),
        _amount("cbc:ChargeTotalAmount", "charges"),
        _amount("cbc:PrepaidAmount", "prepaid"),
        _amount("cbc:PayableRoundingAmount", "rounding"),
        _amount("cbc:PayableAmount", "payable"),
    ),
)
EXCHANGE_RATE = Shape(
    m.ExchangeRate,
    (
        Leaf("cbc:SourceCurrencyCode", "source"),
        Leaf("cbc:TargetCurrencyCode", "target"),
        Leaf("cbc:CalculationRate", "rate", Kind.NUMBER),
    ),
)
CLASSIFICATION = Shape(
    m.Classification,
    (
        Leaf("cbc:NatureCode", "nature"),
        Leaf("cbc:CommodityCode", "type"),
        Leaf(
            "cbc:ItemClassificationCode",
            "code",
            attributes=(("listID", "list_id"), ("listVersionID", "list_version")),
        ),
    ),
)
ITEM = Shape(
    m.Item,
    (
        Leaf("cbc:Description", "description"),
        Leaf("cbc:Name", "name"),
        Leaf("cac:BuyersItemIdentification/cbc:ID", "buyers_id"),
        Leaf("cac:SellersItemIdentification/cbc:ID", "sellers_id"),
        Sub("cac:StandardItemIdentification/cbc:ID", "standard_id", IDENTIFIER),
        Sub("cac:AdditionalItemIdentification/cbc:ID", "service_code", IDENTIFIER),
        Leaf("cac:OriginCountry/cbc:IdentificationCode", "origin"),
        Sub("cac:CommodityClassification", "classifications", CLASSIFICATION, many=True),
        Sub("cac:ClassifiedTaxCategory", "vat", VAT_CATEGORY),
        Sub(
            "cac:AdditionalItemProperty",
            "properties",
            Shape(m.ItemProperty, (Leaf("cbc:Name", "name"), Leaf("cbc:Value", "value"))),
            many=True,
        ),
        Leaf("cac:ItemInstance/cac:LotIdentification/cbc:LotNumberID", "lots", many=True),
    ),
)
PRICE = Shape(
    m.Price,
    (
        _amount("cbc:PriceAmount", "net"),
        Leaf("cbc:BaseQuantity", "quantity", Kind.NUMBER, (("unitCode", "unit"),)),
        Group(
            "cac:AllowanceCharge",
            (
                Const("cbc:ChargeIndicator", "false"),
                _amount("cbc:Amount", "discount"),
                _amount("cbc:BaseAmount", "gross"),
            ),
            says("cbc:ChargeIndicator", "false", "0"),
        ),
    ),
)
LINE_TOTALS = Shape(
    m.LineTotals,
    (
        _amount("cbc:Amount", "payable", ".currency"),
        _amount("cac:TaxTotal/cbc:TaxAmount", "vat", ".currency"),
    ),
)


def _line(quantity: str, reasons: tuple[Node, ...], money: tuple[Node, ...]) -> Shape:
    """A line; the two documents differ in the quantity's name and in the order of tax, allowances and charges."""
    return Shape(
        m.Line,
        (
            Leaf("cbc:ID", "id"),
            Leaf("cbc:Note", "notes", many=True),
            Leaf(quantity, "quantity", Kind.NUMBER, (("unitCode", "unit"),)),
            _amount("cbc:LineExtensionAmount", "net"),
            Leaf("cbc:AccountingCost", "accounting_cost"),
            Sub("cac:InvoicePeriod", "period", PERIOD),
            Group(
                "cac:OrderLineReference",
                (Leaf("cbc:LineID", "order_line"), Leaf("cac:OrderReference/cbc:ID", "order")),
            ),
            *reasons,
            Group(
                "cac:DespatchLineReference",
                (Leaf("cbc:LineID", "despatch_line"), Leaf("cac:DocumentReference/cbc:ID", "despatch")),
            ),
            Group(
                "cac:DocumentReference",
                (Sub("cbc:ID", "object_id", IDENTIFIER), Const("cbc:DocumentTypeCode", "130")),
                says("cbc:DocumentTypeCode", "130"),
            ),
            *money,
            Sub("cac:Item", "item", ITEM),
            Sub("cac:Price", "price", PRICE),
            Sub("cac:ItemPriceExtension", "totals", LINE_TOTALS),
        ),
    )


_REASONS = Sub("cac:DiscrepancyResponse", "credit_reasons", CREDIT_REASON, many=True)
_LINE_TAX = _amount("cac:TaxTotal/cbc:TaxAmount", "tax")
INVOICE_LINE = _line("cbc:InvoicedQuantity", (), (ALLOWANCES, CHARGES, _LINE_TAX))
CREDIT_NOTE_LINE = _line("cbc:CreditedQuantity", (_REASONS,), (_LINE_TAX, ALLOWANCES, CHARGES))

_HEAD: tuple[Node, ...] = (
    Leaf("cbc:CustomizationID", "specification"),
    Leaf("cbc:ProfileID", "process"),
    Leaf("cbc:ProfileExecutionID", "transaction_type"),
    Leaf("cbc:ID", "number"),
    Leaf("cbc:UUID", "uuid"),
    Leaf("cbc:IssueDate", "issue_date", Kind.DATE),
    Leaf("cbc:IssueTime", "issue_time", Kind.TIME),
)
_CURRENCY: tuple[Node, ...] = (
    Leaf("cbc:DocumentCurrencyCode", "currency"),
    Leaf("cbc:TaxCurrencyCode", "tax_currency"),
    Leaf("cbc:AccountingCost", "accounting_cost"),
    Leaf("cbc:BuyerReference", "buyer_reference"),
    Sub("cac:InvoicePeriod", "period", PERIOD),
)
_TAX_POINT = Leaf("cbc:TaxPointDate", "tax_point_date", Kind.DATE)
_NOTES = Leaf("cbc:Note", "notes", many=True)
_ORDER: tuple[Node, ...] = (
    Group("cac:OrderReference", (Leaf("cbc:ID", "purchase_order"), Leaf("cbc:SalesOrderID", "sales_order"))),
    Sub("cac:BillingReference/cac:InvoiceDocumentReference", "preceding", PRECEDING, many=True),
    Leaf("cac:DespatchDocumentReference/cbc:ID", "despatch_advice"),
    Leaf("cac:ReceiptDocumentReference/cbc:ID", "receiving_advice"),
)
_CUSTOMS = Leaf("cac:StatementDocumentReference/cbc:ID", "customs_reference")
_TENDER = Leaf("cac:OriginatorDocumentReference/cbc:ID", "tender")
_DOCUMENTS: tuple[Node, ...] = (
    Sub("cac:ContractDocumentReference", "contract", CONTRACT),
    Group(
        "cac:AdditionalDocumentReference",
        (
            Const("cbc:ID", "AED"),
            Const("cbc:DocumentTypeCode", "aedtotal-incl-vat"),
            Leaf("cbc:DocumentDescription", "total_aed", Kind.DIRHAM_TEXT),
        ),
        _total_in_dirham,
    ),
    Sub("cac:AdditionalDocumentReference", "documents", DOCUMENT, many=True),
)
_PARTIES: tuple[Node, ...] = (
    Sub("cac:AccountingSupplierParty/cac:Party", "seller", PARTY),
    Sub("cac:AccountingCustomerParty/cac:Party", "buyer", PARTY),
    Sub("cac:PayeeParty", "payee", PAYEE),
    Sub("cac:BuyerCustomerParty/cac:Party/cac:PartyIdentification/cbc:ID", "beneficiary", IDENTIFIER),
    Sub("cac:SellerSupplierParty/cac:Party/cac:PartyIdentification/cbc:ID", "principal", IDENTIFIER),
    Sub("cac:TaxRepresentativeParty", "tax_representative", TAX_REPRESENTATIVE),
    Sub("cac:Delivery", "delivery", DELIVERY),
    Sub("cac:PaymentMeans", "payment_means", PAYMENT_MEANS, many=True),
    Sub("cac:PaymentTerms", "payment_terms", PAYMENT_TERMS, many=True),
)
_EXCHANGE = Sub("cac:TaxExchangeRate", "exchange_rate", EXCHANGE_RATE)
_TOTALS: tuple[Node, ...] = (
    Sub("cac:TaxTotal", "vat", VAT, when=_document_vat),
    Group("cac:TaxTotal", (_amount("cbc:TaxAmount", "vat_aed", "AED"),), _vat_in_tax_currency),
    Sub("cac:LegalMonetaryTotal", "totals", TOTALS),
)

INVOICE = Shape(
    m.Invoice,
    (
        *_HEAD,
        Leaf("cbc:DueDate", "due_date", Kind.DATE),
        Leaf("cbc:InvoiceTypeCode", "type"),
        _NOTES,
        _TAX_POINT,
        *_CURRENCY,
        *_ORDER,
        _CUSTOMS,
        _TENDER,
        *_DOCUMENTS,
        Leaf("cac:ProjectReference/cbc:ID", "project"),
        *_PARTIES,
        Sub("cac:PrepaidPayment", "prepayments", PREPAYMENT, many=True),
        ALLOWANCES,
        CHARGES,
        _EXCHANGE,
        *_TOTALS,
        Sub("cac:InvoiceLine", "lines", INVOICE_LINE, many=True),
    ),
)
CREDIT_NOTE = Shape(
    m.Invoice,
    (
        *_HEAD,
        _TAX_POINT,
        Leaf("cbc:CreditNoteTypeCode", "type"),
        _NOTES,
        *_CURRENCY,
        _REASONS,
        *_ORDER,
        *_DOCUMENTS,
        _CUSTOMS,
        _TENDER,
        *_PARTIES,
        _EXCHANGE,
        ALLOWANCES,
        CHARGES,
        *_TOTALS,
        Sub("cac:CreditNoteLine", "lines", CREDIT_NOTE_LINE, many=True),
    ),
)
DOCUMENTS: dict[str, Shape] = {"Invoice": INVOICE, "CreditNote": CREDIT_NOTE}
"""Root element -> what stands in it. Its namespace ends in `Invoice-2` or `CreditNote-2`."""


def namespace(root: str) -> str:
    """Namespace of a UBL 2 document, such as `Invoice`."""
    return f"urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
