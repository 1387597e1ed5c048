"""Business days of the UAE, whatever the calendar holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outages import calendar

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
HOLIDAYS = st.frozensets(DAYS, max_size=5)
NATIONAL = frozenset({date(2026, 12, 2), date(2026, 12, 3)})


@settings(max_examples=150, deadline=None)
@given(day=DAYS, count=st.integers(0, 40), data=st.data())
def test_so_many_business_days_lie_behind_the_day_and_it_is_one(day: date, count: int, data: st.DataObject) -> None:
    holidays = data.draw(st.frozensets(st.integers(-3, 70).map(lambda off: day + timedelta(days=off)), max_size=20))
    last = calendar.after(day, count, holidays)
    passed = [day + timedelta(days=off) for off in range(1, (last - day).days + 1)]
    assert sum(calendar.is_business_day(one, holidays) for one in passed) == count
    assert count == 0 or calendar.is_business_day(last, holidays), "offices work on the last day"


@settings(max_examples=150, deadline=None)
@given(first=DAYS, later=st.integers(0, 30), count=st.integers(0, 10), holidays=HOLIDAYS)
def test_a_later_failure_is_never_due_earlier(
    first: date, later: int, count: int, holidays: frozenset[date]
) -> None:  # fmt: skip
    assert calendar.after(first, count, holidays) <= calendar.after(first + timedelta(days=later), count, holidays)


@settings(max_examples=150, deadline=None)
@given(day=DAYS, first=st.integers(0, 10), second=st.integers(0, 10), holidays=HOLIDAYS)
def test_days_add_up(day: date, first: int, second: int, holidays: frozenset[date]) -> None:
    by_steps = calendar.after(calendar.after(day, first, holidays), second, holidays)
    assert by_steps == calendar.after(day, first + second, holidays)


@settings(max_examples=100, deadline=None)
@given(day=DAYS, count=st.integers(1, 10), holidays=HOLIDAYS, forgotten=st.sets(st.integers(0, 12), max_size=3))
def test_a_forgotten_holiday_makes_a_deadline_early_never_late(
    day: date, count: int, holidays: frozenset[date], forgotten: set[int]
) -> None:
    all_of_them = holidays | {day + timedelta(days=off) for off in forgotten}
    assert calendar.after(day, count, holidays) <= calendar.after(day, count, all_of_them)


@settings(max_examples=100, deadline=None)
@given(at=st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_the_day_of_a_failure_is_the_uaes(at: datetime) -> None:
    due = calendar.notify_by(at)
    assert 2 <= (due - (at + timedelta(hours=4)).date()).days <= 4
    assert calendar.end_of(due) - at <= timedelta(days=5)
    assert calendar.end_of(due).astimezone(UTC).hour == 20


@pytest.mark.parametrize(
    ("failed", "due"),
    [
        ("2026-11-16T08:00+04:00", "2026-11-18"),  # Monday
        ("2026-11-19T08:00+04:00", "2026-11-23"),  # Thursday: Friday, Monday
        ("2026-11-20T23:59+04:00", "2026-11-24"),  # Friday: Monday, Tuesday
        ("2026-11-20T20:30+00:00", "2026-11-24"),  # already Saturday in the UAE
        ("2026-11-22T08:00+04:00", "2026-11-24"),  # Sunday
        ("2026-12-01T08:00+04:00", "2026-12-07"),  # two holidays, then a weekend
        ("2026-12-02T08:00+04:00", "2026-12-07"),
    ],
)
def test_examples(failed: str, due: str) -> None:
    assert calendar.notify_by(datetime.fromisoformat(failed), NATIONAL) == date.fromisoformat(due)
