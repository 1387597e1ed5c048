"""Where a finding is: the XPath of an element, and the JSON pointer of the value it was written from."""

from collections.abc import Sequence

from lxml import etree

from ubl import syntax
from ubl.rules.tree import CAC, CBC


class Locator:
    """XPaths of elements of one document; positions among the root's children are counted once."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._positions: dict[etree._Element, str] | None = None

    def xpath(self, element: etree._Element) -> str:
        """`/Invoice/cac:InvoiceLine[2]/cbc:ID`: prefixes cac and cbc, a position where siblings share the name."""
        steps: list[str] = []
        while element is not self._root:
            parent = element.getparent()
            if parent is None:
                break
            steps.append(self._top(element) if parent is self._root else _step(element))
            element = parent
        return "/" + "/".join([etree.QName(self._root).localname, *reversed(steps)])

    def _top(self, element: etree._Element) -> str:
        if self._positions is None:
            totals: dict[str, int] = {}
            for child in self._root.iterchildren("*"):
                totals[child.tag] = totals.get(child.tag, 0) + 1
            seen: dict[str, int] = {}
            self._positions = {}
            for child in self._root.iterchildren("*"):
                seen[child.tag] = seen.get(child.tag, 0) + 1
                self._positions[child] = _name(child) + (f"[{seen[child.tag]}]" if totals[child.tag] > 1 else "")
        return self._positions[element]


def _name(element: etree._Element) -> str:
    tag = str(element.tag)
    for prefix, namespace in (("cbc", CBC), ("cac", CAC)):
        if tag.startswith(namespace):
            return f"{prefix}:{tag[len(namespace) :]}"
    return f"*[local-name()='{etree.QName(element).localname}']"


def _step(element: etree._Element) -> str:
    before = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
    if before or next(element.itersiblings(element.tag), None) is not None:
        return f"{_name(element)}[{before + 1}]"
    return _name(element)


class Pointers:
    """JSON pointers (RFC 6901) of the elements of one document that `ubl.write` wrote; by the table that it wrote by.

    An element that no field stands for (a fixed value, a wrapper) has the pointer of what it lies in.
    """

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._nodes = syntax.DOCUMENTS[etree.QName(root).localname].nodes
        self._places: dict[etree._Element, tuple[syntax.Node | None, int]] | None = None

    def pointer(self, element: etree._Element) -> str:
        """The pointer to the value of this element; `""` for the document."""
        chain = [element, *element.iterancestors()][:-1] if element is not self._root else []
        return self._descend(list(reversed(chain)), self._nodes, "")

    def _descend(self, chain: list[etree._Element], nodes: Sequence[syntax.Node], pointer: str) -> str:
        if not chain:
            return pointer
        node, index = self._place(chain[0], nodes)
        if node is None or isinstance(node, syntax.Const):
            return pointer
        if isinstance(node, syntax.Group):
            return self._descend(chain[1:], node.nodes, pointer)
        pointer += f"/{node.field}" + (f"/{index}" if node.many else "")
        rest = chain[len(node.path.split("/")) :]
        if isinstance(node, syntax.Leaf):
            return pointer
        if node.shape.text is not None:
            complete = len(chain) >= len(node.path.split("/"))
            return f"{pointer}/{node.shape.text}" if complete else pointer
        return self._descend(rest, node.shape.nodes, pointer)

    def _place(self, element: etree._Element, nodes: Sequence[syntax.Node]) -> tuple[syntax.Node | None, int]:
        """The node an element belongs to, and how many elements of that node stand before it."""
        parent = element.getparent()
        if parent is not self._root or nodes is not self._nodes:
            return _places(parent, nodes).get(element, (None, 0)) if parent is not None else (None, 0)
        if self._places is None:
            self._places = _places(parent, nodes)
        return self._places.get(element, (None, 0))


def _places(
    parent: etree._Element, nodes: Sequence[syntax.Node]
) -> dict[etree._Element, tuple[syntax.Node | None, int]]:
    found: dict[etree._Element, tuple[syntax.Node | None, int]] = {}
    seen: dict[syntax.Node, int] = {}
    by_tag: dict[str, list[syntax.Node]] = {}
    for node in nodes:
        by_tag.setdefault(syntax.qualified(node.path.partition("/")[0]), []).append(node)
    for child in parent.iterchildren("*"):
        for node in by_tag.get(child.tag, ()):
            often = getattr(node, "many", False) or node not in seen
            if often and (isinstance(node, syntax.Const) or node.when is None or node.when(child)):
                found[child] = (node, seen.get(node, 0))
                seen[node] = seen.get(node, 0) + 1
                break
    return found


def nearest(pointer: str, body: object) -> str:
    """The longest part of a pointer that resolves in `body` (decoded JSON)."""
    kept = ""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(body, dict) and body.get(name) is not None:
            body = body[name]
        elif isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        else:
            break
        kept += f"/{step}"
    return kept


HEAD: dict[str, str] = {
    "BTAE-02": "/transaction_type",
    "BTAE-03": "/credit_reasons",
    "BTAE-04": "/exchange_rate/rate",
    "BTAE-07": "/uuid",
    "BTAE-20": "/total_aed",
    "IBG-03": "/preceding",
    "IBG-14": "/period",
    "IBG-23": "/vat/breakdown",
    "IBT-001": "/number",
    "IBT-002": "/issue_date",
    "IBT-003": "/type",
    "IBT-005": "/currency",
    "IBT-006": "/tax_currency",
    "IBT-007": "/tax_point_date",
    "IBT-009": "/due_date",
    "IBT-023": "/process",
    "IBT-024": "/specification",
    "IBT-031": "/seller/trn",
    "IBT-047": "/buyer/legal_id",
    "IBT-081": "/payment_means",
    "IBT-111": "/vat_aed",
    "IBT-112": "/totals/tax_inclusive",
}
"""Business term -> pointer, for rules tested on the whole document: their first term says what they are about."""
