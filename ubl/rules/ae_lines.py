"""UAE: lines, their price, item and amounts in AED."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.codes import REVERSE_CHARGE_GOODS
from ubl.rules.contexts import AE_ITEM, AE_LINE, AE_NATURE, AE_PRICE, AE_PRICE_ALLOWANCE, reaches
from ubl.rules.document import Document, only
from ubl.rules.pint_codes import listed
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, below, path, text, texts
from ubl.rules.values import divide, double, normalize, round_double

_CATEGORY = ("Item", "ClassifiedTaxCategory")


@rule("aligned-ibrp-004", AE_PRICE_ALLOWANCE, "IBT-146", "IBT-147", "IBT-148", given="BaseAmount")
def price_adds_up(node: Node, price: Node, document: Document) -> bool:
    """The net price must equal the gross price minus the discount."""
    if "BaseAmount" not in node:
        return True
    net, gross, discount = only(price, "PriceAmount"), only(node, "BaseAmount"), only(node, "Amount")
    return net is not None and gross is not None and discount is not None and net == gross - discount


@rule("ibr-126-ae", AE_PRICE, "IBT-148", "IBT-149")
def price_complete(node: Node) -> bool:
    """A price must state the quantity it is for and the gross price."""
    return "BaseQuantity" in node and any("BaseAmount" in item for item in node.get("AllowanceCharge", ()))


@rule("ibr-104-ae", AE_LINE, "BTAE-08", "BTAE-10")
def amounts_in_dirham(node: Node) -> bool:
    """A line that isn't exempt must state its VAT and its amount payable in AED."""
    if below(node, "ItemPriceExtension", "Amount") and path(node, "ItemPriceExtension", "TaxTotal", "TaxAmount"):
        return True
    return all(normalize(text(category, "ID")) == "E" for category in below(node, *_CATEGORY))


@rule("ibr-194-ae", AE_LINE, "BTAE-10")
def amount_payable(node: Node) -> bool:
    """A line must state its amount payable in AED."""
    return bool(below(node, "ItemPriceExtension", "Amount"))


@rule("ibr-111-ae", AE_LINE, "IBT-151", "IBT-152")
def margin_rate(node: Node) -> bool:
    """A line of category N must have a rate above zero."""
    if not _has(node, "N"):
        return True
    return any(double(value) > 0 for value in texts(node, *_CATEGORY, "Percent"))


@rule("ibr-145-ae", AE_LINE, "IBT-151")
def categorized(node: Node) -> bool:
    """A line must have a VAT category."""
    return bool(below(node, *_CATEGORY))


@rule("ibr-147-ae", AE_LINE, "IBT-131", "IBT-129", "IBT-146", "IBT-149", "IBT-141", "IBT-136")
def net_adds_up(node: Node) -> bool:
    """The net amount of a line must equal quantity times price, plus charges, minus allowances."""
    quantities = node.get("InvoicedQuantity") or node.get("CreditedQuantity")
    prices, bases = below(node, "Price", "PriceAmount"), below(node, "Price", "BaseQuantity")
    if not quantities or not prices or not bases:
        return False
    due = double(quantities[0].text) * divide(double(prices[0].text), double(bases[0].text))
    if "AllowanceCharge" in node:
        allowances, charges = _sums(node)
        due = due + charges - allowances
    stated = double(text(node, "LineExtensionAmount"))
    return round_double(stated * 100) / 100 == round_double(due * 100) / 100


def _has(line: Node, code: str) -> bool:
    """Whether a line has a VAT category of that very code."""
    for category in below(line, "Item", "ClassifiedTaxCategory"):
        for leaf in category.get("ID", ()):
            if leaf.text == code:
                return True
    return False


