"""Warnings on amounts in AED and on totals: the published rules ask that they be there, not that they be right."""

import re
from decimal import Decimal

from ubl.advice.declare import advice
from ubl.rules.document import Document
from ubl.rules.tree import Leaf, Node, below, path, text, texts
from ubl.rules.values import decimal, near

_ROOTS = ("/Invoice", "/CreditNote")
_LINES = ("InvoiceLine", "CreditNoteLine")
_SLACK = Decimal("0.02")
_ZERO, _HUNDRED = Decimal(0), Decimal(100)
_dirham_text = re.compile(r"(?:AED ?)?([0-9]+(?:\.[0-9]+)?)\Z").match


def _tax_rate(line: Node) -> Decimal | None:
    """The VAT rate at which a line is charged: 0 where its category charges none; `None` when it has several."""
    categories = below(line, "Item", "ClassifiedTaxCategory")
    if len(categories) != 1:
        return None
    return decimal(text(categories[0], "Percent")) if text(categories[0], "ID") == "S" else _ZERO


def _tax(line: Node) -> Decimal | None:
    """The VAT of a line in AED, where it is stated once."""
    totals = below(line, "ItemPriceExtension", "TaxTotal")
    leaves = (
        totals[0].get("TaxAmount", ())
        if len(totals) == 1
        else path(line, "ItemPriceExtension", "TaxTotal", "TaxAmount")
    )
    return decimal(leaves[0].text) if len(leaves) == 1 else None


def _payable(line: Node) -> Decimal | None:
    """The amount payable of a line in AED, where it is stated once."""
    leaves = below(line, "ItemPriceExtension", "Amount")
    return decimal(leaves[0].text) if len(leaves) == 1 else None


@advice("AE-ADV-11", _LINES, "BTAE-08", "IBT-131", "IBT-152")
def line_tax(line: Node, document: Document) -> bool:
    """The VAT of a line in AED should be its net amount times its rate, at the stated exchange rate."""
    stated, rate = _tax(line), _tax_rate(line)
    net, exchange = decimal(text(line, "LineExtensionAmount")), document.exchange
    if stated is None or net is None or rate is None or exchange is None:
        return True
    return near(stated, net * rate / _HUNDRED * exchange, _SLACK)


@advice("AE-ADV-12", _LINES, "BTAE-10", "BTAE-08", "IBT-131")
def line_payable(line: Node, document: Document) -> bool:
    """The amount payable of a line in AED should be its net amount at the stated exchange rate, plus its VAT."""
    stated, tax = _payable(line), _tax(line)
    net, exchange = decimal(text(line, "LineExtensionAmount")), document.exchange
    if stated is None or net is None or exchange is None:
        return True
    return near(stated, net * exchange + (tax or _ZERO), _SLACK)


@advice(
    "AE-ADV-13",
    ("ItemPriceExtension/Amount", "ItemPriceExtension/TaxTotal/TaxAmount"),
    "BTAE-08",
    "BTAE-10",
)
def line_dirham(leaf: Leaf) -> bool:
    """The VAT and the amount payable of a line should be in AED, whatever the document's currency."""
    return leaf.get("currencyID") == "AED"


@advice("AE-ADV-14", _ROOTS, "IBT-111", "IBT-110", "BTAE-04")
def tax_total_dirham(node: Node, document: Document) -> bool:
    """The VAT total in AED should be the VAT total at the stated exchange rate."""
    totals = path(node, "TaxTotal", "TaxAmount")
    own = [decimal(leaf.text) for leaf in totals if leaf.get("currencyID") in document.root_currencies]
    dirham = [decimal(leaf.text) for leaf in totals if leaf.get("currencyID") == "AED"]
    exchange = document.exchange
    if "AED" in document.root_currencies or not own or not dirham or exchange is None:
        return True
    return own[0] is None or dirham[0] is None or near(dirham[0], own[0] * exchange, _SLACK)


@advice("AE-ADV-15", _ROOTS, "BTAE-20", "IBT-112", "BTAE-04")
def total_dirham(node: Node, document: Document) -> bool:
    """The total with VAT in AED should be the total with VAT at the stated exchange rate."""
    described = [
        value
        for reference in node.get("AdditionalDocumentReference", ())
        if "aedtotal-incl-vat" in texts(reference, "DocumentTypeCode")
        for value in texts(reference, "DocumentDescription")
    ]
    totals = [decimal(value) for value in texts(node, "LegalMonetaryTotal", "TaxInclusiveAmount")]
    exchange = document.exchange
    if "AED" in document.root_currencies or not described or not totals or totals[0] is None or exchange is None:
        return True
    stated = _dirham_text(described[0])
    return stated is not None and near(Decimal(stated[1]), totals[0] * exchange, _SLACK)


@advice("AE-ADV-18", _ROOTS, "IBT-110", "IBT-111")
def one_total_per_currency(node: Node) -> bool:
    """There should be one VAT total per currency."""
    currencies = [leaf.get("currencyID") for leaf in path(node, "TaxTotal", "TaxAmount")]
    return len(currencies) == len(set(currencies))
