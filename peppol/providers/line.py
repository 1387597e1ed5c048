"""HTTP to one configured provider: what every adapter needs, and what an answer or its absence means.

Nothing is followed (no redirect, no proxy of the environment), an answer is read up to a bound, a call has a time
limit as a whole. What surely didn't leave us is `Temporary`; what left us and got no clear answer is `OutcomeUnknown`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ssl import SSLContext
from typing import TypeVar

import httpx
import msgspec

from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.message import Condition, Health
from peppol.outward import PublicOnly, checked
from peppol.providers import evidence

_T = TypeVar("_T")
LARGEST_ANSWER = 32 * 1024 * 1024
JSON = {"content-type": "application/json", "accept": "application/json"}
"""Headers of a call that sends and wants JSON."""


class Limits(msgspec.Struct, frozen=True):
    """What an adapter keeps to."""

    timeout: timedelta = timedelta(seconds=30)
    """Of one call as a whole."""
    largest_document: int = 20 * 1024 * 1024
    """Bytes of a business document; more is refused before any call."""
    largest_answer: int = LARGEST_ANSWER

    def check(self, document: bytes) -> None:
        """Permanent for a document beyond the limit."""
        if len(document) > self.largest_document:
            raise Permanent(f"The document exceeds the {self.largest_document:,} bytes the provider takes")


LIMITS = Limits()
_POOL = httpx.Limits(max_connections=100, max_keepalive_connections=100)
"""Of one host: as many are kept as are made, so that a busy line doesn't close a connection to open it anew."""


@functools.cache
def _tls() -> SSLContext:
    """One for all lines: reading the authorities takes longer than all else that a line needs."""
    return httpx.create_ssl_context(trust_env=False)


class Reply(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def decode(self, kind: type[_T]) -> _T | None:
        """The JSON body; None where it isn't what was expected."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    @property
    def at(self) -> datetime:
        """The provider's Date header, else our own clock: when it answered."""
        try:
            told = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return datetime.now(UTC)
        return told if told.tzinfo else told.replace(tzinfo=UTC)

    @property
    def pause(self) -> timedelta | None:
        """Retry-After, in seconds or as a date (RFC 9110, section 10.2.3), at most an hour; nonsense is none."""
        header = self.headers.get("retry-after", "").strip()
        if header.isascii() and header.isdigit():
            return timedelta(seconds=min(int(header[:9]), 3600))
        try:
            until = parsedate_to_datetime(header)
        except ValueError:
            return None
        pause = (until if until.tzinfo else until.replace(tzinfo=UTC)) - self.at
        return min(max(pause, timedelta(0)), timedelta(hours=1))


class Overlong(Temporary):
    """The answer to a question is longer than we read; a smaller question may do."""


class Line:
    """A pool of connections to a provider's one host."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta = timedelta(seconds=30),
        largest_answer: int = LARGEST_ANSWER,
        public_only: bool = False,
    ) -> None:
        """`auth`: see `peppol.providers.auth`; `public_only`: see `ProviderAccount`.

        Raises `Precondition` for an address that can't be one, or, where it is known by then, mustn't be called.
        """
        url = checked(base_url, inward=not public_only)
        self.host = url.netloc.decode()
        self._base = str(url).rstrip("/")
        self._seconds = timeout.total_seconds()
        self._largest_answer = largest_answer
        self._client = httpx.AsyncClient(
            auth=auth,
            headers={"accept-encoding": "identity", **(headers or {})},
            timeout=httpx.Timeout(self._seconds, connect=min(5.0, self._seconds)),
            limits=_POOL,
            transport=PublicOnly(verify=_tls(), limits=_POOL) if public_only else None,
            verify=_tls(),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """A call that changes something. Raises `Temporary`: nothing left us; `OutcomeUnknown`: no clear answer."""
        try:
            return await self._exchange(method, path, headers, body)
        except Overlong as error:
            raise OutcomeUnknown(str(error)) from error

    async def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """A call that changes nothing, so that it may be made again: a lost answer is `Temporary`."""
        try:
            return await self._exchange(method, path, headers, body)
        except OutcomeUnknown as error:
            raise Temporary(str(error)) from error

    async def _exchange(self, method: str, path: str, headers: Mapping[str, str] | None, body: bytes) -> Reply:
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, self._base + path, headers=dict(headers or {}), content=body) as response,
            ):
                answer = bytearray()
                try:
                    async for chunk in response.aiter_raw():
                        answer += chunk
                        if len(answer) > self._largest_answer:
                            raise Overlong(f"The provider's answer exceeds {self._largest_answer:,} bytes")
                finally:
                    evidence.note(response, answer)
                return Reply(response.status_code, response.headers, bytes(answer))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Temporary(f"The provider can't be reached ({type(error).__name__})") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"The provider's answer was lost ({type(error).__name__})") from error

    async def close(self) -> None:
        """Release every connection."""
        await self._client.aclose()


def uncertain(reply: Reply) -> OutcomeUnknown | None:
    """The error of a submission whose answer says neither yes nor no, once the yes that is known was looked for.

    A failure on the way may have taken it, and so may an unknown success or a redirection.
    """
    if reply.status >= 500 and reply.status != 503:
        return OutcomeUnknown(f"The provider failed with HTTP {reply.status}; it may have taken the message")
    if reply.status < 400:
        return OutcomeUnknown(f"The provider answered HTTP {reply.status}, which says neither yes nor no")
    return None


def refusal(reply: Reply) -> PeppolError:
    """What a refusal means that the provider didn't put into words of its own: never a verdict on the document."""
    if reply.status in {429, 503}:
        return Temporary(f"The provider asks for a pause (HTTP {reply.status})", retry_after=reply.pause)
    if reply.status >= 500:
        return Temporary(f"The provider failed with HTTP {reply.status}")
    if reply.status in {401, 403}:
        return Precondition(f"The provider refuses our credentials (HTTP {reply.status}); check them and its address")
    if reply.status == 402:
        return Precondition("The provider says that the account's quota or balance is used up (HTTP 402)")
    return Precondition(f"HTTP {reply.status} instead of the provider's answer; check its address and the credentials")


def withheld(reply: Reply) -> str | None:
    """Why the provider keeps back this one thing that it told us of; None where it refuses us, or can't just now."""
    if not 400 <= reply.status < 500 or reply.status in {401, 402, 403, 429}:
        return None
    return f"The provider tells of it and doesn't hand it over (HTTP {reply.status}); look for it there"


async def probe(line: Line, path: str, kind: type[object]) -> Health:
    """Ask for something harmless that wants our credentials; its shape tells it from somebody else's answer."""
    try:
        reply = await line.ask("GET", path)
    except Temporary as error:
        return Health(Condition.UNREACHABLE, str(error))
    except PeppolError as error:
        return Health(Condition.REFUSES_US, str(error))
    if reply.status == 200 and reply.decode(kind) is not None:
        return Health(Condition.WELL)
    meaning = refusal(reply)
    return Health(Condition.UNREACHABLE if isinstance(meaning, Temporary) else Condition.REFUSES_US, str(meaning))


def read(reply: Reply, kind: type[_T]) -> _T:
    """The answer to a question. Raises `refusal`, and `Temporary` for an answer that can't be read: never a no."""
    if reply.status != 200:
        raise refusal(reply)
    found = reply.decode(kind)
    if found is None:
        raise Temporary("The provider's answer can't be read")
    return found
