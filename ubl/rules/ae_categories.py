"""UAE: the rate that each VAT category of a line, allowance or charge has or lacks, and what reverse charge asks."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.contexts import AE_ALLOWANCE_CATEGORY, AE_LINE_CATEGORY, reaches
from ubl.rules.document import ZERO, Document, only
from ubl.rules.registry import rule
from ubl.rules.tree import Node, path, texts
from ubl.rules.values import double


def _rate_is_zero(category: Node) -> bool:
    return only(category, "Percent") == ZERO


def _rate_above_zero(category: Node) -> bool:
    rate = only(category, "Percent")
    return rate is not None and rate > 0


def no_rate(category: Node) -> bool:
    return "Percent" not in category


@rule("aligned-ibrp-s-05", AE_LINE_CATEGORY, "IBT-151", "IBT-152", case="S")
def standard_line(node: Node) -> bool:
    """A standard rated line must have a rate above zero."""
    return _rate_above_zero(node)


@rule("aligned-ibrp-e-05", AE_LINE_CATEGORY, "IBT-151", "IBT-152", case="E")
def exempt_line(node: Node) -> bool:
    """An exempt line has no VAT rate."""
    return no_rate(node)


def _line_tax(document: Document) -> list[str]:
    return texts(document.section, "ItemPriceExtension", "TaxTotal", "TaxAmount")


@rule("ibr-163-ae", AE_LINE_CATEGORY, "BTAE-08", "IBT-151", case="E")
def exempt_line_tax(node: Node, document: Document) -> bool:
    """An exempt line has no VAT amount."""
    return not _line_tax(document)


@rule("aligned-ibrp-z-05", AE_LINE_CATEGORY, "IBT-151", "IBT-152", case="Z")
def zero_line(node: Node) -> bool:
    """A zero rated line has the rate 0."""
    return _rate_is_zero(node)


@rule("ibr-165-ae", AE_LINE_CATEGORY, "BTAE-08", "IBT-151", case="Z")
def zero_line_tax(node: Node, document: Document) -> bool:
    """A zero rated line has the VAT amount 0."""
    return any(double(value) == 0 for value in _line_tax(document))


@rule("aligned-ibrp-o-05", AE_LINE_CATEGORY, "IBT-151", "IBT-152", case="O")
def out_of_scope_line(node: Node) -> bool:
    """A line that isn't subject to VAT has no VAT rate."""
    return no_rate(node)


@rule("aligned-ibrp-ae-05-ae", AE_LINE_CATEGORY, "IBT-151", "IBT-152", case="AE")
def reverse_charge_line(node: Node) -> bool:
    """A line under reverse charge must state the VAT rate."""
    return not no_rate(node)


@rule("ibr-103-ae", AE_LINE_CATEGORY, "IBT-048", "IBT-151", case="AE")
def reverse_charge_buyer(node: Node, document: Document) -> bool:
    """Under reverse charge the buyer's VAT number must be given."""
    return reaches(document.root, "AccountingCustomerParty", "Party", "PartyTaxScheme", "CompanyID")


@rule("ibr-162-ae", AE_LINE_CATEGORY, "BTAE-08", "IBT-151", case="AE")
def reverse_charge_tax(node: Node, document: Document) -> bool:
    """A line under reverse charge has the VAT amount 0."""
    return any(double(value) == 0 for value in _line_tax(document))


@rule("ibr-174-ae", AE_LINE_CATEGORY, "IBT-157", "IBT-151", case="AE")
def reverse_charge_item(node: Node, item: Node, document: Document) -> bool:
    """An item under reverse charge must have a GTIN (scheme 0160)."""
    leaves = path(item, "StandardItemIdentification", "ID")
    return bool(leaves) and all(leaf.get("schemeID") in (None, "0160") for leaf in leaves)


@rule("aligned-ibrp-s-06", AE_ALLOWANCE_CATEGORY, "IBT-095", "IBT-096", case="allowance S")
def standard_allowance(node: Node) -> bool:
    """A standard rated allowance must have a rate above zero."""
    return _rate_above_zero(node)


@rule("aligned-ibrp-s-07", AE_ALLOWANCE_CATEGORY, "IBT-102", "IBT-103", case="charge S")
def standard_charge(node: Node) -> bool:
    """A standard rated charge must have a rate above zero."""
    return _rate_above_zero(node)


@rule("aligned-ibrp-e-06", AE_ALLOWANCE_CATEGORY, "IBT-095", "IBT-096", case="allowance E")
def exempt_allowance(node: Node) -> bool:
    """An exempt allowance has the rate 0."""
    return _rate_is_zero(node)


@rule("aligned-ibrp-e-07", AE_ALLOWANCE_CATEGORY, "IBT-102", "IBT-103", case="charge E")
def exempt_charge(node: Node) -> bool:
    """An exempt charge has the rate 0."""
    return _rate_is_zero(node)


@rule("aligned-ibrp-z-06", AE_ALLOWANCE_CATEGORY, "IBT-095", "IBT-096", case="allowance Z")
def zero_allowance(node: Node) -> bool:
    """A zero rated allowance has the rate 0."""
    return _rate_is_zero(node)


@rule("aligned-ibrp-z-07", AE_ALLOWANCE_CATEGORY, "IBT-102", "IBT-103", case="charge Z")
def zero_charge(node: Node) -> bool:
    """A zero rated charge has the rate 0."""
    return _rate_is_zero(node)


@rule("aligned-ibrp-o-06", AE_ALLOWANCE_CATEGORY, "IBT-095", "IBT-096", case="allowance O")
def out_of_scope_allowance(node: Node) -> bool:
    """An allowance that isn't subject to VAT has no rate."""
    return no_rate(node)


@rule("aligned-ibrp-o-07", AE_ALLOWANCE_CATEGORY, "IBT-102", "IBT-103", case="charge O")
def out_of_scope_charge(node: Node) -> bool:
    """A charge that isn't subject to VAT has no rate."""
    return no_rate(node)


@rule("aligned-ibrp-ae-06", AE_ALLOWANCE_CATEGORY, "IBT-095", "IBT-096", case="allowance AE")
def reverse_charge_allowance(node: Node) -> bool:
    """An allowance under reverse charge has the rate 0."""
    return _rate_is_zero(node)


@rule("aligned-ibrp-ae-07", AE_ALLOWANCE_CATEGORY, "IBT-102", "IBT-103", case="charge AE")
def reverse_charge_charge(node: Node) -> bool:
    """A charge under reverse charge has the rate 0."""
    return _rate_is_zero(node)
