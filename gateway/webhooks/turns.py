"""A worker's turn at one endpoint: take what is due under a claim, and write down what the calls have brought.

The claim is the endpoint's, so no two workers call it at once and no delivery is under way twice. It ends by itself:
after a kill the next worker takes over, and sends again what nobody knows the outcome of. The claim counts by the
database's clock, everything else by the caller's `now`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.webhooks.outcomes import TRIED_FOR, Outcome, backoff, rest

LEASE = timedelta(seconds=60)
"""Longer than the longest call with what is written around it."""
AT_ONCE = 8
"""Calls to one endpoint at the same time, while it takes them."""
OF_A_COMPANY = 2
"""Endpoints of one company that are called at the same time: the workers are everybody's."""
STUMBLING = 5
"""From so many failures in a row on, one delivery is tried at a time, and the rest waits."""

_CLAIM = text(
    "update webhook_endpoints set claim = :claim, claimed_until = clock_timestamp() + :lease "
    "where company_id = :company_id and id = :id and state = 'enabled' "
    "and (rests_until is null or rests_until <= :now) "
    "and (claimed_until is null or claimed_until <= clock_timestamp()) returning url, failures, resumed_at"
)
_HELD_UNTIL = text(
    "select claimed_until from webhook_endpoints where company_id = :company_id and id = :id and state = 'enabled' "
    "and claimed_until > clock_timestamp()"
)
_ONE_BY_ONE = text("select pg_advisory_xact_lock(hashtextextended(cast(:company_id as text) || ' webhooks', 720))")
_OTHERS = text(
    "select count(*) from webhook_endpoints "
    "where company_id = :company_id and id <> :id and claimed_until > clock_timestamp()"
)
_BEGIN = text("""
    with due as (
        select id from webhook_deliveries
        where company_id = :company_id and endpoint_id = :endpoint_id and state = 'pending' and next_at <= :now
        order by next_at, id limit :most for update
    ), taken as (
        update webhook_deliveries d set attempts = d.attempts + 1, next_at = cast(:now as timestamptz) + :lease from due
        where d.company_id = :company_id and d.endpoint_id = :endpoint_id and d.id = due.id
        returning d.id, d.kind, d.subject_id, d.at, d.attempts, d.give_up_at
    ), noted as (
        insert into webhook_attempts (company_id, endpoint_id, delivery_id, number, begun_at)
        select :company_id, :endpoint_id, t.id, t.attempts, :now from taken t
    )
    select id, kind, subject_id, at, attempts, give_up_at from taken
""")
_HELD = text(
    "select state, failures, failing_since, last_success_at from webhook_endpoints "
    "where company_id = :company_id and id = :id and claim = :claim for no key update"
)
_RELEASE = text(
    "update webhook_endpoints set claim = null, claimed_until = null, failures = :failures, "
    "failing_since = :failing_since, rests_until = :rests_until, last_success_at = :last_success_at, "
    "last_failure_at = coalesce(:failed_at, last_failure_at), last_failure = coalesce(:failure, last_failure) "
    "where company_id = :company_id and id = :id"
)
_END_ATTEMPTS = text("""
    update webhook_attempts a set ended_at = :now, outcome = n.outcome, status = n.status,
        reason = nullif(n.reason, ''), answer = case when not exists (
            select from events e where e.company_id = :company_id and e.subject_id = n.subject_id
            and e.kind = 'invoice.erased') then nullif(n.answer, '') end
    from unnest(cast(:ids as uuid[]), cast(:subjects as uuid[]), cast(:numbers as integer[]), cast(:outcomes as text[]),
                cast(:statuses as smallint[]), cast(:reasons as text[]), cast(:answers as text[]))
        as n(id, subject_id, number, outcome, status, reason, answer)
    where a.company_id = :company_id and a.endpoint_id = :endpoint_id and a.delivery_id = n.id and a.number = n.number
""")
_END_DELIVERIES = text("""
    update webhook_deliveries d set state = n.state, next_at = n.next_at, reason = nullif(n.reason, ''),
        delivered_at = case when n.state = 'delivered' then cast(:now as timestamptz) end
    from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:nexts as timestamptz[]), cast(:reasons as text[]))
        as n(id, state, next_at, reason)
    where d.company_id = :company_id and d.endpoint_id = :endpoint_id and d.id = n.id
""")
_WAITING_GO_OUT = text(
    "update webhook_deliveries set next_at = :now "
    "where company_id = :company_id and endpoint_id = :endpoint_id and state = 'pending' and next_at > :now "
    "and not (id = any(cast(:but as uuid[])))"
)
_NEXT = text(
    "select min(next_at) from webhook_deliveries "
    "where company_id = :company_id and endpoint_id = :endpoint_id and state = 'pending'"
)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery whose attempt has begun."""

    id: UUID
    kind: str
    subject_id: UUID
    at: datetime
    number: int
    """Of the attempt."""
    give_up_at: datetime


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker holds."""

    company_id: UUID
    endpoint_id: UUID
    claim: UUID
    url: str
    due: tuple[Due, ...]


