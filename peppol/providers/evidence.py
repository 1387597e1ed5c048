"""The raw answers behind an error: what the provider said when it didn't say yes, for whoever keeps evidence.

A call that is `evidenced` collects every answer that its line reads, and hands them over with the error it raises.
Bounded, with the few headers that say something, and without our credentials, even where an answer repeats them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import httpx

from peppol.errors import PeppolError

_P = ParamSpec("_P")
_T = TypeVar("_T")

LARGEST_BODY = 64 * 1024
"""Bytes that are kept of one answer's body."""
_MOST = 4
"""Answers that are kept of one call; the last ones."""
_TELLING = ("date", "server", "via", "content-type", "content-length", "retry-after", "x-request-id", "traceparent")
_SECRET = ("authorization", "x-api-key", "x-token")
"""Request headers that carry a credential; see `peppol.providers.auth`."""
_SHORT = 6
"""Shorter words aren't credentials, and cutting them out would spoil the answer."""

_answers: ContextVar[list[bytes] | None] = ContextVar("answers", default=None)


def evidenced(call: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """A method of an adapter whose errors carry the raw answers."""

    @wraps(call)
    async def collecting(*given: _P.args, **named: _P.kwargs) -> _T:
        if _answers.get() is not None:  # a part of a larger call
            return await call(*given, **named)
        answers = list[bytes]()
        token = _answers.set(answers)
        try:
            return await call(*given, **named)
        except PeppolError as error:
            error.evidence = error.evidence or b"\r\n\r\n".join(answers[-_MOST:])
            raise
        finally:
            _answers.reset(token)

    return collecting


def note(response: httpx.Response, body: bytes | bytearray) -> None:
    """One answer, as far as it was read."""
    answers = _answers.get()
    if answers is None:
        return
    lines = [f"HTTP {response.status_code} {response.reason_phrase}"]
    lines += [f"{name}: {response.headers[name]}" for name in _TELLING if name in response.headers]
    head = "\r\n".join(lines).encode("utf-8", "replace")
    whole = head + b"\r\n\r\n" + bytes(body[:LARGEST_BODY])
    for secret in _secrets(response.request):
        whole = whole.replace(secret, b"[credential]")
    answers.append(whole)


def _secrets(request: httpx.Request) -> list[bytes]:
    values = [request.headers[name] for name in _SECRET if name in request.headers]
    words = {word for value in values for word in (value, value.rpartition(" ")[2]) if len(word) >= _SHORT}
    return [word.encode() for word in sorted(words, key=len, reverse=True)]
