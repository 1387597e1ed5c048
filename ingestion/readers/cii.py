"""UN/CEFACT Cross Industry Invoice D16B (Factur-X, ZUGFeRD 2, XRechnung, every profile), and its forerunner ZUGFeRD 1.

The mapping to business terms is that of EN 16931-3-3. A profile without lines (MINIMUM, BASIC WL) has none here.
"""

from __future__ import annotations

from ingestion.document import Column, Extraction, Kind, Reading, Term
from ingestion.errors import Refused
from ingestion.readers import cii_invoice
from ingestion.readers.cii_tree import D16B, ZUGFERD_1, Tree, day_of_string, tree_of
from ingestion.readers.structured import Element, Reader, Spot, Structured
from schemas import xmlsafe

_READERS = {tree: Reader(engine="cii/1", prefixes=tree.prefixes, day=day_of_string) for tree in (D16B, ZUGFERD_1)}
CREDIT_NOTES = frozenset({"81", "83", "261", "296", "308", "381", "396", "420", "458", "532"})
"""Types that give back (UNTDID 1001, the credit notes of EN 16931)."""
_AGREEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
_SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"


def is_invoice(root: Element) -> bool:
    """Whether this is the root of a Cross Industry Invoice."""
    return tree_of(root) is not None


def read(xml: bytes | Element) -> Structured:
    """The values of a document or its parsed root. Raises `Refused`: `not_xml`, `not_an_invoice`."""
    if isinstance(xml, bytes):
        try:
            xml = xmlsafe.parse(xml)
        except xmlsafe.XmlRefused as refused:
            raise Refused("not_xml", f"The XML can't be read: {refused}.") from None
    tree = tree_of(xml)
    if tree is None:
        raise Refused("not_an_invoice", "This is no Cross Industry Invoice: its root element is another.")
    reader = _READERS[tree]
    type_code = tree.text(xml, "ExchangedDocument/TypeCode")
    items = tree.all(xml, "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem")
    lines = (_line(tree, reader, item) for item in items if cii_invoice.is_sale(tree, item))
    return Structured(
        extraction=Extraction(
            kind=Kind.CREDIT_NOTE if type_code in CREDIT_NOTES else Kind.INVOICE,
            header=reader.readings(_header(tree, xml)),
            lines=tuple(line for line in lines if line),
            extractor=reader.engine,
        ),
        invoice=cii_invoice.build(tree, xml, credit=type_code in CREDIT_NOTES),
    )


def _header(tree: Tree, root: Element) -> dict[Term, Spot]:
    agreement, settlement = tree.first(root, _AGREEMENT), tree.first(root, _SETTLEMENT)
    seller, buyer = tree.first(agreement, "SellerTradeParty"), tree.first(agreement, "BuyerTradeParty")
    currency = tree.text(settlement, "InvoiceCurrencyCode")
    totals = tree.first(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    return {
        Term.SUPPLIER_NAME: tree.first(seller, "Name"),
        Term.SUPPLIER_TAX_ID: tax_id(tree, seller),
        Term.BUYER_NAME: tree.first(buyer, "Name"),
        Term.BUYER_TAX_ID: tax_id(tree, buyer),
        Term.INVOICE_NUMBER: tree.first(root, "ExchangedDocument/ID"),
        Term.ISSUE_DATE: tree.first(root, "ExchangedDocument/IssueDateTime/DateTimeString"),
        Term.DUE_DATE: tree.first(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"),
        Term.CURRENCY: tree.first(settlement, "InvoiceCurrencyCode"),
        Term.NET: tree.amount(totals, "TaxBasisTotalAmount", currency),
        Term.TAX: tree.amount(totals, "TaxTotalAmount", currency),
        Term.TOTAL: tree.amount(totals, "GrandTotalAmount", currency),
        Term.PAYABLE: tree.amount(totals, "DuePayableAmount", currency),
        Term.PO_NUMBER: tree.first(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
        Term.IBAN: tree.first(
            settlement, "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"
        ),
    }


def _line(tree: Tree, reader: Reader, item: Element) -> dict[Column, Reading]:
    quantity = tree.first(item, "SpecifiedLineTradeDelivery/BilledQuantity")
    settlement = "SpecifiedLineTradeSettlement"
    readings = reader.readings(
        {
            Column.DESCRIPTION: tree.first(item, "SpecifiedTradeProduct/Name", "SpecifiedTradeProduct/Description"),
            Column.ITEM: tree.first(
                item, *(f"SpecifiedTradeProduct/{name}" for name in ("SellerAssignedID", "GlobalID", "BuyerAssignedID"))
            ),
            Column.QUANTITY: quantity,
            Column.UNIT: None if quantity is None else (quantity, "unitCode"),
            Column.NET_AMOUNT: tree.first(
                item, f"{settlement}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
            ),
            Column.TAX_RATE: tree.first(item, f"{settlement}/ApplicableTradeTax/RateApplicablePercent"),
        }
    )
    net = tree.first(item, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice")
    price = reader.per_unit(tree.first(net, "ChargeAmount"), tree.first(net, "BasisQuantity"))
    return readings | ({Column.UNIT_PRICE: price} if price else {})


def tax_id(tree: Tree, party: Element | None) -> Element | None:
    """The VAT number (scheme VA), else a tax number (FC)."""
    found = [each for each in tree.all(party, "SpecifiedTaxRegistration/ID") if (each.text or "").strip()]
    return min(found, key=lambda each: each.get("schemeID") != "VA", default=None)
