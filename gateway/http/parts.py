"""Forms with files (multipart/form-data, RFC 7578), read so that only one file is in memory at a time.

The body goes to a temporary file first, hashed as it comes, is looked through once from end to end, and only then
handed over part by part: a form that is broken, or has more parts than are read, is refused before anything of it is
used. How long a part may be is the caller's bound; what is longer is named, not read.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import IO, Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from gateway.http.problems import Malformed, TooLarge, WrongMediaType

_PIECE = 64 * 1024
_IN_MEMORY = 1024 * 1024
"""Bytes of a body that are kept without a file."""
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]\Z")
"""RFC 2046, section 5.1.1."""


class Part(msgspec.Struct, frozen=True):
    """One part of a form."""

    field: str
    filename: str | None
    """As sent, a stranger's words; None where the part is no file."""
    media_type: str
    """As sent; empty where nothing was said."""
    size: int
    body: bytes | None
    """None where the part is longer than the caller reads."""


class Form:
    """A body that has come in whole and is well-formed."""

    def __init__(self, file: IO[bytes], boundary: bytes, digest: bytes) -> None:
        self._file, self._boundary = file, boundary
        self.digest = digest
        """SHA-256 of the body."""

    async def parts(self, *, longest: int) -> AsyncGenerator[Part]:
        """Each in its order; a part longer than `longest` bytes comes without them."""
        self._file.seek(0)
        parts = _parts(self._file, self._boundary, longest)
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            yield part


@asynccontextmanager
async def received(request: Request[Any, Any, Any], *, most: int) -> AsyncIterator[Form]:
    """The form that a request brings, with at most `most` parts.

    How long it may be is the handler's `request_max_body_size`. Raises `WrongMediaType`, `Malformed`, `TooLarge`.
    """
    boundary = _boundary(*request.content_type)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        seen = hashlib.sha256()
        try:
            async for chunk in request.stream():
                seen.update(chunk)
                await asyncio.to_thread(file.write, chunk)
        except HTTPException as error:
            if error.status_code != 413:
                raise
            longest = request.route_handler.resolve_request_max_body_size() or 0
            raise TooLarge(
                f"The form is longer than {longest // 2**20} MiB; send fewer files at once, and the others after them."
            ) from None
        file.seek(0)
        await asyncio.to_thread(_check, file, boundary, most)
        yield Form(file, boundary, seen.digest())


def _boundary(media_type: str, options: Mapping[str, str]) -> bytes:
    if media_type != "multipart/form-data":
        raise WrongMediaType(
            f"Send files as multipart/form-data, not as {media_type or 'a body without Content-Type'}.",
            headers={"Accept-Post": "multipart/form-data"},
        )
    boundary = options.get("boundary", "")
    if not _BOUNDARY.match(boundary):
        raise Malformed("The Content-Type names no boundary of 1 to 70 characters: multipart/form-data; boundary=...")
    return boundary.encode()


def _check(file: IO[bytes], boundary: bytes, most: int) -> None:
    """Read it from end to end and keep nothing."""
    try:
        for _ in _events(file, boundary, most):
            pass
    except ParserLimitReached:
        raise TooLarge(f"The form has more than {most} parts, or one with a longer head than any file has.") from None
    except (MultipartError, UnicodeError, LookupError) as error:
        raise Malformed(f"The body is no whole multipart/form-data: {str(error)[:200]}.") from None


def _events(file: IO[bytes], boundary: bytes, most: float) -> Iterator[MultipartSegment | bytes | None]:
    parser = PushMultipartParser(boundary, max_segment_count=most)
    yield from parser.parse_blocking(lambda size: file.read(max(size, _PIECE)))


def _parts(file: IO[bytes], boundary: bytes, longest: int) -> Iterator[Part]:
    head: MultipartSegment | None = None
    size, pieces = 0, list[bytes]()
    for event in _events(file, boundary, float("inf")):
        if isinstance(event, MultipartSegment):
            head, size, pieces = event, 0, []
        elif event is not None:
            size += len(event)
            pieces.append(bytes(event)) if size <= longest else pieces.clear()
        elif head is not None:
            body = b"".join(pieces) if size <= longest else None
            yield Part(head.name or "", head.filename, head.content_type or "", size, body)
