"""Statements of those outside about one ledger, gathered for a verification.

What lies in our own database proves less than what lies elsewhere: whoever rewrites a ledger can take rows away. So
witnesses that show what they keep (`involinks witness` does) are asked for it, and auditors bring their own files.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
import structlog

from gateway.settings.witnesses import WitnessPlace
from gateway.wiring import Wiring
from gateway.witnessing import outside, queries
from gateway.witnessing.outcomes import Unavailable
from ledger import store, witnessed
from ledger.timestamp import Trust
from ledger.witnessed import Vouched

NOTES, STAMPS = 500, 5_000
"""The newest so many: one cosigned checkpoint vouches for all entries before it, so older ones add little."""
_LARGEST = 256 * 1024

_log = structlog.get_logger()


async def statements(wiring: Wiring, company_id: UUID) -> list[Vouched]:
    """Cosigned checkpoints and time stamps from the database, and what reachable witnesses show now.

    Raises `LedgerMissing`, `TimestampWrong` where the trusted certificates can't be read.
    """
    settings = wiring.settings
    async with wiring.database.company(company_id) as db:
        origin = (await store.head(db, company_id)).origin
        notes = await queries.cosigned_notes(db, company_id, most=NOTES)
        stamps = await queries.stamps(db, company_id, most=STAMPS) if settings.timestamp_roots else []
    seen = await shown(settings.witnesses, origin)
    keys = [place.key for place in settings.witnesses if place.key is not None]

    def judged() -> list[Vouched]:
        found = [witnessed.cosigned(note, origin=origin, witnesses=keys) for note in seen]
        found += [_as_said(witnessed.cosigned(note, origin=origin, witnesses=keys), size) for size, note in notes]
        if settings.timestamp_roots is not None:
            trust = Trust.parse(settings.timestamp_roots.read_bytes())
            found += [
                _as_said(witnessed.stamped(stamp, origin=origin, trust=trust), size, at) for size, at, stamp in stamps
            ]
        return [statement for statement in found if statement is not None]

    return await asyncio.to_thread(judged)


def _as_said(statement: Vouched | None, size: int, at: datetime | None = None) -> Vouched | None:
    """The statement, unsound where the columns beside it say something else than it does."""
    if statement is None or statement.wrong or (statement.size == size and at in (None, statement.at)):
        return statement
    wrong = f"a row speaks of {size} entries or another time, and holds {statement.by} over {statement.size}"
    return msgspec.structs.replace(statement, wrong=wrong)


def brought(note: bytes, *, origin: str, witnesses: tuple[WitnessPlace, ...]) -> Vouched:
    """What a checkpoint states that an auditor brings; a known witness's line under it has to hold."""
    keys = [place.key for place in witnesses if place.key is not None]
    return witnessed.cosigned(note, origin=origin, witnesses=keys) or witnessed.kept(note, origin=origin)


async def shown(witnesses: tuple[WitnessPlace, ...], origin: str) -> list[bytes]:
    """What each witness shows as the last it cosigned; one that shows nothing or can't be reached is passed over."""
    path = f"/checkpoints/{sha256(origin.encode()).hexdigest()}"
    found = []
    for place in witnesses:
        if place.kind == "http":
            try:
                reply = await outside.get(f"{place.address}{path}", largest=_LARGEST)
            except Unavailable as error:
                _log.warning("witness.silent", witness=place.name, error=str(error))
                continue
            if reply.status == 200:
                found.append(reply.body)
    return found
