"""phoss AP, an access point that one runs oneself: envelopes over HTTP with a token in a header.

It knows a message by its SBDH instance id, which must be the key, and can be asked for it. It doesn't look for an
earlier message of the same id, so the caller asks before any repetition. A failed sending is repeated by the access
point itself. Received envelopes are posted to us with a header that the operator configures there, so the shared
secret in `Authorization: Bearer` is their proof. Credential: `token`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import msgspec

from peppol import sbdh
from peppol.errors import Forged, OutcomeUnknown, Permanent, Precondition, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.message import Delivery, Health, Hint, InboundPage, Message, Registration, StatusEvent, Submission
from peppol.provider import Capabilities
from peppol.providers.account import ProviderAccount
from peppol.providers.auth import HeaderKey
from peppol.providers.evidence import evidenced
from peppol.providers.line import LIMITS, Limits, Line, probe, read, refusal, uncertain
from peppol.statuses import Outcome

_INSTANCE_HEADER = "x-sbdh-instance-id"
_XML = {"content-type": "application/xml", "accept": "application/json"}
_STATES = {
    "sent": Outcome.TAKEN,
    "rejected": Outcome.UNDELIVERABLE,
    "permanently_failed": Outcome.UNDELIVERABLE,
}
_MLS = {"received_ap": Outcome.DELIVERED, "received_ab": Outcome.TAKEN, "received_re": Outcome.REFUSED}


class PhossApProvider:
    """See `peppol.provider.Provider` for what each method guarantees and raises."""

    name = "phoss_ap"

    def __init__(self, account: ProviderAccount, *, limits: Limits = LIMITS) -> None:
        """Precondition where the account lacks the token."""
        self.capabilities = Capabilities(
            idempotent=False,
            finds_by_key=True,
            callbacks=True,
            largest_document=limits.largest_document,
            missing={
                "lookup": "the access point looks receivers up for itself, when it sends",
                "fetch_inbound": "the access point forwards what comes in; it has no list to fetch from",
                "ack": "our answer to a forwarded envelope is the acknowledgement",
            },
        )
        self._limits, self._secrets = limits, account.webhook_secrets
        self._line = Line(
            account.base_url,
            auth=HeaderKey("X-Token", account.credential("token")),
            timeout=limits.timeout,
            largest_answer=limits.largest_answer,
            public_only=account.public_only,
        )
        self.host = self._line.host

    @evidenced
    async def submit(self, message: Message, key: str) -> Submission:
        """POST /api/outbound/submit-sbd: it sends at once and answers with a report.

        Where it reports a failure, the state of the message decides: what it has stored it goes on sending by itself.
        """
        self._limits.check(message.document)
        if message.instance_id != key:
            raise Precondition("This access point knows a message by its instance id; the key must be the same")
        reply = await self._line.send("POST", "/api/outbound/submit-sbd", headers=_XML, body=sbdh.write(message))
        if reply.status == 200:
            report = reply.decode(_Report)
            if report is None or not report.overallSuccess:
                raise OutcomeUnknown("The access point's report can't be read as a success")
            return Submission(key, key, reply.at, reply.body)
        if reply.status in {400, 422}:
            return await self._after_failure(key, reply.status, reply.body)
        raise uncertain(reply) or refusal(reply)

    @evidenced
    async def find(self, key: str) -> Submission | None:
        """GET /api/outbound/status/{instance id}, the archive included."""
        transaction, body = await self._transaction(key)
        return Submission(key, key, transaction.createdDT, body) if transaction else None

    @evidenced
    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:
        """GET /api/outbound/status/{instance id}: the state, and the Message Level Status where one came."""
        found, body = await self._transaction(reference or key)
        if found is None:
            return ()
        events = []
        at, reason = found.completedDT or found.createdDT, found.errorDetails or ""
        if (outcome := _STATES.get(found.status)) is not None:
            told = reason if outcome is Outcome.UNDELIVERABLE else ""
            events.append(StatusEvent(f"{found.id}/{found.status}", key, outcome, at, told, body))
        if (outcome := _MLS.get(found.mlsStatus or "")) is not None:
            events.append(StatusEvent(f"{found.id}/{found.mlsStatus}", key, outcome, at, evidence=body))
        return tuple(events)

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("lookup")

    async def fetch_inbound(self, cursor: str) -> InboundPage:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("fetch_inbound")

    async def ack(self, reference: str) -> None:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("ack")

    async def health(self) -> Health:
        """GET /api/outbound/in-transmission."""
        return await probe(self._line, "/api/outbound/in-transmission", list[_Transaction])

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:  # noqa: ARG002
        """Compare the header that the operator configured with our secrets, in constant time."""
        given = headers.get("authorization", "").encode()
        holds = False
        for secret in self._secrets:
            holds |= hmac.compare_digest(given, b"Bearer " + secret)
        if not holds:
            raise Forged("The call doesn't carry the secret that was agreed with the access point")
        return Delivery(body, headers.get(_INSTANCE_HEADER, ""))

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:  # noqa: ARG002
        """Always Forged: it posts none."""
        raise Forged("This access point posts no statuses; they are asked for")

    async def close(self) -> None:
        """Close the connection pool."""
        await self._line.close()

    async def _after_failure(self, key: str, status: int, report: bytes) -> Submission:
        try:
            found, body = await self._transaction(key)
        except (Temporary, Precondition) as error:
            raise OutcomeUnknown(f"The access point reports a failure and can't tell the state: {error}") from error
        if found is None and status == 400:
            raise Permanent(f"The access point can't read the envelope: {report[:500].decode('utf-8', 'replace')}")
        if found is None:
            raise Temporary("The access point reports a failure and has stored nothing")
        if found.status == "rejected":
            raise Permanent(f"The access point's verification refuses the document: {(found.errorDetails or '')[:500]}")
        return Submission(key, key, found.createdDT, body)

    async def _transaction(self, instance_id: str) -> tuple[_Transaction | None, bytes]:
        path = f"/api/outbound/status/{quote(instance_id, safe='')}?includeArchive=true"
        reply = await self._line.ask("GET", path)
        return (None, b"") if reply.status == 404 else (read(reply, _Transaction), reply.body)


_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Report(msgspec.Struct):
    overallSuccess: bool  # noqa: N815  its name there


class _Transaction(msgspec.Struct):
    id: str
    sbdhInstanceID: str  # noqa: N815
    status: str
    createdDT: _Instant  # noqa: N815
    completedDT: _Instant | None = None  # noqa: N815
    errorDetails: str | None = None  # noqa: N815
    mlsStatus: str | None = None  # noqa: N815
