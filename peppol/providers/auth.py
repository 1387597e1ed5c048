"""How a provider knows us: a key in a header, a token of ours, one that is fetched (OAuth 2.0), or signed calls (1.0a).

Each is an `httpx.Auth`; no credential stands in a URL, an error or a log.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, cast

import httpx
import msgspec
from oauthlib import oauth1

from peppol.errors import Precondition, Temporary


class HeaderKey(httpx.Auth):
    """The same header with every call: `X-Api-Key`, `X-Token`, or `Authorization: Bearer`."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add it."""
        request.headers[self._name] = self._value
        yield request


def bearer(token: str) -> HeaderKey:
    """RFC 6750, section 2.1."""
    return HeaderKey("Authorization", f"Bearer {token}")


_LARGEST_TOKEN = 64 * 1024
_EARLY = 30.0
"""Seconds before its end after which a token is no longer used."""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 300.0


class ClientCredentials(httpx.Auth):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4): a token is fetched, kept, and fetched anew after a 401."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        secret: str,
        *,
        scope: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: seconds that only grow."""
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        known = b64encode(f"{client_id}:{secret}".encode()).decode("ascii")
        headers = {"accept": "application/json", "authorization": f"Basic {known}"}
        self._asking = httpx.Request("POST", token_url, data=form, headers=headers)
        self._clock = clock
        self._token, self._until = "", float("-inf")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Raises `Temporary` and `Precondition` where no token can be had: nothing of the call has left us then."""
        kept = self._clock() < self._until
        if not kept:
            await self._take((yield self._asking))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and kept:
            await _bounded(response)
            await self._take((yield self._asking))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    async def _take(self, response: httpx.Response) -> None:
        body = await _bounded(response)
        if response.status_code == 429 or response.status_code >= 500:
            raise Temporary(f"The provider's token service fails with HTTP {response.status_code}")
        try:
            token = msgspec.json.decode(body, type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError):
            token = None
        if response.status_code != 200 or token is None or len(body) > _LARGEST_TOKEN:
            raise Precondition(
                f"The provider's token service gives no token (HTTP {response.status_code}); check client id and secret"
            )
        self._token, self._until = token.access_token, self._clock() + max(token.expires_in - _EARLY, 0.0)


async def _bounded(response: httpx.Response) -> bytes:
    """The body, or its beginning where it is too long; httpx, which reads each response of a flow, finds the same."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _LARGEST_TOKEN:
            break
    await response.aclose()
    response.stream, response.is_stream_consumed, response.is_closed = httpx.ByteStream(bytes(body)), False, False
    return bytes(body)


class OAuth1(httpx.Auth):
    """OAuth 1.0a with HMAC-SHA1 in the header (RFC 5849, section 3.4.2); the body isn't a form and isn't signed."""

    def __init__(self, consumer_key: str, consumer_secret: str, token: str, token_secret: str) -> None:
        self._client = oauth1.Client(consumer_key, consumer_secret, token, token_secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Each call has a nonce and a time of its own."""
        _, headers, _ = self._client.sign(str(request.url), cast(Any, request.method))
        request.headers["Authorization"] = headers["Authorization"]
        yield request
