"""Write the closes that are due: days, months and years that have ended. Safe to repeat, to break off, to run twice.

Most of the ledger is read without holding anything up (`_read_on`); what is left is read under the head's lock, so that
no entry can come between the sums and the close that states them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import alarms
from gateway.db import Database
from gateway.periods import queries
from gateway.periods.amounts import amounts_of
from ledger import canonical, store
from ledger.entry import ISSUED, Kind, NewEntry, microseconds
from ledger.errors import LedgerError
from ledger.periods import Books, State
from ledger.store.append import lock_head
from ledger.store.outline import LINES, outline

READ = ISSUED | {Kind.PERIOD_CLOSE}
"""Kinds whose content the sums need."""
_MOST = 500
"""Closes of one append."""

_log = structlog.get_logger()


async def close_due(database: Database, company_id: UUID, *, keys: KeyStore, now: datetime) -> int:
    """Close everything that has ended; returns how many closes were written. Raises `LedgerMissing`, `LedgerBusy`."""
    while await _read_on(database, company_id, keys, now):
        pass
    async with database.company(company_id) as db:
        books = await _books(db, company_id)
        head = await lock_head(db, company_id)
        while books.size < head.count:
            await _add(db, company_id, books, head.count - 1, keys, now)
        await queries.keep_books(db, company_id, msgspec.json.encode(books.state))
        books.turn(microseconds(now))
        due = books.due[:_MOST]
        if due:
            news = [NewEntry(kind=Kind.PERIOD_CLOSE, canonical=canonical.dumps(close)) for close in due]
            entries = await store.append(db, company_id, news, now=now, keys=keys)
            for close, entry in zip(due, entries, strict=True):
                await queries.add_close(db, company_id, close, entry.seq)
        return len(due)


async def _read_on(database: Database, company_id: UUID, keys: KeyStore, now: datetime) -> bool:
    """Take one batch into the books and keep them; False once little is left."""
    async with database.company(company_id) as db:
        books = await _books(db, company_id)
        count = (await store.head(db, company_id)).count
        if count - books.size <= LINES:
            return False
        await _add(db, company_id, books, count - 1, keys, now)
        await queries.keep_books(db, company_id, msgspec.json.encode(books.state))
        return True


async def _add(db: AsyncConnection, company_id: UUID, books: Books, last: int, keys: KeyStore, now: datetime) -> None:
    lines = await outline(db, company_id, books.size, last, kinds=READ, keys=keys)
    if not lines or lines[0].seq != books.size:
        raise LedgerError(f"entry {books.size} of company {company_id} isn't there; verify the ledger")
    for line in lines:
        wrong = books.add(kind=line.kind, at_us=line.at_us, entry_hash=line.entry_hash, canonical=line.canonical)
        if wrong is not None:
            _log.error("period.wrong", company_id=str(company_id), seq=line.seq, detail=wrong)
            await alarms.sound(db, alarms.Alarm.PERIOD_WRONG, now=now)


async def _books(db: AsyncConnection, company_id: UUID) -> Books:
    kept = await queries.books(db, company_id)
    if kept is None:
        # A row that isn't there can't be held: the first closings would take books and head crosswise.
        await queries.open_books(db, company_id, msgspec.json.encode(State()))
        kept = await queries.books(db, company_id)
    return Books(amounts_of, msgspec.json.decode(kept, type=State) if kept is not None else None)
