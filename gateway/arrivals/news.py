"""Statuses that a provider proves: recorded once, whoever brings them and in whatever order.

They are believed of what was sent through this very line; the keys of others are as unknown as keys of nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.arrivals.errors import AnswersNothing
from gateway.arrivals.line import Line
from gateway.outbound import statuses
from gateway.wiring import Wiring
from peppol.message import StatusEvent


async def take(wiring: Wiring, line: Line, told: Sequence[StatusEvent], *, now: datetime) -> list[StatusEvent]:
    """Record each, committed on return; returns those about nothing that we sent through this line."""
    unknown = []
    for event in told:
        company_id = await statuses.sender_of(wiring, event.key, line.account_id)
        if company_id is None:
            unknown.append(event)
        else:
            await statuses.take(wiring, company_id, (event,), now=now)
    return unknown


def demand_known(unknown: Sequence[StatusEvent]) -> None:
    """Raises AnswersNothing where there are any."""
    if unknown:
        raise AnswersNothing(unknown[0].key)
