"""Basware: known to us by OAuth 2.0, and so far not a way for our documents.

What is published of the Basware Network's API takes invoices as JSON in a model of Basware's own, from which Basware
writes another document; no published call takes a sealed PINT-AE document as it is. So every method but `health` raises
Precondition and says why, and nothing is sent that we couldn't prove. Credentials: `client_id`, `client_secret`;
option: `token_url`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from peppol.errors import Forged
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.message import Delivery, Health, Hint, InboundPage, Message, Registration, StatusEvent, Submission
from peppol.provider import Capabilities
from peppol.providers.account import ProviderAccount
from peppol.providers.auth import ClientCredentials
from peppol.providers.line import LIMITS, Limits, Line, probe

_MISSING = {
    "submit": "no published call of the Basware Network takes a PINT-AE document as it is",
    "find": "nothing can be submitted, so nothing can be found",
    "status": "no published call tells the state of a document that was sent as it is",
    "lookup": "no published call looks a receiver up by its id on the network",
    "fetch_inbound": "no published call hands over a received document as it came",
    "ack": "no published call hands over a received document as it came",
}


class BaswareProvider:
    """See `peppol.provider.Provider` for what each method guarantees and raises."""

    name = "basware"

    def __init__(self, account: ProviderAccount, *, limits: Limits = LIMITS) -> None:
        """Precondition where the account lacks a credential or the address of the token service."""
        self.capabilities = Capabilities(
            idempotent=False,
            finds_by_key=False,
            callbacks=False,
            largest_document=limits.largest_document,
            signed=False,
            missing=_MISSING,
        )
        secrets = account.credential("client_id"), account.credential("client_secret")
        self._line = Line(
            account.base_url,
            auth=ClientCredentials(account.address("token_url"), *secrets),
            timeout=limits.timeout,
            largest_answer=limits.largest_answer,
            public_only=account.public_only,
        )
        self.host = self._line.host

    async def submit(self, message: Message, key: str) -> Submission:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("submit")

    async def find(self, key: str) -> Submission | None:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("find")

    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:  # noqa: ARG002
        """Always Precondition."""
        raise self.capabilities.absent("status")

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
        """GET /v1/errorFeedbacks, with a token of POST /v1/tokens."""
        return await probe(self._line, "/v1/errorFeedbacks?pageSize=1", dict[str, msgspec.Raw])

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:  # noqa: ARG002
        """Always Forged."""
        raise Forged("Nothing is expected from Basware")

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:  # noqa: ARG002
        """Always Forged."""
        raise Forged("Nothing is expected from Basware")

    async def close(self) -> None:
        """Close the connection pool."""
        await self._line.close()
