"""What an unproven call leads to: a question to the provider, soon. Nothing that the call says is believed.

A hint can only bring forward what the schedule does anyway, and any number of them makes one job.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from gateway import jobqueue
from gateway.arrivals import fetching, unreadable
from gateway.arrivals.line import Line
from gateway.outbound import statuses
from gateway.outbound.jobs import FOLLOW, FollowJob
from gateway.wiring import Wiring
from peppol.message import Concern, Hint

_LATEST = 20
"""Messages that are asked for where a hint names none: the latest that the provider has taken."""


async def heed(wiring: Wiring, line: Line, unproven: Sequence[Hint], *, now: datetime) -> None:
    """Order the questions; what a hint names and nobody here knows leads to none."""
    for hint in unproven:
        if hint.concern is Concern.INBOX:
            async with wiring.database.platform() as db:
                await fetching.order(db, line.account_id, line.company_id)
            continue
        for company_id, transmission_id in await _meant(wiring, line, hint):
            async with wiring.database.company(company_id) as db:
                job = msgspec.json.encode(FollowJob(transmission_id))
                key = str(transmission_id)
                await jobqueue.enqueue(db, FOLLOW, job, company_id=company_id, run_at=now, key=key)


async def _meant(wiring: Wiring, line: Line, hint: Hint) -> list[tuple[UUID, UUID]]:
    """Company and transmission of those that the hint may be about."""
    if hint.key:
        company_id = await statuses.sender_of(wiring, hint.key, line.account_id)
        return [(company_id, UUID(hint.key))] if company_id else []
    company_id = line.company_id or await unreadable.sole_company(wiring)
    if company_id is None:
        return []
    async with wiring.database.company(company_id) as db:
        found = await statuses.latest(db, company_id, line.account_id, reference=hint.reference, most=_LATEST)
    return [(company_id, transmission_id) for transmission_id in found]
