"""Bodies: decoded straight into the endpoint's Struct before anything else happens, or refused with every reason.

`StrictBodies` is a plugin for the app: an endpoint writes `data: Thing` and gets a `Thing`. JSON only, unless the
endpoint names another media type itself; a name that stands twice, NaN, or nesting beyond reason is refused. A type
that needs more than its annotations say brings a decoder of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.plugins import SerializationPlugin
from litestar.typing import FieldDefinition

from gateway.http.problems import Finding, Invalid, Malformed, TooLarge, WrongMediaType
from gateway.http.wanted import sentence

Decoder = Callable[[bytes], Any]

LONGEST: Final = 24 * 1024 * 1024
"""Bytes of a document; an invoice of 1,000 lines has less than one million, the rest is room for attachments."""
DEEPEST: Final = 40
"""Levels of nesting; our deepest body has nine."""

_T = TypeVar("_T")
_PLACE = re.compile(r" - at `(\$[^`]*)`\Z")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{\]}]', re.DOTALL)
"""A text, or a bracket. A text that never ends is taken to the end, and nothing is tried twice: hostile bodies are read
in linear time like any other."""


def decode(body: bytes, into: type[_T]) -> _T:
    """The body as that type. Raises `Malformed`, `TooLarge` or `Invalid`, each with what to mend."""
    refuse_ambiguous(body)
    try:
        return msgspec.json.decode(body, type=into)
    except msgspec.ValidationError as error:
        message, pointer = located(str(error))
        finding = Finding(rule="JSON-TYPE", message=sentence(message, into, pointer), pointer=pointer)
        raise Invalid(
            "The body doesn't have the form that this operation reads; see `findings`.", findings=(finding,)
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"The body isn't JSON: {error}.") from None


def refuse_ambiguous(body: bytes) -> None:
    """Refuse what two readers could understand differently, or what only serves to exhaust one."""
    if rb"\u0000" in body:
        raise Malformed("The body holds the character NUL (\\u0000); no text of ours may.")
    if nesting(body) > DEEPEST:
        raise TooLarge(f"The body is nested deeper than {DEEPEST} levels; no document of ours is.")
    try:
        # As UTF-8 only: in another encoding brackets and quotes would be other bytes than those counted above.
        text = body.decode("utf-8")
        json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json, parse_int=str, parse_float=str)
    except _Ambiguous as error:
        raise Malformed(str(error)) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise Malformed(f"The body isn't JSON: {error}.") from None


def nesting(body: bytes) -> int:
    """How deep brackets stand in one another at most, without building anything.

    >>> nesting(b'{"a": [1, {"b": "]["}]}')
    3
    """
    deep = deepest = 0
    for found in _MARK.finditer(body):
        mark = body[found.start()]
        if mark in b"[{":
            deep += 1
            deepest = max(deepest, deep)
        elif mark in b"]}":
            deep -= 1
    return deepest


def located(text: str) -> tuple[str, str]:
    """A decoder's message as a sentence and a JSON pointer (RFC 6901).

    >>> located("Expected `str`, got `int` - at `$.lines[2].name`")
    ('Expected `str`, got `int`.', '/lines/2/name')
    >>> located("Object missing required field `seller`")
    ('Object missing required field `seller`.', '')
    """
    found = _PLACE.search(text)
    if found is None:
        return text + ".", ""
    steps = (step[1] or step[2] for step in _STEP.finditer(found[1]))
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps if step != "...")
    return text[: found.start()] + ".", pointer


class _Ambiguous(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Ambiguous(f"The member {_twice(pairs)[:60]!r} stands twice in one object; keep one of them.")
    return members


def _twice(pairs: list[tuple[str, Any]]) -> str:
    """The first name that was there before."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("every name stands once")


def _not_json(name: str) -> None:
    raise _Ambiguous(f"{name} is no JSON; send a number, or leave the member out.")


class _StrictBody(AbstractDTO[Any]):
    """The framework's way to let somebody else decode; answers and descriptions stay as they are without it."""

    into: type[Any]
    decoder: Decoder | None = None

    def decode_bytes(self, value: bytes) -> Any:
        media_type = self.asgi_connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in {"application/json", "application/merge-patch+json"}:
            raise WrongMediaType(
                f"This operation reads application/json, not {media_type or 'a body without Content-Type'}.",
                headers={"Accept-Post": "application/json"},
            )
        return self.decoder(value) if self.decoder is not None else decode(value, self.into)

    def decode_builtins(self, value: Any) -> Any:
        """A form's fields."""
        try:
            return msgspec.convert(value, self.into, strict=False)
        except msgspec.ValidationError as error:
            message, pointer = located(str(error))
            finding = Finding(rule="FORM-FIELD", message=sentence(message, self.into, pointer), pointer=pointer)
            raise Invalid("The form isn't filled in as needed; see `findings`.", findings=(finding,)) from None

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: object = None
    ) -> None:
        """Nothing is generated per endpoint."""

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003 - the framework's signature
        schema_creator: Any,
    ) -> Any:
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003 - as above
        """Bodies only: answers are encoded as they are."""
        return False

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        raise NotImplementedError

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        raise NotImplementedError


class StrictBodies(SerializationPlugin):
    """Decodes every `data: SomeStruct` (or list of them) of the app."""

    def __init__(self, decoders: Mapping[type[Any], Decoder] | None = None) -> None:
        """`decoders`: types with a decoder of their own."""
        self._decoders = decoders or {}

    def supports_type(self, field_definition: FieldDefinition) -> bool:
        """Structs, wherever they stand in the annotation."""
        annotation = field_definition.annotation
        return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)

    def create_dto_for_type(self, field_definition: FieldDefinition) -> type[AbstractDTO[Any]]:
        """A decoder of that very annotation."""
        into = field_definition.annotation
        decoder = self._decoders.get(into)
        members = {"into": into, "decoder": staticmethod(decoder) if decoder else None, "model_type": into}
        return type("StrictBody", (_StrictBody,), members)


__all__ = ["StrictBodies", "decode", "located", "nesting", "refuse_ambiguous"]
