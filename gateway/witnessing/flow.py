"""Give a checkpoint to a witness and keep what it says; have all companies' checkpoints dated."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import Purpose
from gateway import alarms, events
from gateway.jobqueue import Permanent
from gateway.settings.witnesses import WitnessPlace
from gateway.wiring import Wiring
from gateway.witnessing import outside, queries
from gateway.witnessing.channels import Given, give
from gateway.witnessing.outcomes import STANDINGS, Judged, Outcome, Standing, Unavailable
from ledger import checkpoint, store
from ledger.cosignature import LOG, NoteKey
from ledger.errors import TimestampWrong
from ledger.store import tree
from ledger.timestamp import LARGEST_TOKEN, Anchor, Trust, accept, request

ACTOR = "system:witnessing"
CLOCKS_APART = timedelta(minutes=10)
"""How far an authority's time may be from ours before somebody has to look at the clocks."""

_log = structlog.get_logger()


class WitnessFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the events `witness.alarm` and `witness.trouble`."""

    witness: str
    outcome: Outcome
    size: int
    told: int | None
    detail: str


async def publish(wiring: Wiring, company_id: UUID, place: WitnessPlace, *, now: datetime) -> Outcome | None:
    """Give the newest checkpoint to one witness and keep its answer; None where there is no checkpoint yet.

    Raises `Unavailable`: nothing is kept then, and the job runs again.
    """
    async with wiring.database.company(company_id) as db:
        given = await _given(db, company_id, place)
    if given is None:
        return None

    async def proof(old: int) -> tuple[bytes, ...]:
        if old in (0, given.note.size):
            return ()
        async with wiring.database.company(company_id) as db:
            return tuple(await tree.consistency(db, company_id, old, given.note.size))

    judged = await give(wiring.settings, place, given, proof, now=now)
    outcome = judged.outcome
    if outcome is None:
        raise Unavailable(f"the witness {place.name} hasn't answered the question")
    async with wiring.database.company(company_id) as db:
        await _keep(db, company_id, place, given, outcome, judged, now=now)
    return outcome


async def stamp_all(wiring: Wiring, *, now: datetime) -> int:
    """One time stamp over all companies' newest checkpoints; returns how many there were.

    Raises `Unavailable`, and `Permanent` with an alarm where the authority's answer doesn't hold.
    """
    settings = wiring.settings
    if not settings.timestamp_url or settings.timestamp_roots is None:
        return 0
    async with wiring.database.platform() as db:
        notes = dict(await queries.all_newest(db))
    if not notes:
        return 0
    texts = {company_id: checkpoint.parse(note).text for company_id, note in notes.items()}
    anchor = await asyncio.to_thread(Anchor, list(texts.values()))
    asked = request(anchor.text())
    headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
    reply = await outside.post(settings.timestamp_url, asked.as_bytes(), headers, largest=LARGEST_TOKEN)
    if reply.status != 200:
        raise Unavailable(f"the time-stamping authority answers {reply.status}", after=reply.retry_after)
    try:
        trust = Trust.parse(await asyncio.to_thread(settings.timestamp_roots.read_bytes))
        at = await asyncio.to_thread(accept, asked, anchor.text(), reply.body, trust)
        if abs(at - now) > CLOCKS_APART:
            raise TimestampWrong(f"the authority's time is {at.isoformat()}, ours is {now.isoformat()}")
    except (TimestampWrong, OSError) as error:
        async with wiring.database.platform() as db:
            await alarms.sound(db, alarms.Alarm.TIMESTAMP, now=now)
        raise Permanent(f"no time stamp today: {error}") from error
    stamps = anchor.stamps(reply.body)
    for company_id, note in notes.items():
        async with wiring.database.company(company_id) as db:
            stamp = stamps[texts[company_id]]
            await queries.insert_stamp(db, company_id, note, stamp, at=at, authority=settings.timestamp_url)
    return len(notes)


async def log_keys(db: AsyncConnection, company_id: UUID) -> list[NoteKey]:
    """The ledger's Ed25519 keys as witnesses name them, newest first."""
    origin = (await store.head(db, company_id)).origin
    keys = [key for key in await store.public_keys(db, company_id) if key.purpose == Purpose.LEDGER]
    # The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key (RFC 8410).
    return [NoteKey(origin, LOG, key.spki[-32:]) for key in reversed(keys)]


async def _given(db: AsyncConnection, company_id: UUID, place: WitnessPlace) -> Given | None:
    signed = await queries.newest(db, company_id)
    if signed is None:
        return None
    keys = await log_keys(db, company_id)
    vouched = await queries.good_size(db, company_id, place.name)
    return Given(signed=signed, note=checkpoint.parse(signed), old=vouched, key=keys[0])


async def _keep(
    db: AsyncConnection,
    company_id: UUID,
    place: WitnessPlace,
    given: Given,
    outcome: Outcome,
    judged: Judged,
    *,
    now: datetime,
) -> None:
    """The answer as a row; a bad one also as an event, once, and an alarm, each time."""
    standing = STANDINGS[outcome]
    before = await queries.latest_outcome(db, company_id, place.name)
    size = given.note.size
    await queries.insert(db, company_id, place.name, size, outcome, judged, now=now)
    if standing is Standing.GOOD:
        return
    facts = WitnessFacts(witness=place.name, outcome=outcome, size=size, told=judged.told, detail=judged.detail)
    if before != outcome:
        told = msgspec.Raw(msgspec.json.encode(facts))
        event = events.Event(f"witness.{standing.value}", company_id, now, ACTOR, told)
        await events.emit(db, company_id, event)
    if standing is Standing.ALARM:
        await alarms.sound(db, alarms.Alarm.WITNESS, now=now)
    level = _log.error if standing is Standing.ALARM else _log.warning
    level(f"witness.{standing.value}", company_id=str(company_id), **msgspec.to_builtins(facts))
