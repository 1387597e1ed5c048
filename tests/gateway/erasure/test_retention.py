"""How long records are kept is data: the law's terms, the company's longer ones, and holds that stop every erasure."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.erasure import flow, queries
from gateway.erasure.errors import HoldLifted, HoldNotFound, StillKept, TooShort
from gateway.erasure.models import Retention
from gateway.outbound.errors import DocumentNotFound
from gateway.periods import flow as periods
from gateway.periods.calendar import TaxCalendar
from ledger.entry import Kind
from tests.gateway.erasure.conftest import YEARS_LATER, erase
from tests.gateway.outbound.conftest import Company
from ubl import Invoice


async def kept_until(company: Company, document_id: object) -> str:
    async with company.call() as call:
        term = await flow.term_of(call, document_id)  # type: ignore[arg-type]
    return str(term.kept_until)


async def test_the_laws_terms_are_rows_with_their_source(company: Company) -> None:
    async with company.call() as call:
        found = await flow.policies(call)
    assert {policy.record_class: policy.years for policy in found.policies} == {
        "taxable": 5,
        "other": 5,
        "real_estate": 7,
        "dispute": 4,
        "disclosure": 1,
    }
    assert all("Decision" in policy.source or "same article" in policy.source for policy in found.policies)
    assert found.chosen is None


async def test_a_company_keeps_for_longer_never_for_shorter(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    assert await kept_until(company, document_id) == "2031-12-31"
    async with company.call() as call:
        await flow.choose(call, Retention(years=9))
    assert await kept_until(company, document_id) == "2035-12-31"
    async with company.call() as call:
        with pytest.raises(TooShort):
            await flow.choose(call, Retention(record_class="real_estate", years=6))
        await flow.choose(call, Retention(record_class="real_estate", years=7))
    assert await kept_until(company, document_id) == "2033-12-31"
    with pytest.raises(DBAPIError, match="at least as long"):
        async with company.database.company(company.id) as db:
            await db.execute(text("update company_retention set years = 1"))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with company.database.company(company.id) as db:
            await db.execute(text("update retention_policies set years = 1"))
    kinds = [record.kind for record in await company.entries()]
    assert kinds.count(Kind.RETENTION) == 2


@pytest.mark.parametrize(
    ("year_ends_in", "sealed", "issued", "until"),
    [
        (12, datetime(2026, 12, 31, 19, 59, tzinfo=UTC), date(2026, 12, 31), "2031-12-31"),
        (12, datetime(2026, 12, 31, 20, 1, tzinfo=UTC), date(2026, 12, 31), "2032-12-31"),
        (6, datetime(2026, 11, 21, 8, tzinfo=UTC), date(2026, 11, 21), "2032-06-30"),
        (2, datetime(2027, 2, 28, 8, tzinfo=UTC), date(2026, 11, 21), "2032-02-28"),
        (2, datetime(2026, 3, 1, 8, tzinfo=UTC), date(2026, 3, 1), "2032-02-28"),
    ],
)
async def test_years_count_from_the_end_of_the_tax_year(
    company: Company, personal: Invoice, year_ends_in: int, sealed: datetime, issued: date, until: str
) -> None:
    async with company.call() as call:
        await periods.choose_calendar(call, TaxCalendar(year_ends_in=year_ends_in))
    company.now = sealed
    document_id = await company.sealed(msgspec.structs.replace(personal, issue_date=issued))
    assert await kept_until(company, document_id) == until


@pytest.mark.parametrize("whole", [True, False])
async def test_nothing_is_erased_under_a_hold(company: Company, personal: Invoice, whole: bool) -> None:
    document_id, other = await company.sealed(personal), await company.sealed(personal)
    async with company.call() as call:
        hold = await flow.lay(call, document_id=None if whole else document_id, ground="hold", reason="A lawsuit.")
    company.now += YEARS_LATER
    async with company.call() as call:
        with pytest.raises(StillKept) as refused:
            await flow.erase(call, document_id, reason="Its time has come.")
        assert refused.value.facts["held"] is True
        assert len(await queries.erasable(call.db, company.id, today=company.now.date(), most=9)) == (0 if whole else 1)
        row = await company.row(document_id)
        seq = await flow._append(call, Kind.ERASURE, flow.Told("past the flow"), series=row.series, number=row.number)
        with pytest.raises(DBAPIError, match="or held"):
            async with call.db.begin_nested():
                await queries.erase(call.db, document_id, seq)
    if not whole:
        await erase(company, other)
    async with company.call() as call:
        lifted = await flow.lift(call, hold.id, reason="It was settled.")
        assert lifted.lifted_seq is not None
        with pytest.raises(HoldLifted):
            await flow.lift(call, hold.id, reason="Twice.")
        with pytest.raises(HoldNotFound):
            await flow.lift(call, document_id, reason="No such.")
    await erase(company, document_id)
    facts = [msgspec.json.decode(one.canonical) for one in await company.entries() if one.kind == Kind.RETENTION]
    assert [fact["what"] for fact in facts] == ["hold.laid", "hold.lifted"]


async def test_a_dispute_lengthens_the_term_even_once_it_has_ended(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    async with company.call() as call:
        dispute = await flow.lay(call, document_id=document_id, ground="dispute", reason="An audit.")
        await flow.lay(call, document_id=None, ground="disclosure", reason="Disclosed.")
    async with company.call() as call:
        await flow.lift(call, dispute.id, reason="The audit has ended.")
        term = await flow.term_of(call, document_id)
    assert (term.extension, str(term.kept_until), term.held) == (5, "2036-12-31", True)


async def test_a_hold_is_over_a_document_of_ours(company: Company, personal: Invoice) -> None:
    async with company.call() as call:
        with pytest.raises(DocumentNotFound):
            await flow.lay(call, document_id=company.clerk, ground="hold", reason="Not ours.")
    with pytest.raises(DBAPIError, match="permission denied"):
        async with company.database.company(company.id) as db:
            await db.execute(text("delete from legal_holds"))
