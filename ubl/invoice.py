"""The invoice as a value: every business term of PINT-AE billing and self-billing 1.0.4, for invoices and credit notes.

An `Invoice` is the body an ERP posts (`ubl.decode`) and what a received document becomes (`ubl.read`). Almost every
field may be absent: a draft is allowed to be incomplete, and it is the rules (`ubl.check_invoice`) that say what is
missing. Amounts are in the document currency unless the field says AED. Every field's docstring names its term,
meaning, unit and cardinality in this model.
"""

from datetime import date, time
from decimal import Decimal
from typing import Literal

from ubl.lines import (
    AllowanceCharge,
    Classification,
    CreditReason,
    Item,
    ItemProperty,
    Line,
    LineTotals,
    Period,
    Price,
    VatCategory,
)
from ubl.parties import (
    Address,
    Contact,
    Endpoint,
    Identifier,
    LegalId,
    Model,
    Party,
    Payee,
    TaxId,
    TaxRepresentative,
)
from ubl.payment import Account, Card, Mandate, PaymentMeans, PaymentTerms, Prepayment
from ubl.scenario import Facts

__all__ = [
    "Account",
    "Address",
    "AllowanceCharge",
    "Attachment",
    "Card",
    "Classification",
    "Contact",
    "Contract",
    "CreditReason",
    "Delivery",
    "Endpoint",
    "ExchangeRate",
    "Facts",
    "Identifier",
    "Invoice",
    "Item",
    "ItemProperty",
    "LegalId",
    "Line",
    "LineTotals",
    "Mandate",
    "Model",
    "Party",
    "Payee",
    "PaymentMeans",
    "PaymentTerms",
    "Period",
    "PrecedingInvoice",
    "Prepayment",
    "Price",
    "SupportingDocument",
    "TaxId",
    "TaxRepresentative",
    "Totals",
    "Vat",
    "VatCategory",
    "VatSubtotal",
]

CREDIT_NOTE_TYPES = frozenset({"381", "81", "261"})
"""IBT-003 codes whose document is a UBL CreditNote; every other one is an Invoice."""


class PrecedingInvoice(Model, frozen=True, kw_only=True):
    """IBG-03. An earlier invoice this one refers to."""

    number: str
    """IBT-025. Its number. 1..1."""
    issue_date: date | None = None
    """IBT-026. Its date. 0..1."""


class Contract(Model, frozen=True, kw_only=True):
    """IBT-012. The contract behind the document."""

    id: str
    """IBT-012. Contract number. 1..1."""
    value: str | None = None
    """BTAE-05. Contract value, as text. 0..1."""


class Attachment(Model, frozen=True, kw_only=True):
    """IBT-125. A file inside the document."""

    content: bytes
    """IBT-125. The file; base64 in JSON and XML. 1..1."""
    mime: str | None = None
    """IBT-125-1. One of the seven MIME types of the code list. 0..1; required by the rules."""
    filename: str | None = None
    """IBT-125-2. File name. 0..1; required by the rules."""


class SupportingDocument(Model, frozen=True, kw_only=True):
    """IBG-24. A document that supports this one."""

    id: str
    """IBT-122, or IBT-018 with `type` 130. Its number. 1..1."""
    scheme: str | None = None
    """IBT-018-1. UNCL1153 scheme of an invoiced object. 0..1."""
    type: str | None = None
    """Document type; 130 marks the invoiced object (IBT-018). 0..1."""
    description: str | None = None
    """IBT-123. Description. 0..1."""
    file: Attachment | None = None
    """IBT-125. The document itself. 0..1."""
    url: str | None = None
    """IBT-124. Where to find it. 0..1."""


class Delivery(Model, frozen=True, kw_only=True):
    """IBG-13. Where and when it went."""

    actual_date: date | None = None
    """IBT-072. Actual delivery date. 0..1."""
    location: Identifier | None = None
    """IBT-071. Deliver-to location. 0..1."""
    address: Address | None = None
    """IBG-15. Deliver-to address; exports and e-commerce need it. 0..1."""
    party_id: Identifier | None = None
    """BTAE-23. TRN or TIN of the deliver-to party. 0..1."""
    party: str | None = None
    """IBT-070. Deliver-to party name. 0..1."""
    incoterms: Identifier | None = None
    """BTAE-22. Incoterms code, scheme `Incoterms`. 0..1."""


