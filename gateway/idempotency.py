"""Idempotency-Key: the first answer is kept in the transaction that did the work, and given again.

So a key and what was done under it are committed together or not at all; a killed server leaves neither. An answer
that changed nothing (a problem) isn't kept: the same request may be sent again under the same key once it is mended.

IdempotencyError
├── KeyReused     the key was used for a request with other content
└── KeyBusy       the first request under this key is still at work
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT = timedelta(days=7)
"""How long an answer is given again."""

_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_BEGIN = text(
    "select busy, fingerprint, status, media_type, body, location, etag from idempotency_begin(:principal, :key)"
)
_KEEP = text(
    "select idempotency_keep(:principal, :key, :fingerprint, :status, :media_type, :body, :location, :etag, :at)"
)
_FORGET = text("select idempotency_forget(:before)")


class IdempotencyError(Exception):
    """What can be wrong with a key."""


class KeyReused(IdempotencyError):
    """The key was used before, for another request."""


class KeyBusy(IdempotencyError):
    """The first request under this key hasn't ended yet."""


class Answer(msgspec.Struct, frozen=True):
    """An answer that was given before."""

    status: int
    media_type: str
    body: bytes
    location: str | None = None
    """The header `Location`: where the thing is that was made."""
    etag: str | None = None
    """The header `ETag`: which version the body shows."""


class Key(msgspec.Struct, frozen=True):
    """One request under one key."""

    principal: str
    """Whose key it is: keys of two callers never meet, not even within one company."""
    key: str
    fingerprint: bytes
    """SHA-256 over what makes the request this one."""


def is_key(text: str) -> bool:
    """Whether a header's value may serve: 1 to 200 visible ASCII characters."""
    return bool(_KEY.match(text))


def fingerprint(*parts: bytes) -> bytes:
    """SHA-256 over the parts, each with its length, so that no two lists of parts look alike."""
    seen = hashlib.sha256()
    for part in parts:
        seen.update(len(part).to_bytes(8, "big"))
        seen.update(part)
    return seen.digest()


async def begin(db: AsyncConnection, key: Key) -> Answer | None:
    """Take the key until the transaction ends; the kept answer if there is one. Raises `KeyReused`, `KeyBusy`."""
    row = (await db.execute(_BEGIN, {"principal": key.principal, "key": key.key})).one_or_none()
    if row is None:
        return None
    if row.busy:
        raise KeyBusy
    if row.fingerprint != key.fingerprint:
        raise KeyReused
    return Answer(row.status, row.media_type, row.body, row.location, row.etag)


async def keep(db: AsyncConnection, key: Key, answer: Answer, *, now: datetime) -> None:
    """Keep the answer, in the transaction that called `begin` and did the work.

    One of 202 may be replaced later by the last word on the same request; any other stays.
    """
    values = {
        "principal": key.principal,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "status": answer.status,
        "media_type": answer.media_type,
        "body": answer.body,
        "location": answer.location,
        "etag": answer.etag,
        "at": now,
    }
    await db.execute(_KEEP, values)


async def forget(db: AsyncConnection, *, before: datetime) -> int:
    """Drop answers kept before this instant; returns how many."""
    gone: int = (await db.execute(_FORGET, {"before": before})).scalar_one()
    return gone
