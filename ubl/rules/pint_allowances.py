"""Allowances and charges, of the document and of lines."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.contexts import ALLOWANCE_CATEGORY, ALLOWANCE_OR_CHARGE, PRICE_ALLOWANCE, SIDED
from ubl.rules.document import Document
from ubl.rules.registry import rule
from ubl.rules.tree import Node, count, text
from ubl.rules.values import normalize


def _in_line(node: Node, document: Document) -> bool:
    return document.section is not document.root


def _reasoned(node: Node) -> bool:
    return "AllowanceChargeReason" in node or "AllowanceChargeReasonCode" in node


@rule("ibr-083", PRICE_ALLOWANCE, "IBT-147")
def no_charge_on_price(node: Node) -> bool:
    """A price can only be reduced, not surcharged: its indicator must be false."""
    return normalize(text(node, "ChargeIndicator")) == "false"


@rule("ibr-sr-30", SIDED, "IBT-097", case="allowance")
def one_allowance_reason(node: Node) -> bool:
    """An allowance has at most one reason text."""
    return count(node, "AllowanceChargeReason") <= 1


@rule("ibr-031", SIDED, "IBG-20", "IBT-092", case="allowance")
def allowance_amount(node: Node, document: Document) -> bool:
    """A document allowance must state its amount."""
    return "Amount" in node or _in_line(node, document)


@rule("ibr-033", SIDED, "IBG-20", "IBT-097", "IBT-098", case="allowance")
def allowance_reason(node: Node, document: Document) -> bool:
    """A document allowance must give a reason, as text or as a code."""
    return _reasoned(node) or _in_line(node, document)


@rule("ibr-041", SIDED, "IBG-27", "IBT-136", case="allowance")
def line_allowance_amount(node: Node, document: Document) -> bool:
    """A line allowance must state its amount."""
    return "Amount" in node or not _in_line(node, document)


@rule("ibr-042", SIDED, "IBG-27", "IBT-139", "IBT-140", case="allowance")
def line_allowance_reason(node: Node, document: Document) -> bool:
    """A line allowance must give a reason, as text or as a code."""
    return _reasoned(node) or not _in_line(node, document)


@rule("ibr-036", SIDED, "IBG-21", "IBT-099", case="charge")
def charge_amount(node: Node, document: Document) -> bool:
    """A document charge must state its amount."""
    return "Amount" in node or _in_line(node, document)


@rule("ibr-sr-31", SIDED, "IBT-104", case="charge")
def one_charge_reason(node: Node) -> bool:
    """A charge has at most one reason text."""
    return count(node, "AllowanceChargeReason") <= 1


@rule("ibr-038", SIDED, "IBG-21", "IBT-104", "IBT-105", case="charge")
def charge_reason(node: Node, document: Document) -> bool:
    """A document charge must give a reason, as text or as a code."""
    return _reasoned(node) or _in_line(node, document)


@rule("ibr-043", SIDED, "IBG-28", "IBT-141", case="charge")
def line_charge_amount(node: Node, document: Document) -> bool:
    """A line charge must state its amount."""
    return "Amount" in node or not _in_line(node, document)


@rule("ibr-044", SIDED, "IBG-28", "IBT-144", "IBT-145", case="charge")
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
