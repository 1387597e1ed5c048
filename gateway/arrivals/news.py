"""Statuses that a provider proves: recorded once, whoever brings them and in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.arrivals import ours
from gateway.arrivals.errors import AnswersNothing
from gateway.arrivals.line import Line
from gateway.wiring import Wiring
from peppol.message import StatusEvent


async def take(wiring: Wiring, line: Line, told: Sequence[StatusEvent], *, now: datetime) -> None:
    """Record each, committed on return. Raises AnswersNothing at the end where any is about nothing of ours."""
    unknown = []
    for event in told:
        known = await ours.by_key(wiring, line, event.key)
        if known is None:
            unknown.append(event.key)
        else:
            await ours.learn(wiring, known, event, now=now)
    if unknown:
        raise AnswersNothing(unknown[0])
