"""What a decoder's complaint leaves out: which values would have been taken."""

from __future__ import annotations

from typing import Any

from msgspec import inspect

_WORDS = {
    "Invalid RFC3339 encoded date": "A day is written as 2026-11-30",
    "Invalid RFC3339 encoded datetime": "An instant is written as 2026-11-30T09:30:00Z",
}


def sentence(message: str, into: Any, pointer: str = "") -> str:
    """A decoder's message about the place `pointer` of the type `into`, with the values that are taken there.

    >>> from enum import StrEnum
    >>> Colour = StrEnum("Colour", ["RED", "BLUE"])
    >>> sentence("Invalid enum value 'green'.", list[Colour], "/0")
    "There is no 'green' here; one of red, blue is taken."
    """
    plain = message.rstrip(".")
    if plain in _WORDS:
        return _WORDS[plain] + "."
    try:
        place = _at(inspect.type_info(into), [step for step in pointer.split("/") if step])
    except TypeError:  # a type that the decoder doesn't know
        return message
    if plain.startswith("Invalid enum value"):
        values = _values(place)
        if values:
            told = plain.removeprefix("Invalid enum value ")
            return f"There is no {told} here; one of {', '.join(values)} is taken."
    if "matching regex" in plain and isinstance(place, inspect.Metadata):
        described = (place.extra_json_schema or {}).get("description")
        if described:
            return f"Wanted is {described}."
    return message


def _at(place: inspect.Type, steps: list[str]) -> inspect.Type:
    """The type that stands there; the last one known where the way leads on into a mapping or a choice of types."""
    for step in steps:
        bare = place.type if isinstance(place, inspect.Metadata) else place
        if isinstance(bare, inspect.UnionType):
            bare = next((each for each in bare.types if not isinstance(each, inspect.NoneType)), bare)
        if isinstance(bare, inspect.StructType):
            place = next((field.type for field in bare.fields if field.encode_name == step), bare)
        elif isinstance(bare, inspect.CollectionType):
            place = bare.item_type
        else:
            return bare
    return place


def _values(place: inspect.Type) -> list[str]:
    """What an enumeration has; through optional ones and lists of them."""
    if isinstance(place, inspect.Metadata):
        return _values(place.type)
    if isinstance(place, inspect.EnumType):
        return [str(member.value) for member in place.cls]
    if isinstance(place, inspect.LiteralType):
        return [str(value) for value in place.values]
    if isinstance(place, inspect.UnionType):
        return [value for each in place.types for value in _values(each)]
    return _values(place.item_type) if isinstance(place, inspect.CollectionType) else []


__all__ = ["sentence"]
