"""What a language model is told: one text for all documents and one for each kind, as data files beside this one.

A prompt's digest covers its texts and the shape of the answer, so evidence says exactly what was asked.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources

import msgspec

from ingestion.document import Kind


class Prompt(msgspec.Struct, frozen=True):
    """What comes before a document."""

    text: str
    digest: str
    """SHA-256, as 64 hex digits, of the text and the schema of the answer."""


@cache
def prompt(kind: Kind, schema: bytes) -> Prompt:
    """For documents of a kind; `schema`: the JSON schema that the answer keeps to."""
    text = f"{_text('every')}\n{_text(kind.value)}"
    return Prompt(text, sha256(text.encode() + b"\0" + schema).hexdigest())


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
