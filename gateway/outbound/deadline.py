"""The compliance clock: until which day a document has to be handed to the network, and how that stands. Pure.

An e-invoice is issued and transmitted within 14 days of the transaction (Ministerial Decision 243 of 2025 on the
electronic invoicing system, read in secondary sources). The transaction's day is the day of supply: the tax point
(IBT-007) where the document states one, otherwise the issue date (IBT-002), because the supply falls on the issue of
the invoice where that is earlier (Federal Decree-Law 8 of 2017 on VAT, article 25). So the earlier of the two counts,
and a deadline shown here is never later than the law's. The day of supply isn't counted, the fourteenth after it is the
last; days are those of the UAE. What stops the clock is the access point's word that it has the document.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from gateway.periods.calendar import today

DAYS = 14
SOON = 3
"""So many days before the last one a warning is due."""


class Clock(StrEnum):
    """How the deadline of a document stands."""

    IN_TIME = "in_time"
    DUE_SOON = "due_soon"
    """Three days are left, or fewer."""
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met_late"


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of one document."""

    transmit_by: date
    """The last day, in the UAE."""
    state: Clock
    met_on: date | None = None
    """The day on which the access point took it, in the UAE."""
    days_left: int | None = None
    """Of a clock that runs; negative: so many days late."""


def transmit_by(issue_date: date | None, tax_point_date: date | None) -> date | None:
    """The last day for a document of these dates; None while it states none, or lies at the end of the calendar.

    >>> transmit_by(date(2026, 11, 21), date(2026, 11, 10))
    datetime.date(2026, 11, 24)
    """
    days = [day for day in (issue_date, tax_point_date) if day is not None]
    if not days or min(days) > date.max - timedelta(days=DAYS):
        return None
    return min(days) + timedelta(days=DAYS)


def deadline(last_day: date, *, met_at: datetime | None, now: datetime) -> Deadline:
    """How the clock stands at an instant."""
    if met_at is not None:
        met_on = today(met_at)
        return Deadline(transmit_by=last_day, state=Clock.MET if met_on <= last_day else Clock.MET_LATE, met_on=met_on)
    left = (last_day - today(now)).days
    running = Clock.OVERDUE if left < 0 else Clock.DUE_SOON if left <= SOON else Clock.IN_TIME
    return Deadline(transmit_by=last_day, state=running, days_left=left)
