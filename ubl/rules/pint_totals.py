"""The totals of the document and how they add up; amounts in decimals, rounded half up to two."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.contexts import (
    AMOUNT,
    DOCUMENT,
    FIRST_PREPAYMENT,
    INVOICE_TAX_TOTAL,
    SUBTOTAL,
    TAX_AMOUNT,
    TOTALS,
    side,
)
from ubl.rules.document import ZERO, Document
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, count, path, text, texts
from ubl.rules.values import cents, decimal, decimals_after_point, double, normalize


@rule("ibr-012", TOTALS, "IBT-106")
def line_total(node: Node) -> bool:
    """The totals must state the sum of the line net amounts."""
    return "LineExtensionAmount" in node


@rule("ibr-013", TOTALS, "IBT-109")
def total_without_tax(node: Node) -> bool:
    """The totals must state the total without VAT."""
    return "TaxExclusiveAmount" in node


@rule("ibr-014", TOTALS, "IBT-112")
def total_with_tax(node: Node) -> bool:
    """The totals must state the total with VAT."""
    return "TaxInclusiveAmount" in node


@rule("ibr-015", TOTALS, "IBT-115")
def amount_due(node: Node) -> bool:
    """The totals must state the amount due for payment."""
    return "PayableAmount" in node


@rule("ibr-091", TOTALS, "IBT-115")
def amount_due_decimals(node: Node) -> bool:
    """The amount due has at most two decimals."""
    return decimals_after_point(text(node, "PayableAmount")) <= 2


@rule("ibr-121", TOTALS, "IBT-107", given="AllowanceTotalAmount")
def allowance_total_decimals(node: Node) -> bool:
    """The sum of allowances has at most two decimals."""
    return decimals_after_point(text(node, "AllowanceTotalAmount")) <= 2


@rule("ibr-122", TOTALS, "IBT-108", given="ChargeTotalAmount")
def charge_total_decimals(node: Node) -> bool:
    """The sum of charges has at most two decimals."""
    return decimals_after_point(text(node, "ChargeTotalAmount")) <= 2


@rule("ibr-123", TOTALS, "IBT-109")
def total_without_tax_decimals(node: Node) -> bool:
    """The total without VAT has at most two decimals."""
    return decimals_after_point(text(node, "TaxExclusiveAmount")) <= 2


@rule("ibr-125", TOTALS, "IBT-112")
def total_with_tax_decimals(node: Node) -> bool:
    """The total with VAT has at most two decimals."""
    return decimals_after_point(text(node, "TaxInclusiveAmount")) <= 2


@rule("ibr-co-10", TOTALS, "IBT-106", "IBT-131")
def sum_of_lines(node: Node, document: Document) -> bool:
    """The sum of line net amounts must equal what the lines add up to, rounded to two decimals."""
    return decimal(text(node, "LineExtensionAmount")) == cents(document.amount_total)


def _sum_matches(node: Node, document: Document, total: str, *, charge: bool) -> bool:
    wanted = "charge" if charge else "allowance"
    items = [item for item in document.root.get("AllowanceCharge", ()) if side(item) == wanted]
    if total not in node:
        return not items
    amounts = [decimal(value) or ZERO for item in items for value in texts(item, "Amount")]
    return decimal(text(node, total)) == cents(sum(amounts, ZERO))


@rule("ibr-co-11", TOTALS, "IBT-107", "IBT-092")
def sum_of_allowances(node: Node, document: Document) -> bool:
    """The sum of allowances must equal what the document allowances add up to."""
    return _sum_matches(node, document, "AllowanceTotalAmount", charge=False)


@rule("ibr-co-12", TOTALS, "IBT-108", "IBT-099")
def sum_of_charges(node: Node, document: Document) -> bool:
    """The sum of charges must equal what the document charges add up to."""
    return _sum_matches(node, document, "ChargeTotalAmount", charge=True)


@rule("ibr-co-13", TOTALS, "IBT-109", "IBT-106", "IBT-107", "IBT-108")
def without_tax_adds_up(node: Node, document: Document) -> bool:
    """The total without VAT must equal the lines, minus allowances, plus charges."""
    if document.tax_included:
        return True
    total = decimal(text(node, "TaxExclusiveAmount"))
    lines = decimal(text(node, "LineExtensionAmount"))
    if total is None or lines is None:
        return False
    if "ChargeTotalAmount" not in node and "AllowanceTotalAmount" not in node:
        return total == lines
    charges = decimal(text(node, "ChargeTotalAmount")) if "ChargeTotalAmount" in node else ZERO
    allowances = decimal(text(node, "AllowanceTotalAmount")) if "AllowanceTotalAmount" in node else ZERO
    return charges is not None and allowances is not None and total == cents(lines + charges - allowances)


@rule("ibr-co-16", TOTALS, "IBT-115", "IBT-112", "IBT-113", "IBT-114")
def amount_due_adds_up(node: Node) -> bool:
    """The amount due must equal the total with VAT, minus what was paid, plus the rounding."""
    due, total = decimal(text(node, "PayableAmount")), decimal(text(node, "TaxInclusiveAmount"))
    if due is None or total is None:
        return False
    paid, rounding = decimal(text(node, "PrepaidAmount")), decimal(text(node, "PayableRoundingAmount"))
    return (cents(due - rounding) if rounding else due) == (cents(total - paid) if paid else total)


@rule("ibr-co-15", DOCUMENT, "IBT-112", "IBT-109", "IBT-110")
def with_tax_adds_up(node: Node, document: Document) -> bool:
    """The total with VAT must equal the total without VAT plus the VAT total in the document currency."""
    if document.tax_included:
        return True
    totals = node.get("TaxTotal", ())
    amounts = totals[0].get("TaxAmount", ()) if totals else ()
    taxes = [decimal(leaf.text) for leaf in amounts if leaf.get("currencyID") in document.root_currencies]
    within = [decimal(value) for value in texts(node, "LegalMonetaryTotal", "TaxInclusiveAmount")]
    without = [decimal(value) for value in texts(node, "LegalMonetaryTotal", "TaxExclusiveAmount")]
    return any(
        total == cents(net + tax)
        for total in within
        for net in without
        for tax in taxes
        if net is not None and tax is not None
    )


@rule("ibr-053", DOCUMENT, "IBT-006", "IBT-111", given="TaxCurrencyCode")
def tax_in_tax_currency(node: Node, document: Document) -> bool:
    """With a VAT currency given, the VAT total must also be stated in that currency."""
    return all(value in document.tax_currencies for value in texts(node, "TaxCurrencyCode"))


@rule("ibr-084", DOCUMENT, "IBT-110", "IBT-111", given="TaxCurrencyCode")
def same_sign(node: Node) -> bool:
    """The VAT total in the document currency and that in the VAT currency must have the same sign."""
    if "TaxCurrencyCode" not in node:
        return True
    sides = [normalize(text(node, name)) for name in ("TaxCurrencyCode", "DocumentCurrencyCode")]
    amounts = path(node, "TaxTotal", "TaxAmount")
    in_currency = [[double(leaf.text) for leaf in amounts if leaf.get("currencyID") == side] for side in sides]
    return all(any(value <= 0 for value in values) for values in in_currency) or all(
        any(value >= 0 for value in values) for values in in_currency
    )


@rule("ibr-124", INVOICE_TAX_TOTAL, "IBT-110")
def tax_total_decimals(node: Node) -> bool:
    """The VAT total of an invoice has at most two decimals."""
    return decimals_after_point(text(node, "TaxAmount")) <= 2


@rule("ibr-co-14", INVOICE_TAX_TOTAL, "IBT-110", "IBT-117", given="TaxSubtotal")
def sum_of_taxes(node: Node) -> bool:
    """The VAT total of an invoice must equal what its breakdown adds up to."""
    if "TaxSubtotal" not in node:
        return True
    taxes = [decimal(value) or ZERO for value in texts(node, "TaxSubtotal", "TaxAmount")]
    return decimal(text(node, "TaxAmount")) == cents(sum(taxes, ZERO))


@rule("ibr-126", AMOUNT, "IBT-005", "IBT-006", outside="ItemPriceExtension")
@rule("ibr-126", TAX_AMOUNT, "IBT-005", "IBT-006", outside="ItemPriceExtension")
def amount_currency(leaf: Leaf, document: Document) -> bool:
    """Amounts must be in the document currency, but for those meant to be in the VAT currency."""
    return leaf.get("currencyID") in document.currencies


@rule("ibr-sr-32", SUBTOTAL, "IBT-120")
def one_breakdown_reason(node: Node) -> bool:
    """A line of the VAT breakdown has at most one exemption reason text."""
    return count(node, "TaxCategory", "TaxExemptionReason") <= 1


@rule("ibr-093", FIRST_PREPAYMENT, "IBT-180", "IBT-113")
def prepaid_total(node: Node, document: Document) -> bool:
    """When prepayments are listed, the totals must state the amount paid."""
    return bool(path(document.root, "LegalMonetaryTotal", "PrepaidAmount"))
