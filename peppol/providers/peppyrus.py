"""Peppyrus (API v1): JSON over HTTPS with a key in a header.

It knows no key of ours and can't be searched for one, so a submission whose answer was lost is never repeated here: a
person looks into the account. Credential: `token`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlencode

import msgspec

from peppol import rebuilt
from peppol.errors import BadEnvelope, BadIdentifier, Forged, OutcomeUnknown, Permanent, Precondition
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
from peppol.providers.auth import HeaderKey
from peppol.providers.evidence import evidenced
from peppol.providers.line import JSON, LIMITS, Limits, Line, Overlong, Reply, probe, read, refusal, uncertain
from peppol.statuses import Outcome

_PAGE = 20


class PeppyrusProvider:
    """See `peppol.provider.Provider` for what each method guarantees and raises."""

    name = "peppyrus"

    def __init__(self, account: ProviderAccount, *, limits: Limits = LIMITS) -> None:
        """Precondition where the account lacks the key."""
        self.capabilities = Capabilities(
            idempotent=False,
            finds_by_key=False,
            callbacks=True,
            signed=False,
            needs_reference=True,
            largest_document=limits.largest_document,
        )
        self._limits = limits
        self._line = Line(
            account.base_url,
            auth=HeaderKey("X-Api-Key", account.credential("token")),
            timeout=limits.timeout,
            largest_answer=limits.largest_answer,
            public_only=account.public_only,
        )
        self.host = self._line.host

    @evidenced
    async def submit(self, message: Message, key: str) -> Submission:
        """POST /v1/message."""
        self._limits.check(message.document)
        body = {
            "sender": message.sender.value,
            "recipient": message.receiver.value,
            "processType": str(message.process),
            "documentType": str(message.document_type),
            "fileName": f"{key}.xml",
            "fileContent": b64encode(message.document).decode(),
        }
        reply = await self._line.send("POST", "/v1/message", headers=JSON, body=msgspec.json.encode(body))
        if 200 <= reply.status < 300:
            taken = reply.decode(_Message)
            if taken is None or not taken.id:
                raise OutcomeUnknown("The provider said yes, but its answer can't be read")
            return Submission(taken.id, key, reply.at, reply.body)
        if reply.status == 422:
            raise Permanent(f"The provider refuses the document: {_plain(reply)}")
        if reply.status == 404:
            raise Precondition("The provider finds no such receiver on the network (HTTP 404)")
        raise uncertain(reply) or refusal(reply)

    @evidenced
    async def find(self, key: str) -> Submission | None:  # noqa: ARG002  nothing can be asked by it
        """Always Precondition."""
        raise Precondition("Peppyrus can't be asked by our key: look into the account for the document")

    @evidenced
    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:
        """GET /v1/message/{id}: the folder tells; of a failure GET /v1/message/{id}/report tells why."""
        if not reference:
            raise Precondition("Peppyrus is asked by its own id of the message, which isn't known yet")
        path = f"/v1/message/{quote(reference, safe='')}"
        reply = await self._line.ask("GET", path)
        if reply.status == 404:
            return ()
        folder = read(reply, _Message).folder.lower()
        if folder == "sent":
            return (StatusEvent(f"{reference}/sent", key, Outcome.TAKEN, reply.at, evidence=reply.body),)
        if folder != "failed":
            return ()
        report = await self._line.ask("GET", f"{path}/report")
        reason = read(report, _Report).reason()
        event = StatusEvent(f"{reference}/failed", key, Outcome.UNDELIVERABLE, report.at, reason, report.body)
        return (event,)

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:
        """GET /v1/peppol/lookup."""
        query = urlencode({"scheme": ParticipantId.SCHEME, "participantId": participant.value})
        reply = await self._line.ask("GET", f"/v1/peppol/lookup?{query}")
        if reply.status == 404:
            return None
        offered = {service.documentType for service in read(reply, _Participant).services}
        found = next((kind for kind in document_type.candidates() if str(kind) in offered), None)
        return Registration(participant, found) if found else None

    async def fetch_inbound(self, cursor: str) -> InboundPage:
        """GET /v1/message/list; the cursor is a page's number, behind a slash the size of pages that aren't the usual.

        Documents lie in the list itself, so a page that is longer than we read is asked for one by one, and one that
        is too long by itself is passed by.
        """
        numbers = [int(part) for part in cursor.split("/") if part.isascii() and part.isdigit()]
        page, size = (*numbers, _PAGE)[:2] if numbers else (1, _PAGE)
        query = {"folder": "INBOX", "confirmed": "false", "page": str(page), "perPage": str(size)}
        try:
            reply = await self._line.ask("GET", f"/v1/message/list?{urlencode(query)}")
        except Overlong:
            single = page + 1 if size == 1 else (page - 1) * size + 1
            return InboundPage((), f"{single}/1", more=True)
        listed = read(reply, _List)
        deliveries, unreadable = [], []
        for item in listed.items:
            document = item.fileContent.encode()
            try:
                document = b64decode(item.fileContent, validate=True)
                envelope = rebuilt.envelope(document, instance_id=item.id, sender=item.sender, receiver=item.recipient)
                deliveries.append(Delivery(envelope, item.id, rebuilt=True))
            except (BadEnvelope, BadIdentifier, ValueError) as error:
                unreadable.append(Unreadable(item.id, document, str(error)))
        more = listed.meta.currentPage < listed.meta.pages
        suffix = "" if size == _PAGE else f"/{size}"
        following = f"{page + 1}{suffix}" if more else ""
        return InboundPage(tuple(deliveries), following, more, unreadable=tuple(unreadable))

    async def ack(self, reference: str) -> None:
        """PATCH /v1/message/{id}/confirm; where that is refused, the message tells whether it was confirmed before."""
        path = f"/v1/message/{quote(reference, safe='')}"
        reply = await self._line.send("PATCH", f"{path}/confirm")
        if 200 <= reply.status < 300:
            return
        if 400 <= reply.status < 500 and reply.status not in {401, 403, 404, 429}:
            known = await self._line.ask("GET", path)
            if known.status == 200 and read(known, _Message).confirmed:
                return
        raise uncertain(reply) or refusal(reply)

    async def health(self) -> Health:
        """GET /v1/organization/info."""
        return await probe(self._line, "/v1/organization/info", _Organization)

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:  # noqa: ARG002
        """Always Forged: documents are fetched."""
        raise Forged("Peppyrus doesn't sign; its documents are fetched")

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:  # noqa: ARG002
        """One hint, whatever the body says: its form isn't published."""
        return (Hint(Concern.INBOX, ""),)

    async def close(self) -> None:
        """Close the connection pool."""
        await self._line.close()


class _Message(msgspec.Struct):
    id: str
    sender: str = ""
    recipient: str = ""
    folder: str = ""
    fileContent: str = ""  # noqa: N815  its name there
    confirmed: bool | None = None


class _Meta(msgspec.Struct):
    pages: int
    currentPage: int  # noqa: N815


class _List(msgspec.Struct):
    items: list[_Message]
    meta: _Meta


class _Rule(msgspec.Struct):
    id: str | None = ""
    message: str | None = ""


class _Report(msgspec.Struct):
    validationRules: list[_Rule] | None = None  # noqa: N815
    transmissionRules: str | None = None  # noqa: N815

    def reason(self) -> str:
        rules = [f"{rule.id}: {rule.message}" for rule in self.validationRules or ()]
        return "; ".join([*([self.transmissionRules] if self.transmissionRules else []), *rules])[:500]


class _Service(msgspec.Struct):
    documentType: str = ""  # noqa: N815


class _Participant(msgspec.Struct):
    participantId: str  # noqa: N815
    services: list[_Service] = []


class _Organization(msgspec.Struct):
    name: str


def _plain(reply: Reply) -> str:
    return reply.body[:500].decode("utf-8", "replace")
