"""What is kept of a provider's answers: behind an error all of them, of a yes or a report its own words.

A call that is `evidenced` collects every answer that its line reads, and hands them over with the error it raises,
with the few headers that say something. Whatever is kept is bounded, and without our credentials, even where an answer
repeats them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import httpx
import msgspec

from peppol.errors import PeppolError
from peppol.message import StatusEvent, Submission

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


class _Heard(msgspec.Struct):
    """During one call."""

    answers: list[bytes] = []
    secrets: set[bytes] = set()


_heard: ContextVar[_Heard | None] = ContextVar("heard", default=None)


def evidenced(call: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """A method of an adapter whose errors carry the raw answers, and whose yes and reports are fit to be kept."""

    @wraps(call)
    async def collecting(*given: _P.args, **named: _P.kwargs) -> _T:
        if _heard.get() is not None:  # a part of a larger call
            return await call(*given, **named)
        heard = _Heard()
        token = _heard.set(heard)
        try:
            return _fit(await call(*given, **named), heard.secrets)
        except PeppolError as error:
            error.evidence = error.evidence or b"\r\n\r\n".join(heard.answers[-_MOST:])
            raise
        finally:
            _heard.reset(token)

    return collecting


def note(response: httpx.Response, body: bytes | bytearray) -> None:
    """One answer, as far as it was read."""
    heard = _heard.get()
    if heard is None:
        return
    lines = [f"HTTP {response.status_code} {response.reason_phrase}"]
    lines += [f"{name}: {response.headers[name]}" for name in _TELLING if name in response.headers]
    head = "\r\n".join(lines).encode("utf-8", "replace")
    heard.secrets |= _secrets(response.request)
    heard.answers.append(_masked(head, heard.secrets) + b"\r\n\r\n" + _kept(bytes(body), heard.secrets))


def _fit(outcome: _T, secrets: Collection[bytes]) -> _T:
    """The outcome of a call with its evidence as it is kept."""
    if isinstance(outcome, Submission | StatusEvent):
        return msgspec.structs.replace(outcome, evidence=_kept(outcome.evidence, secrets))
    if isinstance(outcome, tuple):
        return cast("_T", tuple(_fit(one, secrets) for one in outcome))
    return outcome


def _kept(body: bytes, secrets: Collection[bytes]) -> bytes:
    """Cut after masking, so that the beginning of a credential isn't left at the end."""
    return _masked(body[: 2 * LARGEST_BODY], secrets)[:LARGEST_BODY]


def _masked(said: bytes, secrets: Collection[bytes]) -> bytes:
    for secret in sorted(secrets, key=len, reverse=True):
        said = said.replace(secret, b"[credential]")
    return said


def _secrets(request: httpx.Request) -> set[bytes]:
    values = [request.headers[name] for name in _SECRET if name in request.headers]
    return {word.encode() for value in values for word in (value, value.rpartition(" ")[2]) if len(word) >= _SHORT}
