"""A posted JSON body to an `Invoice`, or an error that names the place and says what to do.

    >>> decode(b'{"type": "380", "number": "A-1"}').number
    'A-1'
    >>> decode(b'{"lines": [{"quanttiy": 1}]}')
    Traceback (most recent call last):
    ubl.errors.DecodeError: /lines/0/quanttiy: there is no such field; did you mean quantity?

Decimals are taken from JSON strings or numbers, digit by digit, never through a float.
"""

import difflib
import json
import re
import typing
import unicodedata
from decimal import Decimal

import msgspec

from ubl.errors import DecodeError
from ubl.invoice import Invoice

LIMIT = 24 * 1024 * 1024
"""Largest body taken, in bytes; 10,000 lines need about 8 MB."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,10})?\Z")
"""Fifteen digits before the point, ten after it: more is a mistake, and less than what `ubl.money` computes with."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_IDENTIFIERS = frozenset({"id", "number", "uuid", "trn", "purchase_order", "sales_order", "order"})
"""Fields in which two values must not differ by something invisible."""
_WORDS = {
    "str": "text",
    "array": "a list",
    "object": "an object",
    "decimal": "a number",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "date": "a day, YYYY-MM-DD",
    "time": "a time of day, hh:mm:ss+04:00",
    "bytes": "base64",
}
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`\Z", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`")


def decode(body: bytes, *, limit: int = LIMIT) -> Invoice:
    """The invoice in `body`, UTF-8 JSON.

    Raises `DecodeError`: too large, not JSON, a name given twice, an unknown or missing field, a value of the wrong
    kind, a number that isn't plain and finite, text with control characters, not in Unicode form NFC or empty (an
    absent value is left out). What is decoded need not be a lawful invoice.
    """
    if len(body) > limit:
        raise DecodeError(f"the body has {len(body):,} bytes; at most {limit:,} are taken")
    raw = _parse(body)
    try:
        invoice = msgspec.convert(raw, Invoice)
    except msgspec.ValidationError as error:
        raise _explained(error) from None
    _inspect(raw, invoice)
    return invoice


class _Twice(dict[str, object]):
    """A JSON object in which `name` stands twice; found while parsing, reported with its place afterwards."""

    name = ""


