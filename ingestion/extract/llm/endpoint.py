"""A chat-completions endpoint (Groq's, or any that speaks OpenAI's form of it): one question, one answer or `NoAnswer`.

The first configured model that is there answers; one that the endpoint doesn't know is passed over from then on. What
fails for a moment is tried once more. After failures in a row, or where the endpoint asks for a pause, it isn't called
until that is over. No error's text holds the key, the document or the answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING

import httpx
import msgspec

from ingestion.errors import NoAnswer
from ingestion.extract.llm import wire
from ingestion.extract.llm.models import Models
from ingestion.extract.llm.reasons import Reason

if TYPE_CHECKING:
    from ingestion.extract.llm.sending import Sender

_PATIENCE = 20.0
"""Seconds that a reading waits where the endpoint asks it to; for more, the rules read alone."""
_SHORT, _LONG = 60.0, 600.0
"""Seconds that the endpoint is left alone after failures in a row, and after it refused our key or knew no model."""
_IN_A_ROW = 3

_log = logging.getLogger(__name__)


class Reply(msgspec.Struct, frozen=True):
    """What the model wrote."""

    content: str
    model: str
    tokens: int
    """Question and answer together, as the endpoint counts them; 0 where it doesn't say."""


class Endpoint:
    """One host and key; may be used from several threads. Nothing is opened before the first question; `close` it."""

    def __init__(
        self,
        base_url: str,
        key: str,
        models: Sequence[str],
        *,
        timeout: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`base_url`: up to and without `/chat/completions`; `timeout`: seconds of one call as a whole."""
        self.models = Models(models)
        self.timeout = timeout
        self._base_url, self._key = base_url, key
        self._sender: Sender | None = None
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()
        self._rests_until = 0.0
        self._failures = 0
        self._looked = False

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release its connections."""
        if self._sender is not None:
            self._sender.close()

    def ask(self, prompt: str, document: str, schema: object, *, most: int) -> Reply:
        """One question. `most`: tokens that the answer may have. Raises `NoAnswer`."""
        self._look()
        for model in self.models.left():
            self._awake()
            try:
                return self._of(model, prompt, document, schema, most)
            except _Gone:
                _log.warning("the language model %s isn't there any more; trying the next", model)
                self.models.gone(model)
        self.models.again()
        self._rest(_LONG)
        raise NoAnswer(Reason.NO_MODEL, "The endpoint knows none of the models in INVOLINKS_LLM_MODELS.")

    def _of(self, model: str, prompt: str, document: str, schema: object, most: int) -> Reply:
        strict = self.models.takes_schema(model)
        question = wire.question(model, prompt, document, schema if strict else None, most)
        try:
            response = self._post(question)
        except _NoSchema:
            if not strict:
                raise NoAnswer(Reason.REFUSED, "The model takes neither a schema nor plain JSON.") from None
            self.models.plain(model)
            return self._of(model, prompt, document, schema, most)
        completion = wire.completion(response.content)
        self._succeeded()
        return Reply(wire.content(completion), model, completion.usage.total_tokens if completion.usage else 0)

    def _post(self, question: wire.Question) -> httpx.Response:
        """Once more after a short failure. Raises `NoAnswer`, `_Gone`, `_NoSchema`."""
        try:
            return self._once(question)
        except _Shortly as error:
            if error.pause > _PATIENCE:
                self._rest(error.pause)
                raise NoAnswer(error.reason, f"{error.message} It asks for {error.pause:.0f} s of patience.") from None
            self._sleep(error.pause)
        try:
            return self._once(question)
        except _Shortly as error:
            self._failed(error.pause if error.reason is Reason.RATE_LIMITED else 0)
            raise NoAnswer(error.reason, error.message) from None

    def _once(self, question: wire.Question) -> httpx.Response:
        from ingestion.extract.llm.sending import Failed, Late, Lost  # noqa: PLC0415  see there

        try:
            return self._line().ask(question)
        except Late:
            self._failed(0)
            raise NoAnswer(Reason.TIMEOUT, f"The language model took more than {self.timeout:.0f} s.") from None
        except Lost:
            raise _Shortly(Reason.UNREACHABLE, "The language model's endpoint can't be reached.") from None
        except Failed as failed:
            raise self._refusal(failed.response) from None

    def _refusal(self, response: httpx.Response) -> Exception:
        """What an answer with an error's status means."""
        status, told = response.status_code, wire.error(response.content)
        said = f"The language model's endpoint answered {status}."
        if told.about_model(status):
            return _Gone()
        if status == 400 and told.code == "json_validate_failed":
            return NoAnswer(Reason.GARBAGE, "The language model wrote something that isn't the JSON it was asked for.")
        if status in (400, 422) and told.about_format:
            return _NoSchema()
        if status in (401, 403):
            self._rest(_LONG)
            return NoAnswer(Reason.KEY_REFUSED, f"{said} Is INVOLINKS_LLM_API_KEY right?")
        if status == 413:
            return NoAnswer(Reason.TOO_LONG, f"{said} The document is too long for it.")
        if status == 429:
            return _Shortly(Reason.RATE_LIMITED, f"{said} It limits how much we may ask.", _pause(response))
        if status >= 498 or status in (408, 409):
            return _Shortly(Reason.OVERLOADED, said, min(_pause(response), _PATIENCE))
        return NoAnswer(Reason.REFUSED, said)

    def _look(self) -> None:
        """Ask once which models there are, so that those that are gone cost no call."""
        from ingestion.extract.llm.sending import Failed, Late, Lost  # noqa: PLC0415  see there

        with self._lock:
            if self._looked:
                return
            self._looked = True
        try:
            self.models.listed(wire.models(self._line().models().content))
        except (Failed, Late, Lost, NoAnswer) as error:
            _log.info("which language models there are can't be asked (%s); trying them in turn", type(error).__name__)

    def _line(self) -> Sender:
        from ingestion.extract.llm.sending import Sender  # noqa: PLC0415  see there

        with self._lock:
            if self._sender is None:
                self._sender = Sender(self._base_url, self._key, timeout=self.timeout)
            return self._sender

    def _awake(self) -> None:
        with self._lock:
            left = self._rests_until - self._clock()
        if left > 0:
            raise NoAnswer(Reason.RESTING, f"The language model's endpoint is left alone for {left:.0f} s more.")

    def _rest(self, seconds: float) -> None:
        with self._lock:
            self._rests_until = max(self._rests_until, self._clock() + min(seconds, 3_600))

    def _failed(self, pause: float) -> None:
        with self._lock:
            self._failures += 1
            many = self._failures >= _IN_A_ROW
        if pause or many:
            self._rest(max(pause, _SHORT if many else 0))

    def _succeeded(self) -> None:
        with self._lock:
            self._failures = 0


class _Gone(Exception):
    """The model isn't there."""


class _NoSchema(Exception):
    """The model takes no schema."""


class _Shortly(Exception):
    """May work in a moment."""

    def __init__(self, reason: Reason, message: str, pause: float = 1.0) -> None:
        self.reason, self.message, self.pause = reason, message, pause


def _pause(response: httpx.Response) -> float:
    """Retry-After in seconds or as a date (RFC 9110, 10.2.3); a second where it says nothing sensible."""
    header = response.headers.get("retry-after", "").strip()
    try:
        return min(max(float(header), 0.0), 3_600.0) if header else 1.0
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(header)
        now = parsedate_to_datetime(response.headers.get("date", ""))
        return min(max((until - now).total_seconds(), 0.0), 3_600.0)
    except (ValueError, TypeError):
        return 1.0
