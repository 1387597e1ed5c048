"""An envelope that a provider handed over, opened: what everything that arrives is told apart and worked on by."""

from __future__ import annotations

from uuid import UUID

import msgspec

from peppol import sbdh
from peppol.message import Delivery, Message

LARGEST_ENVELOPE = 32 * 1024 * 1024
"""Bytes; the network's own limit lies below."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What came, how, and what its header says; the document itself is unread."""

    envelope: bytes
    message: Message
    """The header, and the document's bytes."""
    verbatim: bool
    """The document is kept byte for byte; else it leaned on its envelope and was written anew."""
    rebuilt: bool
    """The provider handed over a bare document, and the envelope was written here (`peppol.rebuilt`)."""
    reference: str
    """The provider's id of the hand-over."""
    provider: str
    """The adapter's name."""
    account_id: UUID | None
    """The company's account that brought it; None: the installation's provider."""


class Receipt(msgspec.Struct, frozen=True):
    """What the network is told."""

    id: UUID
    """Ours, of what is kept."""
    duplicate: bool
    """It was here before; nothing new was made."""


def open_delivery(delivery: Delivery, *, provider: str, account_id: UUID | None) -> Opened:
    """Open an envelope. Pure; slow for a large one. Raises `peppol.errors.BadEnvelope`."""
    found = sbdh.read(delivery.envelope, limit=LARGEST_ENVELOPE)
    return Opened(
        envelope=delivery.envelope,
        message=found.message,
        verbatim=found.verbatim,
        rebuilt=delivery.rebuilt,
        reference=delivery.reference,
        provider=provider,
        account_id=account_id,
    )
