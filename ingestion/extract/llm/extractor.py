"""The extractor itself: a transcript in parts to the endpoint, its answers held against the printed words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from ingestion import prompts
from ingestion.document import Extraction, Kind, Page, Transcript
from ingestion.errors import NoAnswer
from ingestion.extract import fields, kinds
from ingestion.extract.layout import Sheet
from ingestion.extract.llm.answer import SCHEMA, SCHEMA_JSON, decode
from ingestion.extract.llm.endpoint import Endpoint
from ingestion.extract.llm.numbering import Lines
from ingestion.extract.llm.reading import Answered, Credit, extraction
from ingestion.extract.llm.reasons import UNANSWERED, Reason
from ingestion.extract.marks import View
from ingestion.extract.split import split
from ingestion.extract.suppliers import Supplier

NAME = "llm/1"
_MOST_ANSWERED = 16_384
"""Tokens of one answer; an item of six cells takes about 130."""
_MOST_CALLS = 12
"""For one file."""
_SIGNS_A_TOKEN = 2
"""At least, of what is sent: Latin text has about four, Arabic about two."""


class Budget(Protocol):
    """What one company may still use. Called from the thread that reads."""

    def take(self, tokens: int) -> bool:
        """Before a call: whether it may use so many; they count as used then."""

    def spent(self, taken: int, used: int) -> None:
        """After a call that was answered: what it used of what was taken."""


class Unlimited:
    """A budget that never ends."""

    def take(self, tokens: int) -> bool:
        """Always."""
        return tokens >= 0

    def spent(self, taken: int, used: int) -> None:
        """Of no interest."""


class LlmExtractor:
    """An `Extractor`. Values that aren't printed where the model says are dropped; our code parses and adds up."""

    def __init__(self, endpoint: Endpoint, *, budget: Budget | None = None) -> None:
        """`endpoint` stays its opener's to close."""
        self._endpoint = endpoint
        self._budget = budget or Unlimited()

    @property
    def name(self) -> str:
        """`llm/1`, and the model that would be asked next."""
        return " ".join([NAME, *self._endpoint.models.left()[:1]])

    def within(self, budget: Budget) -> LlmExtractor:
        """The same endpoint, on somebody's budget."""
        return LlmExtractor(self._endpoint, budget=budget)

    def close(self) -> None:
        """Release the endpoint's connections."""
        self._endpoint.close()

    def extract(
        self,
        transcript: Transcript,
        known: Sequence[Supplier],  # noqa: ARG002  of the protocol
        *,
        kind_hint: Kind | None = None,
    ) -> tuple[Extraction, ...]:
        """See `Extractor`. Documents are divided as by our rules. Raises `NoAnswer`: all or nothing of a file.

        `known` suppliers are no business of a model: it is told of none, and names stand as printed.
        """
        documents = [_Document(pages, kind_hint) for pages in split(transcript)]
        calls = sum(len(document.lines.parts()) for document in documents)
        if calls > _MOST_CALLS:
            raise NoAnswer(Reason.TOO_LONG, f"The file would take {calls} calls; {_MOST_CALLS} are allowed.")
        until = time.monotonic() + 3 * self._endpoint.timeout
        return tuple(self._document(document, until) for document in documents)

    def _document(self, document: _Document, until: float) -> Extraction:
        prompt = prompts.prompt(document.kind, SCHEMA_JSON)
        answered: list[Answered] = []
        model = ""
        for part in document.lines.parts():
            if time.monotonic() > until:
                raise NoAnswer(Reason.TIMEOUT, "The language model took too long for the file as a whole.")
            message = document.lines.message(part)
            taken = (len(prompt.text) + len(message) + len(SCHEMA_JSON)) // _SIGNS_A_TOKEN + _MOST_ANSWERED
            if not self._budget.take(taken):
                raise NoAnswer(Reason.BUDGET, "The company has used today's budget of the language model.")
            try:
                reply = self._endpoint.ask(prompt.text, message, SCHEMA, most=_MOST_ANSWERED)
            except NoAnswer as error:
                self._budget.spent(taken, 0 if error.code in UNANSWERED else taken)
                raise
            self._budget.spent(taken, reply.tokens or taken)
            model = reply.model
            answered.append(Answered(part, decode(reply.content)))
        credit = Credit(model, prompt.digest)
        return extraction(document.view, document.lines, answered, credit, " ".join([NAME, model]).strip())


class _Document:
    """The pages of one, as they are asked about."""

    def __init__(self, pages: tuple[Page, ...], kind: Kind | None) -> None:
        self.view = View(Sheet(pages))
        money = fields.currency(self.view).values  # decides how many decimals are usual, as for our rules
        self.view.currency = next((str(reading.value) for reading in money.values()), "")
        self.view.forget_amounts()
        self.kind = kind or kinds.classify(self.view)
        self.lines = Lines(self.view.sheet)
