"""The jobs of mailboxes by name, and how they are ordered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue
from gateway.jobqueue import Urgency

POLL, FETCH, REPLY = "mailboxes.poll", "mailboxes.fetch", "mailboxes.reply"


class FetchJob(msgspec.Struct, frozen=True):
    """Payload of `mailboxes.fetch`."""

    mailbox_id: UUID


class ReplyJob(msgspec.Struct, frozen=True):
    """Payload of `mailboxes.reply`."""

    message: UUID


async def fetch(db: AsyncConnection, company_id: UUID, mailbox_id: UUID, *, run_at: datetime | None = None) -> None:
    """Have a mailbox looked at; any number of orders makes one job."""
    payload, key = msgspec.json.encode(FetchJob(mailbox_id)), str(mailbox_id)
    bulk = Urgency.IN_BULK
    await jobqueue.enqueue(
        db, FETCH, payload, company_id=company_id, run_at=run_at, key=key, max_attempts=3, urgency=bulk
    )


async def reply(db: AsyncConnection, company_id: UUID, message: UUID) -> None:
    """Have a message's sender told."""
    payload = msgspec.json.encode(ReplyJob(message))
    await jobqueue.enqueue(db, REPLY, payload, company_id=company_id, key=str(message), urgency=Urgency.IN_BULK)
