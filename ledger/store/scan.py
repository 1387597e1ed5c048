"""Read a ledger for verification: everything that is stored, in order of seq, in bounded memory.

Rows are taken from the driver itself, inside the caller's transaction: SQLAlchemy's own rows cost as much as checking
a link. No query joins, so no plan made while the tables were small can turn into a scan of whole tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import CertsError, KeyStore
from ledger.errors import LedgerMissing
from ledger.merkle import STORED, leaf, node
from ledger.record import Checkpoint, Head, Node, Record
from ledger.report import Level
from ledger.store import personal
from ledger.store.read import HEAD_COLUMNS, public_keys
from ledger.stretch import Batch, Gone, Joint
from ledger.verify import End

BATCH_BYTES = 8 * 2**20
"""Content that one batch may bring into memory, unless a single entry is larger."""
BATCH_ENTRIES = 1_024
LINK_ENTRIES = 4_096
"""Entries of a batch without content."""
_BLOCK = 1 << STORED
_LEAST = -(2**63)

# No column may be null; where someone made one so, it reads as a value that no sound row has.
_ENTRY_COLUMNS = (
    "seq, coalesce(kind, -1), coalesce(at_us, -1), coalesce(series, chr(1)), coalesce(number, chr(1)), "
    "coalesce(body, ''), coalesce(entry_hash, ''), signature"
)
_BETWEEN = "where company_id = $1 and seq between $2 and $3 order by seq"
_ENTRIES = f"select {_ENTRY_COLUMNS} from ledger_entries {_BETWEEN} limit $4"
_KEY_ENTRIES = (
    f"select {_ENTRY_COLUMNS} from ledger_entries where company_id = $1 and seq < $2 and kind in (11, 12) order by seq"
)
_SIZES = (
    "select seq, coalesce(octet_length(canonical), 0) + coalesce(octet_length(attached), 0) "
    f"from ledger_contents {_BETWEEN} limit $4"
)
_ERASURES = (
    "select seq, coalesce(series, ''), coalesce(number, '') from ledger_entries "
    "where company_id = $1 and seq >= $2 and kind = 20 order by seq"
)
_CONTENTS = f"select seq, canonical, attached from ledger_contents {_BETWEEN}"
_CHECKPOINTS = (
    "select size, coalesce(root, ''), coalesce(note, ''), coalesce(at_us, -1) from ledger_checkpoints "
    "where company_id = $1 and size > $2 and size <= $3 order by size"
)
_NODES = (
    "select n.level, n.idx, coalesce(n.hash, '') from generate_series(8, 56, 8) as l(level) cross join lateral "
    "(select level, idx, hash from ledger_nodes where company_id = $1 and level = l.level "
    "and idx >= $2::bigint >> l.level and idx < $3::bigint >> l.level) n"
)
_NODES_RANGE = (
    "select idx, coalesce(hash, '') from ledger_nodes "
    "where company_id = $1 and level = $2 and idx >= $3 and idx < $4 order by idx"
)
_END = text(
    f"select {HEAD_COLUMNS}, (select max(seq) from ledger_entries where company_id = :company_id) as last_seq, "
    "(select max(size) from ledger_checkpoints where company_id = :company_id) as last_checkpoint, "
    "(select count(*) from ledger_nodes where company_id = :company_id) as nodes "
    "from ledger_heads where company_id = :company_id"
)


async def scan(
    db: AsyncConnection, company_id: UUID, first: int, last: int, level: Level, keys: KeyStore | None = None
) -> Batch:
    """The next entries from seq `first`, none behind `last`, with what a verification of this level looks at.

    `keys` open content that stands apart; without them it stays closed.
    """
    driver = await _driver(db)
    if level == Level.LINKS:
        return Batch(await _links(driver, company_id, first, last, LINK_ENTRIES))
    last = await _within(driver, company_id, first, last)
    records = await _links(driver, company_id, first, last, BATCH_ENTRIES)
    if not records:
        return Batch(())
    records = await _with_contents(driver, company_id, records, first, records[-1].seq)
    records, unopened = await _opened(db, company_id, records, keys)
    last = records[-1].seq
    if level < Level.CHECKPOINTS:
        return Batch(records, unopened=unopened)
    below = first if first > 0 else _LEAST
    notes = await driver.fetch(_CHECKPOINTS, company_id, below, last + 1)
    nodes = await driver.fetch(_NODES, company_id, first, last + 1)
    return Batch(
        records,
        [Checkpoint(company_id, *row) for row in notes],
        [Node(company_id, *row) for row in nodes],
        unopened,
    )


async def links(db: AsyncConnection, company_id: UUID, first: int, last: int) -> list[Record]:
    """Entries without content from `first` to `last`."""
    return await _links(await _driver(db), company_id, first, last, last - first + 1)


async def end(db: AsyncConnection, company_id: UUID, count: int) -> End:
    """How the ledger stands now, `count` entries of which were looked at. Raises `LedgerMissing`."""
    keys = await public_keys(db, company_id)  # first, so that none of them is newer than the head
    row = (await db.execute(_END, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"company {company_id} has no ledger any more")
    values = dict(row._mapping)
    stored = {name: values.pop(name) for name in ("last_seq", "last_checkpoint", "nodes")}
    erasures = await (await _driver(db)).fetch(_ERASURES, company_id, count)
    return End(head=Head(**values), keys=tuple(keys), erasures=tuple(Gone(*row) for row in erasures), **stored)


async def key_entries(db: AsyncConnection, company_id: UUID, before: int) -> list[Record]:
    """The entries about keys before seq `before`, with content."""
    driver = await _driver(db)
    found = []
    for row in await driver.fetch(_KEY_ENTRIES, company_id, before):
        record = _record(company_id, row)
        found += await _with_contents(driver, company_id, [record], record.seq, record.seq)
    return found


async def is_noted(db: AsyncConnection, company_id: UUID, size: int) -> bool:
    """Whether a checkpoint of exactly this size is stored."""
    return bool(await (await _driver(db)).fetch(_CHECKPOINTS, company_id, size - 1, size))


async def peaks_at(db: AsyncConnection, company_id: UUID, size: int) -> bytes:
    """The frontier from the stored nodes, for a size that completes a block of 256. Raises `LedgerMissing`."""
    driver = await _driver(db)
    peaks: list[tuple[int, bytes]] = []
    for level in range(56, 0, -STORED):
        upper = size >> level
        rows = await driver.fetch(_NODES_RANGE, company_id, level, upper >> STORED << STORED, upper)
        if len(rows) != upper % _BLOCK:
            raise LedgerMissing(f"the tree of company {company_id} lacks nodes of level {level} before {size}")
        for _, value in rows:
            _push(peaks, level, value)
    return b"".join(value for _, value in peaks)


async def claim(db: AsyncConnection, company_id: UUID, size: int, level: Level) -> Joint:
    """The joint that the stored rows claim before entry `size`, at least 1; nothing of it is checked here.

    Raises `LedgerMissing` where rows are missing.
    """
    driver = await _driver(db)
    block = size & ~(_BLOCK - 1) if level >= Level.CHECKPOINTS else size - 1
    block = min(block, size - 1)
    records = await _links(driver, company_id, block, size - 1, size - block)
    if len(records) != size - block:
        raise LedgerMissing(f"the ledger of company {company_id} lacks entries before {size}")
    keys = tuple(await key_entries(db, company_id, size)) if level >= Level.SEALS else ()
    if level < Level.CHECKPOINTS:
        return Joint(size=size, previous=records[-1].entry_hash, keys=keys)
    full = size & ~(_BLOCK - 1)
    peaks = await peaks_at(db, company_id, full)
    pushed = _unfold(full, peaks)
    for record in records if full < size else ():
        _push(pushed, 0, leaf(record.entry_hash))
    return Joint(
        size=size,
        previous=records[-1].entry_hash,
        at_us=records[-1].at_us,
        noted=await is_noted(db, company_id, size),
        peaks=b"".join(value for _, value in pushed),
        keys=keys,
    )


def _push(peaks: list[tuple[int, bytes]], level: int, value: bytes) -> None:
    while peaks and peaks[-1][0] == level:
        value = node(peaks.pop()[1], value)
        level += 1
    peaks.append((level, value))


def _unfold(size: int, peaks: bytes) -> list[tuple[int, bytes]]:
    levels = [level for level in range(63, -1, -1) if size >> level & 1]
    return [(level, peaks[32 * i : 32 * i + 32]) for i, level in enumerate(levels)]


async def _within(driver: asyncpg.Connection, company_id: UUID, first: int, last: int) -> int:
    """The last seq whose content still fits into one batch with those before; at least the first that has content."""
    total = 0
    before = None
    for seq, size in await driver.fetch(_SIZES, company_id, first, last, BATCH_ENTRIES):
        total += size
        if total > BATCH_BYTES and before is not None:
            return cast(int, before)
        before = seq
    return last


async def _links(driver: asyncpg.Connection, company_id: UUID, first: int, last: int, most: int) -> list[Record]:
    return [_record(company_id, row) for row in await driver.fetch(_ENTRIES, company_id, first, last, most)]


async def _with_contents(
    driver: asyncpg.Connection, company_id: UUID, records: Sequence[Record], first: int, last: int
) -> list[Record]:
    rows = await driver.fetch(_CONTENTS, company_id, first, last)
    contents = {seq: (canonical, attached) for seq, canonical, attached in rows}
    return [
        Record(
            company_id, r.seq, r.kind, r.at_us, r.series, r.number, r.body, r.entry_hash, r.signature,
            *contents.get(r.seq, (None, None)),
        )
        for r in records
    ]  # fmt: skip


async def _opened(
    db: AsyncConnection, company_id: UUID, records: list[Record], keys: KeyStore | None
) -> tuple[list[Record], dict[int, str]]:
    """The records with content that stands apart, or as many as memory takes of them; and what didn't open."""
    try:
        return await personal.opened(db, company_id, records, keys), {}
    except CertsError:
        found, unopened = list[Record](), dict[int, str]()
        for record in records:
            try:
                found += await personal.opened(db, company_id, [record], keys)
            except CertsError as error:
                found.append(record)
                unopened[record.seq] = str(error)
        return found, unopened


def _record(company_id: UUID, row: Any) -> Record:
    return Record(company_id, *row)


async def _driver(db: AsyncConnection) -> asyncpg.Connection:
    """The driver's connection; SQLAlchemy begins its transaction with its own first statement, so it is in one."""
    raw = await db.get_raw_connection()
    return cast(asyncpg.Connection, raw.driver_connection)
