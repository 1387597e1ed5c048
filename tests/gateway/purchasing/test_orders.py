"""A purchase order from the draft to its end: what may happen in which state, and what is kept of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.purchasing import checking
from gateway.purchasing.models import MACHINE
from ledger.entry import Kind
from tests.gateway.house import House, ok
from tests.gateway.purchasing.buyer import ORDERS, RECEIPTS, Buyer, line

BY_HAND, WHY = {"by": "hand"}, {"reason": "Agreed by telephone."}


async def test_an_order_lives_with_a_ledger_entry_for_each_step(buyer: Buyer) -> None:
    order = await buyer.draft(line("10"), line("20", price="2.5"), charges="30", note="Gate 3")
    assert (order["state"], order["total"], order["edition"]) == ("DRAFT", "1055.0", 1)
    assert await buyer.entries(Kind.ORDER) == [], "a draft proves nothing"
    url = f"{ORDERS}/{order['id']}"
    assert ok(await buyer.person.post(f"{url}/send", BY_HAND), 202)["sent_edition"] == 1
    assert ok(await buyer.person.post(f"{url}/close", WHY))["state"] == "CLOSED"
    assert ok(await buyer.person.post(f"{url}/reopen", WHY))["state"] == "SENT"
    assert ok(await buyer.person.post(f"{url}/cancel", WHY))["state"] == "CANCELLED"
    assert await buyer.told() == [order["id"]], "one job waits, however often it changed"
    assert await buyer.kinds(order["id"]) == [
        "purchase_order.draft", "purchase_order.sent", "purchase_order.closed", "purchase_order.sent",
        "purchase_order.cancelled",
    ]  # fmt: skip
    entries = await buyer.entries(Kind.ORDER)
    assert [(entry.series, entry.number) for entry in entries] == [("purchase orders", order["number"])] * 4


@pytest.mark.parametrize("state", sorted(MACHINE.transitions))
async def test_the_doors_of_each_state(buyer: Buyer, state: str) -> None:
    """What a person may do with an order in each state; everything else is a conflict and changes nothing."""
    order = await buyer.draft()
    url = f"{ORDERS}/{order['id']}"
    if state in {"SENT", "CLOSED"}:
        ok(await buyer.person.post(f"{url}/send", BY_HAND), 202)
    if state == "CLOSED":
        ok(await buyer.person.post(f"{url}/close", WHY))
    if state == "CANCELLED":
        ok(await buyer.person.post(f"{url}/cancel", WHY))
    if state == "SENDING":
        await put_into(buyer, order["id"], "SENDING")
    doors = {"send": BY_HAND, "close": WHY, "reopen": WHY, "cancel": WHY}
    open_doors = {
        "DRAFT": {"send", "cancel", "change"},
        "SENDING": set(),
        "SENT": {"close", "cancel", "change"},
        "CLOSED": {"reopen"},
        "CANCELLED": set(),
    }[state]
    for door, body in doors.items():
        before = await buyer.shown(order)
        if door in open_doors:
            continue
        answer = await buyer.person.post(f"{url}/{door}", body)
        assert answer.status_code == 409, f"{door}: {answer.text}"
        assert await buyer.shown(order) == before
    present = await buyer.shown(order)
    change = {"version": present["version"], "content": present["content"], **WHY}
    assert (await buyer.person.put(url, change)).status_code == (200 if "change" in open_doors else 409)


async def put_into(buyer: Buyer, order_id: str, state: str) -> None:
    async with buyer.house.database.company(buyer.id) as db:
        await db.execute(text("update purchase_orders set state = :state where id = :id"),
                         {"state": state, "id": order_id})  # fmt: skip


async def test_a_draft_changes_freely_and_each_edition_stays(buyer: Buyer) -> None:
    order = await buyer.draft()
    url = f"{ORDERS}/{order['id']}"
    content = buyer.content(line("10", quantity="3"), line("30"), currency="USD")
    changed = ok(await buyer.person.put(url, {"version": order["version"], "content": content}))
    assert (changed["edition"], changed["currency"], changed["number"]) == (2, "USD", content["number"])
    assert [each["position"] for each in changed["standing"]] == ["10", "30"]
    assert changed["standing"][0]["id"] == order["standing"][0]["id"], "a line is itself by its position"
    stale = await buyer.person.put(url, {"version": order["version"], "content": content})
    assert (stale.status_code, stale.json()["code"]) == (409, "version-moved")
    editions = ok(await buyer.person.get(f"{url}/editions"))
    assert [each["content"]["currency"] for each in editions] == ["AED", "USD"]


async def test_what_was_sent_changes_with_a_reason_and_keeps_what_bills_go_by(buyer: Buyer) -> None:
    order = await buyer.sent(line("10"), line("20"))
    await buyer.receive(order, 4)
    await buyer.told()
    url, content = f"{ORDERS}/{order['id']}", order["content"]

    async def refused(body: dict[str, Any]) -> list[tuple[str, str]]:
        answer = await buyer.person.put(url, {"version": order["version"], **body})
        assert answer.status_code == 422, answer.text
        return [(each["pointer"], each["rule"]) for each in answer.json()["findings"]]

    assert await refused({"content": content}) == [("/reason", "GW-ORDER")]
    other = {**content, "currency": "USD", "number": "PO-OTHER"}
    assert {each[0] for each in await refused({"content": other, **WHY})} == {"/content/currency", "/content/number"}
    assert await refused({"content": {**content, "lines": [line("20")]}, **WHY}) == [("/content/lines", "GW-ORDER")]
    kilograms = {**content, "lines": [line("10", unit="KGM"), line("20")]}
    assert await refused({"content": kilograms, **WHY}) == [("/content/lines/0/unit", "GW-ORDER")]
    less = {**content, "lines": [line("20", quantity="1"), line("10", quantity="3")]}
    assert await refused({"content": less, **WHY}) == [("/content/lines/1/quantity", "GW-ORDER-BELOW")]
    assert await buyer.told() == []
    changed = ok(await buyer.person.put(url, {"version": order["version"], "content": less, "below": True, **WHY}))
    assert (changed["edition"], changed["sent_edition"], changed["state"]) == (2, 1, "SENT")
    assert await buyer.told() == [order["id"]]
    assert (await buyer.kinds(order["id"]))[-1] == "purchase_order.changed"
    assert ok(await buyer.person.get(f"{url}/editions"))[1]["reason"] == WHY["reason"]


async def test_an_order_of_which_something_came_is_closed_not_cancelled(buyer: Buyer) -> None:
    order = await buyer.sent()
    receipt = await buyer.receive(order, 1)
    url = f"{ORDERS}/{order['id']}/cancel"
    assert (await buyer.person.post(url, WHY)).json()["code"] == "order-in-use"
    back = {"number": "BACK-1", "reason": "Wrong order."}
    ok(await buyer.person.post(f"{RECEIPTS}/{receipt['id']}/cancel", back), 201)
    assert ok(await buyer.person.post(url, WHY))["state"] == "CANCELLED"


async def test_numbers_that_read_alike_are_one(buyer: Buyer) -> None:
    await buyer.draft(number="PO-7001")
    for again in ("po 7001", "PO-7001", "7001", "P.O. 07001"):
        answer = await buyer.person.post(ORDERS, buyer.content(number=again))
        assert (answer.status_code, answer.json()["code"]) == (409, "number-taken"), again


WRONG = [
    ({"number": "..."}, "/number"),
    ({"number": "PO\u20001\u0007"}, "/number"),
    ({"currency": "XXY"}, "/currency"),
    ({"issue_date": "1900-01-01"}, "/issue_date"),
    ({"charges": "-1"}, "/charges"),
    ({"charges": "NaN"}, "/charges"),
    ({"lines": []}, "/lines"),
    ({"lines": [line(), line()]}, "/lines/1/position"),
    ({"lines": [line(quantity="0")]}, "/lines/0/quantity"),
    ({"lines": [line(quantity="1E400")]}, "/lines/0/quantity"),
    ({"lines": [line(price="0.0000001")]}, "/lines/0/price"),
    ({"lines": [line(price="1." + "0" * 60 + "1")]}, "/lines/0/price"),
    ({"lines": [line(price="1E-999999999")]}, "/lines/0/price"),
    ({"lines": [line(unit="KILO")]}, "/lines/0/unit"),
    ({"lines": [line(tax_rate="500")]}, "/lines/0/tax_rate"),
    ({"lines": [line(description=" ")]}, "/lines/0/description"),
    ({"lines": [line(other_units=[{"unit": "C62", "factor": "12"}])]}, "/lines/0/other_units/0/unit"),
    ({"lines": [line(other_units=[{"unit": "XBX", "factor": "0"}])]}, "/lines/0/other_units/0/factor"),
    ({"supplier_id": str(uuid4())}, "/supplier_id"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "pointer"), WRONG)
async def test_what_cant_be_ordered_is_named(shared_buyer: Buyer, wrong: dict[str, Any], pointer: str) -> None:
    answer = await shared_buyer.person.post(ORDERS, shared_buyer.content(**wrong))
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["findings"]] == [pointer]


async def test_lists_and_searches(lone_buyer: Buyer) -> None:
    first, second = await lone_buyer.draft(number="PO-0815"), await lone_buyer.sent()
    found = ok(await lone_buyer.person.get(f"{ORDERS}?limit=1"))
    assert [each["id"] for each in found["items"]] == [second["id"]]
    rest = ok(await lone_buyer.person.get(f"{ORDERS}?limit=1&cursor={found['next']}"))
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([first["id"]], None)
    for query, wanted in [("state=SENT", second), ("number=po%20815", first)]:
        items = ok(await lone_buyer.person.get(f"{ORDERS}?{query}"))["items"]
        assert [each["id"] for each in items] == [wanted["id"]], query
    assert ok(await lone_buyer.person.get(f"{ORDERS}?supplier_id={uuid4()}"))["items"] == []


async def test_another_company_sees_nothing(buyer: Buyer, house: House) -> None:
    order = await buyer.sent()
    receipt = await buyer.receive(order, 1)
    stranger = await (await house.company()).admin()
    assert ok(await stranger.get(ORDERS))["items"] == ok(await stranger.get(RECEIPTS))["items"] == []
    for path in (f"{ORDERS}/{order['id']}", f"{ORDERS}/{order['id']}/editions", f"{RECEIPTS}/{receipt['id']}"):
        assert (await stranger.get(path)).status_code == 404
    foreign = await stranger.post(RECEIPTS, buyer.receipt(order, 1))
    assert foreign.status_code == 422
    assert "no purchase order" in json.dumps(foreign.json())


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "NaN", "sNaN", "Infinity", "1e-999999999"])
def test_a_figure_beyond_all_bounds_is_told_of(number: str) -> None:
    """Arithmetic of such numbers raises; they are compared only."""
    assert checking.figure(Decimal(number), "/lines/0/price")
