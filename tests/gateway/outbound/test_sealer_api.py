"""A busy company over HTTP: 64 clients at once, and 202 for whoever would wait too long."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from gateway.audit.flow import verify_company
from gateway.outbound import seal_queue
from gateway.outbound.sealer import Pace, Sealer
from gateway.problems import kind_of
from ledger import store
from ledger.entry import Kind
from tests.gateway.house import House, ok
from tests.gateway.outbound.test_api import Firm

CLIENTS = 64


@pytest.fixture
async def firm(house: House) -> Firm:
    """A company of its own for each test."""
    company = await house.company()
    erp = await company.key("documents:draft", "documents:finalize")
    clerk = await company.person("FINANCE_USER")
    return Firm(company, erp, clerk, clerk)


@contextmanager
def serving(house: House, pace: Pace) -> Iterator[Sealer]:
    """The app's sealer works at this pace."""
    usual = house.app.state.sealer
    house.app.state.sealer = Sealer(house.wiring, kind_of, clock=lambda: house.now, pace=pace)
    try:
        yield house.app.state.sealer
    finally:
        house.app.state.sealer = usual


@pytest.fixture
async def hasty(house: House) -> AsyncIterator[Sealer]:
    """Nobody is waited for."""
    with serving(house, Pace(patience=0.0, gather=0.001, linger=0.0)) as sealer:
        yield sealer
        await sealer.close()


async def taken(house: House, firm: Firm) -> int:
    """The company's lease, held by some other process from now on."""
    async with house.database.company(firm.company.id) as db:
        await db.execute(
            text("insert into seal_leases values (:id, 7, clock_timestamp() + interval '1 hour')"),
            {"id": firm.company.id},
        )
    return 7


async def given_back(house: House, firm: Firm) -> None:
    async with house.database.company(firm.company.id) as db:
        await seal_queue.release(db, firm.company.id, 7)


async def settled(firm: Firm, place: str) -> dict[str, Any]:
    """What the place of a 202 says in the end."""
    async with asyncio.timeout(60):
        while True:
            told: dict[str, Any] = ok(await firm.erp.get(place))
            if told["state"] != "waiting":
                return told
            await asyncio.sleep(0.01)


async def test_64_clients_of_one_company_see_no_error_and_leave_no_gap(house: House, firm: Firm) -> None:
    """Every eighth document is broken, and told so as if it had been alone."""
    drafts = [ok(await firm.erp.post("/v1/invoices", firm.invoice()), 201)["id"] for _ in range(CLIENTS)]
    broken = set(drafts[::8])
    for document_id in broken:
        patch = {"Idempotency_Key": str(uuid4()), "If_Match": '"1"'}
        changed = await firm.erp.patch(f"/v1/invoices/{document_id}", {"due_date": None}, **patch)
        assert changed.status_code == 200, changed.text

    async def finalize(document_id: str) -> tuple[str, int]:
        key = {"Idempotency_Key": str(uuid4())} if drafts.index(document_id) % 2 else {}
        answer = await firm.erp.post(f"/v1/invoices/{document_id}/finalize", **key)
        if answer.status_code == 202:
            told = await settled(firm, answer.headers["location"])
            return document_id, 200 if told["state"] == "sealed" else told["problem"]["status"]
        if answer.status_code == 422:
            assert answer.json()["code"] == "invalid-document"
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
            assert [each["pointer"] for each in answer.json()["findings"] if each["severity"] == "fatal"]
        return document_id, answer.status_code

    outcomes = dict(await asyncio.gather(*(finalize(document_id) for document_id in drafts)))
    assert {document_id for document_id, status in outcomes.items() if status == 422} == broken
    assert Counter(outcomes.values()) == {200: CLIENTS - len(broken), 422: len(broken)}
    company_id = firm.company.id
    async with house.database.company(company_id) as db:
        sealed = [record.number async for record in store.stream(db, company_id) if record.kind == Kind.INVOICE]
        told = (await db.execute(text("select count(*) from events where kind = 'invoice.finalized'"))).scalar_one()
    assert sealed == [f"INV-{place:06d}" for place in range(1, CLIENTS - len(broken) + 1)]
    assert told == len(sealed)
    assert (await verify_company(house.database, company_id)).status == "ok"


