"""A company's keys in the ledger: which one signs now, and how it is replaced."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore, Signer


async def current_signer(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> Signer:
    """The company's document key, opened. Raises `LedgerMissing` where it has none, and `CertsError`."""
    raise NotImplementedError


async def rotate_key(db: AsyncConnection, company_id: UUID, keys: KeyStore, *, now: datetime) -> Signer:
    """Give the company its first document key, or a new one and retire the old; both are ledger entries.

    The new key signs from the next entry on. Appends in this transaction (takes the head row).
    """
    raise NotImplementedError
