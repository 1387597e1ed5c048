"""HTTP to the one configured host: no redirect, no proxy of the environment, answers and time bounded as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

_LARGEST = 2 * 1024 * 1024
"""Bytes of an answer; a bill's is a few thousand."""


class _Bounded(httpx.SyncByteStream):
    """A body that ends with an error where it's too long or takes too long, however slowly it drips."""

    def __init__(self, body: httpx.SyncByteStream, until: float) -> None:
        self._body = body
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._body:
            size += len(piece)
            if size > _LARGEST:
                raise httpx.ReadError("The answer is too long.")
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("The answer took too long.")
            yield piece

    def close(self) -> None:
        self._body.close()


class BoundedTransport(httpx.BaseTransport):
    """Under a client; every call has `seconds` from its beginning to the last byte of the answer."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._below = httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_connections=4))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx asks for it. Packed answers are refused: few bytes could become many."""
        until = time.monotonic() + self._seconds
        response = self._below.handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise httpx.DecodingError("The answer is packed, which it wasn't asked to be.")
        if not isinstance(response.stream, httpx.SyncByteStream):
            raise TypeError("the transport below gives no blocking stream")
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, until),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._below.close()


def client(seconds: float) -> httpx.Client:
    """A client over it. The environment's proxies are ignored, redirects are answers like others."""
    return httpx.Client(
        transport=BoundedTransport(seconds),
        timeout=httpx.Timeout(seconds, connect=min(5.0, seconds)),
        follow_redirects=False,
        trust_env=False,
        headers={"accept-encoding": "identity"},
    )
