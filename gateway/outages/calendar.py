"""Business days of the UAE, and by when the authority is to be told of a system failure. Pure.

A taxable person whose system fails tells the authority within two business days of the failure (Ministerial Decision
243 of 2025; Cabinet Decision 106 of 2025 sets AED 1,000 for each day of delay; both read in secondary sources).
Business days are Monday to Friday without public holidays, in the UAE's time; the day of the failure isn't counted.
Holidays are announced from year to year, so the installation's settings list them: one that is missing makes a deadline
early, never late.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from gateway.periods.calendar import today
from ledger.periods import EMIRATES

NOTIFY_WITHIN = 2
"""Business days."""
_FRIDAY = 5
_ONE = timedelta(days=1)


def is_business_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Whether offices work.

    >>> is_business_day(date(2026, 11, 20)), is_business_day(date(2026, 11, 21))
    (True, False)
    """
    return day.isoweekday() <= _FRIDAY and day not in holidays


def after(day: date, business_days: int, holidays: Collection[date] = ()) -> date:
    """The day on which so many business days have passed; `day` itself isn't counted.

    >>> after(date(2026, 11, 19), 2)
    datetime.date(2026, 11, 23)
    """
    while business_days > 0:
        day += _ONE
        business_days -= is_business_day(day, holidays)
    return day


def notify_by(failed_at: datetime, holidays: Collection[date] = ()) -> date:
    """The last day for telling the authority of a failure."""
    return after(today(failed_at), NOTIFY_WITHIN, holidays)


def end_of(day: date) -> datetime:
    """The instant at which a day is over in the UAE."""
    return datetime.combine(day + _ONE, time(), EMIRATES)
