"""UBL bytes to an invoice, by the table in `ubl.syntax`; what has no field is listed, never dropped silently."""

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

from lxml import etree
from msgspec import Struct

from schemas import xmlsafe
from ubl import syntax
from ubl.errors import ReadError
from ubl.invoice import Invoice, Model
from ubl.syntax import CAC, CBC, Const, Element, Group, Kind, Leaf, Node, Shape, Sub, When

Place = tuple[Node, When | None, bool]
"""A node, how to tell that an element is it, and whether there may be many."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
_DIGITS = 60
"""Longest number read, in characters; no amount of money comes near it."""
_SPACE = " \t\r\n"
LISTED = 200
"""So many leftovers are listed with their place; a document made to have more gets a count."""
_NO_FIELD = "has no field"
_TOO_OFTEN = "occurs more often than there is a field for"


class Leftover(Struct, frozen=True):
    """Something in the XML that the invoice does not hold."""

    where: str
    """XPath with the prefixes cbc and cac."""
    value: str
    """Its text, shortened to 100 characters."""
    reason: str
    """Why it was left out, in plain words."""


class Reading(Struct, frozen=True):
    """An invoice as read, and what it leaves out of the XML."""

    invoice: Invoice
    leftovers: tuple[Leftover, ...]
    """In document order; the first `LISTED` of them."""
    omitted: int = 0
    """How many more there are."""


def read(xml: bytes | Element) -> Invoice:
    """The invoice in `xml`, lossless for every modelled term; `read_report` says what else was there.

    `xml` is a document or its root element. Raises `ReadError` for anything but a UBL 2 Invoice or CreditNote. The XML
    need not be valid: a value that can't be read is left out and listed.
    """
    return read_report(xml).invoice


def read_report(xml: bytes | Element) -> Reading:
    """As `read`, with everything that was not taken over."""
    root = _parse(xml) if isinstance(xml, bytes) else xml
    name = next((name for name in syntax.DOCUMENTS if root.tag == f"{{{syntax.namespace(name)}}}{name}"), None)
    if name is None:
        raise ReadError(f"This is no UBL Invoice or CreditNote: the root element is {_shown(root.tag)}")
    currency = (root.findtext(syntax.qualified("cbc:DocumentCurrencyCode")) or "").strip(_SPACE)
    reader = _Reader(currency)
    values = reader.values(root, syntax.DOCUMENTS[name])
    invoice = Invoice(**values)
    if invoice.is_credit_note != (name == "CreditNote"):
        invoice = Invoice(**values, document="credit-note" if name == "CreditNote" else "invoice")
    return Reading(invoice, tuple(reader.leftovers), reader.omitted)


def _parse(xml: bytes) -> Element:
    try:
        return xmlsafe.parse(xml)
    except xmlsafe.XmlRefused as refused:
        raise ReadError(refused.reason, refused.line) from None


@cache
def _plan(nodes: tuple[Node, ...]) -> tuple[dict[str, tuple[Place, ...]], tuple[Const, ...]]:
    """Tag of the outermost element -> the nodes it may belong to, in order; and the constants among them."""
    found: dict[str, tuple[Place, ...]] = {}
    for node in nodes:
        tag = syntax.qualified(node.path.partition("/")[0])
        place = (node, getattr(node, "when", None), getattr(node, "many", False))
        found[tag] = (*found.get(tag, ()), place)
    return found, tuple(node for node in nodes if isinstance(node, Const))


@cache
def _steps(path: str) -> tuple[str, ...]:
    """The elements below the outermost one."""
    return tuple(syntax.qualified(step) for step in path.split("/")[1:])


@cache
def _blank(struct: type[Model]) -> dict[str, None]:
    """Fields whose default stands for something: where the XML says nothing they become None, not the default."""
    defaults = zip(reversed(struct.__struct_fields__), reversed(struct.__struct_defaults__), strict=False)
    return {field: None for field, default in defaults if isinstance(default, str)}


class _UnreadableError(ValueError):
    """A value that its field can't hold; the message says what was expected."""


