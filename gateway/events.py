"""What happened, for people to read: the timeline of a document, a key or a person.

A row is written in the transaction that did the thing. The timeline is for reading; the proof is the ledger. Nobody is
notified: NOTIFY makes PostgreSQL commit one transaction after the other, which cut the rate of 16 writers to a fifth.

A kind is the subject and what happened to it. Those of a document are its machine's subject and the state that was
entered, in lower case (`invoice.draft`, `invoice.finalized`, `document.received`); beside them stand the facts that
change no state, such as `invoice.edited` or `transmission.reported`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id

EMIT = """
    insert into events (company_id, id, subject_id, kind, at, actor, facts)
    select cast(:event_company as uuid), e.id, e.subject_id, e.kind, e.at, e.actor, cast(e.facts as jsonb)
    from unnest(
        cast(:event_ids as uuid[]), cast(:event_subjects as uuid[]), cast(:event_kinds as text[]),
        cast(:event_times as timestamptz[]), cast(:event_actors as text[]), cast(:event_facts as text[])
    ) as e(id, subject_id, kind, at, actor, facts)
"""
"""The statement, for whoever makes it a part of a larger one: its rows are `e`, its values those of `given`."""

_EMIT = text(EMIT)
_TIMELINE = text("""
    select kind, subject_id, at, actor, facts::text as facts from events
    where company_id = :company_id and subject_id = :subject_id order by id limit :most
""")


class Event(msgspec.Struct, frozen=True):
    """One thing that happened."""

    kind: str
    """`subject.what`, in lower case; the database refuses any other form."""
    subject_id: UUID
    """The document, key or person it happened to."""
    at: datetime
    """Aware; the instant that the doer calls now."""
    actor: str
    """`user:<id>`, `key:<id>` or `system:<part>`."""
    facts: msgspec.Raw
    """A JSON object: what the timeline shows beside the kind. Never a secret."""


def given(company_id: UUID, happened: Sequence[Event]) -> dict[str, object]:
    """The values of `EMIT`."""
    return {
        "event_company": company_id,
        "event_ids": [new_id() for _ in happened],
        "event_subjects": [event.subject_id for event in happened],
        "event_kinds": [event.kind for event in happened],
        "event_times": [event.at for event in happened],
        "event_actors": [event.actor for event in happened],
        "event_facts": [bytes(event.facts).decode() for event in happened],
    }


async def emit(db: AsyncConnection, company_id: UUID, *happened: Event) -> None:
    """Write events in the caller's transaction, in one round trip."""
    if happened:
        await db.execute(_EMIT, given(company_id, happened))


async def timeline(db: AsyncConnection, company_id: UUID, subject_id: UUID, *, most: int = 1000) -> list[Event]:
    """What happened to one subject, oldest first."""
    rows = await db.execute(_TIMELINE, {"company_id": company_id, "subject_id": subject_id, "most": most})
    return [Event(row.kind, row.subject_id, row.at, row.actor, msgspec.Raw(row.facts.encode())) for row in rows]
