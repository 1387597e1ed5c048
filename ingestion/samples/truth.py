"""What should be read of a sample: the values that are printed on it, from the invoice it was drawn from."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from ubl.invoice import Invoice, Line


class TrueLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line. Decimals are written as text."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    net_amount: Decimal
    unit: str | None = None
    item: str | None = None
    tax_rate: Decimal | None = None


class Truth(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The values of one document, by the names of `ingestion.document.Term`; None: it isn't printed."""

    doc_type: str
    supplier_name: str
    supplier_tax_id: str
    buyer_name: str
    buyer_tax_id: str
    invoice_number: str
    issue_date: str
    due_date: str | None = None
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    payable: Decimal
    po_number: str | None = None
    iban: str | None = None
    lines: tuple[TrueLine, ...]
    absent: tuple[str, ...] = ()
    """Terms that aren't printed, and that nobody may find."""


def truth(invoice: Invoice, columns: frozenset[str]) -> Truth:
    """Of a complete invoice. `columns`: those of the table that was drawn; `unit`, `item`, `rate` may be missing.

    Raises `ValueError` where the invoice isn't complete.
    """
    seller, buyer, totals, vat = invoice.seller, invoice.buyer, invoice.totals, invoice.vat
    if not (seller and buyer and totals and vat and invoice.number and invoice.issue_date and invoice.currency):
        raise ValueError("complete the invoice first")
    account = invoice.payment_means[0].account if invoice.payment_means else None
    optional = {
        "due_date": invoice.due_date.isoformat() if invoice.due_date else None,
        "po_number": invoice.purchase_order,
        "iban": account.id if account else None,
    }
    return Truth(
        doc_type="credit_note" if invoice.is_credit_note else "invoice",
        supplier_name=seller.name or "",
        supplier_tax_id=seller.trn or "",
        buyer_name=buyer.name or "",
        buyer_tax_id=buyer.trn or "",
        invoice_number=invoice.number,
        issue_date=invoice.issue_date.isoformat(),
        currency=invoice.currency,
        net=_stated(totals.tax_exclusive),
        tax=_stated(vat.total),
        total=_stated(totals.tax_inclusive),
        payable=_stated(totals.payable),
        lines=tuple(_line(line, columns) for line in invoice.lines),
        absent=tuple(name for name, value in optional.items() if value is None),
        **optional,
    )


def _line(line: Line, columns: frozenset[str]) -> TrueLine:
    item = line.item
    if item is None or line.price is None:
        raise ValueError("complete the invoice first")
    return TrueLine(
        description=item.name or "",
        quantity=_stated(line.quantity),
        unit_price=_stated(line.price.net),
        net_amount=_stated(line.net),
        unit=line.unit if "unit" in columns else None,
        item=item.sellers_id if "item" in columns else None,
        tax_rate=item.vat.percent if item.vat and "rate" in columns else None,
    )


def _stated(value: Decimal | None) -> Decimal:
    if value is None:
        raise ValueError("complete the invoice first")
    return value
