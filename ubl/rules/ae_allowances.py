"""UAE: allowances and charges, their category, percentage and reason."""

from ubl.rules.contexts import AE_SIDED
from ubl.rules.document import Document, under_vat
from ubl.rules.registry import rule
from ubl.rules.tree import Node, text, texts
from ubl.rules.values import divide, double, round_double


def _has_category(node: Node, up: Node, document: Document) -> bool:
    if up is not document.root:
        return True
    return any("ID" in category and under_vat(category) for category in node.get("TaxCategory", ()))


def _base_and_rate(node: Node) -> bool:
    return ("MultiplierFactorNumeric" in node) == ("BaseAmount" in node)


def _multiplies(node: Node) -> bool:
    if "BaseAmount" not in node or "MultiplierFactorNumeric" not in node:
        return True
    amount = double(text(node, "Amount"))
    due = divide(double(text(node, "BaseAmount")) * double(text(node, "MultiplierFactorNumeric")), 100)
    return amount == due or amount == round_double(due * 100) / 100


def _not_margin(node: Node) -> bool:
    return "N" not in texts(node, "TaxCategory", "ID")


def _exempt_with_code(node: Node) -> bool:
    return "AllowanceChargeReasonCode" in node or "E" not in texts(node, "TaxCategory", "ID")


@rule("aligned-ibrp-032", AE_SIDED, "IBT-095", case="allowance")
def allowance_category(node: Node, up: Node, document: Document) -> bool:
    """A document allowance must have a VAT category."""
    return _has_category(node, up, document)


@rule("aligned-ibrp-057", AE_SIDED, "IBT-093", "IBT-094", case="allowance")
def allowance_base(node: Node) -> bool:
    """An allowance states base amount and percentage, or neither."""
    return _base_and_rate(node)


@rule("ibr-131-ae", AE_SIDED, "IBT-092", "IBT-093", "IBT-094", case="allowance", given="BaseAmount")
def allowance_multiplies(node: Node) -> bool:
    """The amount of an allowance must be the percentage of its base."""
    return _multiplies(node)


@rule("ibr-115-ae", AE_SIDED, "IBT-095", case="allowance", given="TaxCategory")
def allowance_not_margin(node: Node) -> bool:
    """An allowance can't be of category N."""
    return _not_margin(node)


@rule("ibr-168-ae", AE_SIDED, "IBT-095", "IBT-196", case="allowance", given="TaxCategory")
def exempt_allowance_code(node: Node) -> bool:
    """An exempt allowance must give a reason code."""
    return _exempt_with_code(node)


@rule("aligned-ibrp-037", AE_SIDED, "IBT-102", case="charge")
def charge_category(node: Node, up: Node, document: Document) -> bool:
    """A document charge must have a VAT category."""
    return _has_category(node, up, document)


@rule("aligned-ibrp-058", AE_SIDED, "IBT-100", "IBT-101", case="charge")
def charge_base(node: Node) -> bool:
    """A charge states base amount and percentage, or neither."""
    return _base_and_rate(node)


@rule("ibr-146-ae", AE_SIDED, "IBT-099", "IBT-100", "IBT-101", case="charge", given="BaseAmount")
def charge_multiplies(node: Node) -> bool:
    """The amount of a charge must be the percentage of its base."""
    return _multiplies(node)


@rule("ibr-114-ae", AE_SIDED, "IBT-102", case="charge", given="TaxCategory")
def charge_not_margin(node: Node) -> bool:
    """A charge can't be of category N."""
    return _not_margin(node)


@rule("ibr-169-ae", AE_SIDED, "IBT-102", "IBT-198", case="charge", given="TaxCategory")
def exempt_charge_code(node: Node) -> bool:
    """An exempt charge must give a reason code."""
    return _exempt_with_code(node)
