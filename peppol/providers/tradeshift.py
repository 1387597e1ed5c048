"""Tradeshift (External API): documents and dispatches under UUIDs that we choose, so a repetition is the same one.

The document lies under the key, its dispatch under a UUID derived from it; a document that is dispatched already is
never written again. Options: `tenant_id`, Tradeshift's id of the company; `profile_invoice`, `profile_creditnote`, the
document profiles to use. Credentials: `token` (a bearer token); or `client_id` and `client_secret` with the option
`token_url` (OAuth 2.0); or `consumer_key`, `consumer_secret`, `token`, `token_secret` (OAuth 1.0a, which Tradeshift
keeps for old applications).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID, uuid5

import httpx
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
from peppol.providers.auth import ClientCredentials, OAuth1, bearer
from peppol.providers.evidence import evidenced
from peppol.providers.line import (
    LARGEST_ANSWER,
    LIMITS,
    Limits,
    Line,
    Overlong,
    Reply,
    probe,
    read,
    refusal,
    uncertain,
    withheld,
)
from peppol.statuses import Outcome

_DISPATCH = b'<DispatchRequest xmlns="http://tradeshift.com/api/public/1.0"/>'
_KEPT = "involinks-kept"
"""The tag of a document that we have."""
_PAGE = 20
_OUTCOMES = {"COMPLETED": Outcome.TAKEN, "FAILED": Outcome.UNDELIVERABLE}


class TradeshiftProvider:
    """See `peppol.provider.Provider` for what each method guarantees and raises."""

    name = "tradeshift"

    def __init__(self, account: ProviderAccount, *, limits: Limits = LIMITS) -> None:
        """Precondition where the account lacks the tenant or a complete set of credentials."""
        self.capabilities = Capabilities(
            idempotent=True,
            finds_by_key=True,
            callbacks=True,
            signed=False,
            largest_document=limits.largest_document,
            missing={"lookup": "Tradeshift's search knows the companies there, not registrations on the network"},
        )
        self._limits, self._options = limits, account.options
        self._line = Line(
            account.base_url,
            auth=_auth(account),
            headers={"x-tradeshift-tenantid": account.option("tenant_id")},
            timeout=limits.timeout,
            largest_answer=limits.largest_answer,
            public_only=account.public_only,
        )
        self.host = self._line.host

    @evidenced
    async def submit(self, message: Message, key: str) -> Submission:
        """PUT /documents/{key}, then PUT /documents/{key}/dispatches/{derived}: only the second sends anything."""
        self._limits.check(message.document)
        document = _uuid(key)
        if (earlier := await self.find(key)) is not None:
            return earlier
        await self._store(document, message)
        dispatch = uuid5(document, "dispatch")
        path, headers = f"{_path(document)}/dispatches/{dispatch}", {"content-type": "text/xml"}
        reply = await self._line.send("PUT", path, headers=headers, body=_DISPATCH)
        if reply.status == 201:
            return Submission(str(dispatch), key, reply.at, reply.body or b"HTTP 201 Created")
        if reply.status == 400:
            raise Permanent(f"Tradeshift refuses to dispatch the document: {_told(reply)}")
        if reply.status < 300 or reply.status == 409:
            raise OutcomeUnknown(f"Tradeshift answered HTTP {reply.status}, which doesn't say that this call sent it")
        raise uncertain(reply) or refusal(reply)

    @evidenced
    async def find(self, key: str) -> Submission | None:
        """GET /documents/{key}/dispatches/latest."""
        dispatch, body = await self._latest(key)
        return Submission(dispatch.DispatchId, key, dispatch.Created, body) if dispatch else None

    @evidenced
    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:  # noqa: ARG002  it knows keys
        """GET /documents/{key}/dispatches/latest: states on the way tell nothing."""
        dispatch, body = await self._latest(key)
        if dispatch is None or (outcome := _OUTCOMES.get(dispatch.DispatchState)) is None:
            return ()
        event_id = f"{dispatch.DispatchId}/{dispatch.DispatchState}"
        return (StatusEvent(event_id, key, outcome, dispatch.LastStateChange, evidence=body),)

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("lookup")

    async def fetch_inbound(self, cursor: str) -> InboundPage:
        """GET /documents with the tag of the inbox and without ours, then GET /documents/{id}/original for each.

        One that can't be had just now is left for later, unless none can.
        """
        page = cursor if cursor.isascii() and cursor.isdigit() else "0"
        query = urlencode(
            {"stag": "inbox", "withouttag": _KEPT, "page": page, "limit": str(_PAGE), "ascending": "true"}
        )
        headers = {"accept": "application/json"}
        listed = read(await self._line.ask("GET", f"/rest/external/documents?{query}", headers=headers), _Listed)
        deliveries, unreadable = list[Delivery](), list[Unreadable]()
        late: Temporary | None = None
        held = 0
        for item in listed.Document:
            if held > LARGEST_ANSWER:  # the rest comes with the same page, once these have left it
                return InboundPage(tuple(deliveries), cursor, more=True, unreadable=tuple(unreadable))
            path = f"/rest/external/documents/{quote(item.DocumentId, safe='')}/original"
            try:
                reply = await self._line.ask("GET", path, headers={"accept": "*/*"})
                if (reason := withheld(reply)) is not None:
                    unreadable.append(Unreadable(item.DocumentId, reply.body, reason))
                    continue
                if reply.status != 200:
                    raise refusal(reply)
                held += len(reply.body)
                envelope = rebuilt.envelope(reply.body, instance_id=item.DocumentId)
                deliveries.append(Delivery(envelope, item.DocumentId, rebuilt=True))
            except Overlong as error:
                unreadable.append(Unreadable(item.DocumentId, b"", f"{error}; look for it there"))
            except Temporary as error:
                late = error
            except BadEnvelope as error:
                unreadable.append(Unreadable(item.DocumentId, reply.body, str(error)))
        if late is not None and not (deliveries or unreadable):
            raise late
        more = listed.pageId + 1 < listed.numPages
        following = str(listed.pageId + 1) if more else ""
        return InboundPage(tuple(deliveries), following, more, unreadable=tuple(unreadable))

    async def ack(self, reference: str) -> None:
        """PUT /documents/{id}/tags/{ours}; repeating it changes nothing."""
        reply = await self._line.send("PUT", f"/rest/external/documents/{quote(reference, safe='')}/tags/{_KEPT}")
        if reply.status != 201:
            if reply.status < 300:
                raise OutcomeUnknown(f"Tradeshift answered HTTP {reply.status}, which doesn't say that it took the tag")
            raise uncertain(reply) or refusal(reply)

    async def health(self) -> Health:
        """GET /account/info."""
        return await probe(self._line, "/rest/external/account/info", _Account)

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:  # noqa: ARG002
        """Always Forged: documents are fetched."""
        raise Forged("Tradeshift doesn't sign; its documents are fetched")

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:  # noqa: ARG002
        """Two hints, whatever the body says: its form isn't published."""
        return (Hint(Concern.SUBMISSION, ""), Hint(Concern.INBOX, ""))

    async def close(self) -> None:
        """Close the connection pool."""
        await self._line.close()

    async def _store(self, document: UUID, message: Message) -> None:
        """Nothing is sent by this, so a lost answer is as good as none."""
        name = f"profile_{message.document_type.local_name.lower()}"
        if not (profile := self._options.get(name, "")):
            raise Precondition(f"The provider account lacks the option {name!r}")
        query = urlencode({"draft": "false", "documentProfileId": profile})
        headers = {"content-type": "text/xml"}
        reply = await self._line.ask("PUT", f"{_path(document)}?{query}", headers=headers, body=message.document)
        if reply.status == 400:
            raise Permanent(f"Tradeshift refuses the document: {_told(reply)}")
        if reply.status != 204:
            raise refusal(reply)

    async def _latest(self, key: str) -> tuple[_Dispatch | None, bytes]:
        headers = {"accept": "application/json"}
        reply = await self._line.ask("GET", f"{_path(_uuid(key))}/dispatches/latest", headers=headers)
        return (None, b"") if reply.status == 404 else (read(reply, _Dispatch), reply.body)


