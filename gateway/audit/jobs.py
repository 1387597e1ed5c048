"""The background half of a verification: run it, record the report as an entry, tell listeners."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events
from gateway.audit import flow, queries
from gateway.audit.models import VerificationView, level_of
from gateway.jobqueue import Permanent
from gateway.wiring import Wiring
from ledger import canonical, store
from ledger.entry import Kind, NewEntry
from ledger.errors import LedgerBusy, LedgerError
from ledger.report import Report

VERIFY = "ledger.verify"


_log = structlog.get_logger()


class VerifyJob(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of `ledger.verify`."""

    verification_id: UUID


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of the entry that records a verification."""

    verification_id: UUID
    requested_by: str
    report: Report


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the event `verification.done`."""

    status: str
    first_bad_seq: int | None
    reason: str | None


async def verify(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Verify and record. A second run after a break begins anew; one after the end does nothing."""
    job = msgspec.json.decode(payload, type=VerifyJob)
    if company_id is None:
        raise Permanent("a verification belongs to a company")
    async with wiring.database.company(company_id) as db:
        asked = await queries.one(db, company_id, job.verification_id)
    if asked is None:
        raise Permanent(f"there is no verification {job.verification_id}")
    if asked.state == "done":
        return

    async def progress(checked: int, total: int) -> None:
        async with wiring.database.company(company_id) as db:
            await queries.set_progress(db, company_id, job.verification_id, checked=checked, total=total)

    report = await flow.verify_company(
        wiring.database, company_id, level=level_of(asked.level), keys=wiring.keys, progress=progress
    )
    async with wiring.database.company(company_id) as db:
        await _record(db, company_id, asked, report, now, wiring.keys)


async def _record(
    db: AsyncConnection, company_id: UUID, asked: VerificationView, report: Report, now: datetime, keys: KeyStore
) -> None:
    # The row first: of two workers only one goes on. The ledger last: its head stays locked to the end.
    if not await queries.finish(db, company_id, asked.id, report=report):
        return
    facts = Outcome(status=report.status, first_bad_seq=report.first_bad_seq, reason=report.reason)
    told = msgspec.Raw(msgspec.json.encode(facts))
    event = events.Event(kind="verification.done", subject_id=asked.id, at=now, actor=asked.requested_by, facts=told)
    await events.emit(db, company_id, event)
    recorded = Recorded(verification_id=asked.id, requested_by=asked.requested_by, report=report)
    entry = NewEntry(kind=Kind.VERIFICATION, canonical=canonical.dumps(recorded))
    try:
        async with db.begin_nested():
            (appended,) = await store.append(db, company_id, [entry], now=now, keys=keys)
            await queries.set_entry(db, company_id, asked.id, appended.seq)
    except (DBAPIError, LedgerError) as error:
        # A damaged ledger may take no more entries; that it is damaged has to be told all the same.
        if report.status == "ok" or isinstance(error, LedgerBusy):
            raise
        _log.warning("a failed verification could not be recorded as an entry", company_id=str(company_id))


HANDLERS = {VERIFY: verify}
