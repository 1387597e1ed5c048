"""The one hall behind every door: check a file, keep its bytes, make its bill, order its reading."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger.errors
from gateway import events, jobqueue, lifecycle
from gateway.bills import evidence, fields, queries, scanning
from gateway.bills.came import Came, Door, Taken
from gateway.bills.errors import FileRefused
from gateway.bills.evidence import Arrival
from gateway.bills.models import MACHINE, files
from gateway.db import new_id
from gateway.http.problems import Unavailable
from gateway.wiring import Wiring
from ingestion.bounds import Bounds
from ingestion.detect import Detected, detect
from ingestion.errors import Refused
from ledger.entry import Kind

__all__ = ["READ", "Came", "Door", "ReadJob", "Taken", "receive"]

READ = "bills.read"
"""The job that reads a bill; its payload is a `ReadJob`."""


class ReadJob(msgspec.Struct, frozen=True):
    """Which bill is to be read."""

    bill_id: UUID


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of an arrival, and of another one of the same bytes."""

    door: Door
    name: str
    size: int
    media_type: str
    state: str | None = None
    """Of a repetition: where the bill stood that these bytes had made before."""


async def receive(wiring: Wiring, company_id: UUID, data: bytes, came: Came, *, now: datetime) -> Taken:
    """Take a file; on return it is committed.

    The same bytes make nothing new, through whatever door and at the same time: the earlier bill is answered, whatever
    became of it. Raises FileRefused: never try again. ScannerUnavailable and anything else: try again.
    """
    loop = asyncio.get_running_loop()
    try:
        detected = await loop.run_in_executor(wiring.executor, _detect, data, came, wiring.reader.bounds)
    except Refused as refused:
        raise FileRefused(refused.code, str(refused)) from None
    scanned = await scanning.scan(data, wiring.settings.virus_scanner)
    digest = await wiring.storage.put(data)
    facts = {name: fields.tidy(value) for name, value in came.facts.items()} | {"virus_scan": scanned}
    try:
        async with wiring.database.company(company_id) as db:
            return await _keep(db, wiring, company_id, msgspec.structs.replace(came, facts=facts), detected, digest,
                               size=len(data), now=now)  # fmt: skip
    except ledger.errors.KeyRotated:
        raise Unavailable("The company's signing key was replaced this very moment; send the file again.") from None


async def order_reading(
    db: AsyncConnection,
    company_id: UUID,
    bill_id: UUID,
    *,
    urgency: jobqueue.Urgency = jobqueue.Urgency.AT_ONCE,
) -> None:
    """Let a worker read this bill, once."""
    order = msgspec.json.encode(ReadJob(bill_id))
    await jobqueue.enqueue(db, READ, order, company_id=company_id, key=str(bill_id), urgency=urgency)


async def _keep(
    db: AsyncConnection,
    wiring: Wiring,
    company_id: UUID,
    came: Came,
    detected: Detected,
    digest: str,
    *,
    size: int,
    now: datetime,
) -> Taken:
    file_id, bill_id, name = new_id(), new_id(), came.short_name
    made = insert(files).values(
        company_id=company_id, id=file_id, sha256=digest, door=came.door.value, name=name,
        media_type=detected.kind.value, size=size, received_at=now, sent_by=came.actor,
        facts=msgspec.json.encode(came.facts),
    )  # fmt: skip
    told = Told(door=came.door, name=name, size=size, media_type=detected.kind.value)
    # Whoever comes second with the same bytes waits here until the first has committed or failed.
    if (await db.execute(made.on_conflict_do_nothing().returning(files.c.id))).one_or_none() is None:
        return await _repeated(db, company_id, digest, came, told, now=now)
    fact = Arrival(
        bill_id=bill_id, file_id=file_id, part=1, sha256=digest, size=size, media_type=detected.kind.value,
        claimed_type=fields.tidy(came.media_type), name=name,
        contradictions=tuple(one.value for one in detected.contradictions), door=came.door.value, sent_by=came.actor,
        received_at=now, facts=came.facts,
    )  # fmt: skip
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=MACHINE.initial,
        actor=came.actor,
        step=lifecycle.Step.BEGIN,
        facts=told,
        entry=evidence.entry(Kind.BILL, fact),
        values=beginning(file_id, 1, makers=[came.maker] if came.maker else [], now=now),
    )
    await order_reading(db, company_id, bill_id)
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)
    return Taken(bill_id=bill_id, file_id=file_id, file_sha256=digest, duplicate=False, state=MACHINE.initial)


def beginning(file_id: UUID, part: int, *, makers: list[UUID], now: datetime) -> dict[str, object]:
    """The columns of a bill that nothing was read of."""
    nothing: dict[str, object] = {name: [] for name in ("pages", "reasons", "holds", "released", "near")}
    return {**nothing, "file_id": file_id, "part": part, "makers": makers, "received_at": now, "attempts": 0}


async def _repeated(
    db: AsyncConnection, company_id: UUID, digest: str, came: Came, told: Told, *, now: datetime
) -> Taken:
    earlier = await queries.of_file(db, company_id, digest)
    told = msgspec.structs.replace(told, state=earlier.state)
    facts = msgspec.Raw(msgspec.json.encode(told))
    await events.emit(db, company_id, events.Event("bill.repeated", earlier.id, now, came.actor, facts))
    return Taken(
        bill_id=earlier.id, file_id=earlier.file_id, file_sha256=digest, duplicate=True, state=earlier.state
    )  # fmt: skip


def _detect(data: bytes, came: Came, bounds: Bounds) -> Detected:
    return detect(data, name=came.short_name, media_type=came.media_type, bounds=bounds)
