"""Rows of transmissions and their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outbox.models import (
    Attempt,
    Bringer,
    Outcome,
    Tried,
    transmission_attempts,
    transmission_events,
    transmissions,
)
from peppol.message import StatusEvent
from peppol.statuses import told_at


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended without a yes."""

    key: UUID
    number: int
    ended_at: datetime
    outcome: Outcome
    reason: str
    answer_sha256: str | None
    uncertain: bool
    """Whether it, or another attempt on its account, may have arrived."""


_EARLIER = """
    select t.*, exists (
        select from transmission_attempts a where a.company_id = t.company_id and a.transmission_id = t.id
            and a.number < t.lifetime and a.ended_at is null and a.begun_at > cast(:since as timestamptz)
    ) as in_the_air, exists (
        select from transmission_attempts a where a.company_id = t.company_id and a.transmission_id = t.id
            and a.number = t.lifetime and a.ended_at is null and a.begun_at > cast(:since as timestamptz)
    ) as last_in_the_air, exists (
        select from transmission_events e where e.company_id = t.company_id and e.transmission_id = t.id
            and e.outcome <> 'undeliverable'
    ) or exists (
        select from received_responses r where r.company_id = t.company_id and r.document_id = t.document_id
    ) as spoken_of
    from transmissions t where t.company_id = :company_id and t.{column} = any(cast(:ids as uuid[]))
"""
_WRITE = """
    with written as (
        insert into transmissions as t (
            company_id, id, {column}, account_id, provider, begun_at, ordered_at, lifetime, attempts, attempted_at,
            uncertain)
        select :company_id, g.*, cast(:now as timestamptz), true from unnest(
            cast(:keys as uuid[]), cast(:ids as uuid[]), cast(:accounts as uuid[]), cast(:adapters as text[]),
            cast(:begun as timestamptz[]), cast(:ordered as timestamptz[]), cast(:lifetimes as integer[]),
            cast(:attempts as integer[])) as g
        on conflict (company_id, {column}) do update set account_id = excluded.account_id,
            provider = excluded.provider, ordered_at = excluded.ordered_at, lifetime = excluded.lifetime,
            attempts = excluded.attempts, attempted_at = excluded.attempted_at, uncertain = true
        returning t.*
    )
    insert into transmission_attempts (company_id, transmission_id, number, account_id, adapter, begun_at)
    select company_id, id, lifetime, account_id, provider, attempted_at from written
"""
_ACCEPTED = text("""
    with given as (
        select * from unnest(
            cast(:keys as uuid[]), cast(:numbers as integer[]), cast(:ended as timestamptz[]), cast(:answers as text[]),
            cast(:accounts as uuid[]), cast(:adapters as text[]), cast(:references as text[]),
            cast(:accepted as timestamptz[])
        ) as g(id, number, ended_at, answer, account_id, adapter, reference, accepted_at)
    ), attempt as (
        update transmission_attempts a set ended_at = g.ended_at, outcome = 'accepted', answer_sha256 = g.answer
        from given g where a.company_id = :company_id and a.transmission_id = g.id and a.number = g.number
            and a.ended_at is null
    )
    update transmissions t set uncertain = false, problem = null, reason = null, next_step = null,
        account_id = g.account_id, provider = g.adapter, reference = g.reference,
        accepted_at = g.accepted_at, evidence_sha256 = g.answer
    from given g where t.company_id = :company_id and t.id = g.id
""")
_LATE = text("""
    with given as (
        select * from unnest(
            cast(:keys as uuid[]), cast(:numbers as integer[]), cast(:ended as timestamptz[]), cast(:answers as text[]),
            cast(:accounts as uuid[]), cast(:adapters as text[])
        ) as g(id, number, ended_at, answer, account_id, adapter)
    ), attempt as (
        update transmission_attempts a set ended_at = g.ended_at, outcome = 'accepted', answer_sha256 = g.answer
        from given g where a.company_id = :company_id and a.transmission_id = g.id and a.number = g.number
            and a.ended_at is null
    )
    update transmissions t set uncertain = true, account_id = g.account_id, provider = g.adapter
    from given g where t.company_id = :company_id and t.id = g.id and t.accepted_at is null
""")
_BROUGHT = text("""
    update transmissions set uncertain = true, account_id = :account_id, provider = :adapter
    where company_id = :company_id and id = :id and accepted_at is null
""")
_FAILED = text("""
    with attempt as (
        update transmission_attempts set ended_at = :ended_at, outcome = :outcome, reason = :reason,
            answer_sha256 = :answer_sha256
        where company_id = :company_id and transmission_id = :key and number = :number and ended_at is null
    )
    update transmissions set uncertain = :uncertain, problem = :outcome, reason = :reason, next_step = null
    where company_id = :company_id and id = :key and lifetime = :number
""")
_PLAN = text("""
    with attempt as (
        update transmission_attempts set next_at = :next_at
        where company_id = :company_id and transmission_id = :key and number = :number
    )
    update transmissions set problem = :problem, reason = :words, next_step = :next_step,
        attempts = case when :final then 0 else attempts end
    where company_id = :company_id and id = :key
""")
_TRIED = text("""
    select a.transmission_id, a.number, a.account_id, a.adapter, a.begun_at, a.ended_at, a.outcome, a.answer_sha256
    from transmission_attempts a
    join unnest(cast(:keys as uuid[]), cast(:firsts as integer[])) as g(id, first)
        on a.transmission_id = g.id and a.number >= g.first
    where a.company_id = :company_id order by a.number
""")


