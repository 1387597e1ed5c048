"""JSON merge patch (RFC 7396) over stored bodies, number for number as they were written.

Amounts never pass through a float: a number keeps its digits, so `1.50` stays `1.50`.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation

import msgspec

from gateway.outbound.errors import MalformedPatch

Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | None
"""A decoded JSON value (RFC 8259); fractions and exponents are `Decimal`."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DEPTH = 64


def merge(body: bytes, patch: bytes) -> bytes:
    """Apply `patch` to the object `body`; both UTF-8 JSON.

    A member set to null is removed, an object is merged, anything else replaces what was there; lists are replaced
    whole. Raises MalformedPatch for anything but one object without repeated names.

    >>> merge(b'{"a": 1.50, "b": {"c": 1, "d": 2}}', b'{"b": {"c": null, "e": [3]}}')
    b'{"a":1.50,"b":{"d":2,"e":[3]}}'
    """
    changes = parse(patch)
    if not isinstance(changes, dict):
        raise MalformedPatch("A merge patch is a JSON object that holds the members to change.")
    return _ENCODER.encode(_merged(parse(body), changes))


def parse(data: bytes) -> Json:
    """JSON without repeated names, without NaN and Infinity, at most 64 levels deep; else MalformedPatch."""
    try:
        value: Json = json.loads(
            data, object_pairs_hook=_members, parse_float=_fraction, parse_int=_integer, parse_constant=_no_number
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise MalformedPatch(f"The patch is not JSON: {error}.") from None
    except RecursionError:
        raise MalformedPatch(f"The patch is nested deeper than {_DEPTH} levels.") from None
    if _depth(value) > _DEPTH:
        raise MalformedPatch(f"The patch is nested deeper than {_DEPTH} levels.")
    return value


def _merged(target: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise MalformedPatch(f"The name {twice[0]!r} stands twice in one object; which of the two is meant?")
    return members


def _fraction(digits: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise MalformedPatch(f"{digits[:40]} is not a number that can be kept exactly.") from None
    if not -64 <= number.adjusted() <= 64:
        raise MalformedPatch(f"{digits[:40]} is out of range.")
    return number


def _integer(digits: str) -> int:
    if len(digits) > 64:
        raise MalformedPatch(f"{digits[:40]}... is out of range.")
    return int(digits)


def _no_number(word: str) -> Json:
    raise MalformedPatch(f"{word} is not a JSON number.")


def _depth(value: Json) -> int:
    deepest, rest = 0, [(value, 1)]
    while rest:
        item, level = rest.pop()
        deepest = max(deepest, level)
        if level > _DEPTH:
            return level
        if isinstance(item, dict):
            rest.extend((member, level + 1) for member in item.values())
        elif isinstance(item, list):
            rest.extend((member, level + 1) for member in item)
    return deepest
