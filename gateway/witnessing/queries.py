"""Rows of `witness_answers` and `ledger_timestamps`, and the checkpoints that are given away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.witnessing.models import AnswerView, StampView
from gateway.witnessing.outcomes import STANDINGS, Judged, Outcome, Standing
from ledger import checkpoint
from ledger.timestamp import Stamp

_ANSWER = "id, witness, outcome, size, told, at, note, detail"
_STAMP = "id, size, at, authority, note, leaf, leaves, root, path, token"

_NEWEST = text("select note from ledger_checkpoints where company_id = :company_id order by size desc limit 1")
# From name to name by the index: a busy company has hundreds of thousands of answers by a handful of witnesses.
_NAMES = """
    with recursive names(name) as (
        select min(witness) from witness_answers where company_id = :company_id
        union all
        select (select min(witness) from witness_answers where company_id = :company_id and witness > name)
        from names where name is not null
    )
"""
_LATEST = text(f"""{_NAMES}
    select a.* from names cross join lateral (select {_ANSWER} from witness_answers
        where company_id = :company_id and witness = name order by id desc limit 1) a
""")
_LATEST_OF = text(
    "select outcome from witness_answers where company_id = :company_id and witness = :witness order by id desc limit 1"
)
_GOOD = text(f"""{_NAMES}
    select name, (select max(size) from witness_answers where company_id = :company_id and witness = name and good)
        as size from names where name is not null
""")
_GOOD_OF = text("select max(size) from witness_answers where company_id = :company_id and witness = :witness and good")
_ANSWERS = text(
    f"select {_ANSWER} from witness_answers where company_id = :company_id "
    "and (cast(:before as uuid) is null or id < :before) order by id desc limit :most"
)
_NOTES = text(
    "select size, note from witness_answers where company_id = :company_id and outcome = 'cosigned' "
    "order by id desc limit :most"
)
_INSERT = text(
    "insert into witness_answers (company_id, id, witness, outcome, good, size, told, at, note, detail) "
    "values (:company_id, :id, :witness, :outcome, :good, :size, :told, :at, :note, :detail)"
)
_STAMPS = text(
    f"select {_STAMP} from ledger_timestamps where company_id = :company_id "
    "and (cast(:before as uuid) is null or id < :before) order by id desc limit :most"
)
_INSERT_STAMP = text(
    "insert into ledger_timestamps (company_id, id, size, note, at, authority, leaf, leaves, root, path, token) "
    "values (:company_id, :id, :size, :note, :at, :authority, :leaf, :leaves, :root, :path, :token)"
)
_DUE = text("select company_id, witness from witness_due(:kind, :witnesses, :every, :again, :refused, :now)")
_ALL_NEWEST = text("select company_id, note from newest_checkpoints()")


async def newest(db: AsyncConnection, company_id: UUID) -> bytes | None:
    """The newest checkpoint."""
    note: bytes | None = await db.scalar(_NEWEST, {"company_id": company_id})
    return note


async def good_sizes(db: AsyncConnection, company_id: UUID) -> dict[str, int]:
    """How many entries each witness vouched for at most; 0 for none."""
    return {row.name: row.size or 0 for row in await db.execute(_GOOD, {"company_id": company_id})}


async def good_size(db: AsyncConnection, company_id: UUID, witness: str) -> int:
    """How many entries one witness vouched for at most; 0 for none."""
    return int(await db.scalar(_GOOD_OF, {"company_id": company_id, "witness": witness}) or 0)


async def latest_outcome(db: AsyncConnection, company_id: UUID, witness: str) -> str | None:
    """What one witness's latest answer came to; None before the first."""
    outcome: str | None = await db.scalar(_LATEST_OF, {"company_id": company_id, "witness": witness})
    return outcome


async def latest(db: AsyncConnection, company_id: UUID) -> dict[str, AnswerView]:
    """Each witness's latest answer."""
    return {row.witness: _answer(row) for row in await db.execute(_LATEST, {"company_id": company_id})}


async def answers(db: AsyncConnection, company_id: UUID, *, before: UUID | None, most: int) -> list[AnswerView]:
    """Answers, newest first."""
    given = {"company_id": company_id, "before": before, "most": most}
    return [_answer(row) for row in await db.execute(_ANSWERS, given)]


