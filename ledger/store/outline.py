"""Read what sums over a ledger need: every entry's kind, time and hash, and the canonical JSON of a few kinds."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from ledger.entry import Kind
from ledger.store import personal

LINES = 1_000
CONTENT_BYTES = 4 * 2**20
"""Canonical JSON that one batch may bring into memory, unless a single entry has more."""

_LINES = text(
    "select seq, kind, at_us, entry_hash from ledger_entries "
    "where company_id = :company_id and seq between :first and :last order by seq limit :most"
)
_SIZES = text(
    "select seq, octet_length(canonical) as bytes from ledger_contents "
    "where company_id = :company_id and seq = any(:seqs) order by seq"
)
_ABOUT = text(
    "select e.seq, e.kind, e.at_us, e.entry_hash, case when e.kind = any(:wanted) then c.canonical end as canonical "
    "from ledger_entries e left join ledger_contents c on c.company_id = e.company_id and c.seq = e.seq "
    "where e.company_id = :company_id and e.series = :series and e.number = :number and e.number <> '' "
    "and left(e.number, 200) = left(:number, 200) and left(e.series, 200) = left(:series, 200) "  # as indexed
    "order by e.seq limit :most"
)
_CONTENTS = text(
    "select seq, canonical from ledger_contents where company_id = :company_id and seq = any(:seqs) order by seq"
)


class Line(msgspec.Struct, frozen=True):
    """An entry without its bytes."""

    seq: int
    kind: int
    at_us: int
    entry_hash: bytes
    canonical: bytes | None = None
    """Of the wanted kinds; None where it is missing or was erased."""


async def outline(
    db: AsyncConnection,
    company_id: UUID,
    first: int,
    last: int,
    *,
    kinds: Collection[Kind],
    keys: KeyStore,
) -> list[Line]:
    """The next lines from seq `first`, none behind `last`; empty where there are none. Raises `CertsError`."""
    given = {"company_id": company_id, "first": first, "last": last, "most": LINES}
    lines = [Line(row.seq, row.kind, row.at_us, row.entry_hash) for row in await db.execute(_LINES, given)]
    wanted = [line.seq for line in lines if line.kind in kinds]
    sizes = (await db.execute(_SIZES, {"company_id": company_id, "seqs": wanted})).all()
    held, fitting = 0, list[int]()
    for row in sizes:
        held += row.bytes
        if fitting and held > CONTENT_BYTES:
            lines = [line for line in lines if line.seq < row.seq]
            break
        fitting.append(row.seq)
    contents = {
        row.seq: row.canonical for row in await db.execute(_CONTENTS, {"company_id": company_id, "seqs": fitting})
    }
    if len(sizes) < len(wanted):
        shown = {line.seq for line in lines}.intersection(wanted) - contents.keys()
        contents |= await personal.canonicals(db, company_id, sorted(shown), keys)
    return [msgspec.structs.replace(line, canonical=contents.get(line.seq)) for line in lines]


async def about(
    db: AsyncConnection, company_id: UUID, series: str, number: str, *, kinds: Collection[Kind], keys: KeyStore
) -> list[Line]:
    """The lines about one document, in order of seq; documents themselves are large, so only `kinds` bring content."""
    given = {"company_id": company_id, "series": series, "number": number, "wanted": list(kinds), "most": LINES}
    lines = [Line(**row._mapping) for row in await db.execute(_ABOUT, given)]
    apart = [line.seq for line in lines if line.kind in kinds and line.canonical is None]
    contents = await personal.canonicals(db, company_id, apart, keys) if apart else {}
    return [msgspec.structs.replace(line, canonical=line.canonical or contents.get(line.seq)) for line in lines]
