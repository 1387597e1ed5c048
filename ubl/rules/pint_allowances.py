"""Allowances and charges, of the document and of lines."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.contexts import ALLOWANCE, ALLOWANCE_CATEGORY, ALLOWANCE_OR_CHARGE, CHARGE, PRICE_ALLOWANCE
from ubl.rules.document import Document
from ubl.rules.registry import rule
from ubl.rules.tree import Node, count, text
from ubl.rules.values import normalize


def _in_line(node: Node, document: Document) -> bool:
    return document.section.element.tag.endswith(("}InvoiceLine", "}CreditNoteLine"))


def _reasoned(node: Node) -> bool:
    return "AllowanceChargeReason" in node or "AllowanceChargeReasonCode" in node


@rule("ibr-083", PRICE_ALLOWANCE, "IBT-147")
def no_charge_on_price(node: Node) -> bool:
    """A price can only be reduced, not surcharged: its indicator must be false."""
    return normalize(text(node, "ChargeIndicator")) == "false"


@rule("ibr-sr-30", ALLOWANCE, "IBT-097")
def one_allowance_reason(node: Node) -> bool:
    """An allowance has at most one reason text."""
    return count(node, "AllowanceChargeReason") <= 1


@rule("ibr-031", ALLOWANCE, "IBG-20", "IBT-092")
def allowance_amount(node: Node, document: Document) -> bool:
    """A document allowance must state its amount."""
    return "Amount" in node or _in_line(node, document)


@rule("ibr-033", ALLOWANCE, "IBG-20", "IBT-097", "IBT-098")
def allowance_reason(node: Node, document: Document) -> bool:
    """A document allowance must give a reason, as text or as a code."""
    return _reasoned(node) or _in_line(node, document)


@rule("ibr-041", ALLOWANCE, "IBG-27", "IBT-136")
def line_allowance_amount(node: Node, document: Document) -> bool:
    """A line allowance must state its amount."""
    return "Amount" in node or not _in_line(node, document)


@rule("ibr-042", ALLOWANCE, "IBG-27", "IBT-139", "IBT-140")
def line_allowance_reason(node: Node, document: Document) -> bool:
    """A line allowance must give a reason, as text or as a code."""
    return _reasoned(node) or not _in_line(node, document)


@rule("ibr-036", CHARGE, "IBG-21", "IBT-099")
def charge_amount(node: Node, document: Document) -> bool:
    """A document charge must state its amount."""
    return "Amount" in node or _in_line(node, document)


@rule("ibr-sr-31", CHARGE, "IBT-104")
def one_charge_reason(node: Node) -> bool:
    """A charge has at most one reason text."""
    return count(node, "AllowanceChargeReason") <= 1


@rule("ibr-038", CHARGE, "IBG-21", "IBT-104", "IBT-105")
def charge_reason(node: Node, document: Document) -> bool:
    """A document charge must give a reason, as text or as a code."""
    return _reasoned(node) or _in_line(node, document)


@rule("ibr-043", CHARGE, "IBG-28", "IBT-141")
def line_charge_amount(node: Node, document: Document) -> bool:
    """A line charge must state its amount."""
    return "Amount" in node or not _in_line(node, document)


@rule("ibr-044", CHARGE, "IBG-28", "IBT-144", "IBT-145")
def any_charge_reason(node: Node) -> bool:
    """A charge must give a reason, as text or as a code."""
    return _reasoned(node)


@rule("ibr-082", ALLOWANCE_OR_CHARGE, "IBG-20", "IBG-21")
def indicator(node: Node) -> bool:
    """The indicator of an allowance or charge must be true or false."""
    return normalize(text(node, "ChargeIndicator")) in ("true", "false")


@rule("ibr-sr-61", ALLOWANCE_CATEGORY, "IBT-197", "IBT-199")
def one_exemption_reason(node: Node) -> bool:
    """The VAT category of an allowance or charge has at most one exemption reason text."""
    return count(node, "TaxExemptionReason") <= 1
