"""All that crosses the provider's line: a message out, the answers to it, a delivery in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from peppol.identifiers import DocumentTypeId, ParticipantId, ProcessId
from peppol.statuses import Outcome


class MlsType(StrEnum):
    """When the sender wants a Message Level Status (MLS 1.1.0, SBDH scope MLS_TYPE)."""

    FAILURE_ONLY = "FAILURE_ONLY"
    ALWAYS_SEND = "ALWAYS_SEND"


class Message(msgspec.Struct, frozen=True):
    """One business document and where it goes: the content of a Peppol envelope (SBDH 2.0.2)."""

    instance_id: str
    """InstanceIdentifier: names this exchange for ever; statuses, reports and duplicates are matched by it."""
    sender: ParticipantId
    """Corner 1; equal to the seller's EndpointID (the buyer's in self-billing)."""
    receiver: ParticipantId
    """Corner 4; equal to the buyer's EndpointID."""
    document_type: DocumentTypeId
    process: ProcessId
    country_c1: str
    """ISO 3166-1 alpha-2 country of corner 1."""
    created_at: datetime
    """When the envelope was made; aware."""
    document: bytes
    """The business document, UTF-8 XML. `sbdh` says which of these bytes the envelope keeps."""
    mls_to: ParticipantId | None = None
    """Service provider (0242) that shall get the Message Level Status; absent: the sender's access point."""
    mls_type: MlsType | None = None


class Submission(msgspec.Struct, frozen=True):
    """Corner 2 took the message: its word, with what proves it."""

    reference: str
    """The provider's own id of the exchange."""
    key: str
    """The idempotency key it was submitted under."""
    accepted_at: datetime
    evidence: bytes
    """The provider's answer, byte for byte up to a bound, and without our credentials where it repeats them."""


class StatusEvent(msgspec.Struct, frozen=True):
    """One thing that happened to a message after corner 2 took it."""

    event_id: str
    """Unique per provider: the same event may arrive many times, by poll and by callback."""
    key: str
    """The idempotency key of the submission it speaks of."""
    outcome: Outcome
    at: datetime
    """When it happened, by the provider's clock; aware."""
    reason: str = ""
    """Why, where the outcome is a refusal; plain text for a person."""
    evidence: bytes = b""
    """The report; bounded and without our credentials like a `Submission`'s, where it was asked for."""


class Concern(StrEnum):
    """What an unproven event is about."""

    SUBMISSION = "submission"
    """Something happened to a message of ours: ask `status`."""
    INBOX = "inbox"
    """Something may have come for us: ask `fetch_inbound`."""


class Hint(msgspec.Struct, frozen=True):
    """An event whose sender isn't proven: a reason to ask the provider, and nothing else of it may be believed."""

    concern: Concern
    reference: str
    """The provider's own id, as the event tells it; empty where it tells none."""
    key: str = ""
    """The idempotency key, where the event tells it."""


class Delivery(msgspec.Struct, frozen=True):
    """An envelope that corner 3 hands over, proven to come from the provider."""

    envelope: bytes
    """The Standard Business Document: byte for byte, or written here where `rebuilt`."""
    reference: str
    """The provider's own id of this hand-over; what `ack` takes."""
    rebuilt: bool = False
    """The provider hands over the document without its envelope; the header is ours, from what the provider says."""


class Unreadable(msgspec.Struct, frozen=True):
    """Something that came and is no envelope, or nothing this gateway knows: to be kept and shown to a person."""

    reference: str
    """What `ack` takes, once it is kept."""
    content: bytes
    reason: str


class InboundPage(msgspec.Struct, frozen=True):
    """Some of what waits for us, oldest first. Everything in it is acknowledged by its reference once it is kept."""

    deliveries: tuple[Delivery, ...]
    cursor: str
    """Where the next page begins."""
    more: bool
    """More waits behind the cursor now."""
    events: tuple[StatusEvent, ...] = ()
    """Statuses of ours that the provider keeps in the same queue; acknowledged by their event id."""
    unreadable: tuple[Unreadable, ...] = ()


class Condition(StrEnum):
    """How a provider stands to us."""

    WELL = "well"
    """It answers and takes our credentials."""
    REFUSES_US = "refuses_us"
    """It answers and refuses credentials, account or address: a person must act."""
    UNREACHABLE = "unreachable"
    """It doesn't answer, or fails."""


class Health(msgspec.Struct, frozen=True):
    """What a provider's own answer says about it, just now."""

    condition: Condition
    detail: str = ""
    """Why, where it isn't well; plain text for an operator."""


class Registration(msgspec.Struct, frozen=True):
    """What the network knows of a receiver for one kind of document."""

    participant: ParticipantId
    document_type: DocumentTypeId
    """The registered type that matched, perhaps a wildcard."""
