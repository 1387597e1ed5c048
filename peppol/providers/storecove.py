"""Storecove (API v2): JSON over HTTPS with a bearer key; statuses and received documents come through one queue.

It takes a GUID of ours with each submission and processes only the first of a kind, but answers a repetition just as it
answers a refusal, so nothing is repeated here blindly. Nothing can be asked by that GUID either: a lost answer is made
good by the event that carries it. Options: `legal_entity`; `scheme_0235` and the like, Storecove's own name of a
register; `parse` = `ubl` lets Storecove read the document and write it anew, otherwise it is sent as it is.
Credential: `token`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from peppol import rebuilt
from peppol.errors import BadEnvelope, Forged, OutcomeUnknown, Permanent, Precondition, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.message import (
    Concern,
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
from peppol.providers.line import JSON, LIMITS, Limits, Line, Reply, probe, read, refusal, uncertain, withheld
from peppol.statuses import Outcome

_OUTCOMES = {
    "succeeded": Outcome.TAKEN,
    "failed": Outcome.UNDELIVERABLE,
    "no_action_taken": Outcome.UNDELIVERABLE,
}
"""What an event of a submission says; `succeeded` is the receiving access point's receipt and nothing more."""


class StorecoveProvider:
    """See `peppol.provider.Provider` for what each method guarantees and raises."""

    name = "storecove"

    def __init__(self, account: ProviderAccount, *, limits: Limits = LIMITS) -> None:
        """Precondition where the account lacks the key or the legal entity."""
        self.capabilities = Capabilities(
            idempotent=False,
            finds_by_key=False,
            callbacks=True,
            signed=False,
            needs_reference=True,
            largest_document=limits.largest_document,
        )
        self._limits, self._options = limits, account.options
        entity = account.option("legal_entity")
        if not (entity.isascii() and entity.isdigit()):
            raise Precondition("The option 'legal_entity' must be Storecove's number of the company")
        self._entity = int(entity)
        self._line = Line(
            account.base_url,
            auth=bearer(account.credential("token")),
            timeout=limits.timeout,
            largest_answer=limits.largest_answer,
            public_only=account.public_only,
        )
        self.host = self._line.host

    @evidenced
    async def submit(self, message: Message, key: str) -> Submission:
        """POST /document_submissions."""
        self._limits.check(message.document)
        raw: dict[str, Any] = {"document": b64encode(message.document).decode()}
        if self._options.get("parse") == "ubl":
            raw |= {"parse": True, "parseStrategy": "ubl"}
        else:
            kind, process = str(message.document_type), str(message.process)
            raw |= {"parse": False, "documentTypeId": kind, "processId": process}
        body = {
            "legalEntityId": self._entity,
            "idempotencyGuid": key,
            "routing": {
                "eIdentifiers": [{"scheme": self._scheme(message.receiver), "id": message.receiver.identifier}]
            },
            "document": {"documentType": "invoice", "rawDocumentData": raw},
        }
        reply = await self._line.send("POST", "/document_submissions", headers=JSON, body=msgspec.json.encode(body))
        if reply.status == 200:
            taken = reply.decode(_Taken)
            if taken is None or not taken.guid:
                raise OutcomeUnknown("The provider said yes, but its answer can't be read")
            return Submission(taken.guid, key, reply.at, reply.body)
        if reply.status == 422 and (errors := reply.decode(list[_Error])) is not None:
            told = "; ".join(f"{error.source}: {error.details}".strip(": ") for error in errors)[:500]
            if "idempotency" in told.lower():
                raise OutcomeUnknown(f"The provider knows this key from an earlier submission: {told}")
            raise Permanent(f"The provider refuses the document: {told}")
        raise uncertain(reply) or refusal(reply)

    @evidenced
    async def find(self, key: str) -> Submission | None:  # noqa: ARG002  nothing can be asked by it
        """Always Precondition."""
        raise Precondition("Storecove can't be asked by our key; the event of the submission will carry it")

    @evidenced
    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:
        """GET /document_submissions/{guid}/evidence/sending: there once the receiving access point has taken it."""
        if not reference:
            raise Precondition("Storecove is asked by its own id of the submission, which isn't known yet")
        reply = await self._line.ask("GET", f"/document_submissions/{quote(reference, safe='')}/evidence/sending")
        if reply.status == 404:
            return ()
        read(reply, _Evidence)
        return (StatusEvent(f"{reference}/sending", key, Outcome.TAKEN, reply.at, evidence=reply.body),)

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:
        """POST /discovery/receives."""
        body = {
            "documentTypes": [document_type.local_name.lower()],
            "network": "peppol",
            "metaScheme": ParticipantId.SCHEME,
            "scheme": self._scheme(participant),
            "identifier": participant.identifier,
        }
        reply = await self._line.ask("POST", "/discovery/receives", headers=JSON, body=msgspec.json.encode(body))
        code = read(reply, _Discovered).code.upper()
        if code not in {"OK", "NOK"}:
            raise Temporary("The provider's answer can't be read")
        return Registration(participant, document_type) if code == "OK" else None

    async def fetch_inbound(self, cursor: str) -> InboundPage:
        """GET /webhook_instances/: the oldest event of the queue, the same until it is acknowledged."""
        reply = await self._line.ask("GET", "/webhook_instances/")
        if reply.status == 204:
            return InboundPage((), cursor, more=False)
        queued = read(reply, _Queued)
        event = Reply(200, {}, queued.body.encode()).decode(_Event)
        if event is not None and event.event_type == "document_submission" and event.idempotencyGuid:
            outcome = _OUTCOMES.get(event.event)
            if outcome is not None:
                evidence = queued.body.encode()
                told = StatusEvent(queued.guid, event.idempotencyGuid, outcome, reply.at, event.details, evidence)
                return InboundPage((), cursor, more=True, events=(told,))
        if event is not None and event.event_type == "received_document" and event.document_guid:
            return await self._received(cursor, queued, event.document_guid)
        unknown = Unreadable(queued.guid, queued.body.encode(), "The provider tells an event that isn't known here")
        return InboundPage((), cursor, more=True, unreadable=(unknown,))

    async def _received(self, cursor: str, queued: _Queued, guid: str) -> InboundPage:
        """GET /received_documents/{guid}/original: how `original` is encoded isn't published, so both ways are read."""
        reply = await self._line.ask("GET", f"/received_documents/{quote(guid, safe='')}/original")
        if (reason := withheld(reply)) is not None:  # else it would stand at the head of the queue for ever
            kept = Unreadable(queued.guid, queued.body.encode(), reason)
            return InboundPage((), cursor, more=True, unreadable=(kept,))
        original = read(reply, _Transportable).original.strip()
        document = original.encode()
        try:
            if not original.startswith("<"):
                document = b64decode(original, validate=True)
            envelope = rebuilt.envelope(document, instance_id=guid)
        except (BadEnvelope, ValueError) as error:
            refused = Unreadable(queued.guid, document, str(error))
            return InboundPage((), cursor, more=True, unreadable=(refused,))
        return InboundPage((Delivery(envelope, queued.guid, rebuilt=True),), cursor, more=True)

    async def ack(self, reference: str) -> None:
        """DELETE /webhook_instances/{guid}; an event that is gone needs no acknowledgement."""
        reply = await self._line.send("DELETE", f"/webhook_instances/{quote(reference, safe='')}")
        if reply.status not in {204, 404}:
            raise uncertain(reply) or refusal(reply)

    async def health(self) -> Health:
        """GET /legal_entities/{id}."""
        return await probe(self._line, f"/legal_entities/{self._entity}", _Entity)

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:  # noqa: ARG002
        """Always Forged: documents are fetched."""
        raise Forged("Storecove doesn't sign; its documents are fetched")

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:  # noqa: ARG002
        """One hint; the queue has the event."""
        event = Reply(200, {}, body).decode(_Event)
        if event is None:
            raise Permanent("The body isn't an event")
        if event.event_type == "received_document":
            return (Hint(Concern.INBOX, event.document_guid),)
        return (Hint(Concern.SUBMISSION, event.guid, event.idempotencyGuid),)

    async def close(self) -> None:
        """Close the connection pool."""
        await self._line.close()

    def _scheme(self, participant: ParticipantId) -> str:
        name = f"scheme_{participant.icd}"
        if not (scheme := self._options.get(name, "")):
            raise Precondition(f"Storecove names registers in its own way: set its name of {participant.icd} as {name}")
        return scheme


class _Taken(msgspec.Struct):
    guid: str


class _Error(msgspec.Struct):
    source: str = ""
    details: str = ""


class _Evidence(msgspec.Struct):
    evidence: msgspec.Raw


class _Discovered(msgspec.Struct):
    code: str


class _Queued(msgspec.Struct):
    guid: str
    body: str
    """An event as JSON text."""


class _Event(msgspec.Struct):
    event_type: str
    event: str = ""
    details: str = ""
    guid: str = ""
    idempotencyGuid: str = ""  # noqa: N815  its name there
    document_guid: str = ""


class _Transportable(msgspec.Struct):
    original: str


class _Entity(msgspec.Struct):
    id: int
