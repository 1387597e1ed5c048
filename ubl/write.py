"""An invoice to UBL 2.1 bytes: UTF-8, in the order of the XSD, the same bytes for the same invoice.

The table in `ubl.syntax` is turned, once, into one plain Python function per shape that joins strings; nothing is
looked up while writing. That is as fast as writing those functions by hand, and there is only one table to get right.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from ubl import syntax
from ubl.errors import WriteError
from ubl.invoice import Invoice
from ubl.syntax import Const, Kind, Leaf, Node, Shape, Sub

Emit = Callable[[Any, Callable[[str], None], str], None]
"""Writes one Struct: the Struct, where to put strings, the document currency."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, escaped or not (XML 1.0, 2.2)."""
_SPECIAL = re.compile("[^\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is not written as it stands: markup, and white space that a parser would change on reading."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class _ForbiddenError(ValueError):
    """A character that XML can't carry; `write` finds out where it stands."""


def write(invoice: Invoice) -> bytes:
    """The UBL document of `invoice`, an Invoice or a CreditNote as its type says.

    In UTF-8, which needs no XML declaration, and without white space around: an envelope (SBD) can carry every byte of
    it, so that the buyer holds the same SHA-256 as the seller. Absent fields are left out, present ones written as they
    are: no total is computed, no value changed. Raises `WriteError` with a JSON pointer for a field that this document
    has no place for (a credit note knows no due date, project or prepayments) and for text that XML 1.0 can't carry.
    """
    root = "CreditNote" if invoice.is_credit_note else "Invoice"
    _refuse_homeless(invoice, root)
    parts = [f'<{root} xmlns="{syntax.namespace(root)}" xmlns:cac="{syntax.CAC}" xmlns:cbc="{syntax.CBC}">']
    try:
        _EMITTERS[root](invoice, parts.append, _escape(invoice.currency or ""))
    except _ForbiddenError:
        raise _forbidden(invoice, "") from None
    parts.append(f"</{root}>")
    return "".join(parts).encode()


def _refuse_homeless(invoice: Invoice, root: str) -> None:
    for field in _HOMELESS[root]:
        if getattr(invoice, field) not in (None, ()):
            raise WriteError(f"a UBL {root} has no place for {field}; leave it out", f"/{field}")
    if root == "Invoice":
        for place, line in enumerate(invoice.lines):
            if line.credit_reasons:
                pointer = f"/lines/{place}/credit_reasons"
                raise WriteError("an invoice line has no place for credit_reasons; leave them out", pointer)


def _forbidden(value: object, pointer: str) -> WriteError:
    """The error that names the first text of `value` that XML can't carry."""
    members: list[tuple[str, object]] = []
    if isinstance(value, str):
        found = _FORBIDDEN.search(value)
        if found:
            return WriteError(f"character U+{ord(found[0]):04X} can't be written in XML; remove it", pointer)
    elif isinstance(value, tuple):
        members = [(str(place), member) for place, member in enumerate(value)]
    elif isinstance(value, Struct):
        members = [(field, getattr(value, field)) for field in value.__struct_fields__ if field != "facts"]
    for name, member in members:
        error = _forbidden(member, f"{pointer}/{name}")
        if error.pointer:
            return error
    return WriteError("a character can't be written in XML; remove it")


def _replace(found: re.Match[str]) -> str:
    if found[0] not in _ENTITIES:
        raise _ForbiddenError(found[0])
    return _ENTITIES[found[0]]


def _escape(value: str) -> str:
    return _SPECIAL.sub(_replace, value)


def escaped(value: str) -> str:
    """Text as it stands in an element or a double-quoted attribute. Raises `WriteError` for what XML can't carry."""
    try:
        return _escape(value)
    except _ForbiddenError:
        raise _forbidden(value, "") from None


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


# From here on: the table to functions. Each piece of source is built from names in `ubl.syntax` alone, never from data.

_VALUES = {
    Kind.TEXT: "{{{0} if special({0}) is None else escape({0})}}",
    Kind.NUMBER: "{{{0}:f}}",
    Kind.AMOUNT: "{{{0}:f}}",
    Kind.DATE: "{{{0}.isoformat()}}",
    Kind.TIME: "{{{0}.isoformat()}}",
    Kind.BOOLEAN: "{{'true' if {0} else 'false'}}",
    Kind.BINARY: "{{base64({0})}}",
    Kind.DIRHAM_TEXT: "AED {{{0}:f}}",
}
"""How a value of each kind stands in an f-string."""


class _Source:
    """Source text of one emitter, line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.calls: dict[str, Emit] = {}
        self.names = 0

    def add(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def name(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def compile(self) -> Emit:
        source = "\n".join(["def emit(s, out, currency):", *(self.lines or ["    pass"])])
        scope: dict[str, Any] = {
            "special": _SPECIAL.search,
            "escape": _escape,
            "base64": _base64,
            **self.calls,
        }
        exec(source, scope)  # noqa: S102 - our own table, see above
        emit: Emit = scope["emit"]
        return emit


def _open(path: str) -> str:
    return "".join(f"<{step}>" for step in path.split("/"))


def _close(path: str) -> str:
    return "".join(f"</{step}>" for step in reversed(path.split("/")))


def _split(path: str) -> tuple[str, str, str]:
    """Opening of the wrappers, name of the last element, closing of the wrappers."""
    wrappers, _, last = path.rpartition("/")
    return (_open(wrappers), last, _close(wrappers)) if wrappers else ("", last, "")


def _attributes(owner: str, attributes: tuple[tuple[str, str], ...]) -> str:
    """Optional attributes, each left out where its field is None, as a piece of an f-string."""
    return "".join(
        f"""{{'' if (a := {owner}.{field}) is None else f' {name}="{{a if special(a) is None else escape(a)}}"'}}"""
        for name, field in attributes
    )


def _leaf(source: _Source, depth: int, leaf: Leaf) -> None:
    before, last, after = _split(leaf.path)
    value = source.name()
    attributes = _attributes("s", leaf.attributes)
    if leaf.kind is Kind.AMOUNT:
        if leaf.currency is None:
            attributes = ' currencyID="{currency}"'
        elif leaf.currency.startswith("."):
            attributes = _attributes("s", (("currencyID", leaf.currency[1:]),))
        else:
            attributes = f' currencyID="{leaf.currency}"'
    shown = _VALUES[leaf.kind].format(value)
    if leaf.many:
        source.add(depth, f"for {value} in s.{leaf.field}:")
    else:
        source.add(depth, f"{value} = s.{leaf.field}")
        if leaf.attributes:  # the element is there for its attributes too
            shown = f"{{'' if {value} is None else f{shown!r}}}"
            others = " or ".join(f"s.{field} is not None" for _, field in leaf.attributes)
            source.add(depth, f"if {value} is not None or {others}:")
        else:
            source.add(depth, f"if {value} is not None:")
    source.add(depth + 1, f"out(f'''{before}<{last}{attributes}>{shown}</{last}>{after}''')")


def _sub(source: _Source, depth: int, sub: Sub) -> None:
    value = source.name()
    if sub.many:
        source.add(depth, f"for {value} in s.{sub.field}:")
    else:
        source.add(depth, f"{value} = s.{sub.field}")
        source.add(depth, f"if {value} is not None:")
    shape = sub.shape
    if shape.text is None:
        source.calls[f"emit_{value}"] = _emitter(shape)
        source.add(depth + 1, f"out('{_open(sub.path)}')")
        source.add(depth + 1, f"emit_{value}({value}, out, currency)")
        source.add(depth + 1, f"out('{_close(sub.path)}')")
    else:
        before, last, after = _split(sub.path)
        shown = _VALUES[shape.kind].format(f"{value}.{shape.text}")
        attributes = _attributes(value, shape.attributes)
        source.add(depth + 1, f"out(f'''{before}<{last}{attributes}>{shown}</{last}>{after}''')")


def _nodes(source: _Source, depth: int, nodes: tuple[Node, ...]) -> None:
    for node in nodes:
        if isinstance(node, Leaf):
            _leaf(source, depth, node)
        elif isinstance(node, Sub):
            _sub(source, depth, node)
        elif isinstance(node, Const):
            source.add(depth, f"out('{_open(node.path)}{node.text}{_close(node.path)}')")
        else:
            there = " or ".join(f"s.{field} is not None" for field in syntax.fields(node.nodes))
            source.add(depth, f"if {there}:")
            source.add(depth + 1, f"out('{_open(node.path)}')")
            _nodes(source, depth + 1, node.nodes)
            source.add(depth + 1, f"out('{_close(node.path)}')")


_COMPILED: dict[Shape, Emit] = {}


def _emitter(shape: Shape) -> Emit:
    """The function that writes `shape`, compiled once."""
    if shape not in _COMPILED:
        source = _Source()
        _nodes(source, 1, shape.nodes)
        _COMPILED[shape] = source.compile()
    return _COMPILED[shape]


_EMITTERS = {root: _emitter(shape) for root, shape in syntax.DOCUMENTS.items()}
_HOMELESS = {
    root: tuple(
        field for field in Invoice.__struct_fields__ if field not in {*syntax.fields(shape.nodes), "document", "facts"}
    )
    for root, shape in syntax.DOCUMENTS.items()
}