def _sums(line: Node) -> tuple[float, float]:
    """What the allowances and what the charges of a line add up to, one after the other."""
    allowances = charges = 0.0
    for item in line["AllowanceCharge"]:
        for said in {leaf.text for leaf in item.get("ChargeIndicator", ())}:
            if said == "true":
                for amount in item.get("Amount", ()):
                    charges += double(amount.text)
            elif said == "false":
                for amount in item.get("Amount", ()):
                    allowances += double(amount.text)
    return allowances, charges


@rule("ibr-167-ae", AE_LINE, "IBT-186", "IBT-151")
def exemption_code(node: Node) -> bool:
    """An exempt line must give the code of the exemption."""
    return not _has(node, "E") or reaches(node, *_CATEGORY, "TaxExemptionReasonCode")


@rule("ibr-123-ae", AE_LINE, "IBG-30", "IBT-003")
def one_category(node: Node, document: Document) -> bool:
    """On documents out of the scope of VAT a line has exactly one VAT category."""
    return not document.is_type("81", "480") or len(below(node, *_CATEGORY)) == 1


@rule("ibr-125-ae", AE_ITEM, "IBT-154")
def item_description(node: Node) -> bool:
    """An item must be described."""
    return "Description" in node


@rule("ibr-166-ae", AE_ITEM, "BTAE-09", "IBT-151")
def reverse_charge_nature(node: Node) -> bool:
    """An item under reverse charge must state the type of goods or services."""
    if not any(leaf.text == "AE" for leaf in below(node, "ClassifiedTaxCategory", "ID")):
        return True
    return reaches(node, "CommodityClassification", "NatureCode")


def _kind(item: Node) -> list[str]:
    return texts(item, "CommodityClassification", "CommodityCode") if "CommodityClassification" in item else []


@rule("ibr-184-ae", AE_ITEM, "BTAE-13", "IBT-158", given="CommodityClassification")
def goods_classified(node: Node) -> bool:
    """Goods must be classified (HS code)."""
    return "G" not in _kind(node) or reaches(node, "CommodityClassification", "ItemClassificationCode")


@rule("ibr-185-ae", AE_ITEM, "BTAE-13", "BTAE-17", given="CommodityClassification")
def services_classified(node: Node) -> bool:
    """Services must have a service accounting code."""
    return "S" not in _kind(node) or reaches(node, "AdditionalItemIdentification", "ID")


@rule("ibr-186-ae", AE_ITEM, "BTAE-13", "IBT-158", "BTAE-17", given="CommodityClassification")
def both_classified(node: Node) -> bool:
    """An item that is both goods and services must have an HS code and a service accounting code."""
    return "B" not in _kind(node) or (
        reaches(node, "CommodityClassification", "ItemClassificationCode")
        and reaches(node, "AdditionalItemIdentification", "ID")
    )


@rule("ibr-187-ae", AE_ITEM, "IBT-158", "BTAE-17", dead="the published test is the constant true")
def classification_digits(node: Node) -> bool:
    """An HS code and a service accounting code have a least number of digits, not fixed yet."""
    return True


@rule("ibr-188-ae", AE_ITEM, "IBT-158", given="CommodityClassification")
def hs_list(node: Node) -> bool:
    """The classification of an item must be from the list HS."""
    if "CommodityClassification" not in node:
        return True
    leaves = path(node, "CommodityClassification", "ItemClassificationCode")
    return not leaves or any(leaf.get("listID") == "HS" for leaf in leaves)


@rule("ibr-189-ae", AE_ITEM, "BTAE-17", given="AdditionalItemIdentification")
def sac_scheme(node: Node) -> bool:
    """The additional identification of an item must be of the scheme SAC."""
    if "AdditionalItemIdentification" not in node:
        return True
    leaves = path(node, "AdditionalItemIdentification", "ID")
    return not leaves or any(leaf.get("schemeID") == "SAC" for leaf in leaves)


@rule("ibr-006-ae", AE_NATURE, "BTAE-09")
def nature_code(leaf: Leaf) -> bool:
    """The type of goods or services must be one that the reverse charge covers."""
    return listed(leaf.text, REVERSE_CHARGE_GOODS)
