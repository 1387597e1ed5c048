"""Canonical JSON: RFC 8785 in a profile where every implementation agrees.

The profile: member names in ASCII, no floats, integers up to 2^53-1 either way, decimals as strings in the digits they
were given in. A Struct with `omit_defaults` leaves its absent members out; a null is written where it says more than an
absent member would. Within the profile the order of names and the escapes of RFC 8785 are what msgspec writes; the
tests hold it against another implementation.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from ledger.errors import NotCanonical

_MAX_INTEGER = 2**53 - 1
_MAX_DEPTH = 64
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder()


def dumps(value: object) -> bytes:
    """The canonical bytes of a Struct or of plain values. Raises `NotCanonical` for what the profile leaves out.

    >>> from decimal import Decimal
    >>> dumps({"b": Decimal("10.00"), "a": [1, None, "x"]})
    b'{"a":[1,null,"x"],"b":"10.00"}'
    """
    try:
        plain = msgspec.to_builtins(value, builtin_types=(Decimal,))
        return _ENCODER.encode(_spelled_out(plain) if _check(plain, 0) else plain)
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

    Looks at exact types and calls itself for containers and rare scalars only: this is most of the cost of sealing
    after the signature.
    """
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        if depth > _MAX_DEPTH:
            raise NotCanonical(f"nested deeper than {_MAX_DEPTH}")
        if isinstance(value, dict):
            for name in value:
                if not isinstance(name, str) or not name.isascii():
                    raise NotCanonical(f"the member name {name!r} is no ASCII string")
            members = value.values()
        else:
            members = value  # type: ignore[assignment]
        exponents = [_check(member, depth + 1) for member in members if type(member) is not str]
        return True in exponents
    if value is None or isinstance(value, str | bool):
        return False
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise NotCanonical(f"{value} is beyond 2^53-1; write it as a string")
        return False
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NotCanonical(f"{value} is no number")
        return "E" in str(value)
    raise NotCanonical(f"{kind.__name__} has no canonical form")


def _spelled_out(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {name: _spelled_out(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled_out(item) for item in value]
    return value
