"""The chat-completions form, Groq's (https://console.groq.com/docs/api-reference) as OpenAI's: both directions."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ingestion.errors import NoAnswer
from ingestion.extract.llm.reasons import Reason

_T = TypeVar("_T")


class _Message(msgspec.Struct, frozen=True):
    role: str
    content: str


class _Named(msgspec.Struct, frozen=True):
    name: str
    strict: bool
    schema: object


class _Format(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    json_schema: _Named | None = None


class Question(msgspec.Struct, frozen=True):
    """The body. It offers no tools: nothing in a document can make a model do anything but write."""

    model: str
    messages: tuple[_Message, ...]
    response_format: _Format
    max_completion_tokens: int
    temperature: int = 0
    stream: bool = False


class _Written(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Written
    finish_reason: str | None = None


class _Usage(msgspec.Struct, frozen=True):
    total_tokens: int = 0


class Completion(msgspec.Struct, frozen=True):
    """What comes back."""

    choices: tuple[_Choice, ...]
    usage: _Usage | None = None


class _Model(msgspec.Struct, frozen=True):
    id: str


class _Models(msgspec.Struct, frozen=True):
    data: tuple[_Model, ...]


class Error(msgspec.Struct, frozen=True):
    """What an endpoint says of an error. Used to tell one from another, never shown."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None
    param: str | None = None

    def about_model(self, status: int) -> bool:
        """The model is unknown, withdrawn, or not for us."""
        if self.code in ("model_not_found", "model_decommissioned"):
            return True
        return status in (403, 404) and "model" in self.message.casefold()

    @property
    def about_format(self) -> bool:
        """The kind of answer that was asked for is refused."""
        return self.param == "response_format" or any(
            word in self.message for word in ("response_format", "response format", "json_schema")
        )


class _Failed(msgspec.Struct, frozen=True):
    error: Error


def question(model: str, prompt: str, document: str, schema: object | None, most: int) -> Question:
    """Instructions and document are messages of their own. `schema` None: any JSON."""
    wanted = _Format("json_object")
    if schema is not None:
        wanted = _Format("json_schema", _Named("document_values", strict=True, schema=schema))
    return Question(model, (_Message("system", prompt), _Message("user", document)), wanted, most)


def completion(body: bytes) -> Completion:
    """Raises `NoAnswer` for anything else."""
    return _decoded(body, Completion)


def content(answer: Completion) -> str:
    """What the model wrote, whole. Raises `NoAnswer`."""
    if not answer.choices:
        raise NoAnswer(Reason.GARBAGE, "The language model's endpoint gave no answer.")
    choice = answer.choices[0]
    if choice.finish_reason == "length":
        raise NoAnswer(Reason.TRUNCATED, "The language model's answer was cut off.")
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise NoAnswer(Reason.REFUSED, "The language model refuses to answer.")
    if not choice.message.content:
        raise NoAnswer(Reason.GARBAGE, "The language model's answer is empty.")
    return choice.message.content


def models(body: bytes) -> frozenset[str]:
    """Ids of a list of models. Raises `NoAnswer` for anything else."""
    return frozenset(each.id for each in _decoded(body, _Models).data)


def error(body: bytes) -> Error:
    """What is said of an error; nothing where it's said in another form."""
    try:
        return msgspec.json.decode(body, type=_Failed).error
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return msgspec.json.decode(body, type=Error)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Error()


def _decoded(body: bytes, shape: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise NoAnswer(Reason.GARBAGE, "The endpoint's answer isn't a chat completion.") from None
