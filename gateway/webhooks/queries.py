"""Endpoints and the log of their deliveries, as people ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.webhooks.models import NEXT_STEPS, Attempt, Delivery, Endpoint, NewEndpoint, Paused
from gateway.webhooks.outcomes import TRIED_FOR

COUNTED = 1000
"""Waiting deliveries of an endpoint are counted so far."""

_ENDPOINTS = (
    "select w.id, w.url, w.kinds, w.description, w.state, w.paused_for, w.paused_at, w.failing_since, w.failures, "
    "w.last_success_at, w.last_failure_at, w.last_failure, w.created_by, w.created_at, w.changed_at, "
    "(select count(*) from (select from webhook_deliveries d where d.company_id = w.company_id "
    f"and d.endpoint_id = w.id and d.state = 'pending' limit {COUNTED}) as waiting) as pending, "
    "(select max(s.expires_at) from webhook_secrets s where s.company_id = w.company_id and s.endpoint_id = w.id "
    "and s.expires_at > :now) as previous_secret_until "
    "from webhook_endpoints w where w.company_id = :company_id and w.state <> 'deleted' "
)
_ALL = text(_ENDPOINTS + "order by w.id")
_ONE = text(_ENDPOINTS + "and w.id = :id")
_LOCK = text(
    "select id from webhook_endpoints where company_id = :company_id and id = :id and state <> 'deleted' "
    "for no key update"
)
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('endpoints ' || cast(:company_id as uuid), 0))")
_HOW_MANY = text("select count(*) from webhook_endpoints where company_id = :company_id and state <> 'deleted'")
_INSERT = text(
    "insert into webhook_endpoints (company_id, id, url, description, kinds, state, paused_for, paused_at, created_by, "
    "created_at, changed_at) values (:company_id, :id, :url, :description, :kinds, :state, :paused_for, :paused_at, "
    ":by, :now, :now)"
)
_CHANGE = text(
    "update webhook_endpoints set url = :url, description = :description, kinds = :kinds, changed_at = :now "
    "where company_id = :company_id and id = :id"
)
_PAUSE = text(
    "update webhook_endpoints set state = 'paused', paused_for = :why, paused_at = :now "
    "where company_id = :company_id and id = :id and state = 'enabled'"
)
_RESUME = text(
    "update webhook_endpoints set state = 'enabled', paused_for = null, paused_at = null, failures = 0, "
    "failing_since = null, rests_until = null, resumed_at = :now "
    "where company_id = :company_id and id = :id and state <> 'deleted'"
)
_DELETE = text(
    "update webhook_endpoints set state = 'deleted', paused_for = null, paused_at = null, url = 'deleted', "
    "description = '', last_failure = null, changed_at = :now where company_id = :company_id and id = :id"
)
_ALL_AT_ONCE = text(
    "update webhook_deliveries set next_at = :now "
    "where company_id = :company_id and endpoint_id = :id and state = 'pending' and next_at > :now"
)
_COLUMNS = "id, kind, subject_id, at, state, attempts, next_at, delivered_at, reason"
_PAGE = text(
    f"select {_COLUMNS} from webhook_deliveries where company_id = :company_id and endpoint_id = :endpoint_id "
    "and (cast(:state as text) is null or state = :state) and (cast(:cursor as uuid) is null or id < :cursor) "
    "order by id desc limit :most"
)
_DELIVERY = text(
    f"select {_COLUMNS} from webhook_deliveries "
    "where company_id = :company_id and endpoint_id = :endpoint_id and id = :id"
)
_ATTEMPTS = text(
    "select a.delivery_id, a.number, a.begun_at, a.ended_at, a.outcome, a.status, a.reason, a.answer "
    "from unnest(cast(:ids as uuid[])) as d(id) cross join lateral ("
    "select * from webhook_attempts t where t.company_id = :company_id and t.endpoint_id = :endpoint_id "
    "and t.delivery_id = d.id order by t.number desc limit 50) a"
)
_NEW_DELIVERY = text(
    "insert into webhook_deliveries (company_id, endpoint_id, id, kind, subject_id, at, next_at, give_up_at) "
    "values (:company_id, :endpoint_id, :id, :kind, :subject_id, :now, :now, :until)"
)
_REDELIVER = text(
    "update webhook_deliveries set state = 'pending', next_at = :now, give_up_at = :until, reason = null, "
    "delivered_at = null where company_id = :company_id and endpoint_id = :endpoint_id and id = :id"
)
_FORGET_ANSWERS = text(
    "update webhook_attempts a set answer = null from webhook_deliveries d "
    "where d.company_id = :company_id and d.subject_id = :subject_id and a.company_id = d.company_id "
    "and a.endpoint_id = d.endpoint_id and a.delivery_id = d.id and a.answer is not null"
)


async def endpoints(db: AsyncConnection, company_id: UUID, *, now: datetime) -> list[Endpoint]:
    """Every endpoint of the company, oldest first."""
    return [_endpoint(row) for row in await db.execute(_ALL, {"company_id": company_id, "now": now})]


async def endpoint(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, now: datetime) -> Endpoint | None:
    """One endpoint of the company."""
    row = (await db.execute(_ONE, {"company_id": company_id, "id": endpoint_id, "now": now})).one_or_none()
    return None if row is None else _endpoint(row)


async def lock(db: AsyncConnection, company_id: UUID, endpoint_id: UUID) -> bool:
    """Hold an endpoint for a change; False where there is none."""
    return (await db.scalar(_LOCK, {"company_id": company_id, "id": endpoint_id})) is not None


async def how_many(db: AsyncConnection, company_id: UUID) -> int:
    """Endpoints of the company; none is made beside this until the end of the transaction."""
    await db.execute(_ONE_AT_A_TIME, {"company_id": company_id})
    return int(await db.scalar(_HOW_MANY, {"company_id": company_id}) or 0)


async def insert(
    db: AsyncConnection, company_id: UUID, endpoint_id: UUID, wanted: NewEndpoint, *, by: str, now: datetime
) -> None:
    """A new endpoint."""
    given = {
        "company_id": company_id,
        "id": endpoint_id,
        "url": wanted.url,
        "description": wanted.description,
        "kinds": wanted.kinds,
        "state": "enabled" if wanted.enabled else "paused",
        "paused_for": None if wanted.enabled else "person",
        "paused_at": None if wanted.enabled else now,
        "by": by,
        "now": now,
    }
    await db.execute(_INSERT, given)


async def change(
    db: AsyncConnection,
    company_id: UUID,
    endpoint_id: UUID,
    *,
    url: str,
    description: str,
    kinds: Sequence[str],
    now: datetime,
) -> None:
    """What an endpoint is; not whether it is paused."""
    given = {
        "company_id": company_id,
        "id": endpoint_id,
        "url": url,
        "description": description,
        "kinds": list(kinds),
        "now": now,
    }
    await db.execute(_CHANGE, given)


async def pause(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, why: Paused, now: datetime) -> bool:
    """Take it out; False where it was already."""
    given = {"company_id": company_id, "id": endpoint_id, "why": why, "now": now}
    return (await db.execute(_PAUSE, given)).rowcount == 1


async def resume(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, now: datetime) -> None:
    """Take it in again, its failures forgotten; everything that waits is due, and tried for three days from now."""
    given = {"company_id": company_id, "id": endpoint_id, "now": now}
    await db.execute(_RESUME, given)
    await db.execute(_ALL_AT_ONCE, given)


async def delete(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, now: datetime) -> None:
    """It is gone for everybody; its rows are cleared away later."""
    await db.execute(_DELETE, {"company_id": company_id, "id": endpoint_id, "now": now})


async def deliveries(
    db: AsyncConnection, company_id: UUID, endpoint_id: UUID, *, state: str | None, cursor: UUID | None, most: int
) -> list[Delivery]:
    """The log of an endpoint, newest event first."""
    given = {"company_id": company_id, "endpoint_id": endpoint_id, "state": state, "cursor": cursor, "most": most}
    return await _with_attempts(db, company_id, endpoint_id, (await db.execute(_PAGE, given)).all())


async def delivery(db: AsyncConnection, company_id: UUID, endpoint_id: UUID, delivery_id: UUID) -> Delivery | None:
    """One message to one endpoint."""
    given = {"company_id": company_id, "endpoint_id": endpoint_id, "id": delivery_id}
    found = await _with_attempts(db, company_id, endpoint_id, (await db.execute(_DELIVERY, given)).all())
    return found[0] if found else None


async def add(
    db: AsyncConnection, company_id: UUID, endpoint_id: UUID, message_id: UUID, *, kind: str, now: datetime
) -> None:
    """A message that no event has caused, about the endpoint itself."""
    given = {
        "company_id": company_id,
        "endpoint_id": endpoint_id,
        "id": message_id,
        "kind": kind,
        "subject_id": endpoint_id,
        "now": now,
        "until": now + TRIED_FOR,
    }
    await db.execute(_NEW_DELIVERY, given)


async def redeliver(
    db: AsyncConnection, company_id: UUID, endpoint_id: UUID, delivery_id: UUID, *, now: datetime
) -> bool:
    """Send a message once more, under its id; False where there is none."""
    given = {
        "company_id": company_id,
        "endpoint_id": endpoint_id,
        "id": delivery_id,
        "now": now,
        "until": now + TRIED_FOR,
    }
    return (await db.execute(_REDELIVER, given)).rowcount == 1


async def forget_answers(db: AsyncConnection, company_id: UUID, subject_id: UUID) -> None:
    """What receivers answered about a document that is erased: it may name the person."""
    await db.execute(_FORGET_ANSWERS, {"company_id": company_id, "subject_id": subject_id})


async def _with_attempts(
    db: AsyncConnection, company_id: UUID, endpoint_id: UUID, rows: Sequence[Row[Any]]
) -> list[Delivery]:
    given = {"company_id": company_id, "endpoint_id": endpoint_id, "ids": [row.id for row in rows]}
    tries: dict[UUID, list[Attempt]] = {row.id: [] for row in rows}
    for row in await db.execute(_ATTEMPTS, given) if rows else ():
        values = row._asdict()
        tries[values.pop("delivery_id")].append(msgspec.convert(values, Attempt))
    found = list[Delivery]()
    for row in rows:
        values = row._asdict() | {"tries": sorted(tries[row.id], key=lambda one: -one.number)}
        values["next_at"] = values["next_at"] if row.state == "pending" else None
        found.append(msgspec.convert(values, Delivery))
    return found


def _endpoint(row: Row[Any]) -> Endpoint:
    values = row._asdict()
    enabled = values.pop("state") == "enabled"
    step = NEXT_STEPS[row.paused_for] if row.paused_for else None
    return msgspec.convert(values | {"enabled": enabled, "next_step": step}, Endpoint)
