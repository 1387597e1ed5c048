"""The compliance clock: fourteen days of the UAE, counted from the earlier of tax point and issue; warned of once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import events
from gateway.outbound import queries, view, warnings
from gateway.outbound.deadline import Clock, deadline, transmit_by
from gateway.outbound.queries import Filter
from tests.gateway.outbound.conftest import Company
from ubl import Invoice

LAST = date(2026, 12, 5)


def midnight(day: date) -> datetime:
    """When a day begins in the UAE."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=4)


@pytest.mark.parametrize(
    ("now", "state", "left"),
    [
        (midnight(date(2026, 11, 21)), Clock.IN_TIME, 14),
        (midnight(date(2026, 12, 2)) - timedelta(seconds=1), Clock.IN_TIME, 4),
        (midnight(date(2026, 12, 2)), Clock.DUE_SOON, 3),
        (midnight(date(2026, 12, 6)) - timedelta(seconds=1), Clock.DUE_SOON, 0),
        (midnight(date(2026, 12, 6)), Clock.OVERDUE, -1),
    ],
)
def test_a_running_clock(now: datetime, state: Clock, left: int) -> None:
    clock = deadline(LAST, met_at=None, now=now)
    assert (clock.state, clock.days_left, clock.met_on) == (state, left, None)


@pytest.mark.parametrize(
    ("met_at", "state"),
    [(midnight(date(2026, 12, 6)) - timedelta(seconds=1), Clock.MET), (midnight(date(2026, 12, 6)), Clock.MET_LATE)],
)
def test_a_clock_that_was_stopped_stays_so_whatever_the_time(met_at: datetime, state: Clock) -> None:
    for now in (met_at, met_at + timedelta(days=900)):
        clock = deadline(LAST, met_at=met_at, now=now)
        assert (clock.state, clock.days_left) == (state, None)


@settings(max_examples=60, deadline=None)
@given(issued=st.dates(), earlier=st.integers(0, 400))
def test_an_earlier_tax_point_never_makes_a_deadline_later(issued: date, earlier: int) -> None:
    plain = transmit_by(issued, None)
    if issued.toordinal() <= earlier:
        return
    stated = transmit_by(issued, issued - timedelta(days=earlier))
    assert plain is None or (stated is not None and stated == plain - timedelta(days=earlier))


def test_without_a_date_there_is_no_clock() -> None:
    assert transmit_by(None, None) is None
    assert transmit_by(date.max, None) is None


async def clock_of(company: Company, document_id: UUID, now: datetime) -> view.Document:
    company.now = now
    async with company.call() as call:
        return await view.document(call, document_id)


async def kinds(company: Company, document_id: UUID) -> list[str]:
    async with company.database.company(company.id) as db:
        told = await events.timeline(db, company.id, document_id)
    return [event.kind for event in told if event.kind in {"invoice.due_soon", "invoice.overdue"}]


async def test_a_document_is_warned_of_once_when_it_is_due_soon_and_once_when_it_is_late(
    company: Company, invoice: Invoice
) -> None:
    dated = msgspec.structs.replace(invoice, issue_date=date(2026, 3, 2), due_date=date(2026, 4, 2))
    document_id = await company.draft(dated)
    start = company.now
    last = date(2026, 3, 16)
    try:
        for day, expected in [(-4, []), (-3, ["due_soon"]), (0, ["due_soon"]), (1, ["due_soon", "overdue"]), (9, None)]:
            now = midnight(last + timedelta(days=day))
            for _ in range(2):  # a repeated run says nothing new
                await warnings.warn(company.wiring, company.id, b"{}", now=now)
            if expected is not None:
                found = await kinds(company, document_id)
                assert found == [f"invoice.{kind}" for kind in expected], day
        assert await kinds(company, document_id) == ["invoice.due_soon", "invoice.overdue"]
        shown = await clock_of(company, document_id, midnight(last + timedelta(days=9)))
        assert shown.deadline is not None
        assert (shown.deadline.transmit_by, shown.deadline.state) == (last, Clock.OVERDUE)
    finally:
        company.now = start


async def test_what_is_late_is_said_once_even_if_nobody_looked_in_time(company: Company, invoice: Invoice) -> None:
    dated = msgspec.structs.replace(invoice, issue_date=date(2026, 2, 2), due_date=date(2026, 4, 2))
    document_id = await company.draft(dated)
    for day in (40, 41):
        await warnings.warn(company.wiring, company.id, b"{}", now=midnight(date(2026, 2, 16) + timedelta(days=day)))
    assert await kinds(company, document_id) == ["invoice.overdue"]


async def test_a_list_finds_what_is_overdue_and_what_will_be(company: Company, invoice: Invoice) -> None:
    old = await company.draft(msgspec.structs.replace(invoice, issue_date=date(2026, 1, 5), due_date=date(2026, 2, 5)))
    stated = msgspec.structs.replace(invoice, tax_point_date=date(2026, 11, 10))
    near = await company.draft(stated)
    far = await company.draft(invoice)

    async def found(**wanted: Any) -> set[UUID]:
        async with company.call() as call:
            page = await queries.page(
                call.db,
                company.id,
                Filter(**wanted),
                cursor=None,
                limit=200,
                now=call.now,
            )
        return {item.id for item in page.items} & {old, near, far}

    assert await found(overdue=True) == {old}
    assert await found(overdue=False) == {near, far}
    assert await found(due_before=date(2026, 11, 25)) == {old, near}
    assert await found(due_before=date(2026, 11, 24)) == {old}
