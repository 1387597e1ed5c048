"""UAE: the VAT breakdown, which category must stand there, and what its bases and taxes add up to."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from decimal import Decimal

from ubl.rules.ae_categories import no_rate
from ubl.rules.contexts import AE_BREAKDOWN, AE_CATEGORY, AE_DOCUMENT, AE_SUBTOTAL
from ubl.rules.document import ZERO, Document, balance, only, under_vat
from ubl.rules.pint_codes import listed
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, path, text, texts
from ubl.rules.values import cents, decimal, double, near, normalize

_SLACK = Decimal("0.02")
_FIVE = Decimal(5)
_HUNDRED = Decimal(100)
_CATEGORIES = frozenset(["S", "E", "O", "AE", "Z", "N"])
_BREAKDOWN = ("TaxTotal", "TaxSubtotal", "TaxCategory")


@rule("ibr-139-ae", AE_CATEGORY, "IBT-095", "IBT-102", "IBT-118", "IBT-151")
def category_code(leaf: Leaf) -> bool:
    """A VAT category must be S, E, O, AE, Z or N."""
    return listed(leaf.text, _CATEGORIES)


def _breakdowns(root: Node, code: str) -> int:
    """How many lines of the breakdown have that category under the scheme VAT."""
    found = (category for category in path(root, *_BREAKDOWN) if under_vat(category))
    return sum(normalize(value) == code for category in found for value in texts(category, "ID"))


def _once_if_used(node: Node, document: Document, code: str) -> bool:
    return code not in document.vat_categories() or _breakdowns(node, code) == 1


@rule("aligned-ibrp-e-01", AE_DOCUMENT, "IBG-23", "IBT-118")
def exempt_in_breakdown(node: Node, document: Document) -> bool:
    """What is exempt (E) must stand in the breakdown exactly once."""
    return _once_if_used(node, document, "E")


@rule("aligned-ibrp-o-01", AE_DOCUMENT, "IBG-23", "IBT-118")
def out_of_scope_in_breakdown(node: Node, document: Document) -> bool:
    """What isn't subject to VAT (O) must stand in the breakdown exactly once."""
    return _once_if_used(node, document, "O")


@rule("aligned-ibrp-z-01", AE_DOCUMENT, "IBG-23", "IBT-118")
def zero_in_breakdown(node: Node, document: Document) -> bool:
    """What is zero rated (Z) must stand in the breakdown exactly once."""
    return _once_if_used(node, document, "Z")


@rule("aligned-ibrp-s-01", AE_DOCUMENT, "IBG-23", "IBT-118")
def standard_in_breakdown(node: Node, document: Document) -> bool:
    """What is standard rated (S) must stand in the breakdown, and nothing else may stand there as S."""
    found = any(normalize(text(category, "ID")) == "S" for category in path(node, *_BREAKDOWN))
    return found == (document.standard_items > 0)


@rule("aligned-ibrp-ae-01-ae", AE_DOCUMENT, "IBG-23", "IBT-118")
def reverse_charge_in_breakdown(node: Node, document: Document) -> bool:
    """What is under reverse charge (AE) must stand in the breakdown."""
    return "AE" not in document.vat_categories() or _breakdowns(node, "AE") >= 1


@rule("ibr-105-ae", AE_DOCUMENT, "IBG-23", "IBT-118")
def margin_in_breakdown(node: Node, document: Document) -> bool:
    """Category N must stand in the breakdown exactly once."""
    return "N" not in document.tax_scheme_categories or document.margin_subtotals == 1


@rule("ibr-190-ae", AE_DOCUMENT, "IBT-119", "IBT-096", "IBT-103")
def standard_rate(node: Node, document: Document) -> bool:
    """The standard rate is 5 percent."""
    return all(decimal(value) == _FIVE for value in document.standard_percents)


@rule("aligned-ibrp-045", AE_SUBTOTAL, "IBT-116")
def breakdown_base(node: Node) -> bool:
    """A line of the breakdown must state the amount that is taxed."""
    return "TaxableAmount" in node


@rule("aligned-ibrp-046", AE_SUBTOTAL, "IBT-117")
def breakdown_tax(node: Node) -> bool:
    """A line of the breakdown must state the VAT."""
    return "TaxAmount" in node


@rule("aligned-ibrp-047", AE_SUBTOTAL, "IBT-118")
def breakdown_category(node: Node) -> bool:
    """A line of the breakdown must have a VAT category."""
    return any("ID" in category and under_vat(category) for category in node.get("TaxCategory", ()))


@rule("aligned-ibrp-048", AE_SUBTOTAL, "IBT-119")
def breakdown_rate(node: Node) -> bool:
    """A line of the breakdown must have a rate, unless exempt or not subject to VAT."""
    return any(
        under_vat(category) and ("Percent" in category or normalize(text(category, "ID")) in ("O", "E"))
        for category in node.get("TaxCategory", ())
    )


@rule("ibr-119-ae", AE_SUBTOTAL, "IBT-119", "IBT-118")
def breakdown_rate_or_none(node: Node) -> bool:
    """A line of the breakdown has a rate, and none when exempt or not subject to VAT."""
    rated = any("Percent" in category for category in node.get("TaxCategory", ()))
    untaxed = any(value in ("O", "E") for value in texts(node, "TaxCategory", "ID"))
    return rated != untaxed


def _base_matches(node: Node, subtotal: Node, document: Document, code: str) -> bool:
    """Exactly the lines of a category, plus its charges, minus its allowances."""
    base = only(subtotal, "TaxableAmount")
    rest = balance(document, code)
    tallies = [tally for tally in document.tallies.values() if tally.count]
    return any(base == tally.by_category.get(code, ZERO) + rest for tally in tallies)


