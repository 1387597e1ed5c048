"""Read the ledger: its head, one entry's content, a stream in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from ledger.errors import ContentErased, LedgerMissing
from ledger.record import Head, PublicKey, Record
from ledger.store import personal

BATCH_BYTES = 4 * 2**20
"""Content that one batch may bring into memory, unless a single entry is larger."""
BATCH_ENTRIES = 500

# No column may be null; where someone made one so, it reads as a value that no
# sound row has, for verification to find.
HEAD_COLUMNS = (
    "company_id, coalesce(created_us, -1) as created_us, coalesce(count, -1) as count, coalesce(hash, '') as hash, "
    "coalesce(key_id, '') as key_id, coalesce(origin, '') as origin, coalesce(peaks, '') as peaks"
)
_HEAD = text(f"select {HEAD_COLUMNS} from ledger_heads where company_id = :company_id")
_END = text(
    f"select {HEAD_COLUMNS}, "
    "(select max(seq) from ledger_entries where company_id = :company_id) as last_seq "
    "from ledger_heads where company_id = :company_id"
)
_CONTENT = text("select canonical, attached from ledger_contents where company_id = :company_id and seq = :seq")
_KEYS = text(
    "select company_id, coalesce(key_id, '') as key_id, coalesce(version, -1) as version, "
    "coalesce(purpose, '') as purpose, coalesce(algorithm, '') as algorithm, coalesce(spki, '') as spki, "
    "coalesce(added_seq, -1) as added_seq from signing_keys "
    "where company_id = :company_id order by signing_keys.added_seq, signing_keys.version"
)
_LINK_COLUMNS = (
    "e.company_id, e.seq, coalesce(e.kind, -1) as kind, coalesce(e.at_us, -1) as at_us, "
    "coalesce(e.series, chr(1)) as series, coalesce(e.number, chr(1)) as number, coalesce(e.body, '') as body, "
    "coalesce(e.entry_hash, '') as entry_hash, e.signature"
)
_ENTRY_COLUMNS = f"{_LINK_COLUMNS}, c.canonical, c.attached"
# The inner query takes sizes only (of content stored out of line, without reading it), the outer one what fits.
_BATCH = text(
    f"""
    select {_ENTRY_COLUMNS}
    from (
        select s.seq, sum(coalesce(octet_length(c.canonical), 0) + coalesce(octet_length(c.attached), 0))
            over (order by s.seq) as bytes
        from (
            select seq from ledger_entries
            where company_id = :company_id and seq between :first and :last order by seq limit :entries
        ) s
        left join ledger_contents c on c.company_id = :company_id and c.seq = s.seq
    ) sized
    join ledger_entries e on e.company_id = :company_id and e.seq = sized.seq
    left join ledger_contents c on c.company_id = :company_id and c.seq = sized.seq
    where sized.bytes <= :bytes or sized.seq = (
        select min(seq) from ledger_entries where company_id = :company_id and seq between :first and :last)
    order by e.seq
    """
)
_LINKS = text(
    f"""
    select {_LINK_COLUMNS} from ledger_entries e
    where e.company_id = :company_id and e.seq between :first and :last order by e.seq limit :entries
    """
)
_TIMELINE = text(
    f"""
    select {_ENTRY_COLUMNS}
    from ledger_entries e left join ledger_contents c on c.company_id = e.company_id and c.seq = e.seq
    where e.company_id = :company_id and e.series = :series and e.number = :number and e.number <> ''
        and left(e.number, 200) = left(:number, 200) and left(e.series, 200) = left(:series, 200)  -- as indexed
    order by e.seq limit :entries
    """
)
_FIRSTS = text(
    f"""
    select {_ENTRY_COLUMNS}
    from unnest(cast(:series as text[]), cast(:numbers as text[])) as d(series, number)
    cross join lateral (
        select * from ledger_entries e
        where e.company_id = :company_id and e.series = d.series and e.number = d.number and e.number <> ''
            and left(e.number, 200) = left(d.number, 200) and left(e.series, 200) = left(d.series, 200)  -- as indexed
        order by e.seq limit 1
    ) e
    left join ledger_contents c on c.company_id = e.company_id and c.seq = e.seq
    """
)
_SIZES = text(
    """
    select d.series, d.number, coalesce(octet_length(c.attached), octet_length(p.attached), 0) as bytes
    from unnest(cast(:series as text[]), cast(:numbers as text[])) as d(series, number)
    cross join lateral (
        select e.seq from ledger_entries e
        where e.company_id = :company_id and e.series = d.series and e.number = d.number and e.number <> ''
            and left(e.number, 200) = left(d.number, 200) and left(e.series, 200) = left(d.series, 200)  -- as indexed
        order by e.seq limit 1
    ) e
    left join ledger_contents c on c.company_id = :company_id and c.seq = e.seq
    left join personal_contents p on p.company_id = :company_id and p.seq = e.seq
    """
)
_MAX_SEQ = 2**63 - 1


async def head(db: AsyncConnection, company_id: UUID) -> Head:
    """The head as this transaction sees it. Raises `LedgerMissing`."""
    row = (await db.execute(_HEAD, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"company {company_id} has no ledger yet")
    return Head(**row._mapping)


async def end(db: AsyncConnection, company_id: UUID) -> tuple[Head, int | None]:
    """The head, and the greatest seq among the stored entries whatever the head says, in one snapshot.

    Raises `LedgerMissing`.
    """
    row = (await db.execute(_END, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"company {company_id} has no ledger yet")
    values = dict(row._mapping)
    last_seq: int | None = values.pop("last_seq")
    return Head(**values), last_seq


async def content(
    db: AsyncConnection, company_id: UUID, seq: int, *, keys: KeyStore | None = None
) -> tuple[bytes, bytes | None]:
    """Canonical JSON and attached bytes of one entry, as hashed; `keys` open what stands apart.

    Raises `ContentErased`, `LedgerMissing`, `CertsError`.
    """
    row = (await db.execute(_CONTENT, {"company_id": company_id, "seq": seq})).one_or_none()
    if row is not None:
        return row.canonical, row.attached
    found = await record(db, company_id, seq, keys=keys)
    if found.erased:
        raise ContentErased(f"the content of entry {seq} was erased: it was about a natural person")
    if found.canonical is None:
        raise LedgerMissing(f"the ledger of company {company_id} holds no content for entry {seq}")
    return found.canonical, found.attached


async def record(db: AsyncConnection, company_id: UUID, seq: int, *, keys: KeyStore | None = None) -> Record:
    """One entry with its content; `keys` open what stands apart. Raises `LedgerMissing`, `CertsError`."""
    found = await batch(db, company_id, seq, seq, keys=keys)
    if not found:
        raise LedgerMissing(f"the ledger of company {company_id} holds no entry {seq}")
    return found[0]


async def public_keys(db: AsyncConnection, company_id: UUID) -> list[PublicKey]:
    """Every public key the company ever had, oldest first."""
    return [PublicKey(**row._mapping) for row in await db.execute(_KEYS, {"company_id": company_id})]


async def batch(
    db: AsyncConnection,
    company_id: UUID,
    first: int,
    last: int | None = None,
    *,
    entries: int = BATCH_ENTRIES,
    contents: bool = True,
    keys: KeyStore | None = None,
) -> list[Record]:
    """The next entries from seq `first`, at most `entries`, content of `BATCH_BYTES` or a single larger one.

    `contents`: False leaves canonical JSON and attached bytes out. `keys` open what stands apart
    (`ledger.store.personal`); without them it stays closed. Raises `CertsError`.
    """
    given: dict[str, UUID | int] = {
        "company_id": company_id,
        "first": first,
        "last": _MAX_SEQ if last is None else last,
        "entries": entries,
    }
    if contents:
        given["bytes"] = BATCH_BYTES
    found = [Record(**row._mapping) for row in await db.execute(_BATCH if contents else _LINKS, given)]
    return await personal.opened(db, company_id, found, keys) if contents else found


async def stream(
    db: AsyncConnection, company_id: UUID, first: int = 0, last: int | None = None, *, keys: KeyStore | None = None
) -> AsyncIterator[Record]:
    """Entries from seq `first` to `last` (both included; None: to the end), in order of seq, in bounded memory."""
    while records := await batch(db, company_id, first, last, keys=keys):
        for record in records:
            yield record
        first = records[-1].seq + 1


async def timeline(
    db: AsyncConnection,
    company_id: UUID,
    series: str,
    number: str,
    *,
    entries: int = 1_000,
    keys: KeyStore | None = None,
) -> list[Record]:
    """All entries about one document, in order of seq; `keys` open what stands apart. Raises `CertsError`."""
    given = {"company_id": company_id, "series": series, "number": number, "entries": entries}
    found = [Record(**row._mapping) for row in await db.execute(_TIMELINE, given)]
    return await personal.opened(db, company_id, found, keys)


async def firsts(
    db: AsyncConnection, company_id: UUID, documents: Sequence[tuple[str, str]], *, keys: KeyStore | None = None
) -> dict[tuple[str, str], Record]:
    """The first entry about each document (series, number): the document itself. Raises `CertsError`."""
    given = {
        "company_id": company_id,
        "series": [series for series, _ in documents],
        "numbers": [number for _, number in documents],
    }
    found = [Record(**row._mapping) for row in await db.execute(_FIRSTS, given)]
    return {(record.series, record.number): record for record in await personal.opened(db, company_id, found, keys)}


async def sizes(
    db: AsyncConnection, company_id: UUID, documents: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """About how many bytes are attached to the first entry about each document (series, number); reads none of them."""
    given = {
        "company_id": company_id,
        "series": [series for series, _ in documents],
        "numbers": [number for _, number in documents],
    }
    return {(row.series, row.number): row.bytes for row in await db.execute(_SIZES, given)}
