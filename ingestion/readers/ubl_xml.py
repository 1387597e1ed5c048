"""UBL 2 invoices and credit notes: PINT-AE, other PINTs, Peppol BIS 3, XRechnung and what else is written in UBL.

Nothing is checked but that it is one (whether it is lawful says `ubl.check`): profiles differ in what they demand and
hardly in where they put it.
"""

from __future__ import annotations

import ubl
from ingestion.document import Column, Extraction, Kind, Reading, Term
from ingestion.errors import Refused
from ingestion.readers.structured import Element, Reader, Spot, Structured
from schemas import xmlsafe
from ubl.invoice import CREDIT_NOTE_TYPES
from ubl.syntax import CAC, CBC, DOCUMENTS, namespace, qualified

_READER = Reader(engine="ubl_xml/1", prefixes={CAC: "cac", CBC: "cbc"})
_ROOTS = {f"{{{namespace(name)}}}{name}" for name in DOCUMENTS}
_NOT_GIVEN = "NA"
"""Stands for an order number where only the seller's is known (Peppol BIS 3, cac:OrderReference)."""


def is_invoice(root: Element) -> bool:
    """Whether this is the root of a UBL invoice or credit note."""
    return root.tag in _ROOTS


def read(xml: bytes | Element) -> Structured:
    """The values of a document or its parsed root. Raises `Refused`: `not_xml`, `not_an_invoice`."""
    if isinstance(xml, bytes):
        try:
            xml = xmlsafe.parse(xml)
        except xmlsafe.XmlRefused as refused:
            raise Refused("not_xml", f"The XML can't be read: {refused}.") from None
    try:
        invoice = ubl.read_report(xml).invoice
    except ubl.ReadError as error:
        raise Refused("not_an_invoice", f"{error}.") from None
    name = "CreditNote" if xml.tag.endswith("}CreditNote") else "Invoice"
    lines = xml.iterchildren(qualified(f"cac:{name}Line"))
    return Structured(
        extraction=Extraction(
            kind=Kind.CREDIT_NOTE if invoice.is_credit_note or invoice.type in CREDIT_NOTE_TYPES else Kind.INVOICE,
            header=_READER.readings(_header(xml)),
            lines=tuple(line for line in map(_line, lines) if line),
            extractor=_READER.engine,
        ),
        invoice=invoice,
    )


def _header(root: Element) -> dict[Term, Spot]:
    seller, buyer = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
    totals = "cac:LegalMonetaryTotal"
    order = _first(root, "cac:OrderReference/cbc:ID")
    return {
        Term.SUPPLIER_NAME: _first(root, *_names(seller)),
        Term.SUPPLIER_TAX_ID: _tax_id(root, seller),
        Term.BUYER_NAME: _first(root, *_names(buyer)),
        Term.BUYER_TAX_ID: _tax_id(root, buyer),
        Term.INVOICE_NUMBER: _first(root, "cbc:ID"),
        Term.ISSUE_DATE: _first(root, "cbc:IssueDate"),
        Term.DUE_DATE: _first(
            root, "cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate", "cac:PaymentTerms/cbc:PaymentDueDate"
        ),
        Term.CURRENCY: _first(root, "cbc:DocumentCurrencyCode"),
        Term.NET: _first(root, f"{totals}/cbc:TaxExclusiveAmount"),
        Term.TAX: _tax(root),
        Term.TOTAL: _first(root, f"{totals}/cbc:TaxInclusiveAmount"),
        Term.PAYABLE: _first(root, f"{totals}/cbc:PayableAmount"),
        Term.PO_NUMBER: None if order is None or (order.text or "").strip() == _NOT_GIVEN else order,
        Term.IBAN: _first(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
    }


def _line(line: Element) -> dict[Column, Reading]:
    quantity = _first(line, "cbc:InvoicedQuantity", "cbc:CreditedQuantity")
    readings = _READER.readings(
        {
            Column.DESCRIPTION: _first(line, "cac:Item/cbc:Name", "cac:Item/cbc:Description"),
            Column.ITEM: _first(
                line,
                "cac:Item/cac:SellersItemIdentification/cbc:ID",
                "cac:Item/cac:StandardItemIdentification/cbc:ID",
                "cac:Item/cac:BuyersItemIdentification/cbc:ID",
            ),
            Column.QUANTITY: quantity,
            Column.UNIT: None if quantity is None else (quantity, "unitCode"),
            Column.NET_AMOUNT: _first(line, "cbc:LineExtensionAmount"),
            Column.TAX_RATE: _first(line, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"),
        }
    )
    price = _READER.per_unit(_first(line, "cac:Price/cbc:PriceAmount"), _first(line, "cac:Price/cbc:BaseQuantity"))
    return readings | ({Column.UNIT_PRICE: price} if price else {})


def _names(party: str) -> tuple[str, str]:
    return f"{party}/cac:PartyLegalEntity/cbc:RegistrationName", f"{party}/cac:PartyName/cbc:Name"


def _tax_id(root: Element, party: str) -> Element | None:
    """The VAT number, else any other tax number."""
    schemes = list(root.iterfind(_path(f"{party}/cac:PartyTaxScheme")))
    schemes.sort(key=lambda scheme: (scheme.findtext(_path("cac:TaxScheme/cbc:ID")) or "").strip() != "VAT")
    found = (_first(scheme, "cbc:CompanyID") for scheme in schemes)
    return next((each for each in found if each is not None), None)


def _tax(root: Element) -> Element | None:
    """The total in the document's currency; a second one may be stated in the currency of the tax office (IBT-111)."""
    currency = (root.findtext(qualified("cbc:DocumentCurrencyCode")) or "").strip()
    totals = list(root.iterfind(_path("cac:TaxTotal/cbc:TaxAmount")))
    return next((total for total in totals if total.get("currencyID") == currency), None)


def _first(element: Element, *paths: str) -> Element | None:
    """The first element of the first path that isn't empty."""
    found = (each for path in paths for each in element.iterfind(_path(path)))
    return next((each for each in found if (each.text or "").strip()), None)


def _path(path: str) -> str:
    return "/".join(map(qualified, path.split("/")))
