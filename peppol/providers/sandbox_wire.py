"""The sandbox network's HTTP interface, seen from both ends.

    POST /messages                      envelope; Idempotency-Key: <key>  -> 202 Accepted | 4xx/5xx Refused
    GET  /messages/{key}                -> 200 Tracked | 404
    GET  /participants/{id}/document-types?type=...   -> 200 Registered | 404
    GET  /inbox?after=<cursor>          -> 200 Inbox: references of envelopes that nobody acknowledged
    GET  /inbox/{reference}             -> 200 envelope | 404
    POST /inbox/{reference}/ack         -> 200 Acknowledged | 404
    calls to us, signed (peppol.signature):  envelope to `deliver_to`, `Told` to `tell`

Every call carries `Authorization: Bearer <token>`. A refusal that isn't a `Refused` is not the network's own word.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from peppol.statuses import Outcome

ENVELOPE_TYPE = "application/xml"
KEY_HEADER = "idempotency-key"


class Accepted(msgspec.Struct, frozen=True):
    """The network took the message (or had taken it before under this key)."""

    reference: str
    key: str
    accepted_at: datetime


class Reason(StrEnum):
    """Why a message was not taken."""

    REFUSED = "refused"
    """The message itself; the same bytes never pass."""
    KEY_REUSED = "key_reused"
    """The key belongs to other bytes."""
    NOT_REGISTERED = "not_registered"
    """The receiver doesn't take this document type."""
    SENDER_UNKNOWN = "sender_unknown"
    """The sender isn't a customer of this access point."""
    UNAUTHORISED = "unauthorised"
    BUSY = "busy"
    UNKNOWN = "unknown"
    """There is no such message, participant or fault."""


class Refused(msgspec.Struct, frozen=True):
    """The network's own word that it did not take a message."""

    reason: Reason
    detail: str


class Happened(msgspec.Struct, frozen=True):
    """One event of a message."""

    event_id: str
    key: str
    outcome: Outcome
    at: datetime
    reason: str = ""


class Tracked(msgspec.Struct, frozen=True):
    """A message and everything that happened to it."""

    accepted: Accepted
    events: tuple[Happened, ...]


class Told(msgspec.Struct, frozen=True):
    """Events that the network posts to the sender."""

    events: tuple[Happened, ...]


class Registered(msgspec.Struct, frozen=True):
    """A receiver that takes the type asked for, by this registered one."""

    participant: str
    document_type: str


class Inbox(msgspec.Struct, frozen=True):
    """What waits for participants that fetch instead of being called."""

    references: tuple[str, ...]
    cursor: str
    more: bool


class Acknowledged(msgspec.Struct, frozen=True):
    """The network knows that the receiver has it."""

    reference: str
