"""What is posted: thin, and the same bytes at every attempt.

A message names what happened and to what, by ids and words of our own. No amount, name or address is in it, so nothing
has to be erased from it later, and whoever reads a log of the receiver learns nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from gateway.webhooks.kinds import KINDS, PLACES, family
from peppol import signature


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What it is about."""

    id: UUID
    """The document, key, person or endpoint it happened to."""
    about: str
    """What that is: the kind's family."""
    headline: str
    state: str | None = None
    """The state that the document entered with it."""
    outcome: str | None = None
    """What somebody else told of a document; `corner` says who."""
    corner: str | None = None
    url: str | None = None
    """Where to fetch what is known now, with an API key of your own."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message; JSON."""

    type: str
    """The event's kind."""
    timestamp: datetime
    """When it happened; UTC."""
    data: Data


def message(kind: str, subject_id: UUID, at: datetime, *, public_url: str) -> Message:
    """The message about one event. `public_url`: the installation's own address, without a slash behind."""
    about, _, happened = kind.partition(".")
    known, place = KINDS.get(kind), PLACES.get(family(kind))
    return Message(
        type=kind,
        timestamp=at.astimezone(UTC),
        data=Data(
            id=subject_id,
            about=about,
            headline=known.headline if known else kind,
            state=known.state if known else None,
            outcome=happened if known and known.corner else None,
            corner=known.corner if known else None,
            url=public_url + place.format(id=subject_id) if place else None,
        ),
    )


def headers(secrets: Iterable[bytes], message_id: UUID, body: bytes, at: datetime) -> Mapping[str, str]:
    """The headers of a call: one signature for each secret, the one that stays first.

    Standard Webhooks 1.0: `webhook-id` stays the same at every attempt, `webhook-timestamp` is the attempt's.
    """
    signed = [signature.sign(secret, str(message_id), body, at) for secret in secrets]
    joined = " ".join(one[signature.SIGNATURE] for one in signed)
    return {
        **signed[0],
        signature.SIGNATURE: joined,
        "content-type": "application/json",
        "user-agent": "InvoLinks-Webhooks/1",
    }
