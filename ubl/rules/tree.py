"""The light form of a document: one `Node` per aggregate, one pass over the lxml tree, leaves left as they are.

A node maps the local name of each child to the list of those children: aggregates are `Node`s, basic elements are the
lxml elements themselves (`.text`, `.get("schemeID")`). Only names of the UBL common components appear unqualified;
an element of another namespace keeps its `{namespace}name`.
"""

from collections.abc import Sequence
from typing import Any

from lxml import etree

Leaf = etree._Element
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CREDIT_NOTE = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"


class Node(dict[str, Sequence[Any]]):
    """An aggregate: child name -> children in document order. `"DueDate" in node` is the test for presence."""

    __slots__ = ("element",)

    element: etree._Element


def node_of(element: etree._Element) -> Node:
    """An empty node for an element; filled by the walk."""
    node = Node()
    node.element = element
    return node


def text(node: Node, name: str) -> str:
    """The text of the first child of that name; empty when there is none."""
    found = node.get(name)
    return (found[0].text or "") if found else ""


def below(node: Node, first: str, second: str) -> Sequence[Any]:
    """`path` of two names, for the rules that run on every line."""
    found = node.get(first)
    if not found:
        return ()
    if len(found) == 1:
        children: Sequence[Any] = found[0].get(second, ())
        return children
    return [child for parent in found for child in parent.get(second, ())]


def path(node: Node, *names: str) -> Sequence[Any]:
    """All descendants reached by that path of names, in document order."""
    found: Sequence[Any] = (node,)
    for name in names:
        if len(found) == 1:
            found = found[0].get(name, ())
        else:
            found = [child for parent in found for child in parent.get(name, ())]
        if not found:
            return ()
    return found


def texts(node: Node, *names: str) -> list[str]:
    """The texts of all leaves reached by that path."""
    return [leaf.text or "" for leaf in path(node, *names)]


def count(node: Node, *names: str) -> int:
    """How many descendants that path reaches."""
    return len(node.get(names[0], ())) if len(names) == 1 else len(path(node, *names))


def named(tag: str) -> str:
    """The name under which a child of this tag is found in its node."""
    if tag.startswith((CBC, CAC)):
        return tag[tag.index("}") + 1 :]
    return {INVOICE: "Invoice", CREDIT_NOTE: "CreditNote"}.get(tag, tag)
