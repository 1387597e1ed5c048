"""What the ledger keeps of responses. Each value becomes an entry's canonical JSON; members may be added, not renamed.

Ours is an entry of kind RESPONSE under the received document's series and number, with the UBL message attached and
signed by the company's document key. What a buyer answers is one of kind STATUS under the issued document's own, like
everything else that others say of it; what isn't believed is a STATUS about no document.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from gateway.outbox import Tried
from peppol.statuses import Outcome
from ubl.response import Clarification, Code


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What we said about a received document; the message itself is attached."""

    response_id: UUID
    document_id: UUID
    document_xml_sha256: str
    """Of the very bytes that are answered."""
    code: Code
    clarifications: tuple[Clarification, ...]
    note: str | None
    effective: date | None
    payment: str | None
    sender: str
    receiver: str
    answered_by: str
    answered_at: datetime


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """How a message came; binds its bytes in the storage."""

    received_id: UUID
    instance_id: str
    sender: str
    receiver: str
    envelope_sha256: str
    xml_sha256: str
    provider: str
    reference: str
    """The provider's id of the hand-over."""


class Told(Came, frozen=True, kw_only=True):
    """What the buyer said about an issued document; the message itself is attached. The first members are those of
    every status."""

    document_id: UUID
    transmission_id: UUID
    event_id: str
    """The instance id of the envelope."""
    outcome: Outcome
    at: datetime
    """When the buyer said it, by their clock, and at the latest when it came."""
    reason: str
    """In plain words."""
    report_sha256: str
    """Of the message."""
    response_number: str
    code: Code
    clarifications: tuple[Clarification, ...]
    note: str | None
    effective: date | None
    payment: str | None
    issued: date
    """The day that the message names."""


class Doubted(Came, frozen=True, kw_only=True):
    """A message that isn't believed, and why."""

    verdict: str
    why: str


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """Our access point has our response."""

    response_id: UUID
    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    account_id: UUID | None
    reference: str
    accepted_at: datetime
    answer_sha256: str
    attempts: tuple[Tried, ...]


class NotHanded(msgspec.Struct, frozen=True, kw_only=True):
    """Our access point surely doesn't have our response."""

    response_id: UUID
    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    account_id: UUID | None
    problem: str
    reason: str
    next_step: str
    attempts: tuple[Tried, ...]