class _Reader:
    """One pass over one document. Stateless but for the leftovers."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.leftovers: list[Leftover] = []
        self.omitted = 0

    def leave(self, element: Element, reason: str, attribute: str | None = None, below: str = "") -> None:
        if len(self.leftovers) >= LISTED:
            self.omitted += 1
            return
        value = (element.get(attribute, "") if attribute else "".join(map(str, element.itertext()))).strip()
        where = location(element) + (f"/@{_shown(attribute)}" if attribute else below)
        self.leftovers.append(Leftover(where, value[:100], reason))

    def values(self, element: Element, shape: Shape) -> dict[str, Any]:
        """The fields of `shape` found in `element`."""
        values: dict[str, Any] = dict(_blank(shape.struct))
        if shape.text is None:
            self.fill(element, shape.nodes, values)
            return {field: tuple(value) if isinstance(value, list) else value for field, value in values.items()}
        self.attributes(element, shape.attributes, values)
        values[shape.text] = self.value(element, shape.kind)
        return values

    def fill(self, element: Element, nodes: tuple[Node, ...], values: dict[str, Any]) -> None:
        """Reads the children of `element` into `values`."""
        by_tag, constants = _plan(nodes)
        taken: set[Node] = set()
        self.attributes(element, (), values)
        if element.text and element.text.strip():
            self.leave(element, "text beside elements")
        for child in element.iterchildren(etree.Element):
            for node, when, many in by_tag.get(child.tag, ()):
                if node in taken or (when is not None and not when(child)):
                    continue
                if not many:
                    taken.add(node)
                self.take(child, node, values)
                break
            else:
                known = child.tag in by_tag
                self.leave(child, _TOO_OFTEN if known else _NO_FIELD)
        for constant in constants:
            if constant not in taken:
                self.leave(element, f"absent, read as {constant.text}", below=f"/{constant.path}")

    def take(self, element: Element, node: Node, values: dict[str, Any]) -> None:
        """Reads one element that belongs to `node`."""
        if isinstance(node, Group):
            before = len(values)
            self.fill(element, node.nodes, values)
            if len(values) == before:
                self.leave(element, "holds nothing that has a field")
            return
        target = self.descend(element, node.path)
        if target is None:
            return
        if isinstance(node, Const):
            if (target.text or "").strip(_SPACE) not in (node.text, {"false": "0", "true": "1"}.get(node.text)):
                self.leave(target, f"read as {node.text}")
            return
        value = self.leaf(target, node, values) if isinstance(node, Leaf) else self.sub(target, node)
        if value is None:
            return
        if node.many:
            values.setdefault(node.field, []).append(value)
        else:
            values[node.field] = value

    def descend(self, element: Element, path: str) -> Element | None:
        """The element at the end of `path`, whose first step is `element`; siblings on the way are left over."""
        for tag in _steps(path):
            self.attributes(element, (), {})
            found = None
            for child in element.iterchildren(etree.Element):
                if child.tag == tag and found is None:
                    found = child
                else:
                    self.leave(child, _TOO_OFTEN if child.tag == tag else _NO_FIELD)
            if found is None:
                self.leave(element, "holds nothing that has a field")
                return None
            element = found
        return element

    def sub(self, element: Element, node: Sub) -> Model | None:
        try:
            return node.shape.struct(**self.values(element, node.shape))
        except _UnreadableError as error:
            self.leave(element, str(error))
        except TypeError:  # a required field is absent; the XSD says so too
            self.leave(element, "lacks what makes it one")
        return None

    def leaf(self, element: Element, leaf: Leaf, values: dict[str, Any]) -> object:
        if len(element):
            self.leave(element, "elements inside a value")
        if leaf.kind is Kind.AMOUNT:
            self.amount_currency(element, leaf, values)
        else:
            self.attributes(element, leaf.attributes, values)
        if leaf.attributes and not element.text:
            return None
        try:
            return self.value(element, leaf.kind)
        except _UnreadableError as error:
            self.leave(element, str(error))
            return None

    def amount_currency(self, element: Element, leaf: Leaf, values: dict[str, Any]) -> None:
        """Takes the currency over where there is a field for it; says so where it isn't the one it would be written."""
        stated = element.get("currencyID")
        for attribute in map(str, element.keys()):
            if attribute != "currencyID":
                self.leave(element, _NO_FIELD, attribute)
        if leaf.currency is None or not leaf.currency.startswith("."):
            expected: str | None = self.currency if leaf.currency is None else leaf.currency
        else:
            field = leaf.currency[1:]
            expected = values[field] = stated if values.get(field) is None else values[field]
        if stated != expected:
            self.leave(element, f"the currency is read as {expected}", "currencyID")

    def attributes(self, element: Element, known: tuple[tuple[str, str], ...], values: dict[str, Any]) -> None:
        """Takes known attributes over, lists others; those of XML Schema instances carry nothing."""
        names = element.keys()
        if not names:
            return
        fields = dict(known)
        for name in map(str, names):
            if name in fields:
                values[fields[name]] = element.get(name)
            elif not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
                self.leave(element, _NO_FIELD, name)

    def value(self, element: Element, kind: Kind) -> object:
        """The element's text as its kind has it. Raises `_UnreadableError`."""
        text = element.text or ""
        if kind is Kind.TEXT:
            return text
        text = text.strip(_SPACE)
        try:
            return _READ[kind](text)
        except ValueError:
            raise _UnreadableError(f"is not {_EXPECTED[kind]}") from None


