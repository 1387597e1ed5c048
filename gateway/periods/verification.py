"""Make every period close of a ledger again from its entries; reads only, and takes nothing that was kept on trust."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

import msgspec

from certs import KeyStore
from gateway.db import Database
from gateway.periods import queries
from gateway.periods.amounts import amounts_of
from gateway.periods.closing import READ
from ledger import store
from ledger.entry import Kind
from ledger.periods import Books
from ledger.record import Checkpoint, Record
from ledger.store.outline import Line, outline

KEPT = 20


class Wrong(msgspec.Struct, frozen=True):
    """A close that the entries don't come to."""

    seq: int
    detail: str


class Closes(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    checked: int
    """Closes that hold."""
    wrong: tuple[Wrong, ...]
    """The first 20 that don't."""


async def check_closes(database: Database, company_id: UUID, *, keys: KeyStore, count: int | None = None) -> Closes:
    """Every close among the first `count` entries (None: all there are now), each held against sums made anew.

    Constant memory. An entry that is missing ends it there: the verification of links names it. Raises `LedgerMissing`.
    """
    books, checked, wrong = Books(amounts_of), 0, list[Wrong]()
    async with database.company(company_id) as db:
        if not await queries.any_close(db, company_id):
            return Closes(checked=0, wrong=())
        if count is None:
            count = (await store.head(db, company_id)).count
    while books.size < count:
        async with database.company(company_id) as db:
            lines = await outline(db, company_id, books.size, count - 1, kinds=READ, keys=keys)
        if not lines or lines[0].seq != books.size:
            break
        good, found = await asyncio.to_thread(_check, books, lines)
        checked += good
        wrong += found
    return Closes(checked=checked, wrong=tuple(wrong[:KEPT]))


def closes_of(records: Iterable[Record | Checkpoint]) -> Closes:
    """The same for a ledger that was carried away in a file. Blocks."""
    lines = (
        Line(record.seq, record.kind, record.at_us, record.entry_hash, record.canonical)
        for record in records
        if isinstance(record, Record)
    )
    good, wrong = _check(Books(amounts_of), lines)
    return Closes(checked=good, wrong=tuple(wrong[:KEPT]))


def _check(books: Books, lines: Iterable[Line]) -> tuple[int, list[Wrong]]:
    good, wrong = 0, list[Wrong]()
    for line in lines:
        if line.seq != books.size:
            break
        fault = books.add(kind=line.kind, at_us=line.at_us, entry_hash=line.entry_hash, canonical=line.canonical)
        if fault is not None:
            wrong.append(Wrong(line.seq, fault))
        else:
            good += line.kind == Kind.PERIOD_CLOSE
    return good, wrong
