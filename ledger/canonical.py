"""Canonical JSON: RFC 8785 in a profile where every implementation agrees.

The profile: member names in ASCII, no floats, integers up to 2^53-1 either way, decimals as strings in the digits they
were given in. A Struct with `omit_defaults` leaves its absent members out; a null is written where it says more than an
absent member would. Within the profile the order of names and the escapes of RFC 8785 are what msgspec writes; the
tests hold it against another implementation.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from ledger.errors import NotCanonical

_MAX_INTEGER = 2**53 - 1
_MAX_DEPTH = 64
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder()


class Canonical(bytes):
    """Bytes that `dumps` wrote: their type tells that they need not be parsed to be known as canonical."""

    __slots__ = ()


def dumps(value: object) -> Canonical:
    """The canonical bytes of a Struct or of plain values. Raises `NotCanonical` for what the profile leaves out.

    >>> from decimal import Decimal
    >>> dumps({"b": Decimal("10.00"), "a": [1, None, "x"]})
    b'{"a":[1,null,"x"],"b":"10.00"}'
    """
    try:
        plain = msgspec.to_builtins(value, builtin_types=(Decimal,))
        return Canonical(_ENCODER.encode(_spelled_out(plain) if _check(plain, 0) else plain))
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise NotCanonical(f"not in the canonical profile: {error}") from error


def parse(raw: bytes) -> object:
    """Decode canonical bytes; any other spelling of the same value is refused. Raises `NotCanonical`."""
    try:
        value: object = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotCanonical(f"no JSON: {error}") from error
    _check(value, 0)
    if _ENCODER.encode(value) != raw:
        raise NotCanonical("the JSON is not in its canonical form")
    return value


def _check(value: object, depth: int) -> bool:
    """Raise for what the profile leaves out; True if some decimal would be written with an exponent.

    Looks at exact types, and at each kind where it is met: this is most of the cost of sealing after the signature.
    """
    if depth > _MAX_DEPTH:
        raise NotCanonical(f"nested deeper than {_MAX_DEPTH}")
    exponent = False
    for member in _members(value):
        kind = type(member)
        if kind is str or kind is bool or member is None:
            continue
        if kind is Decimal:
            if not member.is_finite():
                raise NotCanonical(f"{member} is no number")
            exponent = exponent or "E" in str(member)
        elif kind is int:
            if not -_MAX_INTEGER <= member <= _MAX_INTEGER:
                raise NotCanonical(f"{member} is beyond 2^53-1; write it as a string")
        elif kind is dict or kind is list or kind is tuple:
            exponent = _check(member, depth + 1) or exponent
        else:
            raise NotCanonical(f"{kind.__name__} has no canonical form")
    return exponent


def _members(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        for name in value:
            if type(name) is not str or not name.isascii():
                raise NotCanonical(f"the member name {name!r} is no ASCII string")
        return value.values()
    return value if isinstance(value, list | tuple) else (value,)


def _spelled_out(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {name: _spelled_out(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled_out(item) for item in value]
    return value
