"""HTTP to configured addresses only: no redirects, no proxies of the environment, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import httpx

from gateway.witnessing.outcomes import Reply, Unavailable

PATIENCE = 30.0
"""Seconds for the whole exchange."""


async def post(url: str, body: bytes, headers: Mapping[str, str], *, largest: int) -> Reply:
    """POST; the answer whatever its status. Raises `Unavailable` where there is none, or one beyond `largest` bytes."""
    return await _exchange("POST", url, body, headers, largest)


async def get(url: str, *, largest: int) -> Reply:
    """GET, otherwise as `post`."""
    return await _exchange("GET", url, b"", {}, largest)


async def _exchange(method: str, url: str, body: bytes, headers: Mapping[str, str], largest: int) -> Reply:
    given = {**headers, "accept-encoding": "identity"}
    secured = _trust() if url.startswith("https:") else False
    try:
        async with (
            asyncio.timeout(PATIENCE),
            httpx.AsyncClient(verify=secured, trust_env=False, follow_redirects=False, timeout=PATIENCE) as client,
            client.stream(method, url, content=body, headers=given) as answer,
        ):
            content = bytearray()
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > largest:
                    raise Unavailable(f"{_host(url)} answers with more than {largest:,} bytes")
            after = answer.headers.get("retry-after", "")
            wait = timedelta(seconds=int(after)) if after.isascii() and after.isdigit() and len(after) < 6 else None
            return Reply(answer.status_code, answer.headers.get("content-type", ""), bytes(content), wait)
    except (httpx.HTTPError, TimeoutError) as error:
        raise Unavailable(f"{_host(url)} can't be reached: {type(error).__name__}") from error


def _host(url: str) -> str:
    return httpx.URL(url).host


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading all authorities takes longer than a request."""
    return ssl.create_default_context()
