"""One reviewer at a time: who comes second is told who was first, and nobody holds a bill for ever."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from gateway.bills.leases import LASTS
from tests.gateway.bills.desk.papers import in_review, sent
from tests.gateway.house import Company, House, Person, ok


@pytest.fixture(scope="module")
async def other(company: Company) -> Person:
    return await company.person("FINANCE_USER")


async def test_of_two_reviewers_one_gets_the_bill(house: House, company: Company, clerk: Person, other: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    answers = await asyncio.gather(*(person.post(f"{where}/lease") for person in (clerk, other) * 3))
    firsts, seconds = answers[::2], answers[1::2]
    if firsts[0].status_code != 200:
        firsts, seconds, clerk, other = seconds, firsts, other, clerk
    assert {one.status_code for one in firsts} == {200}
    assert {one.status_code for one in seconds} == {409}
    refused = seconds[0].json()
    assert refused["code"] == "bill-leased"
    assert refused["facts"]["holder"] == f"user:{clerk.id}"
    assert datetime.fromisoformat(refused["facts"]["until"]) == house.now + LASTS
    assert ok(await other.get(where))["lease"]["holder"] == f"user:{clerk.id}"

    version = {"If_Match": f'"{bill["version"]}"'}
    change = {"changes": [{"term": "po_number", "value": "PO-1"}]}
    for refused in (
        await other.patch(where, change, **version),
        await other.post(f"{where}/accept", **version),
        await other.post(f"{where}/discard", {"confirm": "discard", "reason": "Mine."}, **version),
        await other.post(f"{where}/retry"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "bill-leased")
    assert ok(await clerk.patch(where, change, **version))["fields"]["po_number"] == "PO-1"


async def test_a_lease_is_given_back_by_its_holder_only(
    house: House, company: Company, clerk: Person, other: Person
) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}/lease"
    ok(await clerk.post(where))
    assert (await other.delete(where)).status_code == 204, "no error, and no effect"
    assert (await other.post(where)).status_code == 409
    assert (await clerk.delete(where)).status_code == 204
    ok(await other.post(where))


async def test_accepting_ends_the_lease(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    ok(await clerk.post(f"{where}/lease"))
    accepted = ok(await clerk.post(f"{where}/accept", If_Match=f'"{bill["version"]}"'))
    assert (accepted["state"], accepted["lease"]) == ("READ", None)
    refused = await clerk.post(f"{where}/lease")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-in-review")


async def test_only_what_waits_for_review_is_leased(clerk: Person) -> None:
    (unread,) = await sent(clerk)
    refused = await clerk.post(f"/v1/bills/{unread}/lease")
    assert (refused.status_code, refused.json()["facts"]) == (409, {"state": "RECEIVED"})


async def test_reviewers_who_ask_for_the_next_bill_at_once_get_different_ones(
    house: House, clerk: Person, other: Person
) -> None:
    company = await house.company()
    people = [await company.person("FINANCE_USER") for _ in range(2)]
    waiting = await in_review(house, company, people[0], 3)
    taken = await asyncio.gather(*(person.post("/v1/bills/review/next") for person in people))
    ids = [ok(one)["id"] for one in taken]
    assert len(set(ids)) == 2
    assert set(ids) < {one["id"] for one in waiting}
    queue = ok(await people[0].get("/v1/bills/review"))
    assert [one["id"] for one in queue["items"]] == sorted(one["id"] for one in waiting), "oldest first"
    assert queue["waiting"] == 3
    free = ok(await people[0].get("/v1/bills/review?free=true"))
    assert ids[1] not in [one["id"] for one in free["items"]]
    assert ids[0] in [one["id"] for one in free["items"]], "one's own is shown"
    first_page = ok(await people[0].get("/v1/bills/review?limit=2"))
    second_page = ok(await people[0].get(f"/v1/bills/review?limit=2&cursor={first_page['next']}"))
    assert [one["id"] for one in first_page["items"] + second_page["items"]] == [one["id"] for one in queue["items"]]
    assert second_page["next"] is None


async def test_nothing_to_take_is_said(house: House) -> None:
    company = await house.company()
    person = await company.person("FINANCE_USER")
    refused = await person.post("/v1/bills/review/next")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")


async def test_a_lease_that_is_over_is_anybodys(house: House, company: Company) -> None:
    one, two = [await company.person("FINANCE_USER") for _ in range(2)]

    async def later(minutes: int) -> None:
        house.turn(minutes=minutes)
        for person in (one, two):  # a token doesn't last as long as this story
            ok(await person.sign_in())

    (bill,) = await in_review(house, company, one)
    where = f"/v1/bills/{bill['id']}/lease"
    first = ok(await one.post(where))
    await later(10)
    again = ok(await one.post(where))
    assert again["taken_at"] == first["taken_at"]
    assert again["expires_at"] > first["expires_at"], "it lasts anew"
    await later(12)
    assert (await two.post(where)).status_code == 409
    await later(5)
    assert ok(await two.post(where))["holder"] == f"user:{two.id}"
    assert (await one.post(where)).status_code == 409
