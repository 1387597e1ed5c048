"""JSON merge patch (RFC 7396) over stored bodies; numbers keep the digits they were written in."""

from __future__ import annotations

import json

import msgspec

from gateway.http.body import refuse_ambiguous
from gateway.http.problems import Malformed

Json = dict[str, "Json"] | list["Json"] | str | bool | msgspec.Raw | None
"""A decoded JSON value (RFC 8259); a number is its own digits."""


def merge(body: bytes, patch: bytes) -> bytes:
    """Apply `patch` to the object `body`; both UTF-8 JSON.

    A member set to null is removed, an object is merged, anything else replaces what was there; lists are replaced
    whole. Raises Malformed for anything but one object whose names differ, TooLarge where it is nested too deeply.

    >>> merge(b'{"a": 1.50, "b": {"c": 1, "d": 2}}', b'{"b": {"c": null, "e": [3.0]}}')
    b'{"a":1.50,"b":{"d":2,"e":[3.0]}}'
    """
    refuse_ambiguous(patch)
    changes = _parse(patch)
    if not isinstance(changes, dict):
        raise Malformed("A merge patch is a JSON object that holds the members to change.")
    try:
        return msgspec.json.encode(_merged(_parse(body), changes))
    except UnicodeEncodeError:
        raise Malformed("A text of the merge patch holds half a surrogate pair; no character is written so.") from None


def _parse(data: bytes) -> Json:
    value: Json = json.loads(data, parse_float=_digits, parse_int=_digits)
    return value


def _digits(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


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
