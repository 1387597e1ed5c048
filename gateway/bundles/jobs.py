"""The background half: write the bundle, keep the file, record the export as an entry, take the file away in time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events
from gateway.bundles import flow, queries
from gateway.bundles.flow import Wanted
from gateway.bundles.models import BundleView, Exported
from gateway.jobqueue import Permanent, enqueue
from gateway.storage import CHUNK
from gateway.wiring import Wiring
from ledger import canonical, store
from ledger.bundle import Written
from ledger.entry import Kind, NewEntry
from ledger.errors import BundleRefused, LedgerMissing, TreeDamaged

MAKE, EXPIRE = "ledger.bundle", "ledger.bundle-expire"
KEPT = timedelta(hours=24)
"""How long the file can be fetched: it holds whole documents, so it doesn't stay."""
_SHOW_EVERY = 2_000
"""Entries between two updates of the progress that people see."""


class BundleJob(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of both kinds."""

    bundle_id: UUID


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the events `bundle.done` and `bundle.failed`."""

    first: int
    last: int
    failure: str | None = None


async def make(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Write and record. A run after a break begins anew, or goes on with the file that is there."""
    if company_id is None:
        raise Permanent("a bundle belongs to a company")
    bundle_id = msgspec.json.decode(payload, type=BundleJob).bundle_id
    asked = await _one(wiring, company_id, bundle_id)
    if asked is None:
        raise Permanent(f"there is no bundle {bundle_id}")
    if asked.state in ("queued", "running"):
        try:
            await _write(wiring, company_id, asked)
        except (BundleRefused, LedgerMissing, TreeDamaged) as error:
            await _fail(wiring, company_id, asked, str(error), now)
            return
        asked = await _one(wiring, company_id, bundle_id)
    if asked is not None and asked.state == "written":
        await _record(wiring, company_id, asked, now)


async def expire(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Take the file away; that it was there, and its digest, stay known."""
    if company_id is None:
        raise Permanent("a bundle belongs to a company")
    bundle_id = msgspec.json.decode(payload, type=BundleJob).bundle_id
    async with wiring.database.company(company_id) as db:
        digest = await queries.expire(db, company_id, bundle_id, now=now)
        if digest is not None:
            await wiring.storage.remove(digest)


async def record_export(
    wiring: Wiring,
    company_id: UUID,
    bundle_id: UUID,
    *,
    sha256: str,
    size: int,
    written: Written,
    by: str,
    now: datetime,
) -> int:
    """The entry that says a bundle was made, in a transaction of its own; returns its seq. `size`: bytes."""
    async with wiring.database.company(company_id) as db:
        entry = _entry(bundle_id, sha256, size, written, by)
        (appended,) = await store.append(db, company_id, [entry], now=now, keys=wiring.keys)
        return appended.seq


async def _one(wiring: Wiring, company_id: UUID, bundle_id: UUID) -> BundleView | None:
    async with wiring.database.company(company_id) as db:
        return await queries.one(db, company_id, bundle_id)


async def _write(wiring: Wiring, company_id: UUID, asked: BundleView) -> None:
    shown = 0

    async def told(written: int, total: int) -> None:
        nonlocal shown
        if written - shown >= _SHOW_EVERY or written == total:
            shown = written
            async with wiring.database.company(company_id) as db:
                await queries.set_progress(db, company_id, asked.id, written=written)

    scratch = wiring.settings.home / "scratch"
    await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
    witnesses = [place.key for place in wiring.settings.witnesses if place.key is not None]
    with tempfile.TemporaryFile(dir=scratch) as file:
        written = await flow.write(
            wiring.database,
            company_id,
            file,
            Wanted(asked.first, asked.last),
            keys=wiring.keys,
            witnesses=witnesses,
            scratch=scratch,
            told=told,
        )
        size = await asyncio.to_thread(file.seek, 0, 2)
        digest = await wiring.storage.put(_pieces(file))
    async with wiring.database.company(company_id) as db:
        await queries.set_written(db, company_id, asked.id, sha256=digest, size=size, written=written)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, CHUNK):
        yield piece


async def _record(wiring: Wiring, company_id: UUID, asked: BundleView, now: datetime) -> None:
    async with wiring.database.company(company_id) as db:
        # The row first: of two workers only one goes on. The ledger last: its head stays locked to the end.
        root = await queries.finish(db, company_id, asked.id, expires_at=now + KEPT)
        if root is None:
            return
        job = msgspec.json.encode(BundleJob(bundle_id=asked.id))
        await enqueue(db, EXPIRE, job, company_id=company_id, run_at=now + KEPT)
        await _tell(db, company_id, "bundle.done", asked, None, now)
        written = Written(
            first=asked.first,
            last=asked.last,
            size=asked.size or 0,
            root=root,
            documents=asked.documents or 0,
            erased=asked.erased or 0,
        )
        entry = _entry(asked.id, asked.sha256 or "", asked.bytes or 0, written, asked.requested_by)
        (appended,) = await store.append(db, company_id, [entry], now=now, keys=wiring.keys)
        await queries.set_entry(db, company_id, asked.id, appended.seq)
        if await queries.end_outdated(db, company_id, asked.id, now=now):
            await enqueue(db, EXPIRE, job, company_id=company_id)


async def _fail(wiring: Wiring, company_id: UUID, asked: BundleView, reason: str, now: datetime) -> None:
    async with wiring.database.company(company_id) as db:
        if await queries.fail(db, company_id, asked.id, reason):
            await _tell(db, company_id, "bundle.failed", asked, reason, now)


async def _tell(
    db: AsyncConnection, company_id: UUID, kind: str, asked: BundleView, failure: str | None, now: datetime
) -> None:
    facts = msgspec.Raw(msgspec.json.encode(Outcome(first=asked.first, last=asked.last, failure=failure)))
    event = events.Event(kind=kind, subject_id=asked.id, at=now, actor=asked.requested_by, facts=facts)
    await events.emit(db, company_id, event)


def _entry(bundle_id: UUID, sha256: str, size: int, written: Written, by: str) -> NewEntry:
    told = Exported(
        bundle_id=bundle_id,
        bytes=size,
        documents=written.documents,
        first=written.first,
        last=written.last,
        requested_by=by,
        root=written.root,
        sha256=sha256,
        size=written.size,
    )
    return NewEntry(kind=Kind.EXPORT, canonical=canonical.dumps(told))


HANDLERS = {MAKE: make, EXPIRE: expire}
