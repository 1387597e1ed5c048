"""What a bundle needs besides its entries: checkpoints of the range, and the entries elsewhere that explain it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from ledger.errors import LedgerMissing
from ledger.record import Checkpoint, Record
from ledger.store.read import record

MOST_NOTES = 1_024
"""Checkpoints of a range that are all taken along; of more the last of each `NOTES_STEP` entries."""
NOTES_STEP = 64
_AT_ONCE = 500

_NEWEST = text(
    "select company_id, size, root, note, at_us from ledger_checkpoints "
    "where company_id = :company_id order by size desc limit 1"
)
_SIZES = text(
    "select size from ledger_checkpoints "
    "where company_id = :company_id and size between :first and :end order by size limit :most"
)
_LAST_SIZES = text(
    "select max(size) as size from ledger_checkpoints "
    "where company_id = :company_id and size between :first and :end group by (size - 1) / :step order by 1"
)
_NOTES = text("select note from ledger_checkpoints where company_id = :company_id and size = any(:sizes) order by size")
_KEY_EVENTS = text(
    "select seq from ledger_entries where company_id = :company_id and kind in (11, 12) "
    "and seq < :size and not seq between :first and :last order by seq"
)
_ERASURES = text(
    "select e.seq from ledger_entries e where e.company_id = :company_id and e.kind = 20 "
    "and e.seq > :last and e.seq < :size "
    "and (e.series, e.number) in (select * from unnest(cast(:series as text[]), cast(:numbers as text[]))) "
    "order by e.seq"
)


async def newest(db: AsyncConnection, company_id: UUID) -> Checkpoint:
    """The newest checkpoint. Raises `LedgerMissing`."""
    row = (await db.execute(_NEWEST, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"the ledger of company {company_id} has no checkpoint yet")
    return Checkpoint(**row._mapping)


async def note_sizes(
    db: AsyncConnection, company_id: UUID, first: int, end: int, *, also: Collection[int] = ()
) -> list[int]:
    """Sizes from `first` to `end` whose checkpoints are taken along, in order; `also`: these in any case."""
    given = {"company_id": company_id, "first": first, "end": end}
    sizes = list((await db.execute(_SIZES, {**given, "most": MOST_NOTES + 1})).scalars())
    if len(sizes) > MOST_NOTES:
        sizes = list((await db.execute(_LAST_SIZES, {**given, "step": NOTES_STEP})).scalars())
    return sorted({*sizes, *also})


async def notes(db: AsyncConnection, company_id: UUID, sizes: list[int]) -> AsyncIterator[list[bytes]]:
    """The checkpoints of these sizes, some hundreds at a time."""
    for start in range(0, len(sizes), _AT_ONCE):
        given = {"company_id": company_id, "sizes": sizes[start : start + _AT_ONCE]}
        yield list((await db.execute(_NOTES, given)).scalars())


async def outside(
    db: AsyncConnection,
    company_id: UUID,
    first: int,
    last: int,
    *,
    size: int,
    erased: Iterable[tuple[str, str]],
    keys: KeyStore,
) -> list[Record]:
    """Entries below `size` that a bundle of `first` to `last` can't be judged without, in order of seq.

    All about keys outside the range; and those behind it that say which of its documents were erased (`erased`: series
    and number). Raises `CertsError`.
    """
    given = {"company_id": company_id, "first": first, "last": last, "size": size}
    seqs = set((await db.execute(_KEY_EVENTS, given)).scalars())
    pairs = sorted(erased)
    if pairs:
        told = {"series": [series for series, _ in pairs], "numbers": [number for _, number in pairs]}
        seqs |= set((await db.execute(_ERASURES, {**given, **told})).scalars())
    return [await record(db, company_id, seq, keys=keys) for seq in sorted(seqs)]
