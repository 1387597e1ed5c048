"""When checkpoints go out: a sweep finds who is due, one job for each company and witness, one time stamp a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from gateway import jobqueue
from gateway.jobqueue import Permanent
from gateway.settings import Settings
from gateway.settings.witnesses import WitnessPlace
from gateway.wiring import Wiring
from gateway.witnessing import flow, queries

SWEEP, PUBLISH = "witness.sweep", "witness.publish"
DAILY, STAMP = "timestamp.daily", "timestamp.stamp"

ASKED_ANEW = timedelta(days=1)
"""A witness that answers is asked again though nothing changed: it notices at once where an old backup was restored."""
AFTER_A_REFUSAL = timedelta(hours=1)
PATIENT = 1_000
"""Attempts, at most an hour apart: a witness may be away for weeks."""


class PublishJob(msgspec.Struct, frozen=True):
    """Payload of `witness.publish`."""

    witness: str


async def sweep(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order a publication for each company and witness that is due."""
    places = wiring.settings.witnesses
    if not places:
        return
    async with wiring.database.platform() as db:
        found = await queries.due(
            db,
            PUBLISH,
            [place.name for place in places],
            [_every(wiring.settings, place) for place in places],
            [ASKED_ANEW if place.kind == "http" else None for place in places],
            refused=AFTER_A_REFUSAL,
            now=now,
        )
        for company, witness in found:
            job = msgspec.json.encode(PublishJob(witness))
            await jobqueue.enqueue(db, PUBLISH, job, company_id=company, key=witness, max_attempts=PATIENT)


async def publish(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Give one company's newest checkpoint to one witness."""
    if company_id is None:
        raise Permanent("a checkpoint belongs to a company")
    name = msgspec.json.decode(payload, type=PublishJob).witness
    place = next((place for place in wiring.settings.witnesses if place.name == name), None)
    if place is not None:  # else it was taken out of the settings meanwhile
        await flow.publish(wiring, company_id, place, now=now)


async def daily(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order the day's time stamp; a job of its own, because an authority may be away for hours."""
    async with wiring.database.platform() as db:
        await jobqueue.enqueue(db, STAMP, b"{}", company_id=None, key="daily", max_attempts=40)


async def stamp(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Have all companies' newest checkpoints dated. Run twice, it dates them twice, which harms nothing."""
    await flow.stamp_all(wiring, now=now)


def schedule(settings: Settings) -> Mapping[str, timedelta]:
    """The sweep as often as the most impatient witness wants it; nothing where nobody is to be told."""
    kinds = {}
    if settings.witnesses:
        kinds[SWEEP] = min(_every(settings, place) for place in settings.witnesses)
    if settings.timestamp_url:
        kinds[DAILY] = timedelta(days=1)
    return kinds


def _every(settings: Settings, place: WitnessPlace) -> timedelta:
    return timedelta(seconds=settings.witness_every if place.kind == "http" else settings.witness_copy_every)


HANDLERS = {SWEEP: sweep, PUBLISH: publish, DAILY: daily, STAMP: stamp}
