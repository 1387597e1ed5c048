"""What the ledger keeps of the steps of an issued document, beside the sealed document itself.

Each value becomes an entry's canonical JSON (RFC 8785) under the document's series and number; `xml_sha256` binds the
step to the very bytes it was about. Members may be added, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from ledger import canonical
from ledger.entry import Kind, NewEntry


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A second person agreed to send the document."""

    document_id: UUID
    xml_sha256: str
    approved_by: str
    approved_at: datetime
    makers: tuple[UUID, ...]
    """Who had made or changed it."""


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A person refused the document."""

    document_id: UUID
    xml_sha256: str
    rejected_by: str
    rejected_at: datetime
    reason: str


def entry(
    kind: Kind, fact: Approval | Rejection, *, series: str, number: str, personal: UUID | None = None
) -> NewEntry:
    """The entry that records one step; `personal`: the document, where its free text may name a natural person."""
    return NewEntry(kind=kind, canonical=canonical.dumps(fact), series=series, number=number, personal=personal)
