"""What is stored, as it is stored: nothing in these Structs is trusted before `ledger.verify` has seen it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where a company's chain ends."""

    company_id: UUID
    created_us: int
    """When the ledger was opened, microseconds since the epoch; part of the genesis hash."""
    count: int
    """Number of entries; the next entry's seq."""
    hash: bytes
    """Hash of the last entry; the genesis hash while there is none."""
    key_id: bytes
    """The company's document key; zeros while there is none."""
    origin: str
    """What the ledger is called in its checkpoints."""
    peaks: bytes
    """The Merkle tree's frontier (`ledger.merkle.Frontier`), 32 bytes each."""


class Record(msgspec.Struct, frozen=True):
    """An entry: the columns it is searched by, the hashed bytes, the content."""

    company_id: UUID
    seq: int
    kind: int
    at_us: int
    series: str
    number: str
    body: bytes
    """The bytes that were hashed (`ledger.entry`)."""
    entry_hash: bytes
    signature: bytes | None
    canonical: bytes | None = None
    """Canonical JSON; None if it is missing or was not asked for."""
    attached: bytes | None = None
    """The XML or other bytes."""
    apart: bool = False
    """The content is a natural person's and stands apart, encrypted; None above means that it wasn't opened."""
    erased: bool = False
    """It can't be opened any more: its key was destroyed."""


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of public keys."""

    company_id: UUID
    key_id: bytes
    version: int
    """1, 2, 3 ... for each company and purpose."""
    purpose: str
    algorithm: str
    spki: bytes
    """DER SubjectPublicKeyInfo."""
    added_seq: int
    """The entry that added it."""


class Checkpoint(msgspec.Struct, frozen=True):
    """A row of the table of checkpoints."""

    company_id: UUID
    size: int
    """About the first so many entries."""
    root: bytes
    note: bytes
    """The signed note (`ledger.checkpoint`), as signed."""
    at_us: int
    """When, microseconds since the epoch: the time of the batch it was made for."""


class Node(msgspec.Struct, frozen=True):
    """A row of the table of the Merkle tree's nodes: the root of a full subtree."""

    company_id: UUID
    level: int
    """It holds `2**level` entries."""
    idx: int
    """From seq `idx * 2**level` on."""
    hash: bytes


def in_force(keys: Sequence[PublicKey], head: Head) -> frozenset[bytes]:
    """Ids of the keys that sign now, as the tables say: the head's document key, the newest of each other purpose."""
    newest = {key.purpose: key.key_id for key in sorted(keys, key=lambda key: key.version)}
    return frozenset({head.key_id, *(key_id for purpose, key_id in newest.items() if purpose != "document")})
