"""Whatever makes values of words: our rules, or a language model that points at lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingestion.document import Extraction, Kind, Transcript
from ingestion.extract.suppliers import Supplier


class Extractor(Protocol):
    """Called by one thread at a time."""

    @property
    def name(self) -> str:
        """Name and version, with what else decides the result: `rules/1`, `llm/1 gpt-oss-120b`."""

    def extract(
        self, transcript: Transcript, known: Sequence[Supplier], *, kind_hint: Kind | None = None
    ) -> tuple[Extraction, ...]:
        """The documents of a transcript, in its order; every value carries the words it was read from.

        `kind_hint`: what our rules take the document for. Raises `Unavailable` where it can't answer just now, with
        the reason as it is stored; the rules' reading then stands alone.
        """
