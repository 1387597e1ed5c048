"""Read the ledger: its head, one entry's content, a stream in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import LedgerMissing


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where a company's chain ends."""

    company_id: UUID
    created_us: int
    """When the ledger was opened; part of the genesis hash."""
    count: int
    """Number of entries; the next entry's seq."""
    hash: bytes
    """Hash of the last entry, the genesis hash while there is none."""
    key_id: bytes
    """The company's document key; zeros while there is none."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is stored, nothing of it trusted: columns, hashed bytes, content."""

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
    canonical: bytes | None
    """Canonical JSON; None if it is missing or was not asked for."""
    attached: bytes | None


_HEAD = text("select company_id, created_us, count, hash, key_id from ledger_heads where company_id = :company_id")


async def head(db: AsyncConnection, company_id: UUID) -> Head:
    """The head as this transaction sees it. Raises `LedgerMissing`."""
    row = (await db.execute(_HEAD, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"company {company_id} has no ledger yet")
    return Head(**row._mapping)


async def content(db: AsyncConnection, company_id: UUID, seq: int) -> tuple[bytes, bytes | None]:
    """Canonical JSON and attached bytes of one entry, as hashed. Raises `LedgerMissing`."""
    raise NotImplementedError


def stream(db: AsyncConnection, company_id: UUID, first: int = 0, last: int | None = None) -> AsyncIterator[Record]:
    """Entries from seq `first` to `last` (both included; None: to the end), in order of seq."""
    raise NotImplementedError
