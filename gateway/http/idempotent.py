"""Idempotency-Key on the wire: taken when the request's transaction opens, kept with the answer before it commits.

`begin` is called by the dependency that opens the transaction; `keep` runs after the answer is made and before the
transaction ends. A repeated request gets the first answer with its `Location` and `ETag`, marked
`Idempotency-Replayed: true`.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import idempotency
from gateway.http.problems import Malformed
from gateway.idempotency import Answer, Key

HEADER = "idempotency-key"

_Slot = list["_Taken"]
SLOT: ContextVar[_Slot] = ContextVar("idempotency")
"""Set for each request: the framework's hook sees the answer, but not whose request it belongs to."""


class Replayed(Exception):
    """The answer was given before: the way out of a transaction that has nothing left to do."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class _Taken(msgspec.Struct, frozen=True):
    db: AsyncConnection
    key: Key
    now: datetime
    request: Request[Any, Any, Any]


async def begin(
    request: Request[Any, Any, Any],
    db: AsyncConnection,
    *,
    principal: str,
    now: datetime,
    body: bytes | None = None,
    kept: bool = True,
) -> None:
    """Take the request's key, if it brought one. Raises `Replayed`, `KeyReused`, `KeyBusy` or `Malformed`.

    `body`: what stands for a body that isn't held in memory, such as its digest. `kept=False`: only look whether it was
    answered before, for work that is committed piece by piece before there is an answer.
    """
    given = request.headers.get(HEADER)
    if given is None or request.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return
    if not idempotency.is_key(given):
        raise Malformed("Idempotency-Key must be 1 to 200 visible ASCII characters, such as a UUID.")
    parts = (request.method, request.url.path, request.url.query, request.headers.get("content-type", ""))
    if body is None:
        body = await request.body()
    key = Key(principal, given, idempotency.fingerprint(*(part.encode() for part in parts), body))
    answer = await idempotency.begin(db, key)
    if answer is not None:
        raise Replayed(answer)
    if kept:
        SLOT.get().append(_Taken(db, key, now, request))


async def keep(response: Response[Any]) -> Response[Any]:
    """The framework's hook after each endpoint: keep the answer, if a key was taken and the work succeeded.

    An endpoint that ends its transaction earlier calls it there itself; the hook finds nothing left to do then.
    """
    slot = SLOT.get(None)
    if not slot:
        return response
    await _keep(slot.pop(), response)
    return response


async def keep_meanwhile(response: Response[Any]) -> Later:
    """Keep an answer of "accepted" in the transaction that took the key, and replace it by the last word later on.

    Whoever repeats the request in between is told where to look.
    """
    slot = SLOT.get(None)
    taken = slot.pop() if slot else None
    if taken is not None:
        await _keep(taken, response)
    return Later(taken)


class Later:
    """An answer that is still to come, under the key that was taken for it."""

    def __init__(self, taken: _Taken | None) -> None:
        self._taken = taken

    @property
    def due(self) -> bool:
        """Whether there is a key to keep it under."""
        return self._taken is not None

    async def keep(self, db: AsyncConnection, response: Response[Any]) -> None:
        """Keep this answer instead of the first, in a later transaction of the same request."""
        if self._taken is not None:
            await _keep(msgspec.structs.replace(self._taken, db=db), response)


def key_of(request: Request[Any, Any, Any]) -> str | None:
    """The Idempotency-Key that the request brought along; `begin` has looked at it."""
    return request.headers.get(HEADER)


async def _keep(taken: _Taken, response: Response[Any]) -> None:
    handler: Any = taken.request.route_handler
    status = response.status_code or handler.status_code
    if status >= 400:
        return
    media_type = str(response.media_type or handler.media_type or "application/json")
    response.content = response.render(response.content, media_type) if status != 204 else b""
    sent = {name.lower(): value for name, value in response.headers.items()}
    answer = Answer(status, media_type, response.content, sent.get("location"), sent.get("etag"))
    await idempotency.keep(taken.db, taken.key, answer, now=taken.now)


def replay(_: Request[Any, Any, Any], error: Replayed) -> Response[bytes]:
    """The first answer again."""
    answer = error.answer
    belong = {"Location": answer.location, "ETag": answer.etag}
    headers = {name: value for name, value in belong.items() if value is not None}
    return Response(
        content=answer.body,
        status_code=answer.status,
        media_type=answer.media_type,
        headers={**headers, "Idempotency-Replayed": "true"},
    )
