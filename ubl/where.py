"""Where a finding is: the XPath of an element, and the JSON pointer of the value it was written from."""

from lxml import etree

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
