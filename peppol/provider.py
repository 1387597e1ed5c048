"""The line to a service provider: few methods, and exactly what each may raise.

An adapter translates a provider's own errors into the tree of `peppol.errors` and raises nothing else. It holds no
state but its connection pool: the caller records intents and answers, and passes the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from peppol.errors import Precondition
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.message import Delivery, Health, Hint, InboundPage, Message, Registration, StatusEvent, Submission


class Capabilities(msgspec.Struct, frozen=True):
    """What a provider can do; the caller must cope where it can't."""

    idempotent: bool
    """A second submission under the same key is the first one."""
    finds_by_key: bool
    """`find` gives a reliable answer; without it an unknown outcome needs a person."""
    callbacks: bool
    """It calls us with statuses and deliveries."""
    largest_document: int
    """Bytes of the business document; more is a Permanent refusal without a call."""
    signed: bool = True
    """Its calls to us are proven; otherwise they are hints and the state is fetched."""
    needs_reference: bool = False
    """`status` needs the provider's own reference, because it doesn't know our key."""
    missing: Mapping[str, str] = {}
    """Methods that always raise Precondition, each with the reason: no public documentation describes such a call."""

    def absent(self, method: str) -> Precondition:
        """The error of a missing method."""
        return Precondition(f"This provider can't be asked ({method}): {self.missing[method]}")


class Provider(Protocol):
    """Corner 2 and corner 3 as we see them."""

    @property
    def name(self) -> str:
        """The adapter's name in `PROVIDERS`."""

    @property
    def host(self) -> str:
        """Host and port that its calls go to: what a circuit breaker goes by."""

    @property
    def capabilities(self) -> Capabilities:
        """Fixed for the life of the adapter; no call is made."""

    async def submit(self, message: Message, key: str) -> Submission:
        """Hand a message to corner 2 under an idempotency key.

        Temporary: surely not taken. Permanent: refused for what it is. Precondition: not taken, the cause is outside.
        OutcomeUnknown: it left us and may have been taken; call `find` before any second submission.
        """

    async def find(self, key: str) -> Submission | None:
        """The submission under this key; None where the provider surely has none.

        Temporary or Precondition where it can't tell, never None in such a case.
        """

    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:
        """Every event so far of this submission; order and repetition mean nothing. Raises like `find`.

        `reference`: of the `Submission`; Precondition where the provider needs it and it isn't given.
        """

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:
        """Whether a receiver takes this type; None: surely not registered. Raises like `find`: "can't tell"."""

    async def fetch_inbound(self, cursor: str) -> InboundPage:
        """What waits for us behind a cursor; the empty one is the beginning.

        The same may come again until `ack`, and after it: deliveries are told apart by instance id. Raises like `find`.
        """

    async def ack(self, reference: str) -> None:
        """Say that a delivery is kept for good, after the commit; saying it again is harmless.

        Temporary or OutcomeUnknown: say it again later. Precondition: it knows no such delivery, or refuses us.
        """

    async def health(self) -> Health:
        """Whether the provider answers and takes our credentials, by a call that changes nothing; never raises."""

    def open_delivery(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
        """A delivery that the provider posted to us. Forged unless its signature holds over these very bytes."""

    def open_statuses(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[StatusEvent | Hint, ...]:
        """Events that the provider posted to us. Forged unless its signature holds; Permanent where unreadable.

        A provider that doesn't sign gives hints, never events: the caller asks for the state.
        """

    async def close(self) -> None:
        """Release every connection."""