async def earlier(
    db: AsyncConnection, company_id: UUID, column: str, ids: Sequence[UUID], *, since: datetime
) -> dict[UUID, Row[Any]]:
    """The transmissions of these documents (or responses), by their ids.

    `in_the_air`: an attempt before the last has no end, and began after `since`; its call may still be under way;
    `last_in_the_air`: the last one hasn't. `spoken_of`: somebody has told that it arrived, whatever we were answered.
    """
    rows = await db.execute(
        text(_EARLIER.format(column=column)), {"company_id": company_id, "ids": list(ids), "since": since}
    )
    return {row._mapping[column]: row for row in rows}


async def write(db: AsyncConnection, company_id: UUID, column: str, given: dict[str, Any]) -> None:
    """Write intents: transmissions and one attempt of each."""
    await db.execute(text(_WRITE.format(column=column)), {"company_id": company_id, **given})


async def accepted(db: AsyncConnection, company_id: UUID, given: dict[str, Any]) -> None:
    """End attempts with a yes."""
    await db.execute(_ACCEPTED, {"company_id": company_id, **given})


async def late(db: AsyncConnection, company_id: UUID, given: dict[str, Any]) -> None:
    """End attempts with a yes that comes after another outcome was written down.

    Where that wasn't a yes as well, the account that has it is asked before anything is sent again.
    """
    await db.execute(_LATE, {"company_id": company_id, **given})


async def hear(
    db: AsyncConnection,
    company_id: UUID,
    transmission_id: UUID,
    event: StatusEvent,
    *,
    report_sha256: str,
    now: datetime,
    by: Bringer | None,
) -> bool:
    """Note one event of a transmission, once; False where it was known.

    `by`: who says that they brought it, where that isn't the account it goes by now. It is asked, and no other account
    called, unless one has said yes.
    """
    noted = await db.execute(
        upsert(transmission_events)
        .values(
            company_id=company_id, transmission_id=transmission_id, event_id=event.event_id, outcome=event.outcome,
            at=told_at(event.at), reason=event.reason[:1000], recorded_at=now, evidence_sha256=report_sha256,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    if noted.rowcount and by is not None:
        given = {"company_id": company_id, "id": transmission_id, **msgspec.structs.asdict(by)}
        await db.execute(_BROUGHT, given)
    return bool(noted.rowcount)


async def failed(db: AsyncConnection, company_id: UUID, end: End) -> bool:
    """End one attempt without a yes; False where another attempt has followed it, whose outcome counts instead."""
    return (await db.execute(_FAILED, {"company_id": company_id, **msgspec.structs.asdict(end)})).rowcount == 1


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from an attempt that failed."""

    problem: Outcome
    """Of the transmission as a whole: what the attempts of this round say together."""
    words: str
    next_at: datetime | None
    next_step: str | None
    """What a person should do, where the order is given up."""


async def plan(db: AsyncConnection, company_id: UUID, end: End, plan: Plan) -> None:
    """Write down how it goes on."""
    given = {"key": end.key, "number": end.number, "final": plan.next_step is not None, **msgspec.structs.asdict(plan)}
    await db.execute(_PLAN, {"company_id": company_id, **given})


async def tried(db: AsyncConnection, company_id: UUID, firsts: dict[UUID, int]) -> dict[UUID, tuple[Tried, ...]]:
    """The attempts of each transmission from a number on, oldest first."""
    found: dict[UUID, tuple[Tried, ...]] = dict.fromkeys(firsts, ())
    given = {"company_id": company_id, "keys": list(firsts), "firsts": list(firsts.values())}
    for row in await db.execute(_TRIED, given):
        values = dict(row._mapping)
        key, outcome = values.pop("transmission_id"), values.pop("outcome")
        found[key] += (Tried(**values, outcome=None if outcome is None else Outcome(outcome)),)
    return found


async def attempts(db: AsyncConnection, company_id: UUID, *, document_id: UUID) -> tuple[Attempt, ...]:
    """Every attempt to send a document, oldest first."""
    query = (
        select(*(column for column in transmission_attempts.c if column.name not in {"company_id", "transmission_id"}))
        .join(
            transmissions,
            (transmissions.c.company_id == transmission_attempts.c.company_id)
            & (transmissions.c.id == transmission_attempts.c.transmission_id),
        )
        .where(transmissions.c.company_id == company_id, transmissions.c.document_id == document_id)
        .order_by(transmission_attempts.c.number)
    )
    rows = [dict(row._mapping) for row in await db.execute(query)]
    return tuple(Attempt(**{**row, "outcome": row["outcome"] and Outcome(row["outcome"])}) for row in rows)


async def line_of(db: AsyncConnection, company_id: UUID, transmission_id: UUID) -> tuple[UUID | None, str] | None:
    """By which account a transmission goes, and the provider's own id of it (empty where it isn't known)."""
    query = select(transmissions.c.account_id, transmissions.c.reference)
    mine = query.where(transmissions.c.company_id == company_id, transmissions.c.id == transmission_id)
    row = (await db.execute(mine)).one_or_none()
    return None if row is None else (row.account_id, row.reference or "")


async def is_known(db: AsyncConnection, company_id: UUID, transmission_id: UUID, event_id: str) -> bool:
    """Whether this event was recorded before."""
    known = select(transmission_events.c.event_id).where(
        transmission_events.c.company_id == company_id,
        transmission_events.c.transmission_id == transmission_id,
        transmission_events.c.event_id == event_id,
    )
    return (await db.execute(known)).one_or_none() is not None
