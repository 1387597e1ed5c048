"""A language model beside our rules in the worker: its reading and its failures in the evidence, its budget kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from gateway.bills import budget
from gateway.bills.states import State
from gateway.db import new_id
from gateway.settings import Secret, Settings
from gateway.wiring import open_llm
from ledger.entry import Kind
from tests.gateway.bills.conftest import NOW, SELLER_TRN, House
from tests.gateway.bills.papers import page, pdf
from tests.ingestion.llm.stub import KEY, Stub, answer, failure, serving

DAY = NOW.date()
TRUE = answer(
    "invoice",
    {
        "supplier_tax_id": SELLER_TRN, "invoice_number": "INV-7", "issue_date": "15/11/2026",
        "net": "1000.00", "tax": "50.00", "total": "1050.00",
    },
    [],
)  # fmt: skip
LIE = answer("invoice", {"invoice_number": "INV-7", "total": ("9050.00", [1])}, [])


@pytest.fixture
def stub(house: House) -> Iterator[Stub]:
    with serving() as endpoint:
        llm = open_llm(settings(endpoint))
        house.wiring = msgspec.structs.replace(house.wiring, settings=settings(endpoint), llm=llm)
        yield endpoint
        assert llm is not None
        llm.close()


def settings(endpoint: Stub, tokens: int = 100_000) -> Settings:
    return Settings(llm_api_key=Secret(KEY), llm_base_url=endpoint.url, llm_tokens_per_day=tokens)


async def used(house: House) -> budget.Usage:
    async with house.database.company(house.id) as db:
        return await budget.used(db, house.id, DAY)


async def test_both_readings_stand_in_the_evidence(house: House, stub: Stub) -> None:
    stub.order(TRUE)
    await house.supplier()
    taken = await house.send(pdf([page("INV-7")]))
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.EXCEPTION  # read without a person; nothing was ordered
    read = next(entry for kind, entry in await house.entries(taken.bill_id) if kind == Kind.READING)
    assert read["reading"]["extractor"] == "rules/1 + llm/1 openai/gpt-oss-120b"
    ours, theirs = read["others"]
    assert (ours["extractor"], theirs["extractor"]) == ("rules/1", "llm/1 openai/gpt-oss-120b")
    total = next(value for value in theirs["header"] if value["term"] == "total")
    (spot,) = total["evidence"]
    assert (spot["text"], spot["model"], len(spot["prompt"])) == ("1050.00", "openai/gpt-oss-120b", 64)
    assert read["disagreements"] == [] and read["failures"] == []
    assert await used(house) == budget.Usage(1000, 1)


async def test_a_lie_is_told_of_and_changes_nothing(house: House, stub: Stub) -> None:
    stub.order(LIE)
    await house.supplier()
    taken = await house.send(pdf([page("INV-7")]))
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.number, str(row.total)) == ("INV-7", "1050.00")
    read = next(entry for kind, entry in await house.entries(taken.bill_id) if kind == Kind.READING)
    assert "ungrounded_total" in read["others"][1]["doubts"]


async def test_a_failure_has_its_reason_in_the_evidence_and_the_rules_read_alone(house: House, stub: Stub) -> None:
    stub.order(failure(401, "Invalid API Key"))
    await house.supplier()
    taken = await house.send(pdf([page("INV-7")]))
    await house.work()
    assert (await house.row(taken.bill_id)).number == "INV-7"
    read = next(entry for kind, entry in await house.entries(taken.bill_id) if kind == Kind.READING)
    assert read["reading"]["extractor"] == "rules/1"
    (reason,) = read["failures"]
    assert "llm_key_refused" in reason and KEY not in reason
    assert (await used(house)).tokens == 0


async def test_beyond_the_days_budget_nothing_is_asked_and_tomorrow_it_is(house: House, stub: Stub) -> None:
    stub.order(TRUE)
    await house.supplier()
    house.wiring = msgspec.structs.replace(house.wiring, settings=settings(stub, tokens=20_500))
    for number in ("INV-7", "INV-8", "INV-9"):
        await house.send(pdf([page(number)]))
    await house.work()
    assert 0 < len(stub.asked) < 3
    refused = [entry["failures"] for _, entry in await readings(house) if entry["failures"]]
    assert len(refused) == 3 - len(stub.asked)
    assert all("llm_budget" in reason for (reason,) in refused)
    asked = len(stub.asked)
    house.now += timedelta(days=1)
    await house.send(pdf([page("INV-10")]))
    await house.work()
    assert len(stub.asked) == asked + 1


async def readings(house: House) -> list[tuple[int, dict[str, list[str]]]]:
    async with house.database.company(house.id) as db:
        ids = (await db.execute(text("select id from bills"))).scalars().all()
    return [(kind, dict(entry)) for id in ids for kind, entry in await house.entries(id) if kind == Kind.READING]


async def test_many_at_once_never_go_beyond_it(house: House) -> None:
    async def one() -> bool:
        async with house.database.company(house.id) as db:
            return await budget.take(db, house.id, DAY, 10, most=75)

    granted = await asyncio.gather(*(one() for _ in range(20)))
    assert sum(granted) == 7
    assert await used(house) == budget.Usage(70, 7)


async def test_what_a_killed_worker_took_stays_counted_and_what_was_answered_is_corrected(house: House) -> None:
    purse = budget.CompanyBudget(house.database, house.id, DAY, most=1_000)
    assert await asyncio.to_thread(purse.take, 600)
    assert not await asyncio.to_thread(purse.take, 600)
    await asyncio.to_thread(purse.spent, 600, 100)
    assert await used(house) == budget.Usage(100, 1)
    assert await asyncio.to_thread(purse.take, 600)
    await asyncio.to_thread(purse.spent, 600, 700)
    await asyncio.to_thread(purse.spent, 10_000, 0)
    assert (await used(house)).tokens == 0


async def test_companies_and_days_have_budgets_of_their_own(house: House) -> None:
    other = new_id()
    async with house.database.company(house.id) as db:
        assert await budget.take(db, house.id, DAY, 10, most=10)
        assert await budget.take(db, house.id, DAY + timedelta(days=1), 10, most=10)
        assert not await budget.take(db, house.id, DAY, 1, most=10)
        assert not await budget.take(db, house.id, DAY + timedelta(days=2), 11, most=10)
    async with house.database.company(other) as db:
        assert await budget.take(db, other, DAY, 10, most=10)
        assert await budget.used(db, house.id, DAY) == budget.Usage(0, 0)


def test_without_a_key_or_tokens_there_is_no_model() -> None:
    assert open_llm(Settings()) is None
    assert open_llm(Settings(llm_api_key=Secret(KEY), llm_tokens_per_day=0)) is None


async def test_without_a_model_there_is_no_budget(house: House) -> None:
    assert budget.model_for(house.wiring, house.id, now=NOW) is None
