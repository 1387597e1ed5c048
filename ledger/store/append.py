"""Open a ledger and append to it: the only writes there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.entry import Entry, NewEntry
from ledger.store.read import Head


async def open_ledger(db: AsyncConnection, company_id: UUID, created: datetime) -> Head:
    """Open the company's ledger, empty; give it a key by `rotate_key` next. Raises `LedgerExists`."""
    raise NotImplementedError


async def append(db: AsyncConnection, company_id: UUID, news: Sequence[NewEntry], *, now: datetime) -> list[Entry]:
    """Append 1 to 1,000 entries of one company in the caller's transaction; returns them in their places.

    Hashes are made before the head row is locked; it stays locked until the caller commits, so append last.
    Raises `LedgerBusy` (nothing written: sign again where `KeyRotated`, and retry), `LedgerMissing`, `EntryMalformed`.
    """
    raise NotImplementedError
