"""HTTP to hosts that somebody else named: a publisher found in DNS, an access point found at a publisher, a webhook.

Such an address may point inwards. So the name is resolved here, every address it has must be a public one, and the
connection goes to the very address that was looked at (a second look-up could answer otherwise); TLS still checks the
name. No redirect is followed, no proxy of the environment is used, the answer and the time are bounded.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from ssl import SSLContext

import httpx
import msgspec

from peppol.errors import OutcomeUnknown, Precondition, Temporary

Address = IPv4Address | IPv6Address
_EMBEDDING = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"), ip_network("::/96"))
"""IPv6 networks that lead to an IPv4 address written inside: refused as a whole."""
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)
_LOOKING_UP = 10.0
"""Seconds that a name may take to become an address."""


class AddressRefused(Precondition):
    """The host's address lies in a private network, or the URL isn't one that may be called."""


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PublicOnly(httpx.AsyncBaseTransport):
    """A transport under a client: each request goes over TLS to a public address, the very one that was looked at.

    That includes what an authentication sends on the way (a token is fetched). Raises `AddressRefused`, and `Temporary`
    where the host has no address: nothing has left us then.
    """

    def __init__(
        self, *, inward: bool = False, verify: SSLContext | bool = True, limits: httpx.Limits | None = None
    ) -> None:
        """`inward`: private addresses and plain HTTP are allowed: for test mode, where all the world is loopback."""
        self._inward = inward
        self._below = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits or _LIMITS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Look at the address, then connect to it; the Host header and the name that TLS checks stay the host's."""
        target = checked(request.url, inward=self._inward)
        address = await _address(target, inward=self._inward)
        name = {"sni_hostname": target.host} if target.scheme == "https" else {}
        return await self._below.handle_async_request(
            httpx.Request(
                request.method,
                target.copy_with(host=str(address)),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, **name},
            )
        )

    async def aclose(self) -> None:
        """Release every connection."""
        await self._below.aclose()


class Outward:
    """A client for such hosts; each call has a connection of its own."""

    def __init__(
        self,
        *,
        inward: bool = False,
        timeout: timedelta = timedelta(seconds=15),
        largest_answer: int = 4 * 1024 * 1024,
        verify: SSLContext | bool = True,
    ) -> None:
        """`inward`: private addresses and plain HTTP are allowed: for test mode, where all the world is loopback."""
        self.inward = inward
        self._seconds = timeout.total_seconds()
        self._largest_answer = largest_answer
        self._client = httpx.AsyncClient(
            # Connections are kept by address: one that was checked for a name mustn't serve another that lies there.
            transport=PublicOnly(inward=inward, verify=verify, limits=httpx.Limits(max_keepalive_connections=0)),
            timeout=httpx.Timeout(self._seconds, connect=min(5.0, self._seconds)),
            follow_redirects=False,
            headers={"accept-encoding": "identity"},
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        enough: int | None = None,
    ) -> Answer:
        """One call. `enough`: bytes of the answer that the caller wants; what comes behind them is left unread.

        Raises `AddressRefused`; `Temporary`: nothing left us; `OutcomeUnknown`: no answer, or more than is read.
        """
        target = checked(url, inward=self.inward)
        host = target.host
        try:
            async with asyncio.timeout(self._seconds):
                request = self._client.build_request(method, target, headers=dict(headers or {}), content=body)
                response = await self._client.send(request, stream=True)
                try:
                    return Answer(response.status_code, response.headers, await self._read(response, enough))
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Temporary(f"{host} can't be reached ({type(error).__name__})") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"The answer of {host} was lost ({type(error).__name__})") from error

    async def fit(self, url: str) -> None:
        """Whether the address may be called, without calling it. Raises `AddressRefused`, `Temporary`."""
        await _address(checked(url, inward=self.inward), inward=self.inward)

    async def close(self) -> None:
        """Release every connection."""
        await self._client.aclose()

    async def _read(self, response: httpx.Response, enough: int | None) -> bytes:
        answer = bytearray()
        async for chunk in response.aiter_raw():
            answer += chunk
            if enough is not None and len(answer) >= enough:
                return bytes(answer[:enough])
            if len(answer) > self._largest_answer:
                raise OutcomeUnknown(f"The answer exceeds {self._largest_answer:,} bytes")
        return bytes(answer)


def checked(url: str | httpx.URL, *, inward: bool = False) -> httpx.URL:
    """An address that may be called, as far as its text tells. Raises `AddressRefused`.

    >>> checked("https://api.provider.example/v1").host
    'api.provider.example'
    """
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL:
        raise AddressRefused("The address isn't a URL") from None
    if target.scheme not in ({"http", "https"} if inward else {"https"}) or not target.host:
        raise AddressRefused(f"Only {'http:// and ' if inward else ''}https:// addresses with a host are called")
    if target.userinfo:
        raise AddressRefused("An address with a user name in it isn't called")
    if not inward:
        with suppress(ValueError):  # a name: looked at when it is called
            _refuse_private(target.host, ip_address(target.host))
    return target


async def _address(target: httpx.URL, *, inward: bool) -> Address:
    """The host's first address, once all of them are found fit."""
    host, port = target.host, target.port or (443 if target.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_LOOKING_UP):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Temporary(f"{host} has no address that can be found") from error
    except TimeoutError as error:
        raise Temporary(f"{host} can't be looked up in time") from error
    addresses = [ip_address(entry[4][0]) for entry in found]
    if not addresses:
        raise Temporary(f"{host} has no address")
    if not inward:
        _refuse_private(host, *addresses)
    return addresses[0]


def _refuse_private(host: str, *addresses: Address) -> None:
    if not all(is_public(address) for address in addresses):
        raise AddressRefused(f"{host} leads into a private network; it isn't called")


def is_public(address: Address) -> bool:
    """Whether the address belongs to the public Internet.

    >>> [is_public(ip_address(one)) for one in ("8.8.8.8", "10.0.0.1", "::1", "::ffff:127.0.0.1", "100.64.0.1")]
    [True, False, False, False, False]
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _EMBEDDING):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