class ExchangeRate(Model, frozen=True, kw_only=True):
    """BTAE-04. How the document currency is turned into dirham; needed when it isn't AED."""

    rate: Decimal | None = None
    """BTAE-04. Dirham for one unit of the document currency, up to 6 decimals. 0..1."""
    source: str | None = None
    """Currency turned from; absent, the document currency. 0..1."""
    target: str | None = None
    """Currency turned into; absent, AED. 0..1."""


class VatSubtotal(Model, frozen=True, kw_only=True):
    """IBG-23. What one VAT category and rate comes to."""

    taxable: Decimal | None = None
    """IBT-116. Taxable amount. 0..1; required by the rules."""
    tax: Decimal | None = None
    """IBT-117. Tax amount, 2 decimals; 0 for all but S. 0..1; required by the rules."""
    category: str | None = None
    """IBT-118. VAT category code. 0..1; required by the rules."""
    percent: Decimal | None = None
    """IBT-119. Rate in per cent; absent for E and O. 0..1."""
    exemption_code: str | None = None
    """IBT-121. Exemption reason code. 0..1."""
    exemption_reason: str | None = None
    """IBT-120. Exemption reason in words. 0..1."""


class Vat(Model, frozen=True, kw_only=True):
    """IBG-22/23. VAT of the document."""

    total: Decimal | None = None
    """IBT-110. Total VAT, 2 decimals. 0..1; required by the rules."""
    included: bool | None = None
    """IBT-200. Whether prices include VAT. 0..1."""
    breakdown: tuple[VatSubtotal, ...] = ()
    """IBG-23. One per category and rate. 0..n; required by the rules."""


class Totals(Model, frozen=True, kw_only=True):
    """IBG-22. Totals of the document, each with at most 2 decimals."""

    lines: Decimal | None = None
    """IBT-106. Sum of line net amounts. 0..1."""
    tax_exclusive: Decimal | None = None
    """IBT-109. Total without VAT. 0..1."""
    tax_inclusive: Decimal | None = None
    """IBT-112. Total with VAT. 0..1."""
    allowances: Decimal | None = None
    """IBT-107. Sum of document allowances. 0..1."""
    charges: Decimal | None = None
    """IBT-108. Sum of document charges. 0..1."""
    prepaid: Decimal | None = None
    """IBT-113. Already paid; an input, nothing computes it but `prepayments`. 0..1."""
    rounding: Decimal | None = None
    """IBT-114. Rounding of the amount due; an input. 0..1."""
    payable: Decimal | None = None
    """IBT-115. Amount due: with VAT, minus prepaid, plus rounding. 0..1."""


