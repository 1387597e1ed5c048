"""Lines: what each must hold, its period, price, item and references."""
# ruff: noqa: ARG001, SIM110 - functions of one kind take the same arguments; loops cost a line less than `any`

from ubl.rules.contexts import (
    BASE_QUANTITY,
    INVOICED_CATEGORY,
    ITEM_CLASS,
    ITEM_PROPERTY,
    ITEM_STANDARD_ID,
    LINE,
    LINE_DESPATCH,
    LINE_DESPATCH_ID,
    LINE_PERIOD,
)
from ubl.rules.document import Document
from ubl.rules.pint_document import in_order
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, below, count, path, text, texts
from ubl.rules.values import date, decimal, double, normalize


@rule("ibr-021", LINE, "IBT-126")
def line_identifier(node: Node) -> bool:
    """A line must have an identifier."""
    return normalize(text(node, "ID")) != ""


@rule("ibr-022", LINE, "IBT-129")
def quantity(node: Node) -> bool:
    """A line must state the quantity."""
    return "InvoicedQuantity" in node or "CreditedQuantity" in node


@rule("ibr-023", LINE, "IBT-130")
def unit(node: Node) -> bool:
    """The quantity of a line must state its unit."""
    return _units(node) != {None}


def _units(node: Node) -> set[str | None]:
    """The units of a line's quantities, `None` among them."""
    units: set[str | None] = {None}
    for name in ("InvoicedQuantity", "CreditedQuantity"):
        if name in node:
            for leaf in node[name]:
                units.add(leaf.get("unitCode"))
    return units


@rule("ibr-024", LINE, "IBT-131")
def net_amount(node: Node) -> bool:
    """A line must state its net amount."""
    return "LineExtensionAmount" in node


@rule("ibr-025", LINE, "IBT-153")
def item_name(node: Node) -> bool:
    """A line must name its item."""
    for leaf in below(node, "Item", "Name"):
        if normalize(leaf.text):
            return True
    return False


@rule("ibr-026", LINE, "IBT-146")
def net_price(node: Node) -> bool:
    """A line must state the net price of its item."""
    return bool(below(node, "Price", "PriceAmount"))


@rule("ibr-027", LINE, "IBT-146")
def net_price_sign(node: Node) -> bool:
    """The net price must not be negative."""
    for leaf in below(node, "Price", "PriceAmount"):
        if double(leaf.text) >= 0:
            return True
    return False


@rule("ibr-028", LINE, "IBT-148", given="Price")
def gross_price_sign(node: Node) -> bool:
    """The gross price must not be negative."""
    items = below(node, "Price", "AllowanceCharge")
    leaves = (
        items[0].get("BaseAmount", ()) if len(items) == 1 else [leaf for i in items for leaf in i.get("BaseAmount", ())]
    )
    if len(leaves) == 1:
        return double(leaves[0].text) >= 0
    return not leaves or max(double(leaf.text) for leaf in leaves) >= 0


@rule("ibr-087", LINE, "IBT-149", given="Price")
def base_quantity(node: Node) -> bool:
    """The quantity a price is for must be above zero."""
    leaves = below(node, "Price", "BaseQuantity")
    for leaf in leaves:
        value = decimal(leaf.text)
        if value is not None and value > 0:
            return True
    return not leaves


@rule("ibr-089", LINE, "IBT-128", given="DocumentReference")
def one_line_object(node: Node) -> bool:
    """At most one invoiced object may be given for a line."""
    if "DocumentReference" not in node:
        return True
    codes = [texts(reference, "DocumentTypeCode") for reference in node["DocumentReference"]]
    return sum(any(double(code) == 130 for code in found) for found in codes) <= 1


@rule("ibr-109", LINE, "IBT-132", given="OrderLineReference")
def one_order_line(node: Node) -> bool:
    """At most one order line may be referred to from a line."""
    return len(below(node, "OrderLineReference", "LineID")) <= 1