async def cosigned_notes(db: AsyncConnection, company_id: UUID, *, most: int) -> list[tuple[int, bytes]]:
    """Cosigned checkpoints as they were kept, newest first, each with the size that its row says."""
    return [(row.size, row.note) for row in await db.execute(_NOTES, {"company_id": company_id, "most": most})]


async def insert(
    db: AsyncConnection, company_id: UUID, witness: str, size: int, outcome: Outcome, judged: Judged, *, now: datetime
) -> None:
    """Keep an answer."""
    row = {
        "company_id": company_id,
        "id": new_id(),
        "witness": witness,
        "outcome": outcome.value,
        "good": STANDINGS[outcome] is Standing.GOOD,
        "size": size,
        "told": judged.told,
        "at": now,
        "note": judged.note,
        "detail": judged.detail.replace("\0", "")[:1000],
    }
    await db.execute(_INSERT, row)


async def due(
    db: AsyncConnection,
    kind: str,
    witnesses: Sequence[str],
    every: Sequence[timedelta],
    again: Sequence[timedelta | None],
    *,
    refused: timedelta,
    now: datetime,
) -> list[tuple[UUID, str]]:
    """Which witness is to be given which company's newest checkpoint; a platform transaction asks.

    Those for whom a job of this kind waits already are left out.
    """
    given = {
        "kind": kind,
        "witnesses": list(witnesses),
        "every": list(every),
        "again": list(again),
        "refused": refused,
        "now": now,
    }
    return [(row.company_id, row.witness) for row in await db.execute(_DUE, given)]


async def all_newest(db: AsyncConnection) -> list[tuple[UUID, bytes]]:
    """Every company's newest checkpoint; a platform transaction asks."""
    return [(row.company_id, row.note) for row in await db.execute(_ALL_NEWEST)]


async def insert_stamp(
    db: AsyncConnection, company_id: UUID, note: bytes, stamp: Stamp, *, at: datetime, authority: str
) -> None:
    """Keep one company's part of a time stamp."""
    row = {
        "company_id": company_id,
        "id": new_id(),
        "size": checkpoint.parse(note).size,
        "note": note,
        "at": at,
        "authority": authority,
        "leaf": stamp.index,
        "leaves": stamp.leaves,
        "root": stamp.root,
        "path": b"".join(stamp.path),
        "token": stamp.token,
    }
    await db.execute(_INSERT_STAMP, row)


async def stamp_views(db: AsyncConnection, company_id: UUID, *, before: UUID | None, most: int) -> list[StampView]:
    """Time stamps, newest first."""
    given = {"company_id": company_id, "before": before, "most": most}
    return [
        StampView(
            id=row.id,
            size=row.size,
            at=row.at,
            authority=row.authority,
            note=row.note.decode("utf-8", "replace"),
            leaf=row.leaf,
            leaves=row.leaves,
            root=row.root.hex(),
            path=[hash_.hex() for hash_ in _hashes(row.path)],
            token=row.token,
        )
        for row in await db.execute(_STAMPS, given)
    ]


async def stamps(db: AsyncConnection, company_id: UUID, *, most: int) -> list[tuple[int, datetime, Stamp]]:
    """Time stamps as they are verified, newest first, each with size and time that its row says; nothing is checked."""
    given = {"company_id": company_id, "before": None, "most": most}
    return [(row.size, row.at, _stamp(row)) for row in await db.execute(_STAMPS, given)]


def _stamp(row: Row[tuple[object, ...]]) -> Stamp:
    return Stamp(
        text=row.note.partition(b"\n\n")[0] + b"\n",
        index=row.leaf,
        leaves=row.leaves,
        root=row.root,
        path=_hashes(row.path),
        token=row.token,
    )


def _hashes(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[start : start + 32] for start in range(0, len(joined), 32))


def _answer(row: Row[tuple[object, ...]]) -> AnswerView:
    outcome = Outcome(row.outcome)
    return msgspec.convert(
        {
            **row._mapping,
            "outcome": outcome.value,
            "standing": STANDINGS[outcome].value,
            "note": None if row.note is None else row.note.decode("utf-8", "replace"),
        },
        AnswerView,
    )
