"""VAT periods on the calendar: which one a day lies in, when its return is due. Pure.

The tax authority gives each company months or quarters, and tells with which month its quarters begin; a return is due
by the 28th of the month after. Both are the company's data (`TaxCalendar`), nothing here is assumed of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from ledger.periods import EMIRATES


class TaxCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's VAT periods."""

    months: Literal[1, 3] = 3
    """Length of a period."""
    first_month: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    """With which month of the year the first quarter begins; of no meaning for months."""
    filing_day: Annotated[int, msgspec.Meta(ge=1, le=28)] = 28
    """By this day of the month after a period its return is due."""
    close_when_filed: bool = True
    """Close a period by itself once its return is overdue; False: only a person closes it."""
    year_ends_in: Annotated[int, msgspec.Meta(ge=1, le=12)] = 12
    """The last month of the tax year, from whose end records are retained."""


class TaxPeriod(msgspec.Struct, frozen=True, order=True):
    """Days of one VAT period, both included."""

    first_day: date
    last_day: date

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


def period_of(calendar: TaxCalendar, day: date) -> TaxPeriod:
    """The period in which a day lies.

    >>> str(period_of(TaxCalendar(first_month=2), date(2026, 1, 31)))
    '2025-11-01 to 2026-01-31'
    """
    month = day.year * 12 + day.month - 1
    if calendar.months == 3:
        month -= (month - (calendar.first_month - 1)) % 3
    first = date(month // 12, month % 12 + 1, 1)
    return TaxPeriod(first, _months_on(first, calendar.months) - timedelta(days=1))


def rest_of(period: TaxPeriod, closed: Iterable[TaxPeriod], day: date) -> TaxPeriod | None:
    """The days around `day` that are left open of its period, which a change of calendar may have cut; None: none are.

    >>> str(rest_of(TaxPeriod(date(2026, 1, 1), date(2026, 3, 31)), [TaxPeriod(date(2026, 1, 1), date(2026, 1, 31))],
    ...     date(2026, 2, 14)))
    '2026-02-01 to 2026-03-31'
    """
    first, last = period.first_day, period.last_day
    for other in closed:
        if other.last_day < day:
            first = max(first, other.last_day + timedelta(days=1))
        elif other.first_day > day:
            last = min(last, other.first_day - timedelta(days=1))
        else:
            return None
    return TaxPeriod(first, last)


def filing_due(calendar: TaxCalendar, period: TaxPeriod) -> date:
    """The last day on which the period's return is in time.

    >>> filing_due(TaxCalendar(), TaxPeriod(date(2026, 10, 1), date(2026, 12, 31)))
    datetime.date(2027, 1, 28)
    """
    return (period.last_day + timedelta(days=1)).replace(day=calendar.filing_day)


def overdue(calendar: TaxCalendar, *, since: date, today: date) -> list[TaxPeriod]:
    """Periods that end on or after `since` and whose return was due before `today`, oldest first."""
    found = []
    period = period_of(calendar, since)
    while filing_due(calendar, period) < today:
        found.append(period)
        period = period_of(calendar, period.last_day + timedelta(days=1))
    return found


def today(now: datetime) -> date:
    """The day in the Emirates."""
    return now.astimezone(EMIRATES).date()


def _months_on(first: date, months: int) -> date:
    month = first.year * 12 + first.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)
