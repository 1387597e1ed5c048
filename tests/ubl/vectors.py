"""Our own bad documents, one per rule: an example of ours, written by our writer, plus the edits that break the rule.

`vectors.txt` has a line per document: `rule | example | edit ; edit ...`. Paths are XPaths from the root with cbc and
cac, S and B standing for the seller and the buyer, L for the first line, V for the first entry of the breakdown.
Edits: `del PATH`, `dup PATH`, `set PATH = TEXT`, `attr PATH NAME = TEXT`, `noattr PATH NAME`, `add PATH XML`.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lxml import etree

import ubl
from schemas import xmlsafe
from ubl.rules.tree import CAC, CBC
from ubl.syntax import NAMESPACES

_EXAMPLES = Path(__file__).parents[2] / "examples"
_SHORT = {
    "S": "cac:AccountingSupplierParty/cac:Party",
    "B": "cac:AccountingCustomerParty/cac:Party",
    "L": "(cac:InvoiceLine|cac:CreditNoteLine)[1]",
    "V": "cac:TaxTotal[1]/cac:TaxSubtotal[1]",
}


class Vector(NamedTuple):
    rule: str
    example: str
    edits: tuple[str, ...]

    def build(self) -> etree._Element:
        """The bad document."""
        root = deepcopy(example(self.example))
        for edit in self.edits:
            _apply(root, edit)
        return root


@cache
def example(name: str) -> etree._Element:
    """One of our examples as our writer writes it."""
    posted = (_EXAMPLES / f"{name}.json").read_bytes()
    return xmlsafe.parse(ubl.write(ubl.complete(ubl.decode(posted))))


def vectors() -> list[Vector]:
    """All of them."""
    found = []
    for line in (Path(__file__).parent / "vectors.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            rule, name, edits = (part.strip() for part in line.split(" | ", 2))
            found.append(Vector(rule, name, tuple(edits.split(" ; "))))
    return found


def _find(root: etree._Element, path: str) -> etree._Element:
    head, slash, rest = path.partition("/")
    full = _SHORT.get(head, head) + slash + rest
    found = root.xpath(full, namespaces=NAMESPACES)
    assert found, f"{path} isn't there"
    return found[0]


def _apply(root: etree._Element, edit: str) -> None:
    verb, _, rest = edit.partition(" ")
    if verb == "add":
        path, _, xml = rest.partition(" ")
        spaces = f'xmlns:cbc="{CBC[1:-1]}" xmlns:cac="{CAC[1:-1]}"'
        _find(root, path).extend(list(xmlsafe.parse(f"<x {spaces}>{xml}</x>".encode())))
        return
    target, _, value = rest.partition(" = ")
    path, _, name = target.partition(" ")
    element = _find(root, path)
    if verb == "del":
        element.getparent().remove(element)
    elif verb == "dup":
        element.addnext(deepcopy(element))
    elif verb == "set":
        element.text = value
    elif verb == "attr":
        element.set(name, value)
    else:
        assert verb == "noattr", verb
        element.attrib.pop(name)
