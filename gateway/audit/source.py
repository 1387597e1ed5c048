"""Where a verification reads from: the database, in short transactions, or a copy in a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec

from gateway.db import Database
from ledger import copy, store
from ledger.record import Head, PublicKey, Record

_COPY_BATCH = 100


class End(msgspec.Struct, frozen=True):
    """How the ledger stands after its last entry was read; one snapshot."""

    head: Head
    last_seq: int | None
    keys: tuple[PublicKey, ...]


class Source(Protocol):
    """One company's ledger, as stored."""

    async def head(self) -> Head:
        """Raises `LedgerMissing`."""
        ...

    async def batch(self, first: int, last: int) -> list[Record]:
        """The next records from seq `first`, none behind `last`; empty where there are none."""
        ...

    async def end(self) -> End:
        """Read once more, after the last record."""
        ...


class DatabaseSource:
    """The ledger in a database; every step is a transaction of its own, a long verification holds nothing up."""

    def __init__(self, database: Database, company_id: UUID, *, contents: bool = True) -> None:
        """`contents`: False leaves the documents out, enough for links."""
        self._database = database
        self._company_id = company_id
        self._contents = contents

    async def head(self) -> Head:
        """See `Source`."""
        async with self._database.company(self._company_id) as db:
            return await store.head(db, self._company_id)

    async def batch(self, first: int, last: int) -> list[Record]:
        """See `Source`."""
        async with self._database.company(self._company_id) as db:
            return await store.batch(db, self._company_id, first, last, contents=self._contents)

    async def end(self) -> End:
        """See `Source`; head and last entry are read by one statement, since others append meanwhile."""
        async with self._database.company(self._company_id) as db:
            head, last_seq = await store.end(db, self._company_id)
            return End(head, last_seq, tuple(await store.public_keys(db, self._company_id)))


class CopySource:
    """The ledger in a file that `ledger.copy` wrote."""

    def __init__(self, path: Path) -> None:
        """Raises `CopyMalformed`, `OSError`."""
        self._opening = copy.read_opening(path)
        self._records: Iterator[Record] = copy.read_records(path)
        self._last_seq: int | None = None

    @property
    def company_id(self) -> UUID:
        """Whose ledger it says it is."""
        return self._opening.head.company_id

    async def head(self) -> Head:
        """See `Source`."""
        return self._opening.head

    async def batch(self, first: int, last: int) -> list[Record]:  # noqa: ARG002  # a file is read through, once
        """See `Source`; also what stands behind `last`, for the verification to find. Raises `CopyMalformed`."""
        records = await asyncio.to_thread(lambda: list(islice(self._records, _COPY_BATCH)))
        if records:
            self._last_seq = max(record.seq for record in records)
        return records

    async def end(self) -> End:
        """See `Source`."""
        while await self.batch(0, 0):
            pass
        return End(self._opening.head, self._last_seq, self._opening.keys)
