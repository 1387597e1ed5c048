"""Which documents a sample takes, and what samples found."""

from __future__ import annotations

import random
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.replay.models import Sample, SampleView
from gateway.replay.replay import Outcome
from ledger.entry import DOCUMENTS

_FEW = 10_000
"""Entries up to which all documents are listed; beyond, places are drawn and those of documents kept."""

_ALL = text(
    "select seq from ledger_entries where company_id = :company_id and seq < :count and kind = any(:kinds) order by seq"
)
_THESE = text(
    "select seq from ledger_entries where company_id = :company_id and seq = any(:seqs) and kind = any(:kinds)"
)
_INSERT = text(
    "insert into ledger_replays (company_id, id, at, seed, head_count, replayed, drifted, report, entry_seq) "
    "values (:company_id, :id, :at, :seed, :head_count, :replayed, :drifted, :report, :entry_seq)"
)
_LATEST = text(
    "select id, at, report, entry_seq from ledger_replays where company_id = :company_id order by id desc limit :most"
)
_KINDS = [int(kind) for kind in sorted(DOCUMENTS)]


async def draw(db: AsyncConnection, company_id: UUID, *, seed: int, count: int, wanted: int) -> list[int]:
    """At most `wanted` places of documents among the first `count` entries, in order; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  a sample that others can draw again, no secret
    given = {"company_id": company_id, "kinds": _KINDS}
    if count > _FEW:
        drawn: list[int] = []
        for _ in range(20):
            places = chance.sample(range(count), min(count, 4 * wanted))
            found = {row.seq for row in await db.execute(_THESE, {**given, "seqs": places})}
            drawn += [place for place in places if place in found and place not in drawn]
            if len(drawn) >= wanted:
                return sorted(drawn[:wanted])
    every = [row.seq for row in await db.execute(_ALL, {**given, "count": count})]
    return sorted(chance.sample(every, min(wanted, len(every))))


async def insert(
    db: AsyncConnection, company_id: UUID, sample_id: UUID, sample: Sample, *, entry_seq: int, now: datetime
) -> None:
    """Keep a sample beside its entry."""
    given = {
        "company_id": company_id,
        "id": sample_id,
        "at": now,
        "seed": sample.seed,
        "head_count": sample.head_count,
        "replayed": len(sample.seqs),
        "drifted": sample.outcomes[Outcome.DRIFT.value],
        "report": msgspec.json.encode(sample),
        "entry_seq": entry_seq,
    }
    await db.execute(_INSERT, given)


async def latest(db: AsyncConnection, company_id: UUID, *, most: int) -> list[SampleView]:
    """The last samples, newest first."""
    rows = await db.execute(_LATEST, {"company_id": company_id, "most": most})
    return [
        SampleView(
            **msgspec.structs.asdict(msgspec.json.decode(row.report, type=Sample)),
            id=row.id,
            at=row.at,
            entry_seq=row.entry_seq,
        )
        for row in rows
    ]
