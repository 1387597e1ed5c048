"""A person's word on an order to send that ended with nobody knowing.

Providers that can't be asked by key (Storecove, Peppyrus) leave some outcomes open for ever. Nothing automatic ever
closes one; a person who has looked at the provider may.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outbox.intents import IN_THE_AIR

_OPEN = """
    select t.*, exists (
        select from transmission_events e where e.company_id = t.company_id and e.transmission_id = t.id
    ) as spoken_of
    from transmissions t
    where t.company_id = :company_id and t.{column} = :id and t.uncertain and t.problem = 'unknown' and t.attempts = 0
        and not exists (
            select from transmission_attempts a where a.company_id = t.company_id and a.transmission_id = t.id
                and a.ended_at is null and a.begun_at > cast(:since as timestamptz))
    for no key update of t
"""
_CLOSE = text("""
    update transmissions set uncertain = false, problem = null, next_step = null, reason = :note,
        reference = :reference, accepted_at = :accepted_at
    where company_id = :company_id and id = :id and uncertain
""")


async def unresolved(
    db: AsyncConnection, company_id: UUID, column: str, subject_id: UUID, *, now: datetime
) -> Row[Any] | None:
    """The transmission of a document (or response) whose row the caller holds, locked too; None where it isn't one.

    It is one where the order was given up, the last word is that nobody knows, and no call can still be on its way.
    `spoken_of`: the provider has told something of it since.
    """
    given = {"company_id": company_id, "id": subject_id, "since": now - IN_THE_AIR}
    return (await db.execute(text(_OPEN.format(column=column)), given)).one_or_none()


async def settle(
    db: AsyncConnection, company_id: UUID, transmission_id: UUID, *, note: str, reference: str | None, at: datetime
) -> None:
    """Write it down: arrived where there is a `reference`, else surely not there. `at`: when it was taken."""
    given = {"company_id": company_id, "id": transmission_id, "note": note, "reference": reference}
    await db.execute(_CLOSE, {**given, "accepted_at": at if reference else None})