def _base_matches_rate(node: Node, subtotal: Node, document: Document, code: str, *, sides: bool) -> bool:
    """Within two fils, the lines of a category and rate, with charges and allowances if `sides`."""
    rate, base = only(node, "Percent"), only(subtotal, "TaxableAmount")
    if rate is None or base is None:
        return False
    pair = (code, rate)
    rest = balance(document, code, rate) if sides else ZERO
    anyway = sides and pair in document.allowance_rates
    return any(
        (anyway or pair in tally.by_rate) and near(base, tally.by_rate.get(pair, ZERO) + rest, _SLACK)
        for tally in document.tallies.values()
    )


def _no_tax(subtotal: Node) -> bool:
    return decimal(text(subtotal, "TaxAmount")) == ZERO


@rule("aligned-ibrp-s-08", AE_BREAKDOWN, "IBT-116", "IBT-131", "IBT-092", "IBT-099", case="S")
def standard_base(node: Node, subtotal: Node, document: Document) -> bool:
    """The standard rated base must be the sum of the lines of that rate, plus charges, minus allowances."""
    return _base_matches_rate(node, subtotal, document, "S", sides=True)


@rule("aligned-ibrp-s-09", AE_BREAKDOWN, "IBT-117", "IBT-116", "IBT-119", case="S")
def standard_tax(node: Node, subtotal: Node, document: Document) -> bool:
    """Standard rated VAT must be the base times the rate."""
    rate = only(node, "Percent")
    base, tax = only(subtotal, "TaxableAmount"), only(subtotal, "TaxAmount")
    if rate is None or base is None or tax is None:
        return False
    return near(abs(tax), cents(abs(base) * rate / _HUNDRED), _SLACK)


@rule("aligned-ibrp-s-10", AE_BREAKDOWN, "IBT-120", "IBT-121", case="S")
def standard_no_exemption(node: Node) -> bool:
    """What is standard rated gives no reason for an exemption."""
    return "TaxExemptionReason" not in node and "TaxExemptionReasonCode" not in node


@rule("ibr-102-ae", AE_BREAKDOWN, "IBT-116", "IBT-131", case="N")
def margin_base(node: Node, subtotal: Node, document: Document) -> bool:
    """The base of category N must be the sum of the lines of that rate."""
    return _base_matches_rate(node, subtotal, document, "N", sides=False)


@rule("ibr-108-ae", AE_BREAKDOWN, "IBT-117", case="N")
def margin_tax(node: Node, subtotal: Node, document: Document) -> bool:
    """The VAT of category N is 0."""
    return any(double(value) == 0 for value in texts(subtotal, "TaxAmount"))


@rule("aligned-ibrp-e-08", AE_BREAKDOWN, "IBT-116", "IBT-131", case="E")
def exempt_base(node: Node, subtotal: Node, document: Document) -> bool:
    """The exempt base must be the sum of the exempt lines, plus charges, minus allowances."""
    return _base_matches(node, subtotal, document, "E")


@rule("aligned-ibrp-e-09", AE_BREAKDOWN, "IBT-117", case="E")
def exempt_tax(node: Node, subtotal: Node, document: Document) -> bool:
    """The VAT on what is exempt is 0."""
    return _no_tax(subtotal)


@rule("ibr-121-ae", AE_BREAKDOWN, "IBT-119", case="E")
def exempt_rate(node: Node) -> bool:
    """What is exempt has no rate in the breakdown."""
    return no_rate(node)


@rule("aligned-ibrp-z-08", AE_BREAKDOWN, "IBT-116", "IBT-131", case="Z")
def zero_base(node: Node, subtotal: Node, document: Document) -> bool:
    """The zero rated base must be the sum of the zero rated lines, plus charges, minus allowances."""
    return _base_matches(node, subtotal, document, "Z")


@rule("aligned-ibrp-z-09", AE_BREAKDOWN, "IBT-117", case="Z")
def zero_tax(node: Node, subtotal: Node, document: Document) -> bool:
    """The VAT on what is zero rated is 0."""
    return _no_tax(subtotal)


@rule("ibr-120-ae", AE_BREAKDOWN, "IBT-119", case="Z")
def zero_rate(node: Node) -> bool:
    """What is zero rated has the rate 0 in the breakdown."""
    return any(double(value) == 0 for value in texts(node, "Percent"))


@rule("aligned-ibrp-o-08", AE_BREAKDOWN, "IBT-116", "IBT-131", case="O")
def out_of_scope_base(node: Node, subtotal: Node, document: Document) -> bool:
    """The base not subject to VAT must be the sum of such lines, plus charges, minus allowances."""
    return _base_matches(node, subtotal, document, "O")


@rule("aligned-ibrp-o-09", AE_BREAKDOWN, "IBT-117", case="O")
def out_of_scope_tax(node: Node, subtotal: Node, document: Document) -> bool:
    """The VAT on what isn't subject to it is 0."""
    return _no_tax(subtotal)


@rule("aligned-ibrp-o-11-ae", AE_BREAKDOWN, "IBT-119", case="O")
def out_of_scope_rate(node: Node) -> bool:
    """What isn't subject to VAT has no rate in the breakdown."""
    return no_rate(node)


@rule("aligned-ibrp-ae-08-ae", AE_BREAKDOWN, "IBT-116", "IBT-131", case="AE")
def reverse_charge_base(node: Node, subtotal: Node, document: Document) -> bool:
    """The reverse charge base must be the sum of such lines, plus charges, minus allowances."""
    return _base_matches(node, subtotal, document, "AE")


@rule("aligned-ibrp-ae-09-ae", AE_BREAKDOWN, "IBT-117", case="AE")
def reverse_charge_no_tax(node: Node, subtotal: Node, document: Document) -> bool:
    """The VAT on what is under reverse charge is 0."""
    return _no_tax(subtotal)
