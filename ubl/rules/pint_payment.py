"""How and when to pay."""

from ubl.rules.contexts import BRANCH_ADDRESS, PAYMENT, TERMS
from ubl.rules.registry import rule
from ubl.rules.tree import Node, count


@rule("ibr-sr-59", BRANCH_ADDRESS, "IBT-174")
def one_branch_address_line(node: Node) -> bool:
    """The address of the payee's bank has at most one additional line."""
    return count(node, "AddressLine", "Line") <= 1


@rule("ibr-049", PAYMENT, "IBT-081")
def payment_code(node: Node) -> bool:
    """Payment instructions must state the means of payment."""
    return "PaymentMeansCode" in node


@rule("ibr-sr-27", PAYMENT, "IBT-081")
def one_payment_code(node: Node) -> bool:
    """Payment instructions state one means of payment."""
    return count(node, "PaymentMeansCode") <= 1


@rule("ibr-sr-28", PAYMENT, "IBT-089")
def one_mandate_identifier(node: Node) -> bool:
    """A direct debit mandate has one identifier."""
    return count(node, "PaymentMandate", "ID") <= 1


@rule("ibr-sr-46", PAYMENT, "IBT-082")
def one_payment_name(node: Node) -> bool:
    """The means of payment has at most one name."""
    return sum(leaf.get("name") is not None for leaf in node.get("PaymentMeansCode", ())) <= 1


@rule("ibr-sr-05", TERMS, "IBT-020")
def one_terms_note(node: Node) -> bool:
    """Payment terms have at most one text."""
    return count(node, "Note") <= 1


@rule("ibr-sr-60", TERMS, "IBT-187")
def one_instruction(node: Node) -> bool:
    """Payment terms refer to at most one payment instruction."""
    return count(node, "PaymentMeansID") <= 1
