"""A Cross Industry Invoice as a `ubl.Invoice`: both bind the business terms of EN 16931, so that one model holds both.

Left out is what has no part in matching and paying: attachments, contacts, periods, classifications.
"""

from __future__ import annotations

from decimal import Decimal

from ingestion.readers.cii_tree import Tree
from ingestion.readers.structured import Element, number_of
from ubl import Invoice
from ubl.invoice import (
    Account,
    Address,
    AllowanceCharge,
    Identifier,
    Item,
    Line,
    Party,
    PaymentMeans,
    PaymentTerms,
    PrecedingInvoice,
    Price,
    TaxId,
    Totals,
    Vat,
    VatCategory,
    VatSubtotal,
)

_TRANSACTION = "SupplyChainTradeTransaction"
_NO_SALE = frozenset({"GROUP", "INFORMATION"})
"""Lines that sum up or explain others (LineStatusReasonCode of the profile EXTENDED)."""


def build(tree: Tree, root: Element, *, credit: bool) -> Invoice:
    """The invoice; a value that isn't there, or can't be read, is None."""
    document = tree.first(root, "ExchangedDocument")
    agreement = tree.first(root, f"{_TRANSACTION}/ApplicableHeaderTradeAgreement")
    settlement = tree.first(root, f"{_TRANSACTION}/ApplicableHeaderTradeSettlement")
    allowances, charges = _allowances(tree, settlement, "SpecifiedTradeAllowanceCharge")
    return Invoice(
        document="credit-note" if credit else "invoice",
        specification=tree.text(root, "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"),
        number=tree.text(document, "ID"),
        type=tree.text(document, "TypeCode"),
        issue_date=tree.day(document, "IssueDateTime"),
        due_date=tree.day(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime"),
        notes=tuple(note for each in tree.all(document, "IncludedNote") if (note := tree.text(each, "Content"))),
        currency=tree.text(settlement, "InvoiceCurrencyCode"),
        tax_currency=tree.text(settlement, "TaxCurrencyCode"),
        buyer_reference=tree.text(agreement, "BuyerReference"),
        purchase_order=tree.text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
        sales_order=tree.text(agreement, "SellerOrderReferencedDocument/IssuerAssignedID"),
        preceding=tuple(
            PrecedingInvoice(number=number)
            for each in tree.all(settlement, "InvoiceReferencedDocument")
            if (number := tree.text(each, "IssuerAssignedID"))
        ),
        seller=_party(tree, tree.first(agreement, "SellerTradeParty")),
        buyer=_party(tree, tree.first(agreement, "BuyerTradeParty")),
        payment_means=_payment_means(tree, settlement),
        payment_terms=tuple(
            PaymentTerms(note=tree.text(each, "Description"), due_date=tree.day(each, "DueDateDateTime"))
            for each in tree.all(settlement, "SpecifiedTradePaymentTerms")
        ),
        allowances=allowances,
        charges=charges,
        vat=_vat(tree, settlement),
        totals=_totals(tree, settlement),
        lines=tuple(
            _line(tree, each)
            for each in tree.all(root, f"{_TRANSACTION}/IncludedSupplyChainTradeLineItem")
            if is_sale(tree, each)
        ),
    )


def is_sale(tree: Tree, item: Element) -> bool:
    """Whether a line sells something; others hold a note or the sum of those below them."""
    status = tree.text(item, "AssociatedDocumentLineDocument/LineStatusReasonCode")
    return status not in _NO_SALE and tree.first(item, "SpecifiedLineTradeSettlement") is not None


def _party(tree: Tree, party: Element | None) -> Party | None:
    if party is None:
        return None
    address = tree.first(party, "PostalTradeAddress")
    numbers = {
        each.get("schemeID"): (each.text or "").strip() for each in tree.all(party, "SpecifiedTaxRegistration/ID")
    }
    local = numbers.get("FC")
    return Party(
        ids=tuple(
            Identifier(id=text, scheme=each.get("schemeID"))
            for name in ("ID", "GlobalID")
            for each in tree.all(party, name)
            if (text := (each.text or "").strip())
        ),
        name=tree.text(party, "Name"),
        trade_name=tree.text(party, "SpecifiedLegalOrganization/TradingBusinessName"),
        trn=numbers.get("VA"),
        tin=TaxId(id=local, scheme="FC") if local else None,
        address=None
        if address is None
        else Address(
            street=tree.text(address, "LineOne"),
            additional=tree.text(address, "LineTwo"),
            line=tree.text(address, "LineThree"),
            city=tree.text(address, "CityName"),
            postal_zone=tree.text(address, "PostcodeCode"),
            subdivision=tree.text(address, "CountrySubDivisionName"),
            country=tree.text(address, "CountryID"),
        ),
    )


def _payment_means(tree: Tree, settlement: Element | None) -> tuple[PaymentMeans, ...]:
    found = []
    for each in tree.all(settlement, "SpecifiedTradeSettlementPaymentMeans"):
        account = tree.first(each, "PayeePartyCreditorFinancialAccount")
        iban = tree.text(account, "IBANID")
        number = iban or tree.text(account, "ProprietaryID")
        found.append(
            PaymentMeans(
                code=tree.text(each, "TypeCode") or "1",  # UNCL4461: 1, an instrument that isn't defined
                name=tree.text(each, "Information"),
                account=None
                if number is None
                else Account(
                    id=number,
                    scheme="IBAN" if iban else None,
                    name=tree.text(account, "AccountName"),
                    branch=tree.text(each, "PayeeSpecifiedCreditorFinancialInstitution/BICID"),
                ),
            )
        )
    return tuple(found)


def _allowances(
    tree: Tree, element: Element | None, path: str
) -> tuple[tuple[AllowanceCharge, ...], tuple[AllowanceCharge, ...]]:
    """What is taken off, and what is added. One that doesn't say which it is, is taken off (ZUGFeRD 1's default)."""
    parts: tuple[list[AllowanceCharge], list[AllowanceCharge]] = ([], [])
    for each in tree.all(element, path):
        charge = tree.text(each, "ChargeIndicator/Indicator") in ("true", "1")
        tax = tree.first(each, "CategoryTradeTax")
        parts[charge].append(
            AllowanceCharge(
                reason_code=tree.text(each, "ReasonCode"),
                reason=tree.text(each, "Reason"),
                percent=tree.number(each, "CalculationPercent"),
                amount=tree.number(each, "ActualAmount"),
                base=tree.number(each, "BasisAmount"),
                vat=_category(tree, tax),
            )
        )
    return tuple(parts[0]), tuple(parts[1])


def _category(tree: Tree, tax: Element | None) -> VatCategory | None:
    if tax is None:
        return None
    return VatCategory(
        category=tree.text(tax, "CategoryCode"),
        percent=tree.number(tax, "RateApplicablePercent"),
        exemption_code=tree.text(tax, "ExemptionReasonCode"),
        exemption_reason=tree.text(tax, "ExemptionReason"),
    )


def _vat(tree: Tree, settlement: Element | None) -> Vat:
    totals = tree.first(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    total = tree.amount(totals, "TaxTotalAmount", tree.text(settlement, "InvoiceCurrencyCode"))
    return Vat(
        total=None if total is None else number_of(total.text or ""),
        breakdown=tuple(
            VatSubtotal(
                taxable=tree.number(each, "BasisAmount"),
                tax=tree.number(each, "CalculatedAmount"),
                category=tree.text(each, "CategoryCode"),
                percent=tree.number(each, "RateApplicablePercent"),
                exemption_code=tree.text(each, "ExemptionReasonCode"),
                exemption_reason=tree.text(each, "ExemptionReason"),
            )
            for each in tree.all(settlement, "ApplicableTradeTax")
        ),
    )


def _totals(tree: Tree, settlement: Element | None) -> Totals:
    totals = tree.first(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    return Totals(
        lines=tree.number(totals, "LineTotalAmount"),
        tax_exclusive=tree.number(totals, "TaxBasisTotalAmount"),
        tax_inclusive=tree.number(totals, "GrandTotalAmount"),
        allowances=tree.number(totals, "AllowanceTotalAmount"),
        charges=tree.number(totals, "ChargeTotalAmount"),
        prepaid=tree.number(totals, "TotalPrepaidAmount"),
        rounding=tree.number(totals, "RoundingAmount"),
        payable=tree.number(totals, "DuePayableAmount"),
    )


def _line(tree: Tree, item: Element) -> Line:
    agreement = tree.first(item, "SpecifiedLineTradeAgreement")
    settlement = tree.first(item, "SpecifiedLineTradeSettlement")
    quantity = tree.first(item, "SpecifiedLineTradeDelivery/BilledQuantity")
    allowances, charges = _allowances(tree, settlement, "SpecifiedTradeAllowanceCharge")
    return Line(
        id=tree.text(item, "AssociatedDocumentLineDocument/LineID"),
        quantity=tree.number(item, "SpecifiedLineTradeDelivery/BilledQuantity"),
        unit=None if quantity is None else quantity.get("unitCode"),
        net=tree.number(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
        order=tree.text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
        order_line=tree.text(agreement, "BuyerOrderReferencedDocument/LineID"),
        allowances=allowances,
        charges=charges,
        item=_item(tree, item),
        price=_price(tree, agreement),
    )


def _item(tree: Tree, line: Element) -> Item:
    product = tree.first(line, "SpecifiedTradeProduct")
    standard = tree.first(product, "GlobalID")
    return Item(
        name=tree.text(product, "Name"),
        description=tree.text(product, "Description"),
        sellers_id=tree.text(product, "SellerAssignedID"),
        buyers_id=tree.text(product, "BuyerAssignedID"),
        standard_id=None
        if standard is None
        else Identifier(id=(standard.text or "").strip(), scheme=standard.get("schemeID")),
        origin=tree.text(product, "OriginTradeCountry/ID"),
        vat=_category(tree, tree.first(line, "SpecifiedLineTradeSettlement/ApplicableTradeTax")),
    )


def _price(tree: Tree, agreement: Element | None) -> Price:
    """Net and gross of one base quantity, and the discount between them where it is stated."""
    net = tree.first(agreement, "NetPriceProductTradePrice")
    gross = tree.first(agreement, "GrossPriceProductTradePrice")
    base = tree.first(net, "BasisQuantity")
    discounts, added = _allowances(tree, gross, "AppliedTradeAllowanceCharge")
    amounts = [each.amount or Decimal(0) for each in discounts] + [-(each.amount or Decimal(0)) for each in added]
    return Price(
        net=tree.number(net, "ChargeAmount"),
        quantity=tree.number(net, "BasisQuantity"),
        unit=None if base is None else base.get("unitCode"),
        gross=tree.number(gross, "ChargeAmount"),
        discount=sum(amounts, Decimal(0)) if amounts else None,
    )
