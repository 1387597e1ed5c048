"""What an unproven call leads to: a question to the provider, soon. Nothing that the call says is believed.

A hint can only bring forward what the schedule does anyway, and any number of them makes one job.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.arrivals import fetching, ours, unreadable
from gateway.arrivals.line import Line
from gateway.arrivals.ours import Ours
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
        for meant in await _meant(wiring, line, hint):
            await ours.ask_now(wiring, meant, now=now)


async def _meant(wiring: Wiring, line: Line, hint: Hint) -> list[Ours]:
    if hint.key:
        known = await ours.by_key(wiring, line, hint.key)
        return [known] if known and known.by is None else []  # the line that would be asked is the present one
    company_id = line.company_id or await unreadable.sole_company(wiring)
    return await ours.latest(wiring, line, company_id, hint.reference, most=_LATEST) if company_id else []