async def test_who_would_wait_too_long_is_told_where_to_look(house: House, firm: Firm, hasty: Sealer) -> None:
    drafted = ok(await firm.erp.post("/v1/invoices", firm.invoice()), 201)
    path, key = f"/v1/invoices/{drafted['id']}/finalize", str(uuid4())
    await taken(house, firm)
    answer = await firm.erp.post(path, Idempotency_Key=key)
    place = answer.headers["location"]
    assert (answer.status_code, answer.headers["retry-after"]) == (202, "1")
    assert ok(await firm.erp.get(place)) == answer.json()
    assert {name: answer.json()[name] for name in ("state", "document_id", "problem")} == {
        "state": "waiting", "document_id": drafted["id"], "problem": None,
    }  # fmt: skip
    again = await firm.erp.post(path, Idempotency_Key=key)
    assert (again.status_code, again.headers["location"], again.json()) == (202, place, answer.json())
    assert again.headers["idempotency-replayed"] == "true"
    await given_back(house, firm)
    told = await settled(firm, place)  # whoever asks sees to it
    assert (told["state"], told["problem"], told["id"]) == ("sealed", None, answer.json()["id"])
    assert (await firm.clerk.get(f"/v1/invoices/{drafted['id']}")).json()["state"] == "FINALIZED"
    last = await firm.erp.post(path, Idempotency_Key=key)
    assert (last.status_code, last.headers["location"]) == (202, place)
    assert (await firm.erp.post(path)).json()["code"] == "sealed"


async def test_a_problem_met_later_is_the_one_met_at_once_and_frees_the_key(
    house: House, firm: Firm, hasty: Sealer
) -> None:
    drafted = ok(await firm.erp.post("/v1/invoices", firm.invoice(due_date=None)), 201)
    path, key = f"/v1/invoices/{drafted['id']}/finalize", str(uuid4())
    at_once = (await firm.erp.post(path)).json()
    await taken(house, firm)
    answer = await firm.erp.post(path, Idempotency_Key=key)
    assert answer.status_code == 202
    await given_back(house, firm)
    told = await settled(firm, answer.headers["location"])
    assert told["state"] == "refused"
    assert told["problem"] == {**at_once, "request_id": answer.headers["x-request-id"]}
    due = firm.invoice()["due_date"]
    ok(await firm.erp.patch(f"/v1/invoices/{drafted['id']}", {"due_date": due}, If_Match='"1"'))
    mended = await firm.erp.post(path, Idempotency_Key=key)
    assert "idempotency-replayed" not in mended.headers
    assert (mended.status_code, mended.json()["state"]) == (200, "FINALIZED")


async def test_an_outcome_in_time_is_answered_as_if_nobody_had_been_busy(house: House, firm: Firm) -> None:
    """Another process seals; here one waits, answers with 200 or the problem, and keeps that for the key."""
    good = ok(await firm.erp.post("/v1/invoices", firm.invoice()), 201)
    wrong = ok(await firm.erp.post("/v1/invoices", firm.invoice(due_date=None)), 201)
    company_id, fence = firm.company.id, await taken(house, firm)
    other = Sealer(house.wiring, kind_of, clock=lambda: house.now, pace=Pace(gather=0.001))
    keys = {each["id"]: str(uuid4()) for each in (good, wrong)}

    async def ask(document_id: str) -> httpx.Response:
        return await firm.erp.post(f"/v1/invoices/{document_id}/finalize", Idempotency_Key=keys[document_id])

    with serving(house, Pace(patience=60)) as here:
        asked = [asyncio.create_task(ask(document_id)) for document_id in keys]
        async with asyncio.timeout(60):
            while len(here._awaited.get(company_id, {})) < 2:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)
        meanwhile = await ask(good["id"])
        assert await other._turn(company_id, fence)
        sealed, refused = await asyncio.gather(*asked)
        await here.close()
    assert (meanwhile.status_code, meanwhile.json()["state"]) == (202, "waiting")
    assert (sealed.status_code, sealed.json()["state"]) == (200, "FINALIZED")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-document")
    assert refused.headers["content-type"].startswith("application/problem+json")
    again = await ask(good["id"])
    assert (again.status_code, again.content, again.headers["etag"]) == (200, sealed.content, sealed.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    await given_back(house, firm)
    assert (await ask(wrong["id"])).status_code == 422, "the key of a refused request is free again"


async def test_a_page_says_that_a_document_has_its_turn_soon(house: House, firm: Firm, hasty: Sealer) -> None:
    drafted = ok(await firm.clerk.post("/v1/invoices", firm.invoice()), 201)
    await taken(house, firm)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Bearer {firm.clerk.token}"}
    answer = await house.client.post(f"/documents/{drafted['id']}/finalize", data={"version": "1"}, headers=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/documents/{drafted['id']}?said=finalizing")
