"""Requests to seal and the lease under which they are decided, as rows; who drains them stands in `sealer.py`.

Every request is decided once, in the transaction that seals its document, under a lease's fencing number. That
transaction locks the lease's row: one that was only slow finds another's number there and seals nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.http.problems import Met, Problem
from gateway.outbound.sealing import Done

KEPT = timedelta(days=7)
"""How long the outcome of a request is told; as long as answers are kept under an Idempotency-Key."""

_PUT = text("""
    insert into seal_requests (company_id, id, document_id, version, actor, key, request_id, requested_at)
    values (:company_id, :id, :document_id, :version, :actor, :key, :request_id, :at)
""")
# One whose row is locked is held, whatever its time: a batch that takes longer than the lease has prolonged it unseen.
_ACQUIRE = text("""
    insert into seal_leases as l (company_id, fence, until)
    select cast(:company_id as uuid), 1, clock_timestamp() + :length
    where exists (select from seal_requests r where r.company_id = :company_id and r.decided_at is null)
        and not exists (select from seal_leases h where h.company_id = :company_id and h.until > clock_timestamp())
        and (not exists (select from seal_leases h where h.company_id = :company_id)
            or exists (select from seal_leases h where h.company_id = :company_id for no key update skip locked))
    on conflict (company_id) do update set fence = l.fence + 1, until = excluded.until
    where l.until <= clock_timestamp()
    returning fence
""")
_HOLD = text("""
    update seal_leases set until = clock_timestamp() + :length where company_id = :company_id and fence = :fence
""")
_RELEASE = text("""
    update seal_leases set until = clock_timestamp() where company_id = :company_id and fence = :fence
""")
_UNDER_WAY = text("""
    select exists (select from seal_requests where company_id = :company_id and decided_at is null)
        or exists (select from seal_leases where company_id = :company_id and until > clock_timestamp())
""")
_WAITING = text("""
    select id, document_id, version, actor, key, request_id from (
        select w.*, sum(coalesce(octet_length(d.body), 0) + coalesce(octet_length(d.posted_xml), 0))
            over (order by w.id rows between unbounded preceding and 1 preceding) as before
        from (
            select * from seal_requests where company_id = :company_id and decided_at is null
            order by id limit :most
        ) w left join issued_documents d on d.company_id = w.company_id and d.id = w.document_id
    ) sized where coalesce(before, 0) < :bytes order by id
""")
_DECIDE = text("""
    update seal_requests r set decided_at = :at, fence = :fence, status = d.status, problem = d.problem
    from unnest(cast(:ids as uuid[]), cast(:statuses as smallint[]), cast(:problems as bytea[]))
        as d(id, status, problem)
    where r.company_id = :company_id and r.id = d.id
""")
_RELEASE_KEYS = text("select idempotency_release(cast(:actors as text[]), cast(:keys as text[]))")
_DECIDED = text("""
    select id, document_id, requested_at, decided_at, status, problem from seal_requests
    where company_id = :company_id and id = any(cast(:ids as uuid[]))
""")
_FORGET = text("delete from seal_requests where company_id = :company_id and decided_at < :before")


_PROBLEM = msgspec.json.Decoder(Problem)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A request that nobody has decided yet."""

    id: UUID = msgspec.field(default_factory=new_id)
    document_id: UUID
    version: int | None
    """The draft's version that is meant; None: whatever stands."""
    actor: str
    key: str | None
    """The actor's Idempotency-Key."""
    request_id: str


class Decision(msgspec.Struct, frozen=True):
    """How a request ended."""

    problem: Problem | None = None
    """None: its document is sealed."""
    done: Done | None = None
    """The sealed document, where this process sealed it."""

    def demand_sealed(self) -> None:
        """Raises the problem, to be answered as it stands."""
        if self.problem is not None:
            raise Met(self.problem)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A request, decided or not."""

    id: UUID
    document_id: UUID
    requested_at: datetime
    decided_at: datetime | None
    decision: Decision | None


async def put(db: AsyncConnection, company_id: UUID, asked: Sequence[Waiting], *, now: datetime) -> None:
    """Ask for documents to be sealed, from the commit on."""
    rows = [{**msgspec.structs.asdict(each), "company_id": company_id, "at": now} for each in asked]
    await db.execute(_PUT, rows if len(rows) > 1 else rows[0])


async def acquire(db: AsyncConnection, company_id: UUID, *, length: timedelta) -> int | None:
    """Take the lease with the commit: its fencing number; None while another holds it, or nothing waits."""
    fence: int | None = await db.scalar(_ACQUIRE, {"company_id": company_id, "length": length})
    return fence


async def release(db: AsyncConnection, company_id: UUID, fence: int) -> None:
    """Give the lease back, if it is still this one."""
    await db.execute(_RELEASE, {"company_id": company_id, "fence": fence})


async def under_way(db: AsyncConnection, company_id: UUID) -> bool:
    """Whether a request waits or somebody holds the lease."""
    found: bool = (await db.execute(_UNDER_WAY, {"company_id": company_id})).scalar_one()
    return found


async def hold(db: AsyncConnection, company_id: UUID, fence: int, *, length: timedelta) -> bool:
    """Prolong the lease and lock its row until the transaction ends; False where it is another's by now."""
    held = await db.execute(_HOLD, {"company_id": company_id, "fence": fence, "length": length})
    return held.rowcount == 1


async def waiting(db: AsyncConnection, company_id: UUID, *, most: int, size: int) -> list[Waiting]:
    """The oldest undecided requests: at most `most`, and no more once their drafts have reached `size` bytes."""
    rows = await db.execute(_WAITING, {"company_id": company_id, "most": most, "bytes": size})
    return [Waiting(**row._mapping) for row in rows]


async def decide(
    db: AsyncConnection, company_id: UUID, fence: int, made: Sequence[tuple[Waiting, Decision]], *, now: datetime
) -> None:
    """Write the decisions down; a request that is refused frees its Idempotency-Key again."""
    if not made:
        return
    values = {
        "ids": [request.id for request, _ in made],
        "statuses": [200 if decision.problem is None else decision.problem.status for _, decision in made],
        "problems": [
            None if decision.problem is None else msgspec.json.encode(decision.problem) for _, decision in made
        ],
    }
    await db.execute(_DECIDE, {**values, "company_id": company_id, "fence": fence, "at": now})
    freed = [request for request, decision in made if request.key is not None and decision.problem is not None]
    if freed:
        given = {"actors": [request.actor for request in freed], "keys": [request.key for request in freed]}
        await db.execute(_RELEASE_KEYS, given)


async def told(db: AsyncConnection, company_id: UUID, ids: Collection[UUID]) -> list[Told]:
    """These requests as they stand."""
    rows = await db.execute(_DECIDED, {"company_id": company_id, "ids": list(ids)})
    return [
        Told(
            id=row.id,
            document_id=row.document_id,
            requested_at=row.requested_at,
            decided_at=row.decided_at,
            decision=None if row.status is None else Decision(row.problem and _PROBLEM.decode(row.problem)),
        )
        for row in rows
    ]


async def forget(db: AsyncConnection, company_id: UUID, *, before: datetime) -> None:
    """Drop requests decided before this instant."""
    await db.execute(_FORGET, {"company_id": company_id, "before": before})
