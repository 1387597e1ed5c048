"""A document on its way, for people: why it isn't there yet and what to do, as keys of the pages' texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outbound.states import State
from gateway.outbox import transmissions
from gateway.outbox.intents import GIVE_UP_AFTER


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sending of one document stands."""

    advice: str
    """`sending.waiting`, `sending.now`, `sending.again.<problem>` while it goes on by itself; `next.<problem>` where a
    person must act."""
    attempts: int = 0
    """Attempts of the present order; 0 where none was made, or it was given up."""
    given_up_at: datetime | None = None
    """When temporary trouble ends the order."""
    attempted_at: datetime | None = None
    reason: str | None = None
    """What the provider said last, in its words."""


async def under_way(db: AsyncConnection, company_id: UUID, row: Row[Any]) -> Way | None:
    """Of a document (a row of `queries.one`); None where nothing is on its way and nothing failed."""
    if row.state not in {State.QUEUED, State.SENDING, State.FAILED}:
        return None
    query = select(transmissions).where(transmissions.c.company_id == company_id, transmissions.c.document_id == row.id)
    known = (await db.execute(query)).one_or_none()
    if row.state == State.QUEUED or known is None:
        return Way(advice="sending.waiting")
    if known.problem is None and row.state == State.FAILED:
        return None  # settled by hand, as the facts say
    if known.problem is None:
        return Way(
            advice="sending.now",
            attempts=known.attempts,
            attempted_at=known.attempted_at,
            given_up_at=known.ordered_at + GIVE_UP_AFTER,
        )
    if known.attempts == 0:
        return Way(advice=f"next.{known.problem}", reason=known.reason)
    return Way(
        advice=f"sending.again.{known.problem}",
        attempts=known.attempts,
        given_up_at=known.ordered_at + GIVE_UP_AFTER,
        attempted_at=known.attempted_at,
        reason=known.reason,
    )