def _parse(body: bytes) -> object:
    twice: list[_Twice] = []

    def pairs(members: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(members)
        if len(found) == len(members):
            return found
        marked = _Twice(found)
        seen: set[str] = set()
        for name, _ in members:
            if name in seen:
                marked.name = name
                break
            seen.add(name)
        twice.append(marked)
        return marked

    try:
        text = body.decode("utf-8")
        raw: object = json.loads(
            text, object_pairs_hook=pairs, parse_float=Decimal, parse_int=_integer, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise DecodeError(f"the body is not UTF-8: byte {error.start} can't be read") from None
    except json.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise DecodeError("the body is nested too deeply to be an invoice") from None
    if twice:
        raise DecodeError(f"{twice[-1].name[:60]!r} stands twice in the same object", _place_of(twice[-1], raw))
    return raw


def _integer(digits: str) -> Decimal:
    return Decimal(digits)


def _no_constant(name: str) -> object:
    raise DecodeError(f"{name} is not a number that an invoice can hold")


def _place_of(wanted: _Twice, raw: object) -> str:
    """JSON pointer of the object `wanted` below `raw`."""
    waiting: list[tuple[object, str]] = [(raw, "")]
    while waiting:
        value, pointer = waiting.pop()
        if value is wanted:
            return f"{pointer}/{_escaped(wanted.name)}"
        if isinstance(value, dict):
            waiting += [(member, f"{pointer}/{_escaped(name)}") for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [(member, f"{pointer}/{place}") for place, member in enumerate(value)]
    return f"/{_escaped(wanted.name)}"  # pragma: no cover - it was replaced by a later twin of its own name


def _escaped(name: str) -> str:
    """A name as one step of a JSON pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _explained(error: msgspec.ValidationError) -> DecodeError:
    """msgspec's complaint in plain words, its path as a JSON pointer."""
    message, _, path = str(error).partition(" - at `$")
    pointer = re.sub(r"\.|\[", "/", path.rstrip("`").replace("]", ""))
    if unknown := _UNKNOWN.match(message):
        name = unknown["name"]
        near = difflib.get_close_matches(name, _fields_at(pointer), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return DecodeError(f"there is no such field{hint}", f"{pointer}/{_escaped(name)}")
    if missing := _MISSING.match(message):
        return DecodeError(f"{missing['name']} is missing here", pointer)
    if expected := _EXPECTED.match(message):
        wanted = [_WORDS.get(word.strip(), word.strip()) for word in expected["wanted"].split("|")]
        wanted = [word for word in wanted if word != "nothing"]
        got = _WORDS.get(expected["got"], expected["got"])
        return DecodeError(f"{' or '.join(wanted)} is wanted here, this is {got}", pointer)
    return DecodeError(f"{message[:1].lower()}{message[1:]}", pointer)


def _fields_at(pointer: str) -> tuple[str, ...]:
    """The fields of the Struct that stands at `pointer`."""
    kind: type[msgspec.Struct] = Invoice
    for step in pointer.split("/")[1:]:
        if not step.isdecimal():
            hint = typing.get_type_hints(kind)[step]
            kind = next(part for part in _parts(hint) if issubclass(part, msgspec.Struct))
    return kind.__struct_fields__


def _parts(hint: object) -> typing.Iterator[type]:
    """The classes inside `X | None` and `tuple[X, ...]`."""
    inner = typing.get_args(hint)
    if not inner and isinstance(hint, type):
        yield hint
    for part in inner:
        yield from _parts(part)


def _inspect(raw: object, value: object) -> None:
    """Looks at what the types don't say: digits of numbers, characters of text. Raises `DecodeError`."""
    waiting: list[tuple[object, object, str]] = [(raw, value, "")]
    while waiting:
        given, decoded, pointer = waiting.pop()
        if isinstance(decoded, msgspec.Struct) and isinstance(given, dict):
            waiting += [(member, getattr(decoded, name), f"{pointer}/{name}") for name, member in given.items()]
        elif isinstance(decoded, tuple) and isinstance(given, list):
            waiting += [(given[i], member, f"{pointer}/{i}") for i, member in enumerate(decoded)]
        elif isinstance(decoded, Decimal):
            _check_number(given, pointer)
        elif isinstance(decoded, str):
            _check_text(decoded, pointer)


def _check_number(given: object, pointer: str) -> None:
    if not _NUMBER.match(str(given)):
        raise DecodeError(
            "a plain decimal number is wanted here, such as 1250.50: no exponent, no leading zeros,"
            " at most 15 digits before and 10 after the point",
            pointer,
        )


def _check_text(text: str, pointer: str) -> None:
    if not text:
        raise DecodeError("this text is empty; leave the field out", pointer)
    if text.isascii() and text.isprintable():
        if text.isspace() or (pointer.rpartition("/")[2] in _IDENTIFIERS and text != text.strip()):
            raise DecodeError("take the spaces around it away", pointer)
        return
    if found := _CONTROL.search(text):
        raise DecodeError(f"the control character U+{ord(found[0]):04X} can't stand in an invoice", pointer)
    if not unicodedata.is_normalized("NFC", text):
        raise DecodeError("this text is not in Unicode normal form C (NFC); normalise it", pointer)
    if pointer.rpartition("/")[2] in _IDENTIFIERS:
        _check_identifier(text, pointer)


def _check_identifier(text: str, pointer: str) -> None:
    for character in text:
        if character != " " and unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp", "Cc"):
            name = f"U+{ord(character):04X}"
            raise DecodeError(f"the invisible character {name} would let two identifiers look the same", pointer)
    if text != text.strip():
        raise DecodeError("take the spaces around it away", pointer)
