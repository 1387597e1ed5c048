"""Webhooks as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from gateway.webhooks.message import Message

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Description = Annotated[str, msgspec.Meta(max_length=200)]
Kinds = Annotated[list[str], msgspec.Meta(min_length=1, max_length=200)]

Paused = Literal["person", "gone", "failing"]
"""Why an endpoint is paused: somebody asked for it; it answered 410; nothing has reached it for three days."""

NEXT_STEPS: dict[Paused, str] = {
    "person": "Set `enabled` to true when it shall take deliveries again; what has waited goes out then.",
    "gone": "The receiver answered 410 Gone. Correct the URL if it moved, then set `enabled` to true; or delete it.",
    "failing": "No delivery has succeeded for three days. Mend the receiver, then set `enabled` to true: what has "
    "waited goes out then.",
}


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to post events to."""

    url: Url
    """`https://`, public; in test mode also `http://` and loopback. Put no secret into it: it is shown, the signature
    tells that we call."""
    kinds: Kinds = msgspec.field(default_factory=lambda: ["*"])
    """Kinds, families such as `invoice.*`, or `*` for everything; see `GET /v1/webhooks/kinds`."""
    description: Description = ""
    enabled: bool = True
    """False: it begins paused."""


class EndpointChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; the rest stays."""

    url: Url | msgspec.UnsetType = msgspec.UNSET
    kinds: Kinds | msgspec.UnsetType = msgspec.UNSET
    description: Description | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    """False pauses; true lets it take deliveries again, and what has waited goes out."""


class Rotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new secret beside the present one."""

    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24
    """For so long messages are signed with both; 0 ends the present one at once."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint and how it stands."""

    id: UUID
    url: str
    kinds: list[str]
    description: str
    enabled: bool
    paused_for: Paused | None
    """Null while it is enabled."""
    paused_at: datetime | None
    next_step: str | None
    """What to do about the pause."""
    failing_since: datetime | None
    """The first of the failures that no success has followed."""
    failures: int
    """Attempts since the last success."""
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None
    pending: int
    """Deliveries that wait; counted up to 1,000."""
    previous_secret_until: datetime | None
    """Until when messages are signed with the former secret as well."""
    created_by: str
    created_at: datetime
    changed_at: datetime


class MadeEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with its new secret."""

    endpoint: Endpoint
    secret: str
    """`whsec_` and base64; shown this once. HMAC-SHA256 takes the decoded bytes."""

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"MadeEndpoint({self.endpoint.id})"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One call."""

    number: int
    begun_at: datetime
    ended_at: datetime | None
    """Null while it is under way; or the worker was stopped meanwhile, and nobody knows what became of the call."""
    outcome: Literal["delivered", "failed", "gone"] | None
    status: int | None
    """HTTP, where there was an answer."""
    reason: str | None
    answer: str | None
    """The beginning of the answer, masked; at most 500 characters."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one endpoint."""

    id: UUID
    """Stands in `webhook-id` at every attempt; the event's id, so the same at every endpoint."""
    kind: str
    subject_id: UUID
    at: datetime
    """When the event happened."""
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    next_at: datetime | None
    """Not before; null where no attempt is to come."""
    delivered_at: datetime | None
    reason: str | None
    """Why it isn't delivered, or was given up."""
    tries: list[Attempt]
    """The latest 50, newest first."""


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries, newest event first."""

    deliveries: list[Delivery]
    next: UUID | None
    """Give it as `cursor` for older ones."""


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event."""

    kind: str
    description: str
    example: Message
    """What is posted."""


class KindList(msgspec.Struct, frozen=True, kw_only=True):
    """Every kind there is."""

    kinds: list[KindView]
    families: list[str]
    """What an endpoint may choose instead of single kinds."""
