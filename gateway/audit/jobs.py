"""The background half of a verification: run it, record the report as an entry, tell listeners."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import CertsError, KeyStore, Signer
from gateway import events
from gateway.audit import flow, processes, queries
from gateway.audit.flow import Ask
from gateway.audit.known import signers_of
from gateway.audit.models import VerificationView, level_of
from gateway.db import Database
from gateway.jobqueue import Permanent
from gateway.wiring import Wiring
from gateway.witnessing import vouched
from ledger import canonical, signed_report, store
from ledger.entry import Kind, NewEntry
from ledger.errors import LedgerBusy, LedgerError, LedgerMissing
from ledger.report import Level, Report
from ledger.verify import Known, Progress, Statement

VERIFY = "ledger.verify"
_SHOW_EVERY = 5_000
"""Entries between two updates of the progress that people see."""

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
    """Verify and record. A run after a break goes on behind the last whole segment; one after the end does nothing."""
    job = msgspec.json.decode(payload, type=VerifyJob)
    if company_id is None:
        raise Permanent("a verification belongs to a company")
    async with wiring.database.company(company_id) as db:
        asked = await queries.one(db, company_id, job.verification_id)
        left = await queries.saved(db, company_id, job.verification_id)
        signers = await signers_of(db, company_id, wiring.keys)
    if asked is None:
        raise Permanent(f"there is no verification {job.verification_id}")
    if asked.state == "done":
        return
    desk = _Desk(wiring.database, company_id, asked, signers.ed25519 if signers else None)
    ask, saved = await _ask(wiring, company_id, asked), desk.opened(left)
    if saved is not None and any(
        saved.since <= size <= saved.joint.size and size not in saved.roots for size in _sizes(ask)
    ):
        saved = None  # witnesses have said more since, about entries that were passed already
    report = await flow.verify_company(
        wiring.database, company_id, ask, keys=wiring.keys, told=desk.told, save=desk.save, saved=saved
    )
    async with wiring.database.company(company_id) as db:
        await _record(db, company_id, asked, report, now, wiring.keys)


def _sizes(ask: Ask) -> set[int]:
    return {statement.size for statement in ask.statements}


async def _ask(wiring: Wiring, company_id: UUID, asked: VerificationView) -> Ask:
    since = None
    if asked.since_size is not None and asked.since_root is not None:
        since = Known(asked.since_size, asked.since_root)
    level, statements = level_of(asked.level), tuple[Statement, ...]()
    if level >= Level.WITNESSED:
        with suppress(LedgerMissing):  # the report says so
            statements = tuple(await vouched.statements(wiring, company_id))
    return Ask(level=level, deep=asked.deep, since=since, statements=statements, processes=processes.usable())


class _Left(msgspec.Struct, frozen=True):
    """What one run leaves for the next, and what it was asked: whoever asks for more meanwhile must get all of it."""

    level: Level
    deep: bool
    since_size: int | None
    since_root: bytes | None
    progress: Progress


class _Desk:
    """Where one verification leaves its progress: for people to see, and for another worker to go on from."""

    def __init__(self, database: Database, company_id: UUID, asked: VerificationView, signer: Signer | None) -> None:
        self._database, self._company_id, self._id, self._signer = database, company_id, asked.id, signer
        self._asked = (level_of(asked.level), asked.deep, asked.since_size, asked.since_root)
        self._shown = 0

    async def told(self, checked: int, total: int) -> None:
        if checked - self._shown >= _SHOW_EVERY or checked == total:
            self._shown = checked
            async with self._database.company(self._company_id) as db:
                await queries.set_progress(db, self._company_id, self._id, checked=checked, total=total)

    async def save(self, progress: Progress) -> None:
        if self._signer is not None:
            left = msgspec.json.encode(_Left(*self._asked, progress))
            state = signed_report.seal_state(left, self._id, self._signer)
            async with self._database.company(self._company_id) as db:
                await queries.save(db, self._company_id, self._id, state)

    def opened(self, left: bytes | None) -> Progress | None:
        """What an earlier run left of the same task, if our own key signed it: a row alone could tell anything."""
        if left is None or self._signer is None:
            return None
        state = signed_report.open_state(left, self._id, self._signer)
        found = None if state is None else msgspec.json.decode(state, type=_Left)
        if found is None or self._asked != (found.level, found.deep, found.since_size, found.since_root):
            _log.warning(
                "what a verification left was not left by us for this; it begins anew", company_id=str(self._company_id)
            )
            return None
        return found.progress


async def _record(
    db: AsyncConnection, company_id: UUID, asked: VerificationView, report: Report, now: datetime, keys: KeyStore
) -> None:
    note = await _signed(db, company_id, asked.id, report, keys)
    # The row first: of two workers only one goes on. The ledger last: its head stays locked to the end.
    if not await queries.finish(db, company_id, asked.id, report=report, note=note):
        return
    facts = Outcome(status=report.status, first_bad_seq=report.first_bad_seq, reason=report.reason)
    told = msgspec.Raw(msgspec.json.encode(facts))
    event = events.Event(kind="verification.done", subject_id=asked.id, at=now, actor=asked.requested_by, facts=told)
    await events.emit(db, company_id, event)
    recorded = Recorded(verification_id=asked.id, requested_by=asked.requested_by, report=report)
    entry = NewEntry(kind=Kind.VERIFICATION, canonical=canonical.dumps(recorded), attached=note)
    try:
        async with db.begin_nested():
            (appended,) = await store.append(db, company_id, [entry], now=now, keys=keys)
            await queries.set_entry(db, company_id, asked.id, appended.seq)
    except (DBAPIError, LedgerError, CertsError) as error:
        # A damaged ledger may take no more entries; that it is damaged has to be told all the same.
        if report.status == "ok" or isinstance(error, LedgerBusy):
            raise
        _log.warning("a failed verification could not be recorded as an entry", company_id=str(company_id))


async def _signed(
    db: AsyncConnection, company_id: UUID, verification_id: UUID, report: Report, keys: KeyStore
) -> bytes | None:
    """The report's note; None where the ledger's keys can't be opened, which the report tells then."""
    signers = await signers_of(db, company_id, keys)
    if signers is None:
        return None
    origin = (await store.head(db, company_id)).origin
    by = (signers.ed25519, signers.rsa)
    return await asyncio.to_thread(signed_report.sign, origin, verification_id, report, by)


HANDLERS = {VERIFY: verify}
