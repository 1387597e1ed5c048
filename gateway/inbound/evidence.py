"""What the ledger keeps of a received document beside the document itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from ledger import canonical
from ledger.entry import Kind, NewEntry


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """Stands in the sealed envelope where an invoice would: these bytes could not be read as one."""

    unreadable: bool
    xml_sha256: str


class Reception(msgspec.Struct, frozen=True, kw_only=True):
    """How the document came; binds the envelope's bytes to the document's."""

    document_id: UUID
    instance_id: str
    envelope_sha256: str
    envelope_rebuilt: bool = False
    """The provider handed over the document alone; the envelope was written here."""
    xml_sha256: str
    sender: str
    receiver: str
    document_type: str
    process: str
    provider: str
    reference: str
    """The provider's id of the hand-over."""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of ours took notice."""

    document_id: UUID
    xml_sha256: str
    acknowledged_by: str
    acknowledged_at: datetime
    note: str | None = None


def series_of(sender: str) -> str:
    """Stands as series in entries about received documents, so that two sellers' numbers never mix, nor with ours."""
    return f"received from {sender}"


def entry(kind: Kind, fact: Reception | Acknowledgement, *, sender: str, number: str | None) -> NewEntry:
    """The entry that records one step."""
    return NewEntry(kind=kind, canonical=canonical.dumps(fact), series=series_of(sender), number=number or "")
