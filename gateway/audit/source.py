"""Where a verification reads from: the database, in short transactions, or a copy in a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol
from uuid import UUID

from certs import KeyStore
from gateway.db import Database
from ledger import copy, store
from ledger.record import Checkpoint, Head, Record
from ledger.report import Level
from ledger.since import Evidence, Proven
from ledger.store import scan, tree
from ledger.stretch import Batch
from ledger.verify import End, Joint

_COPY_BATCH = 100
_BLOCK = 256


class Source(Protocol):
    """One company's ledger, as stored."""

    async def head(self) -> Head:
        """Raises `LedgerMissing`."""
        ...

    async def batch(self, first: int, last: int) -> Batch:
        """The next records from seq `first`, none behind `last`; empty where there are none."""
        ...

    async def end(self, count: int) -> End:
        """Read once more, after the last of `count` records."""
        ...


class DatabaseSource:
    """The ledger in a database; every step is a transaction of its own, a long verification holds nothing up."""

    def __init__(
        self,
        database: Database,
        company_id: UUID,
        level: Level = Level.CHECKPOINTS,
        *,
        keys: KeyStore | None = None,
    ) -> None:
        """`level`: what it doesn't look at isn't read. `keys` open the content that stands apart."""
        self._database = database
        self._company_id = company_id
        self._level = level
        self._keys = keys

    async def head(self) -> Head:
        """See `Source`."""
        async with self._database.company(self._company_id) as db:
            return await store.head(db, self._company_id)

    async def batch(self, first: int, last: int) -> Batch:
        """See `Source`."""
        async with self._database.company(self._company_id) as db:
            return await scan.scan(db, self._company_id, first, last, self._level, self._keys)

    async def end(self, count: int) -> End:
        """See `Source`."""
        async with self._database.company(self._company_id) as db:
            return await scan.end(db, self._company_id, count)

    async def claim(self, size: int) -> Joint:
        """What is stored about the place behind `size` entries, unchecked. Raises `LedgerMissing`."""
        async with self._database.company(self._company_id) as db:
            return await scan.claim(db, self._company_id, size, self._level)

    async def evidence(self, size: int) -> Evidence:
        """What shows that the place behind `size` entries is the known one. Raises `LedgerError`."""
        company_id, first = self._company_id, (size - 1) // _BLOCK * _BLOCK
        async with self._database.company(company_id) as db:
            keys = [
                Proven(record, tuple(await tree.inclusion(db, company_id, record.seq, size)))
                for record in await scan.key_entries(db, company_id, size)
            ]
            return Evidence(
                peaks=await scan.peaks_at(db, company_id, first),
                first=first,
                records=await scan.links(db, company_id, first, size - 1),
                keys=keys,
                noted=await scan.is_noted(db, company_id, size),
            )


class CopySource:
    """The ledger in a file that `ledger.copy` wrote."""

    def __init__(self, path: Path) -> None:
        """Raises `CopyMalformed`, `OSError`."""
        self._opening = copy.read_opening(path)
        self._lines: Iterator[Record | Checkpoint] = copy.read_lines(path)
        self._last_seq: int | None = None
        self._last_checkpoint: int | None = None

    @property
    def company_id(self) -> UUID:
        """Whose ledger it says it is."""
        return self._opening.head.company_id

    async def head(self) -> Head:
        """See `Source`."""
        return self._opening.head

    async def batch(self, first: int, last: int) -> Batch:  # noqa: ARG002  # a file is read through, once
        """See `Source`; also what stands behind `last`, for the verification to find. Raises `CopyMalformed`."""
        lines = await asyncio.to_thread(lambda: list(islice(self._lines, _COPY_BATCH)))
        records = [line for line in lines if isinstance(line, Record)]
        notes = [line for line in lines if isinstance(line, Checkpoint)]
        if records:
            self._last_seq = max(record.seq for record in records)
        if notes:
            self._last_checkpoint = max(note.size for note in notes)
        return Batch(records, notes)

    async def end(self, count: int) -> End:  # noqa: ARG002  # a file doesn't grow
        """See `Source`."""
        while (await self.batch(0, 0)).records:
            pass
        return End(
            head=self._opening.head,
            last_seq=self._last_seq,
            keys=self._opening.keys,
            last_checkpoint=self._last_checkpoint,
        )