@rule("ibr-110", LINE, "IBG-26", given="InvoicePeriod")
def one_line_period(node: Node) -> bool:
    """A line has at most one period."""
    return count(node, "InvoicePeriod") <= 1


@rule("ibr-111", LINE, "IBT-147", given="Price")
def one_price_discount(node: Node) -> bool:
    """A price has at most one discount."""
    return count(node, "Price", "AllowanceCharge", "Amount") <= 1


@rule("ibr-sr-34", LINE, "IBT-127", given="Note")
def one_line_note(node: Node) -> bool:
    """A line has at most one note."""
    return count(node, "Note") <= 1


@rule("ibr-sr-38", LINE, "IBT-185", given="Item")
def one_line_exemption_reason(node: Node) -> bool:
    """A line has at most one exemption reason text."""
    return count(node, "Item", "ClassifiedTaxCategory", "TaxExemptionReason") <= 1


@rule("ibr-sr-50", LINE, "IBT-154", given="Item")
def one_item_description(node: Node) -> bool:
    """An item has at most one description."""
    return len(below(node, "Item", "Description")) <= 1


@rule("ibr-085", LINE_PERIOD, "IBT-134", "IBG-14", given="StartDate")
def line_start_within(node: Node, document: Document) -> bool:
    """The period of a line must not start before the invoicing period."""
    if "StartDate" not in node or not document.starts:
        return True
    own = date(text(node, "StartDate"))
    return own is not None and any(bound is not None and own >= bound for bound in document.starts)


@rule("ibr-086", LINE_PERIOD, "IBT-135", "IBG-14", given="EndDate")
def line_end_within(node: Node, document: Document) -> bool:
    """The period of a line must not end after the invoicing period."""
    if "EndDate" not in node or not document.ends:
        return True
    own = date(text(node, "EndDate"))
    return own is not None and any(bound is not None and own <= bound for bound in document.ends)


@rule("ibr-030", LINE_PERIOD, "IBT-134", "IBT-135")
def line_period_in_order(node: Node) -> bool:
    """The period of a line must not end before it starts."""
    return in_order(node)


@rule("ibr-co-20", LINE_PERIOD, "IBG-26")
def line_period_filled(node: Node) -> bool:
    """The period of a line must have a start or an end."""
    return "StartDate" in node or "EndDate" in node


@rule("ibr-054", ITEM_PROPERTY, "IBT-160", "IBT-161")
def property_complete(node: Node) -> bool:
    """An item attribute must have a name and a value."""
    return "Name" in node and "Value" in node


@rule("ibr-065", ITEM_CLASS, "IBT-158")
def classification_scheme(leaf: Leaf) -> bool:
    """An item classification must name its list."""
    return leaf.get("listID") is not None


@rule("ibr-064", ITEM_STANDARD_ID, "IBT-157")
def standard_identifier_scheme(leaf: Leaf) -> bool:
    """A standard item identifier must name its scheme."""
    return leaf.get("schemeID") is not None


@rule("ibr-sr-58", INVOICED_CATEGORY, "IBT-151")
def category_code(node: Node) -> bool:
    """The VAT category of an invoice line must have a code."""
    return "ID" in node


@rule("ibr-088", BASE_QUANTITY, "IBT-150", "IBT-130")
def same_unit(leaf: Leaf, document: Document) -> bool:
    """The unit a price is for must be the unit of the quantity."""
    line = document.section
    if "InvoicedQuantity" not in line and "CreditedQuantity" not in line:
        return True
    return leaf.get("unitCode") in _units(line)


@rule("ibr-092", LINE_DESPATCH_ID, "IBT-184", "IBT-016")
def despatch_either_way(leaf: Leaf, document: Document) -> bool:
    """Despatch advices are referred to from the lines or from the document, not from both."""
    return document.despatches == 0


@rule("ibr-sr-62", LINE_DESPATCH, "IBT-184")
def one_line_despatch(node: Node) -> bool:
    """A line's despatch reference names one despatch advice."""
    return len(path(node, "DocumentReference")) <= 1
