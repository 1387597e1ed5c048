"""Every night a random sample of each company's sealed documents is made again; what drifts is an alarm."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from gateway import alarms, events, jobqueue
from gateway.companies import queries as companies
from gateway.db import new_id
from gateway.jobqueue import Permanent
from gateway.replay import queries
from gateway.replay.models import Sample, sample_of
from gateway.replay.replay import Outcome, Replayed, replay
from gateway.wiring import Wiring
from ledger import canonical, store
from ledger.entry import Kind, NewEntry

NIGHTLY = "replay.nightly"
SAMPLE = "replay.sample"
ACTOR = "system:replay"
_SEEDS = 2**53

_log = structlog.get_logger()


class SampleJob(msgspec.Struct, frozen=True):
    """Payload of `replay.sample`: a repeated attempt takes the same documents."""

    seed: int


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the event `replay.drift`."""

    seqs: tuple[int, ...]
    detail: str
    entry_seq: int


async def nightly(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order a sample for every company that has a ledger."""
    async with wiring.database.platform() as db:
        for each in await companies.ids(db):
            job = SampleJob(seed=secrets.randbelow(_SEEDS))
            await jobqueue.enqueue(db, SAMPLE, msgspec.json.encode(job), company_id=each, key="nightly")


async def sample(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Replay one company's sample and record it; nothing is recorded for a company without documents."""
    if company_id is None:
        raise Permanent("a sample belongs to a company")
    seed = msgspec.json.decode(payload, type=SampleJob).seed
    async with wiring.database.company(company_id) as db:
        count = (await store.head(db, company_id)).count
        seqs = await queries.draw(db, company_id, seed=seed, count=count, wanted=wiring.settings.replay_sample)
    replayed = [await one(wiring, company_id, seq) for seq in seqs]
    if replayed:
        await _record(wiring, company_id, sample_of(seed, count, replayed), now=now)


async def one(wiring: Wiring, company_id: UUID, seq: int) -> Replayed:
    """Replay one sealed document, the check in a thread. Raises `LedgerMissing`, ValueError for another entry."""
    async with wiring.database.company(company_id) as db:
        record = await store.record(db, company_id, seq, keys=wiring.keys)
    return await asyncio.get_running_loop().run_in_executor(wiring.executor, replay, record)


async def _record(wiring: Wiring, company_id: UUID, found: Sample, *, now: datetime) -> None:
    drifted = found.outcomes[Outcome.DRIFT.value]
    sample_id = new_id()
    async with wiring.database.company(company_id) as db:
        entry = NewEntry(kind=Kind.VERIFICATION, canonical=canonical.dumps(found))
        (appended,) = await store.append(db, company_id, [entry], now=now, keys=wiring.keys)
        await queries.insert(db, company_id, sample_id, found, entry_seq=appended.seq, now=now)
        if drifted:
            seqs = tuple(odd.seq for odd in found.findings if odd.outcome is Outcome.DRIFT)
            facts = Drift(seqs=seqs, detail=found.findings[0].detail, entry_seq=appended.seq)
            told = msgspec.Raw(msgspec.json.encode(facts))
            event = events.Event(kind="replay.drift", subject_id=sample_id, at=now, actor=ACTOR, facts=told)
            await events.emit(db, company_id, event)
            await alarms.sound(db, alarms.Alarm.REPLAY_DRIFT, times=drifted, now=now)
            _log.error("replay.drift", company_id=str(company_id), seqs=seqs, detail=facts.detail)


HANDLERS = {NIGHTLY: nightly, SAMPLE: sample}
SCHEDULE = {NIGHTLY: timedelta(days=1)}
