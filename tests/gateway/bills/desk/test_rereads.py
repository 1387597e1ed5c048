"""A selection read again: each bill once, with progress, and a word on each that isn't."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from sqlalchemy import text

from gateway.bills.rereading import MOST
from tests.gateway.bills.desk.papers import in_review, read, sent
from tests.gateway.house import Company, House, Person, ok
from tests.ingestion.readers.papers import pdf

REREADS = "/v1/bills/rereads"


async def waiting_jobs(house: House, company: Company) -> int:
    async with house.owner.platform() as db:
        query = text("select count(*) from jobs where kind = 'bills.read' and company_id = :id")
        return int(await db.scalar(query, {"id": company.id}) or 0)


async def test_a_selection_is_read_again_with_progress(house: House, clerk: Person, company: Company) -> None:
    first, second, accepted = (one["id"] for one in await in_review(house, company, clerk, 3))
    ok(await clerk.post(f"/v1/bills/{accepted}/accept", If_Match='"2"'))
    (broken,) = await sent(clerk, b"%PDF-1.7 this goes nowhere")
    await read(house, company, broken)
    failed = ok(await clerk.get(f"/v1/bills/{broken}"))
    assert (failed["state"], bool(failed["failure"])) == ("FAILED", True)

    answer = await clerk.post(REREADS, {"bill_ids": [second, broken, accepted, first]})
    order = ok(answer, 202)
    assert answer.headers["location"] == f"{REREADS}/{order['id']}"
    assert [one["bill_id"] for one in order["items"]] == [second, broken, accepted, first]
    assert [one["progress"] for one in order["items"]] == ["waiting", "waiting", "refused", "waiting"]
    assert "READ" in order["items"][2]["why"]
    assert (order["total"], order["waiting"], order["done"], order["refused"]) == (4, 3, 0, 1)
    assert (await clerk.get(f"/v1/bills/{broken}")).json()["failure"] is None

    await read(house, company, second)
    halfway = ok(await clerk.get(answer.headers["location"]))
    assert (halfway["waiting"], halfway["done"]) == (2, 1)
    await read(house, company, first, broken)
    done = ok(await clerk.get(answer.headers["location"]))
    assert (done["waiting"], done["done"], done["refused"]) == (0, 3, 1)
    told = {one["bill_id"]: one for one in done["items"]}
    assert (told[broken]["state"], told[broken]["why"]) == ("FAILED", failed["failure"])
    assert told[second]["state"] == "NEEDS_REVIEW"


async def test_what_somebody_else_reviews_is_left_alone(house: House, clerk: Person, company: Company) -> None:
    other = await company.person("FINANCE_USER")
    theirs, mine = (one["id"] for one in await in_review(house, company, clerk, 2))
    ok(await other.post(f"/v1/bills/{theirs}/lease"))
    ok(await clerk.post(f"/v1/bills/{mine}/lease"))
    order = ok(await clerk.post(REREADS, {"bill_ids": [theirs, mine]}), 202)
    assert [one["progress"] for one in order["items"]] == ["refused", "waiting"]
    assert f"user:{other.id}" in order["items"][0]["why"]


async def test_two_orders_at_once_order_each_bill_once(house: House, clerk: Person, company: Company) -> None:
    ids = [one["id"] for one in await in_review(house, company, clerk, 3)]
    before = await waiting_jobs(house, company)
    orders = await asyncio.gather(*(clerk.post(REREADS, {"bill_ids": each}) for each in (ids, ids[::-1])))
    counted = [ok(order, 202) for order in orders]
    assert sorted(order["refused"] for order in counted) == [0, 3]
    assert await waiting_jobs(house, company) - before <= 3


async def test_a_selection_that_cant_be_named_orders_nothing(house: House, clerk: Person, company: Company) -> None:
    (bill,) = await in_review(house, company, clerk)
    stranger = await (await house.company()).person("FINANCE_USER")
    (foreign,) = await sent(stranger)
    for ids, pointer in (
        ([bill["id"], str(uuid4())], "/bill_ids/1"),
        ([foreign, bill["id"]], "/bill_ids/0"),
        ([bill["id"], bill["id"]], "/bill_ids/1"),
    ):
        refused = await clerk.post(REREADS, {"bill_ids": ids})
        assert (refused.status_code, refused.json()["findings"][0]["pointer"]) == (422, pointer), refused.text
    assert (await clerk.post(REREADS, {"bill_ids": []})).status_code == 422
    assert (await clerk.post(REREADS, {"bill_ids": [str(uuid4()) for _ in range(MOST + 1)]})).status_code == 422
    assert ok(await clerk.get(f"/v1/bills/{bill['id']}"))["state"] == "NEEDS_REVIEW"


async def test_another_companys_order_isnt_there(house: House, clerk: Person, company: Company) -> None:
    (bill,) = await in_review(house, company, clerk)
    order = ok(await clerk.post(REREADS, {"bill_ids": [bill["id"]]}), 202)
    stranger = await (await house.company()).person("FINANCE_USER")
    assert (await stranger.get(f"{REREADS}/{order['id']}")).status_code == 404


async def test_a_failed_bill_is_tried_again_alone(house: House, clerk: Person, company: Company) -> None:
    (broken,) = await sent(clerk, pdf(trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <00> /U <00> /P -4 >> "))
    await read(house, company, broken)
    assert ok(await clerk.get(f"/v1/bills/{broken}"))["state"] == "FAILED"
    again = ok(await clerk.post(f"/v1/bills/{broken}/retry"), 202)
    assert (again["state"], again["failure"]) == ("RECEIVED", None)
    refused = await clerk.post(f"/v1/bills/{broken}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal-transition")
