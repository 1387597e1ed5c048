"""A language model that points at lines. It is believed only as far as printed words bear it out.

LlmExtractor   an `Extractor`: documents in parts to an endpoint, answers to values with page, box, model and prompt
connect        an extractor for a base URL, a key and models

numbering      a document as numbered lines between marks that nobody could know beforehand
answer         the shape of the answer; its schema
grounding      where a text stands in the lines that were named
values         from the printed words there to a value
reading        answers to an extraction: repeated, contradictory and invented values dropped or doubted, by name
endpoint       one question to a host: models in turn, one more try, rest after failures
sending, transport   the client, loaded at the first question, and bounds of an answer
wire, models   its messages, and which model is asked
reasons        why there is no answer, or a value was dropped

Against injection: the model has no tools and what it writes is data. Text that nobody sees never reaches it, as the
readers leave it out. Whatever a document makes it say must still be printed where it says, and is compared with our
rules' reading; an IBAN that it finds is one more printed value, held against the supplier's released accounts.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.extract.llm.endpoint import Endpoint
from ingestion.extract.llm.extractor import Budget, LlmExtractor

__all__ = ["Budget", "LlmExtractor", "connect"]


def connect(base_url: str, key: str, models: Sequence[str], *, timeout: float = 60.0) -> LlmExtractor:
    """Nothing is called yet. `close` the extractor."""
    return LlmExtractor(Endpoint(base_url, key, models, timeout=timeout))
