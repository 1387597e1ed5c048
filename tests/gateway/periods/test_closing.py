"""Days, months and years are closed in the ledger by the job; whoever runs it, each once, and the sums hold."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway import alarms, jobqueue
from gateway.audit.flow import copy_company, verify_company, verify_copy
from gateway.db import Database
from gateway.periods import closing, jobs, queries
from gateway.periods.amounts import amounts_of
from gateway.periods.closing import close_due
from gateway.periods.verification import check_closes
from ledger import canonical, envelope, store
from ledger.entry import ISSUED, Kind, NewEntry
from ledger.periods import Close, Span, Totals
from ledger.report import Reason
from ledger.store import outline
from tests.gateway.outbound.conftest import NOW, Company
from ubl import Invoice

DAY = timedelta(days=1)


async def closed(company: Company) -> list[Close]:
    return [
        msgspec.json.decode(record.canonical, type=Close)
        for record in await company.entries()
        if record.kind == Kind.PERIOD_CLOSE
    ]


async def run(company: Company) -> int:
    return await close_due(company.database, company.id, keys=company.wiring.keys, now=company.now)


async def test_a_day_is_closed_with_what_its_documents_come_to(company: Company, invoice: Invoice) -> None:
    await company.sealed(invoice)
    await company.sealed(invoice)
    assert await run(company) == 0, "the day isn't over"
    company.now += DAY
    assert await run(company) == 1
    assert await run(company) == 0
    (day,) = await closed(company)
    assert (day.span, day.period, day.first_seq, day.totals.invoices) == (Span.DAY, "2026-11-21", 0, 2)
    (total,) = day.totals.sums
    assert (total.category, total.percent, total.currency) == ("S", "5", "AED")
    assert (total.taxable, total.tax) == (Decimal("2480.00"), Decimal("124.00"))
    holds = await check_closes(company.database, company.id, keys=company.wiring.keys)
    assert (holds.checked, holds.wrong) == (1, ())
    async with company.database.company(company.id) as db:
        (view,) = await queries.closes(db, company.id, Span.DAY, most=5)
        assert view.close == day
        assert await queries.closes(db, company.id, Span.YEAR, most=5) == []


async def test_missed_days_are_caught_up_and_a_lost_memory_changes_nothing(
    company: Company, invoice: Invoice, admin: Database
) -> None:
    for _ in range(3):
        await company.sealed(invoice)
        company.now += DAY
    async with admin.platform() as db:
        await db.execute(text("delete from ledger_books"))
    company.now += 10 * DAY
    assert await run(company) == 4
    async with admin.platform() as db:
        await db.execute(text("delete from ledger_books"))
    company.now += DAY
    assert await run(company) == 0
    assert [close.period for close in await closed(company)] == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11"]
    assert (await check_closes(company.database, company.id, keys=company.wiring.keys)).checked == 4


async def test_two_workers_close_a_day_once_while_others_seal(company: Company, invoice: Invoice) -> None:
    await company.sealed(invoice)
    drafts = [await company.draft(invoice) for _ in range(6)]
    company.now += DAY

    async def patient() -> int:
        return await run(company)

    results = await asyncio.gather(*(patient() for _ in range(3)), *(company.finalize(draft) for draft in drafts))
    assert sum(result for result in results if isinstance(result, int)) == 1
    company.now += DAY
    await run(company)
    days = await closed(company)
    assert [day.period for day in days] == ["2026-11-21", "2026-11-22"]
    assert sum(day.totals.invoices for day in days) == 7
    assert (await check_closes(company.database, company.id, keys=company.wiring.keys)).wrong == ()


async def test_books_are_held_from_the_first_closing_on(company: Company) -> None:
    async with company.database.company(company.id) as first:
        await closing._books(first, company.id)
        with pytest.raises(DBAPIError, match="lock timeout"):
            async with company.database.company(company.id) as second:
                await second.execute(text("set local lock_timeout = '100ms'"))
                await closing._books(second, company.id)


async def test_a_large_ledger_is_read_in_pieces(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outline, "LINES", 2)
    monkeypatch.setattr(closing, "LINES", 2)
    monkeypatch.setattr(outline, "CONTENT_BYTES", 1)
    for _ in range(4):
        await company.sealed(invoice)
    company.now += DAY
    assert await run(company) == 1
    (day,) = await closed(company)
    assert day.totals.invoices == 4
    assert (await check_closes(company.database, company.id, keys=company.wiring.keys)).checked == 1


async def test_a_close_that_lies_is_found_and_an_alarm(company: Company, invoice: Invoice) -> None:
    await company.sealed(invoice)
    company.now += DAY
    lie = Close(
        span=Span.DAY, period="2026-11-21", first_seq=0, last_seq=3, counts={}, totals=_nothing(),
        cumulative=_nothing(), perpetual=_nothing(), root="00" * 32,
    )  # fmt: skip
    async with company.database.company(company.id) as db:
        entry = NewEntry(kind=Kind.PERIOD_CLOSE, canonical=canonical.dumps(lie))
        (false,) = await store.append(db, company.id, [entry], now=company.now, keys=company.wiring.keys)
    holds = await check_closes(company.database, company.id, keys=company.wiring.keys)
    assert (holds.checked, [wrong.seq for wrong in holds.wrong]) == (0, [false.seq])
    await run(company)
    async with company.database.platform() as db:
        assert {count.kind: count.times for count in await alarms.census(db)} == {"period_wrong": 1}


async def test_verification_makes_the_closes_again_in_the_database_and_in_a_copy(
    company: Company, invoice: Invoice, admin: Database, tmp_path: Path
) -> None:
    await company.sealed(invoice)
    company.now += DAY
    await run(company)
    keys = company.wiring.keys
    report = await verify_company(company.database, company.id, keys=keys)
    assert (report.status, report.checked.closes) == ("ok", 1), report.failures
    await copy_company(company.database, company.id, tmp_path / "copy")
    assert (await verify_copy(tmp_path / "copy")).checked.closes == 1
    lie = Close(
        span=Span.DAY, period="2026-11-30", first_seq=0, last_seq=3, counts={}, totals=_nothing(),
        cumulative=_nothing(), perpetual=_nothing(), root="00" * 32,
    )  # fmt: skip
    async with company.database.company(company.id) as db:
        entry = NewEntry(kind=Kind.PERIOD_CLOSE, canonical=canonical.dumps(lie))
        (false,) = await store.append(db, company.id, [entry], now=company.now, keys=keys)
    report = await verify_company(company.database, company.id, keys=keys)
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", false.seq, Reason.CLOSE_WRONG)
    await copy_company(company.database, company.id, tmp_path / "other")
    assert (await verify_copy(tmp_path / "other")).first_bad_seq == false.seq


async def test_a_period_has_one_close_whoever_writes(company: Company, invoice: Invoice) -> None:
    await company.sealed(invoice)
    company.now += DAY
    await run(company)
    (day,) = await closed(company)
    with pytest.raises(DBAPIError, match="ledger_closes"):
        async with company.database.company(company.id) as db:
            await queries.add_close(db, company.id, day, 0)


async def test_the_job_goes_round_all_companies(company: Company, invoice: Invoice) -> None:
    await company.sealed(invoice)
    await jobs.HANDLERS[jobs.HOURLY](company.wiring, None, b"{}", now=company.now)
    async with company.database.platform() as db:
        (waiting,) = [row.waiting for row in await jobqueue.census(db) if row.kind == jobs.CLOSE]
    assert waiting == 1
    await jobs.close(company.wiring, company.id, b"{}", now=NOW + 100 * DAY)
    await jobs.close(company.wiring, company.id, b"{}", now=NOW + 100 * DAY)
    assert [close.period for close in await closed(company)] == ["2026-11-21", "2026-11", "2026"]
    async with company.database.company(company.id) as db:
        (period,) = await queries.tax_periods(db, company.id, most=5)
    assert (period.first_day, period.closed_by) == (date(2026, 10, 1), "system:periods")


async def test_amounts_are_read_as_the_document_states_them(company: Company, invoice: Invoice) -> None:
    await company.sealed(invoice)
    (record,) = [record for record in await company.entries() if record.kind in ISSUED]
    amounts = amounts_of(record.canonical)
    assert amounts is not None
    assert [(each.category, each.taxable, each.tax, each.rate) for each in amounts] == [("S", 1240, 62, 1)]


@pytest.mark.parametrize(
    "document",
    [
        {"currency": "USD", "vat": {"breakdown": []}},
        {"currency": "AED"},
        {"currency": "AED", "vat": {"breakdown": [{"taxable": "NaN", "tax": "0", "category": "S"}]}},
        {"currency": "AED", "vat": {"breakdown": [{"taxable": "1E+400", "tax": "0", "category": "S"}]}},
        {"currency": "AED", "vat": {"breakdown": [{"taxable": "1." + 300 * "1", "tax": "0", "category": "S"}]}},
        {"currency": "AED", "vat": {"breakdown": [{"taxable": "1", "category": "S"}]}},
    ],
)
def test_amounts_that_cannot_be_added_up_are_none(document: dict[str, object]) -> None:
    assert amounts_of(envelope.wrap(document, generator="t", ruleset="t", ruleset_digest="00")) is None
    assert amounts_of(b"{}") is None


def _nothing() -> Totals:
    return Totals()