class NotNow(Exception):
    """Another worker is at this endpoint, or enough endpoints of this company are called just now."""

    def __init__(self, until: datetime) -> None:
        """`until`: when to come back."""
        super().__init__(f"not before {until}")
        self.until = until


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How the endpoint stands after a turn."""

    gone: bool
    failing: bool
    """Nothing has reached it for as long as we try."""
    next_at: datetime | None
    """When the next turn is due; None where nothing waits."""


async def begin(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, now: datetime) -> Turn | None:
    """Claim the endpoint and begin an attempt at each delivery that is due; commit before you call.

    None: it is paused, deleted, or resting, of which the turn before has made a job. Raises `NotNow`.
    """
    mine = {"company_id": company_id, "id": endpoint_id}
    claim = new_id()
    row = (await db.execute(_CLAIM, mine | {"claim": claim, "lease": LEASE, "now": now})).one_or_none()
    if row is None:
        until: datetime | None = await db.scalar(_HELD_UNTIL, mine)
        if until is not None:
            raise NotNow(until)
        return None
    await db.execute(_ONE_BY_ONE, {"company_id": str(company_id)})  # two at once wouldn't see each other's claims
    if int(await db.scalar(_OTHERS, mine) or 0) >= OF_A_COMPANY:
        raise NotNow(now + timedelta(seconds=2))
    given = {
        "company_id": company_id,
        "endpoint_id": endpoint_id,
        "now": now,
        "lease": LEASE,
        "most": 1 if row.failures >= STUMBLING else AT_ONCE,
    }
    due = tuple(
        Due(
            id=one.id,
            kind=one.kind,
            subject_id=one.subject_id,
            at=one.at,
            number=one.attempts,
            give_up_at=max(one.give_up_at, row.resumed_at + TRIED_FOR) if row.resumed_at else one.give_up_at,
        )
        for one in await db.execute(_BEGIN, given)
    )
    return Turn(company_id=company_id, endpoint_id=endpoint_id, claim=claim, url=row.url, due=due)


async def end(
    db: AsyncConnection, turn: Turn, outcomes: Sequence[Outcome], *, took: timedelta, now: datetime
) -> Standing | None:
    """Write down what each call has brought, in the order of `turn.due`, and release the endpoint.

    `took`: how long the calls lasted; a slow receiver rests for as long. None where the claim was lost to another
    worker, who sends again: nothing is written then.
    """
    mine = {"company_id": turn.company_id, "id": turn.endpoint_id}
    held = (await db.execute(_HELD, mine | {"claim": turn.claim})).one_or_none()
    if held is None:
        return None
    told = list(zip(turn.due, outcomes, strict=True))
    failed = [outcome for outcome in outcomes if outcome.outcome != "delivered"]
    success = len(failed) < len(outcomes)
    last_success = now if success else held.last_success_at
    failures = (0 if success else held.failures) + (0 if success else len(failed))
    failing_since = (held.failing_since or now) if failures else None
    alive = last_success is not None and last_success > now - TRIED_FOR
    over = [due for due, outcome in told if outcome.outcome == "failed" and now >= due.give_up_at]
    rests = rest(failures - STUMBLING + 1, outcomes, took) if outcomes else timedelta()
    where = {"company_id": turn.company_id, "endpoint_id": turn.endpoint_id, "now": now}
    await db.execute(_END_ATTEMPTS, where | _attempts(told))
    await db.execute(_END_DELIVERIES, where | _deliveries(told, now=now, alive=alive))
    if success and held.failures >= STUMBLING:
        await db.execute(_WAITING_GO_OUT, where | {"but": [due.id for due in turn.due]})
    released = {
        "failures": failures,
        "failing_since": failing_since,
        "rests_until": now + rests if rests else None,
        "last_success_at": last_success,
        "failed_at": now if failed else None,
        "failure": failed[-1].reason if failed else None,
    }
    await db.execute(_RELEASE, mine | released)
    next_at: datetime | None = await db.scalar(_NEXT, where)
    if next_at is not None and rests:
        next_at = max(next_at, now + rests)
    return Standing(
        gone=any(outcome.outcome == "gone" for outcome in outcomes),
        failing=not alive and (bool(over) or (failing_since is not None and failing_since <= now - TRIED_FOR)),
        next_at=next_at if held.state == "enabled" else None,
    )


def _attempts(told: Sequence[tuple[Due, Outcome]]) -> dict[str, object]:
    return {
        "ids": [due.id for due, _ in told],
        "subjects": [due.subject_id for due, _ in told],
        "numbers": [due.number for due, _ in told],
        "outcomes": [outcome.outcome for _, outcome in told],
        "statuses": [outcome.status for _, outcome in told],
        "reasons": [outcome.reason for _, outcome in told],
        "answers": [outcome.answer for _, outcome in told],
    }


def _deliveries(told: Sequence[tuple[Due, Outcome]], *, now: datetime, alive: bool) -> dict[str, object]:
    """A delivery is given up only where the endpoint takes others; else the endpoint is paused, and it waits."""
    states, nexts, reasons = list[str](), list[datetime](), list[str]()
    for due, outcome in told:
        if outcome.outcome == "delivered":
            states.append("delivered")
        elif outcome.outcome == "failed" and alive and now >= due.give_up_at:
            states.append("dead")
        else:
            states.append("pending")
        wait = now + (outcome.after or backoff(due.number))
        nexts.append(min(wait, due.give_up_at) if now < due.give_up_at else wait)  # the last attempt comes at the end
        dead = states[-1] == "dead"
        reasons.append(f"{outcome.reason} Given up after {due.number} attempts." if dead else outcome.reason)
    return {"ids": [due.id for due, _ in told], "states": states, "nexts": nexts, "reasons": reasons}
