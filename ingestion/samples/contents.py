"""What a sample says beside its table: labels and values of the whole document, its sums, its parties."""

from __future__ import annotations

from decimal import Decimal

from ingestion.samples.arabic import is_arabic
from ingestion.samples.style import Style
from ubl.invoice import Invoice, Party


def facts(invoice: Invoice, style: Style) -> list[tuple[str, str]]:
    """Labels and values of the whole document."""
    rows = [(style.say("credit_number" if invoice.is_credit_note else "number"), invoice.number or "")]
    if invoice.issue_date:
        rows.append((style.say("day"), style.day(invoice.issue_date)))
    if invoice.due_date:
        rows.append((style.say("due"), style.day(invoice.due_date)))
    if invoice.purchase_order:
        rows.append((style.say("order"), invoice.purchase_order))
    if invoice.preceding:
        rows.append((style.say("original"), invoice.preceding[0].number))
    if style.money == "none":
        rows.append((style.say("currency"), invoice.currency or ""))
    return rows


def tax_id(style: Style, party: Party) -> str:
    """With its label: a TRN, or the tax id of another country."""
    local = (party.trn or "").isdecimal()
    return f"{style.say('trn' if local else 'foreign')}: {party.trn}"


def sums(invoice: Invoice, style: Style) -> list[tuple[str, str]]:
    """Labels and amounts of the totals, from the first to the last. Raises `ValueError` where they aren't complete."""
    totals, vat = invoice.totals, invoice.vat
    if totals is None or vat is None:
        raise ValueError("complete the invoice first")
    rows = []
    if totals.allowances or totals.charges:
        rows.append((style.say("subtotal"), totals.lines))
    if totals.allowances:
        rows.append((style.say("off"), -totals.allowances))
    if totals.charges:
        rows.append((style.say("freight"), totals.charges))
    rows.append((style.say("net"), totals.tax_exclusive))
    rates = [part for part in vat.breakdown if part.tax]
    if len(rates) > 1:
        rows += [(f"{style.say('vat')} {style.count(part.percent or Decimal(0))}%", part.tax) for part in rates]
        rows.append((style.say("vat"), vat.total))
    else:
        percent = f" {style.count(rates[0].percent or Decimal(0))}%" if rates else ""
        rows.append((style.say("vat") + percent, vat.total))
    rows.append((style.say("total"), totals.tax_inclusive))
    if totals.prepaid:
        rows += [(style.say("paid"), totals.prepaid), (style.say("payable"), totals.payable)]
    currency = invoice.currency or ""
    shapes = {"before": f"{currency} {{}}", "after": f"{{}} {currency}", "none": "{}"}
    return [(label, shapes[style.money].format(style.amount(value or Decimal(0)))) for label, value in rows]


def address(party: Party) -> str:
    """On one line."""
    there = party.address
    parts = (there.street, there.city, there.country) if there else ()
    told = [part for part in parts if part]
    return ("، " if any(map(is_arabic, told)) else ", ").join(told)