class Invoice(Model, frozen=True, kw_only=True):
    """An invoice or credit note, tax or commercial, billed or self-billed."""

    document: Literal["invoice", "credit-note"] | None = None
    """Which UBL document carries it; absent, `type` says. Set by `read` only where the two disagree. 0..1."""
    facts: Facts | None = None
    """What kind of supply this is, in plain facts; `complete` derives codes from it. Never written to XML. 0..1."""

    specification: str | None = None
    """IBT-024. CustomizationID; absent, `complete` derives it from `type`. 0..1."""
    process: str | None = None
    """IBT-023. ProfileID; absent, `complete` derives it from `type`. 0..1."""
    transaction_type: str | None = None
    """BTAE-02. Eight characters 0 or 1, see `ubl.scenario.FLAGS`; absent, `complete` derives it from `facts`. 0..1."""
    number: str | None = None
    """IBT-001. Document number. 0..1; required to issue."""
    uuid: str | None = None
    """BTAE-07. Unique identifier, a UUID. 0..1; required by the rules."""
    issue_date: date | None = None
    """IBT-002. Day of issue in Asia/Dubai. 0..1; required to issue."""
    issue_time: time | None = None
    """IBT-168. Time of issue, with its UTC offset. 0..1."""
    due_date: date | None = None
    """IBT-009. When payment is due; invoices only, needed when something is payable. 0..1."""
    type: str | None = None
    """IBT-003. 380 tax invoice, 480 commercial, 381 tax credit note, 81 commercial; self-billed 389 and 261. 0..1."""
    notes: tuple[str, ...] = ()
    """IBT-022. Remarks. 0..n; the rules allow one."""
    tax_point_date: date | None = None
    """IBT-007. When VAT became due; before the issue date, never on 381 and 81. 0..1."""
    currency: str | None = None
    """IBT-005. Document currency, ISO 4217; absent, `complete` takes AED. 0..1."""
    tax_currency: str | None = None
    """IBT-006. VAT accounting currency: AED, where the document is in another. 0..1."""
    accounting_cost: str | None = None
    """IBT-019. Where the buyer books it. 0..1."""
    buyer_reference: str | None = None
    """IBT-010. The buyer's own reference. 0..1."""
    period: Period | None = None
    """IBG-14, BTAE-06. Period billed for; summary invoices need it. 0..1."""
    credit_reasons: tuple[CreditReason, ...] = ()
    """BTAE-03. Why credit is given; credit notes only. 0..n; 381 needs one."""
    purchase_order: str | None = None
    """IBT-013. The buyer's order. 0..1."""
    sales_order: str | None = None
    """IBT-014. The seller's order; UBL wants `purchase_order` beside it, `complete` puts NA. 0..1."""
    preceding: tuple[PrecedingInvoice, ...] = ()
    """IBG-03. Invoices this one corrects or settles. 0..n; credit notes need one, but for reason VD."""
    despatch_advice: str | None = None
    """IBT-016. Despatch advice. 0..1."""
    receiving_advice: str | None = None
    """IBT-015. Receiving advice. 0..1."""
    customs_reference: str | None = None
    """BTAE-21. Customs declaration. 0..1."""
    tender: str | None = None
    """IBT-017. Tender or lot. 0..1."""
    contract: Contract | None = None
    """IBT-012, BTAE-05. Contract. 0..1."""
    documents: tuple[SupportingDocument, ...] = ()
    """IBG-24, IBT-018. Supporting documents. 0..n."""
    project: str | None = None
    """IBT-011. Project; invoices only. 0..1."""
    seller: Party | None = None
    """IBG-04. Seller. 0..1; required by the rules."""
    buyer: Party | None = None
    """IBG-07. Buyer. 0..1; required by the rules."""
    payee: Payee | None = None
    """IBG-10. Payee, where it isn't the seller. 0..1."""
    beneficiary: Identifier | None = None
    """BTAE-01. Beneficiary of a supply in a free trade zone. 0..1."""
    principal: Identifier | None = None
    """BTAE-14. Principal (TRN) on whose behalf an agent bills. 0..1."""
    tax_representative: TaxRepresentative | None = None
    """IBG-11. The seller's tax representative. 0..1."""
    delivery: Delivery | None = None
    """IBG-13. Delivery. 0..1."""
    payment_means: tuple[PaymentMeans, ...] = ()
    """IBG-16. How to pay. 0..n; invoices need one."""
    payment_terms: tuple[PaymentTerms, ...] = ()
    """IBG-33. Payment terms. 0..n."""
    prepayments: tuple[Prepayment, ...] = ()
    """IBG-35. Amounts paid already; invoices only. 0..n."""
    allowances: tuple[AllowanceCharge, ...] = ()
    """IBG-20. Document allowances. 0..n."""
    charges: tuple[AllowanceCharge, ...] = ()
    """IBG-21. Document charges. 0..n."""
    exchange_rate: ExchangeRate | None = None
    """BTAE-04. Exchange rate to AED; needed when the currency isn't AED. 0..1."""
    vat: Vat | None = None
    """IBT-110, IBG-23. VAT and its breakdown; absent, `complete` computes it. 0..1."""
    vat_aed: Decimal | None = None
    """IBT-111. Total VAT in AED, 2 decimals; where the currency isn't AED. 0..1."""
    total_aed: Decimal | None = None
    """BTAE-20. Total with VAT in AED, 2 decimals; where the currency isn't AED. 0..1."""
    totals: Totals | None = None
    """IBG-22. Totals; absent ones are computed by `complete`. 0..1."""
    lines: tuple[Line, ...] = ()
    """IBG-25. Lines. 0..n; the rules want one."""

    @property
    def is_credit_note(self) -> bool:
        """Whether the UBL document is a CreditNote: as `document` says, otherwise as `type` does."""
        return self.document == "credit-note" if self.document else self.type in CREDIT_NOTE_TYPES
