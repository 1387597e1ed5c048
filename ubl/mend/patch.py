"""JSON Patch (RFC 6902): what to change in a posted body, and the body with it changed.

    >>> patch = (Operation(op="replace", path="/totals/payable", value=Decimal("12.50")),)
    >>> apply(patch, b'{"totals":{"payable":"99"}}')
    b'{"totals":{"payable":"12.50"}}'

Of the six operations only those are known that a mend needs: add, remove, replace. Numbers keep their digits.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct


class PatchError(ValueError):
    """A patch doesn't fit the body it is applied to; the message names the path."""


class Operation(Struct, frozen=True, kw_only=True):
    """One change."""

    op: Literal["add", "remove", "replace"]
    path: str
    """JSON pointer (RFC 6901) into the posted body."""
    value: Any = UNSET
    """What stands there afterwards, JSON; absent for `remove`."""


Patch = tuple[Operation, ...]
"""Operations in the order in which they are applied."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_members = msgspec.json.Encoder(decimal_format="number")


def tree_of(body: bytes) -> object:
    """JSON as dicts, lists and scalars; a number with a point is a Decimal, digit by digit."""
    return _decoder.decode(body)


def encoded(tree: object, *, indent: int = -1) -> bytes:
    """The JSON of such a tree; `indent` as `msgspec.json.format` has it."""
    return msgspec.json.format(_members.encode(tree), indent=indent)


def apply(patch: Patch, body: bytes) -> bytes:
    """`body` with the patch applied. Raises `PatchError` where the patch is for another body."""
    tree = tree_of(body)
    for operation in patch:
        value = UNSET if operation.value is UNSET else tree_of(msgspec.json.encode(operation.value))
        tree = _applied(operation, value, tree)
    return encoded(tree)


def _applied(operation: Operation, value: object, tree: object) -> object:
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation.path.split("/")[1:]] or [""]
    if operation.path == "":
        return value
    place = tree
    for step in way:
        place = _member(place, step, operation.path)
    if isinstance(place, dict):
        if operation.op != "add" and last not in place:
            raise PatchError(f"{operation.path}: there is no such member")
        if operation.op == "remove":
            del place[last]
        else:
            place[last] = value
    elif isinstance(place, list):
        index = len(place) if last == "-" else _index(last, place, operation.path, after=operation.op == "add")
        if operation.op == "add":
            place.insert(index, value)
        elif operation.op == "remove":
            del place[index]
        else:
            place[index] = value
    else:
        raise PatchError(f"{operation.path}: nothing can stand below a value")
    return tree


def _member(place: object, step: str, path: str) -> object:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list):
        return place[_index(step, place, path, after=False)]
    raise PatchError(f"{path}: there is no such member")


def _index(step: str, place: list[object], path: str, *, after: bool) -> int:
    if not (step.isascii() and step.isdecimal()) or int(step) >= len(place) + after:
        raise PatchError(f"{path}: the list has no such place")
    return int(step)


def difference(before: object, after: object) -> Patch:
    """What turns one tree into the other: members one by one, a list that grew or shrank as a whole."""
    return tuple(_difference(before, after, ""))


def _difference(before: object, after: object, path: str) -> Iterator[Operation]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            step = f"{path}/{_escaped(name)}"
            if name in after:
                yield from _difference(before[name], after[name], step)
            else:
                yield Operation(op="remove", path=step)
        for name in after:
            if name not in before:
                yield Operation(op="add", path=f"{path}/{_escaped(name)}", value=after[name])
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _difference(old, new, f"{path}/{place}")
    elif before != after:
        yield Operation(op="replace", path=path, value=after)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
