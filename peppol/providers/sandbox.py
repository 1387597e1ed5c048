"""The sandbox network as a provider: the adapter that test mode uses, over real HTTP to one configured host.

It follows no redirect, uses no proxy of the environment, reads no answer beyond `largest_answer` bytes and gives each
call a time limit as a whole. Whatever left us and got no clear answer is OutcomeUnknown; only the network's own,
readable word is a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import msgspec

from peppol import sbdh, signature
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.message import (
    Delivery,
    Health,
    Hint,
    InboundPage,
    Message,
    Registration,
    StatusEvent,
    Submission,
    Unreadable,
)
from peppol.provider import Capabilities
from peppol.providers.account import ProviderAccount
from peppol.providers.auth import bearer
from peppol.providers.evidence import evidenced
from peppol.providers.line import LARGEST_ANSWER, Line, Overlong, Reply, probe, refusal, uncertain, withheld
from peppol.providers.sandbox_wire import (
    ENVELOPE_TYPE,
    KEY_HEADER,
    Accepted,
    Acknowledged,
    Happened,
    Inbox,
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
        account: ProviderAccount,
        *,
        timeout: timedelta = timedelta(seconds=20),
        largest_document: int = 20 * 1024 * 1024,
        largest_answer: int = 1024 * 1024,
    ) -> None:
        """Credential: `token`."""
        self.capabilities = Capabilities(
            idempotent=True, finds_by_key=True, callbacks=True, largest_document=largest_document
        )
        self._secrets = account.webhook_secrets
        token = account.credential("token")
        public_only = account.public_only
        self._line = Line(
            account.base_url,
            auth=bearer(token),
            timeout=timeout,
            largest_answer=largest_answer,
            public_only=public_only,
        )
        self._inbound = Line(account.base_url, auth=bearer(token), timeout=timeout, public_only=public_only)
        self.host = self._line.host

    @evidenced
    async def submit(self, message: Message, key: str) -> Submission:
        """POST /messages."""
        if len(message.document) > self.capabilities.largest_document:
            raise Permanent(f"The document exceeds the {self.capabilities.largest_document:,} bytes the provider takes")
        envelope = sbdh.write(message)
        headers = {"content-type": ENVELOPE_TYPE, KEY_HEADER: key}
        reply = await self._line.send("POST", "/messages", headers=headers, body=envelope)
        if reply.status == 202:
            accepted = reply.decode(Accepted)
            if accepted is None or accepted.key != key:
                raise OutcomeUnknown("The provider said yes, but its answer can't be read")
            return Submission(accepted.reference, accepted.key, accepted.accepted_at, reply.body)
        raise uncertain(reply) or _refusal(reply)

    @evidenced
    async def find(self, key: str) -> Submission | None:
        """GET /messages/{key}."""
        tracked = await self._track(key)
        if tracked is None:
            return None
        accepted = tracked.accepted
        return Submission(accepted.reference, accepted.key, accepted.accepted_at, msgspec.json.encode(accepted))

    @evidenced
    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:  # noqa: ARG002  it knows keys
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

    async def fetch_inbound(self, cursor: str) -> InboundPage:
        """GET /inbox, then GET /inbox/{reference} for each."""
        listed = await self._get(f"/inbox?after={quote(cursor, safe='')}", Inbox)
        if listed is None:
            raise Precondition("The network keeps no inbox")
        deliveries, unreadable = list[Delivery](), list[Unreadable]()
        late: Temporary | None = None
        held = 0
        for reference in listed.references:
            if held > LARGEST_ANSWER:  # the rest comes with the same page, once these have left it
                return InboundPage(tuple(deliveries), cursor, more=True, unreadable=tuple(unreadable))
            try:
                reply = await self._inbound.ask("GET", f"/inbox/{quote(reference, safe='')}")
                if (reason := withheld(reply)) is not None:
                    unreadable.append(Unreadable(reference, reply.body, reason))
                elif reply.status != 200:
                    raise _refusal(reply)
                else:
                    held += len(reply.body)
                    deliveries.append(Delivery(envelope=reply.body, reference=reference))
            except Overlong as error:
                unreadable.append(Unreadable(reference, b"", f"{error}; look for it there"))
            except Temporary as error:  # left for later, unless none can be had
                late = error
        if late is not None and not (deliveries or unreadable):
            raise late
        return InboundPage(tuple(deliveries), listed.cursor, listed.more, unreadable=tuple(unreadable))

    async def ack(self, reference: str) -> None:
        """POST /inbox/{reference}/ack."""
        reply = await self._line.send("POST", f"/inbox/{quote(reference, safe='')}/ack")
        acknowledged = reply.decode(Acknowledged) if reply.status == 200 else None
        if acknowledged is not None and acknowledged.reference == reference:
            return
        if reply.status < 300:
            raise OutcomeUnknown("The provider's answer to the acknowledgement can't be read")
        raise uncertain(reply) or _refusal(reply)

    async def health(self) -> Health:
        """GET /inbox: it wants the token, /health doesn't."""
        return await probe(self._line, "/inbox?after=", Inbox)

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
        """Verify the signature over the raw envelope."""
        return Delivery(envelope=body, reference=signature.verify(self._secrets, headers, body, now))

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:
        """Verify the signature, then read the events."""
        signature.verify(self._secrets, headers, body, now)
        told = Reply(200, {}, body).decode(Told)
        if told is None:
            raise Permanent("The body isn't a list of events")
        return tuple(_event(happened) for happened in told.events)

    async def close(self) -> None:
        """Close the connection pools."""
        await self._line.close()
        await self._inbound.close()

    async def _track(self, key: str) -> Tracked | None:
        return await self._get(f"/messages/{quote(key, safe='')}", Tracked)

    async def _get(self, path: str, kind: type[_T]) -> _T | None:
        """Read something; None only where the network itself says that there is none."""
        reply = await self._line.ask("GET", path)
        if reply.status == 200:
            found = reply.decode(kind)
            if found is None:
                raise Temporary("The provider's answer can't be read")
            return found
        if reply.status == 404 and (refused := reply.decode(Refused)) and refused.reason is Reason.UNKNOWN:
            return None
        raise _refusal(reply)


def _refusal(reply: Reply) -> PeppolError:
    """What a refusal means. Only the network's own, readable word makes it permanent."""
    refused = reply.decode(Refused)
    if refused is None or reply.status in {429, 503} or reply.status >= 500:
        return refusal(reply)
    return _MEANING.get(refused.reason, Precondition)(f"The provider: {refused.detail[:500]}")


_MEANING: dict[Reason, type[PeppolError]] = {
    Reason.REFUSED: Permanent,
    Reason.KEY_REUSED: Permanent,
    Reason.NOT_REGISTERED: Precondition,
    Reason.SENDER_UNKNOWN: Precondition,
    Reason.UNAUTHORISED: Precondition,
    Reason.BUSY: Temporary,
    Reason.UNKNOWN: Precondition,
}


def _event(happened: Happened) -> StatusEvent:
    return StatusEvent(
        event_id=happened.event_id,
        key=happened.key,
        outcome=happened.outcome,
        at=happened.at,
        reason=happened.reason,
        evidence=msgspec.json.encode(happened),
    )
