"""The answer of a language model: texts, and the numbers of the lines that they are said to stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ingestion.document import Column, Kind, Term
from ingestion.errors import NoAnswer
from ingestion.extract.llm.reasons import Reason

_LONGEST = 400
"""Signs of a value; names and descriptions are shorter."""
_MOST_ITEMS = 2_000


class Said(msgspec.Struct, frozen=True):
    """One value of the whole document, as the model says."""

    term: str
    text: str
    lines: tuple[int, ...]


class SaidCell(msgspec.Struct, frozen=True):
    """One value of an item."""

    column: str
    text: str
    lines: tuple[int, ...]


class SaidItem(msgspec.Struct, frozen=True):
    """One line of goods or services."""

    cells: tuple[SaidCell, ...]


class Answer(msgspec.Struct, frozen=True):
    """All of it."""

    kind: str
    values: tuple[Said, ...]
    items: tuple[SaidItem, ...]


def decode(content: str) -> Answer:
    """The answer's own text as a value. Raises `NoAnswer` for anything else than that shape."""
    try:
        answer = msgspec.json.decode(content, type=Answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise NoAnswer(Reason.GARBAGE, "The language model's answer isn't what was asked for.") from None
    long = any(len(each.text) > _LONGEST for each in answer.values) or any(
        len(cell.text) > 5 * _LONGEST for item in answer.items for cell in item.cells
    )
    if long or len(answer.items) > _MOST_ITEMS:
        raise NoAnswer(Reason.GARBAGE, "The language model's answer is longer than any bill's values are.")
    return answer


Schema = Mapping[str, object]


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _cited(name: str, choices: Sequence[str]) -> Schema:
    return _object(
        {
            name: {"type": "string", "enum": list(choices)},
            "text": {"type": "string"},
            "lines": _list({"type": "integer"}),
        }
    )


SCHEMA: Schema = _object(
    {
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "values": _list(_cited("term", [term.value for term in Term])),
        "items": _list(_object({"cells": _list(_cited("column", [column.value for column in Column]))})),
    }
)
"""JSON schema of the subset that strict structured outputs take: all properties required, no others allowed."""

SCHEMA_JSON = msgspec.json.encode(SCHEMA)
