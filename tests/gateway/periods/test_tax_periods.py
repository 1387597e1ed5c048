"""A closed VAT period takes no further document, unless somebody with the right to lets one in and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gateway.outbound import rules, view
from gateway.outbound.errors import InvalidDocument
from gateway.periods import flow, queries
from gateway.periods.calendar import TaxCalendar, TaxPeriod, filing_due, overdue, period_of, today
from gateway.periods.errors import DocumentUnknown, PeriodClosed, PeriodNotOver, PeriodOpen
from ledger.entry import Kind
from tests.gateway.outbound.conftest import NOW, Company
from ubl import Invoice

OCTOBER = date(2026, 10, 15)


@pytest.fixture
async def monthly(company: Company) -> Company:
    async with company.call() as call:
        await flow.choose_calendar(call, TaxCalendar(months=1))
    return company


async def close(company: Company, day: date) -> None:
    async with company.call() as call:
        await flow.close(
            call.db, company.id, day, reason="Filed.", by=call.principal.actor, keys=company.wiring.keys, now=call.now
        )


def dated(invoice: Invoice, **dates: date) -> Invoice:
    return msgspec.structs.replace(invoice, **dates)


@pytest.mark.parametrize(
    ("calendar", "day", "first", "last", "due"),
    [
        (TaxCalendar(months=1), date(2026, 2, 28), "2026-02-01", "2026-02-28", "2026-03-28"),
        (TaxCalendar(months=1, filing_day=15), date(2026, 12, 31), "2026-12-01", "2026-12-31", "2027-01-15"),
        (TaxCalendar(), date(2026, 11, 21), "2026-10-01", "2026-12-31", "2027-01-28"),
        (TaxCalendar(first_month=2), date(2026, 1, 31), "2025-11-01", "2026-01-31", "2026-02-28"),
        (TaxCalendar(first_month=3), date(2026, 2, 1), "2025-12-01", "2026-02-28", "2026-03-28"),
        (TaxCalendar(first_month=3), date(2026, 3, 1), "2026-03-01", "2026-05-31", "2026-06-28"),
    ],
)
def test_the_calendar(calendar: TaxCalendar, day: date, first: str, last: str, due: str) -> None:
    period = period_of(calendar, day)
    assert (str(period.first_day), str(period.last_day), str(filing_due(calendar, period))) == (first, last, due)


def test_periods_join_and_none_is_overdue_on_its_last_day() -> None:
    for calendar in (TaxCalendar(months=1), *(TaxCalendar(first_month=first) for first in (1, 2, 3))):
        day = date(2024, 1, 1)
        for _ in range(40):
            period = period_of(calendar, day)
            assert period_of(calendar, period.last_day) == period
            day = period.last_day + timedelta(days=1)
    calendar = TaxCalendar(months=1)
    assert overdue(calendar, since=OCTOBER, today=date(2026, 11, 28)) == []
    assert overdue(calendar, since=OCTOBER, today=date(2026, 11, 29)) == [
        TaxPeriod(date(2026, 10, 1), date(2026, 10, 31))
    ]
    assert today(datetime(2026, 11, 20, 20, tzinfo=UTC)) == date(2026, 11, 21)


async def test_a_change_of_calendar_leaves_no_days_that_nobody_can_close(monthly: Company, invoice: Invoice) -> None:
    await close(monthly, date(2026, 8, 15))
    async with monthly.call() as call:
        await flow.choose_calendar(call, TaxCalendar())
    with pytest.raises(PeriodClosed):
        await close(monthly, date(2026, 8, 1))
    await close(monthly, date(2026, 9, 30))
    async with monthly.call() as call:
        found = await queries.tax_periods(call.db, monthly.id, most=9)
        assert [(each.first_day.month, each.last_day.month) for each in found] == [(9, 9), (8, 8)]
        opened, now = date(2026, 7, 1), NOW + timedelta(days=120)
        given = {"opened": opened, "keys": monthly.wiring.keys, "now": now}
        closed = await flow.close_overdue(call.db, monthly.id, **given)
        assert [str(each) for each in closed] == ["2026-07-01 to 2026-07-31", "2026-10-01 to 2026-12-31"]
        assert await flow.close_overdue(call.db, monthly.id, **given) == []
        assert await flow.closed_for(call.db, monthly.id, [date(2026, 7, 9)], None) == closed[0]


@pytest.mark.parametrize("dates", [{"issue_date": OCTOBER}, {"tax_point_date": OCTOBER}], ids=str)
async def test_a_closed_period_refuses_what_is_dated_into_it(
    monthly: Company, invoice: Invoice, dates: dict[str, date]
) -> None:
    before = await monthly.draft(dated(invoice, **dates))
    await close(monthly, OCTOBER)
    with pytest.raises(InvalidDocument) as refused:
        await monthly.finalize(before)
    (finding,) = [finding for finding in refused.value.findings if finding.severity == "fatal"]
    assert (finding.rule, finding.pointer) == ("GW-PERIOD", f"/{next(iter(dates))}")
    assert "/v1/ledger/periods/override" in finding.message
    after = await monthly.draft(dated(invoice, **dates))
    async with monthly.call() as call:
        shown = await view.document(call, after)
    assert [finding.rule for finding in shown.findings if finding.severity == "fatal"] == ["GW-PERIOD"]
    await monthly.sealed(invoice)
    await monthly.sealed(dated(invoice, issue_date=date(2026, 11, 1)))


async def test_one_document_is_let_in_with_a_reason_that_stays(monthly: Company, invoice: Invoice) -> None:
    late, other = [await monthly.draft(dated(invoice, issue_date=OCTOBER)) for _ in range(2)]
    async with monthly.call() as call:
        with pytest.raises(PeriodOpen):
            await flow.admit(call, late, reason="Not needed.")
    await close(monthly, OCTOBER)
    async with monthly.call() as call:
        await flow.admit(call, late, reason="Disclosed to the authority.")
    await monthly.finalize(late)
    with pytest.raises(InvalidDocument):
        await monthly.finalize(other)
    told = [msgspec.json.decode(one.canonical) for one in await monthly.entries() if one.kind == Kind.TAX_PERIOD]
    assert [fact["what"] for fact in told] == ["closed", "admitted"]
    assert (told[1]["document_id"], told[1]["reason"]) == (str(late), "Disclosed to the authority.")
    async with monthly.call() as call:
        with pytest.raises(DocumentUnknown):
            await flow.admit(call, late, reason="It is sealed.")


async def test_what_cannot_be_closed(monthly: Company) -> None:
    with pytest.raises(PeriodNotOver):
        await close(monthly, NOW.date())
    await close(monthly, OCTOBER)
    with pytest.raises(PeriodClosed):
        await close(monthly, date(2026, 10, 31))
    async with monthly.call() as call:
        await flow.choose_calendar(call, TaxCalendar(months=3, first_month=2))
    await close(monthly, date(2026, 8, 1))  # what is left of the quarter from August to October
    with pytest.raises(PeriodClosed):
        await close(monthly, date(2026, 9, 30))


async def test_periods_are_closed_once_their_return_is_overdue_if_the_company_wants_it(monthly: Company) -> None:
    async def closed(now: datetime) -> list[str]:
        async with monthly.database.company(monthly.id) as db:
            found = await flow.close_overdue(
                db, monthly.id, opened=date(2026, 11, 21), keys=monthly.wiring.keys, now=now
            )
        return [str(period.first_day) for period in found]

    assert await closed(datetime(2026, 12, 28, 12, tzinfo=UTC)) == []
    assert await closed(datetime(2027, 1, 29, 12, tzinfo=UTC)) == ["2026-11-01", "2026-12-01"]
    assert await closed(datetime(2027, 1, 29, 12, tzinfo=UTC)) == []
    async with monthly.call() as call:
        await flow.choose_calendar(call, TaxCalendar(months=1, close_when_filed=False))
    assert await closed(datetime(2027, 8, 1, tzinfo=UTC)) == []


async def test_closing_and_sealing_at_once_leave_nothing_behind_the_close(
    monthly: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The close commits between a sealing's check and its commit: the database has the last word."""
    draft = await monthly.draft(dated(invoice, issue_date=OCTOBER))
    honest: Callable[..., Any] = rules.credits_of

    async def slow(*given: Any, **more: Any) -> Any:
        answer = await honest(*given, **more)
        await close(monthly, OCTOBER)
        return answer

    monkeypatch.setattr(rules, "credits_of", slow)
    with pytest.raises(Exception, match="was closed while document"):
        await monthly.finalize(draft)
    assert (await monthly.row(draft)).state == "DRAFT"


async def test_sealing_that_came_first_is_before_the_close(monthly: Company, invoice: Invoice) -> None:
    drafts = [await monthly.draft(dated(invoice, issue_date=OCTOBER)) for _ in range(4)]
    await asyncio.gather(
        *(monthly.finalize(draft) for draft in drafts), close(monthly, OCTOBER), return_exceptions=True
    )
    records = await monthly.entries()
    closing = next(one.seq for one in records if one.kind == Kind.TAX_PERIOD)
    sealed = [one.seq for one in records if one.kind == Kind.INVOICE]
    assert all(seq < closing for seq in sealed)
    async with monthly.call() as call:
        (period,) = await queries.tax_periods(call.db, monthly.id, most=3)
    assert period.entry_seq == closing
