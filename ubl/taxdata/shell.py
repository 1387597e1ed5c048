"""A tax data document without the invoice inside it.

The rules look at the invoice's root and its transaction type alone, so that is all that stays: a document of any size
costs as much as a small one, and nothing inside the invoice can be taken for a part of the tax data.
"""

from collections.abc import Iterator

from lxml import etree

from ubl.rules.tree import CBC
from ubl.taxdata.names import CEC


def shell(root: etree._Element) -> etree._Element:
    """The document anew, its structure and texts kept, each embedded document reduced; `root` isn't touched."""
    return _copy(root, within=0)


def _copy(element: etree._Element, within: int) -> etree._Element:
    """`within`: 0 outside of the embedded document, 1 its parent, 2 its root, 3 what stays of its head."""
    copy = etree.Element(element.tag)
    for name, value in element.items():
        copy.set(name, value)
    copy.text = element.text
    for child in _children(element, within):
        step = 1 if child.tag == CEC + "ExtensionContent" else min(within + 1, 3) if within else 0
        kept = _copy(child, step)
        kept.tail = child.tail
        copy.append(kept)
    return copy


def _children(element: etree._Element, within: int) -> Iterator[etree._Element]:
    if within == 2:
        yield from element.iterchildren(CBC + "ProfileExecutionID")
    elif within < 3:
        yield from element.iterchildren("*")
