"""The sandbox network as a provider: the adapter that test mode uses, over real HTTP to one configured host.

It follows no redirect, uses no proxy of the environment, reads no answer beyond `largest_answer` bytes and gives each
call a time limit as a whole. Whatever left us and got no clear answer is OutcomeUnknown; only the network's own,
readable word is a refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from peppol import sbdh, signature
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.message import Delivery, Message, Registration, StatusEvent, Submission
from peppol.provider import Capabilities
from peppol.providers.sandbox_wire import (
    ENVELOPE_TYPE,
    KEY_HEADER,
    Accepted,
    Happened,
    Reason,
    Refused,
    Registered,
    Told,
    Tracked,
)

_T = TypeVar("_T")


class SandboxProvider:
    """See `peppol.provider.Provider` for what each method guarantees and raises."""

    name = "sandbox"

    def __init__(
        self,
        base_url: str,
        token: str,
        secrets: tuple[bytes, ...],
        *,
        timeout: timedelta = timedelta(seconds=20),
        largest_document: int = 20 * 1024 * 1024,
        largest_answer: int = 1024 * 1024,
    ) -> None:
        """`secrets`: those that may sign the network's calls to us; two while one is replaced."""
        url = httpx.URL(base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise Precondition("The provider's base URL must be http:// or https:// with a host")
        self.capabilities = Capabilities(
            idempotent=True, finds_by_key=True, callbacks=True, largest_document=largest_document
        )
        self._secrets = secrets
        self._seconds = timeout.total_seconds()
        self._largest_answer = largest_answer
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {token}", "accept-encoding": "identity"},
            timeout=httpx.Timeout(self._seconds, connect=min(5.0, self._seconds)),
            follow_redirects=False,
            trust_env=False,
        )

    async def submit(self, message: Message, key: str) -> Submission:
        """POST /messages."""
        if len(message.document) > self.capabilities.largest_document:
            raise Permanent(f"The document exceeds the {self.capabilities.largest_document:,} bytes the provider takes")
        envelope = sbdh.write(message)
        headers = {"content-type": ENVELOPE_TYPE, KEY_HEADER: key}
        status, retry_after, answer = await self._call("POST", "/messages", headers, envelope)
        if status == 202:
            accepted = _decode(answer, Accepted)
            if accepted is None or accepted.key != key:
                raise OutcomeUnknown("The provider said yes, but its answer can't be read")
            return Submission(accepted.reference, accepted.key, accepted.accepted_at, answer)
        if status < 300:
            raise OutcomeUnknown(f"The provider answered HTTP {status}, which says neither yes nor no")
        if status >= 500 and status != 503:
            raise OutcomeUnknown(f"The provider failed with HTTP {status}; it may have taken the message")
        raise _refusal(status, retry_after, answer)

    async def find(self, key: str) -> Submission | None:
        """GET /messages/{key}."""
        tracked = await self._track(key)
        if tracked is None:
            return None
        accepted = tracked.accepted
        return Submission(accepted.reference, accepted.key, accepted.accepted_at, msgspec.json.encode(accepted))

    async def status(self, key: str) -> tuple[StatusEvent, ...]:
        """GET /messages/{key}."""
        tracked = await self._track(key)
        return tuple(_event(happened) for happened in tracked.events) if tracked else ()

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:
        """GET /participants/{id}/document-types."""
        wanted = quote(str(document_type), safe="")
        path = f"/participants/{quote(participant.value, safe='')}/document-types?type={wanted}"
        found = await self._get(path, Registered)
        if found is None:
            return None
        return Registration(ParticipantId(found.participant), DocumentTypeId.parse(found.document_type))

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
        """Verify the signature over the raw envelope."""
        return Delivery(envelope=body, reference=signature.verify(self._secrets, headers, body, now))

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent, ...]:
        """Verify the signature, then read the events."""
        signature.verify(self._secrets, headers, body, now)
        told = _decode(body, Told)
        if told is None:
            raise Permanent("The body isn't a list of events")
        return tuple(_event(happened) for happened in told.events)

    async def close(self) -> None:
        """Close the connection pool."""
        await self._client.aclose()

    async def _track(self, key: str) -> Tracked | None:
        return await self._get(f"/messages/{quote(key, safe='')}", Tracked)

    async def _get(self, path: str, kind: type[_T]) -> _T | None:
        """Read something; None only where the network itself says that there is none."""
        try:
            status, retry_after, answer = await self._call("GET", path, {}, b"")
        except OutcomeUnknown as error:
            raise Temporary(str(error)) from error  # asking changes nothing, so it may be asked again
        if status == 200:
            found = _decode(answer, kind)
            if found is None:
                raise Temporary("The provider's answer can't be read")
            return found
        if status == 404 and (refused := _decode(answer, Refused)) and refused.reason is Reason.UNKNOWN:
            return None
        raise _refusal(status, retry_after, answer)

    async def _call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, timedelta | None, bytes]:
        """Status, the pause asked for, the answer's bytes. Temporary: nothing left us; else OutcomeUnknown."""
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, path, headers=dict(headers), content=body) as response,
            ):
                answer = bytearray()
                async for chunk in response.aiter_raw():
                    answer += chunk
                    if len(answer) > self._largest_answer:
                        raise OutcomeUnknown(f"The provider's answer exceeds {self._largest_answer:,} bytes")
                return response.status_code, _pause(response.headers.get("retry-after", "")), bytes(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Temporary(f"The provider can't be reached ({type(error).__name__})") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"The provider's answer was lost ({type(error).__name__})") from error


def _refusal(status: int, retry_after: timedelta | None, answer: bytes) -> PeppolError:
    """What a refusal means. Only the network's own, readable word makes it permanent."""
    if status in {429, 503}:
        return Temporary(f"The provider asks for a pause (HTTP {status})", retry_after=retry_after)
    refused = _decode(answer, Refused)
    if refused is not None and status < 500:
        error: type[PeppolError] = _MEANING.get(refused.reason, Precondition)
        return error(f"The provider: {refused.detail[:500]}")
    if status >= 500:
        return Temporary(f"The provider failed with HTTP {status}")
    return Precondition(f"HTTP {status} instead of the provider's answer; check its address and the credentials")


_MEANING: dict[Reason, type[PeppolError]] = {
    Reason.REFUSED: Permanent,
    Reason.KEY_REUSED: Permanent,
    Reason.NOT_REGISTERED: Precondition,
    Reason.SENDER_UNKNOWN: Precondition,
    Reason.UNAUTHORISED: Precondition,
    Reason.BUSY: Temporary,
    Reason.UNKNOWN: Precondition,
}


def _decode(answer: bytes, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _event(happened: Happened) -> StatusEvent:
    return StatusEvent(
        event_id=happened.event_id,
        key=happened.key,
        outcome=happened.outcome,
        at=happened.at,
        reason=happened.reason,
        evidence=msgspec.json.encode(happened),
    )


def _pause(header: str) -> timedelta | None:
    """Retry-After in seconds, at most an hour; a date or nonsense leaves the pause to the caller."""
    return timedelta(seconds=min(int(header), 3600)) if header.isascii() and header.isdigit() else None