def _number(text: str) -> Decimal:
    if not _DECIMAL.match(text) or len(text) > _DIGITS:
        raise ValueError(text)
    return Decimal(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text in ("true", "1")


def _date(text: str) -> date:
    if len(text) != 10:  # Python also takes week dates, XML doesn't
        raise ValueError(text)
    return date.fromisoformat(text)


def _time(text: str) -> time:
    if not _TIME.match(text):
        raise ValueError(text)
    return time.fromisoformat(text)


def _binary(text: str) -> bytes:
    return b64decode("".join(text.split()), validate=True)


def _dirham(text: str) -> Decimal:
    return _number(text.removeprefix("AED "))


_READ: dict[Kind, Callable[[str], object]] = {
    Kind.NUMBER: _number,
    Kind.AMOUNT: _number,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.BOOLEAN: _boolean,
    Kind.BINARY: _binary,
    Kind.DIRHAM_TEXT: _dirham,
}
_EXPECTED = {
    Kind.NUMBER: "a decimal number",
    Kind.AMOUNT: "a decimal number",
    Kind.DATE: "a day, YYYY-MM-DD without a time zone",
    Kind.TIME: "a time of day, hh:mm:ss",
    Kind.BOOLEAN: "true or false",
    Kind.BINARY: "base64",
    Kind.DIRHAM_TEXT: "an amount in dirham",
}


def location(element: Element) -> str:
    """XPath of `element` from the root, `/Invoice/cac:InvoiceLine[2]/cbc:ID`; a place is given among several only."""
    steps: list[str] = []
    for step in (element, *element.iterancestors()):
        parent = step.getparent()
        twins = [] if parent is None else list(parent.iterchildren(step.tag))
        steps.append(_shown(step.tag) + (f"[{twins.index(step) + 1}]" if len(twins) > 1 else ""))
    return "/" + "/".join(reversed(steps))


def _shown(tag: str) -> str:
    """`{namespace}Name` with the customary prefix, or the bare name."""
    namespace, brace, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    prefix = {CBC: "cbc:", CAC: "cac:"}.get(namespace, "")
    return prefix + name if brace else tag
