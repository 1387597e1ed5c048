"""The light form of a document that rules look at: one `Node` per aggregate, one `Leaf` per basic element.

A node maps the local name of each child to the list of those children. Only names of the UBL common components appear
unqualified; an element of another namespace is a `Node` and keeps its `{namespace}name`.
"""

from collections.abc import Callable, Sequence
from typing import Any

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
FILE = "filename"
"""The attribute whose value is another in every document; rules ask only whether it is there."""
INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CREDIT_NOTE = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"


class Leaf:
    """A basic element: its text (empty where it has none) and its attributes."""

    __slots__ = ("code", "get", "path", "place", "text")

    def __init__(
        self, path: tuple[str, ...], place: int, text: str, get: Callable[[str], str | None], *, code: bool
    ) -> None:
        self.path = path
        """Names from the root down to its own."""
        self.code = code
        """Whether it says what the part it lies in is (`states.CODES`)."""
        self.place = place
        """Which element it is, in document order, of the part of the document it lies in."""
        self.text = text
        self.get = get
        """The value of an attribute; `None` where it is absent."""


class Node(dict[str, list[Any]]):
    """An aggregate: child name -> children in document order. `"DueDate" in node` is the test for presence."""

    __slots__ = ("place", "tag", "text")

    place: int
    """As that of a `Leaf`."""
    tag: str
    text: str
    """As that of a `Leaf`; always empty for an aggregate of UBL, which can't have any."""


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