_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Dispatch(msgspec.Struct):
    DispatchId: str
    DispatchState: str
    Created: _Instant
    LastStateChange: _Instant


class _Item(msgspec.Struct):
    DocumentId: str


class _Listed(msgspec.Struct):
    numPages: int  # noqa: N815  its names there
    pageId: int  # noqa: N815
    Document: list[_Item]


class _Account(msgspec.Struct):
    CompanyAccountId: str


class _Error(msgspec.Struct):
    ErrorCode: str = ""
    Message: str = ""


def _auth(account: ProviderAccount) -> httpx.Auth:
    known = account.credentials
    if "consumer_key" in known:
        return OAuth1(
            *(account.credential(each) for each in ("consumer_key", "consumer_secret", "token", "token_secret"))
        )
    if "client_id" in known:
        return ClientCredentials(
            account.address("token_url"), account.credential("client_id"), account.credential("client_secret")
        )
    return bearer(account.credential("token"))


def _uuid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Precondition("Tradeshift takes documents under UUIDs only; the key must be one") from None


def _path(document: UUID) -> str:
    return f"/rest/external/documents/{document}"


def _told(reply: Reply) -> str:
    error = reply.decode(_Error)
    return f"{error.ErrorCode}: {error.Message}"[:500] if error else f"HTTP {reply.status}"
