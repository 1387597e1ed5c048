"""What happened, for people to read: the timeline of a document, a key or a person.

A row is written in the transaction that did the thing. The timeline is for reading; the proof is the ledger. Nobody is
notified: NOTIFY makes PostgreSQL commit one transaction after the other, which cut the rate of 16 writers to a fifth.

A kind is the subject and what happened to it. Those of a document are its machine's subject and the state that was
entered, in lower case (`invoice.draft`, `invoice.finalized`, `bill.received`); beside them stand the facts that
change no state, such as `invoice.edited` or `transmission.reported`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id

_EMIT = text("""
    insert into events (company_id, id, subject_id, kind, at, actor, facts)
    values (:company_id, :id, :subject_id, :kind, :at, :actor, cast(cast(:facts as text) as jsonb))
""")
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


async def emit(db: AsyncConnection, company_id: UUID, *happened: Event) -> None:
    """Write events in the caller's transaction, in one round trip."""
    rows = [
        {
            "company_id": company_id,
            "id": new_id(),
            "subject_id": event.subject_id,
            "kind": event.kind,
            "at": event.at,
            "actor": event.actor,
            "facts": bytes(event.facts).decode(),
        }
        for event in happened
    ]
    if rows:
        await db.execute(_EMIT, rows if len(rows) > 1 else rows[0])


async def timeline(db: AsyncConnection, company_id: UUID, subject_id: UUID, *, most: int = 1000) -> list[Event]:
    """What happened to one subject, oldest first."""
    rows = await db.execute(_TIMELINE, {"company_id": company_id, "subject_id": subject_id, "most": most})
    return [Event(row.kind, row.subject_id, row.at, row.actor, msgspec.Raw(row.facts.encode())) for row in rows]
