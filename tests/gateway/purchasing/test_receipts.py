"""What came and what went back: in parts, in other units, over several orders, taken back, and raced for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger.entry import Kind
from tests.gateway.house import House, ok
from tests.gateway.purchasing.buyer import ORDERS, RECEIPTS, Buyer, line, supplier

BOXES = [{"unit": "XBX", "factor": "12"}]


async def accepted(buyer: Buyer, order: Any) -> list[str]:
    return [each["accepted"] for each in (await buyer.shown(order))["standing"]]


async def test_goods_come_in_parts_and_boxes_and_some_go_back(buyer: Buyer) -> None:
    order = await buyer.sent(line(quantity="30", other_units=BOXES))
    first = await buyer.receive(order, 2, unit="XBX", rejected="0.5")
    assert first["lines"][0] | {"order_id": ""} == {
        "order_id": "", "order": order["number"], "position": "10", "received": "24", "rejected": "6",
        "order_unit": "C62", "unit": "XBX", "factor": "12",
    }  # fmt: skip
    await buyer.receive(order, 7)
    assert await accepted(buyer, order) == ["25"]
    await buyer.receive(order, -5)
    shown = await buyer.shown(order)
    assert shown["standing"][0]["due"] == shown["standing"][0]["accepted"] == "20"
    assert len(await buyer.entries(Kind.GOODS_RECEIPT)) == 3
    assert await buyer.told() == [order["id"]]
    listed = ok(await buyer.person.get(f"{RECEIPTS}?order_id={order['id']}&limit=2"))
    assert [each["lines"][0]["received"] for each in listed["items"]] == ["-5", "7"]
    assert ok(await buyer.person.get(f"{RECEIPTS}?cursor={listed['next']}"))["items"] == [first]


async def test_a_mistake_is_countered_once(buyer: Buyer) -> None:
    order = await buyer.sent()
    receipt = await buyer.receive(order, 6, rejected="1")
    url, why = f"{RECEIPTS}/{receipt['id']}/cancel", "Another order's."
    back = ok(await buyer.person.post(url, {"number": "B-1", "reason": why}), 201)
    assert (back["lines"][0]["received"], back["lines"][0]["rejected"], back["note"]) == ("-6", "-1", why)
    assert (back["counters"], await accepted(buyer, order)) == (receipt["id"], ["0"])
    assert ok(await buyer.person.get(f"{RECEIPTS}/{receipt['id']}"))["countered_by"] == back["id"]
    for each in (url, f"{RECEIPTS}/{back['id']}/cancel"):
        answer = await buyer.person.post(each, {"number": "B-2", "reason": why})
        assert (answer.status_code, answer.json()["code"]) == (409, "receipt-countered")
    assert await buyer.kinds(back["id"]) == ["goods_receipt.countered"]


async def test_no_more_goes_back_than_is_here(buyer: Buyer) -> None:
    order = await buyer.sent()
    receipt = await buyer.receive(order, 6)
    await buyer.receive(order, -4)
    for body, url in [
        (buyer.receipt(order, -3), RECEIPTS),
        ({"number": "B-3", "reason": "Wrong."}, f"{RECEIPTS}/{receipt['id']}/cancel"),
    ]:
        answer = await buyer.person.post(url, body)
        assert [each["rule"] for each in answer.json()["findings"]] == ["GW-RETURN"], answer.text
    assert await accepted(buyer, order) == ["2"]


async def test_a_number_stands_once(buyer: Buyer) -> None:
    order = await buyer.sent()
    body = buyer.receipt(order, 1)
    ok(await buyer.person.post(RECEIPTS, body), 201)
    again = await buyer.person.post(RECEIPTS, body)
    assert (again.status_code, again.json()["code"]) == (409, "number-taken")
    assert await accepted(buyer, order) == ["1"]


async def test_only_open_orders_of_one_supplier_are_received(buyer: Buyer, house: House) -> None:
    draft, sent = await buyer.draft(), await buyer.sent()
    assert (await buyer.person.post(RECEIPTS, buyer.receipt(draft, 1))).json()["code"] == "order-not-open"
    ok(await buyer.person.post(f"{ORDERS}/{sent['id']}/close", {"reason": "Done."}))
    assert (await buyer.person.post(RECEIPTS, buyer.receipt(sent, 1))).json()["code"] == "order-not-open"
    one = await buyer.sent()
    other = await buyer.sent(supplier_id=str(await supplier(house, buyer.id, "Other LLC")))
    both = buyer.receipt(one, 1)
    both["lines"] += buyer.receipt(other, 1)["lines"]
    assert "several suppliers" in (await buyer.person.post(RECEIPTS, both)).text


@pytest.mark.parametrize(
    ("further", "pointer"),
    [
        ({"received": "0"}, "/lines/0/received"),
        ({"received": "Infinity"}, "/lines/0/received"),
        ({"received": "1", "rejected": "2"}, "/lines/0/rejected"),
        ({"received": "1", "rejected": "-1"}, "/lines/0/rejected"),
        ({"received": "-1", "rejected": "-1"}, "/lines/0/rejected"),
        ({"received": "1", "unit": "KGM"}, "/lines/0/unit"),
        ({"received": "1000000000000", "unit": "XBX"}, "/lines/0/received"),
        ({"received": "1", "position": "99"}, "/lines/0/position"),
        ({"received": "1", "order": "PO-NOWHERE"}, "/lines/0/order"),
    ],
)
async def test_what_cant_be_received_is_named(shared_buyer: Buyer, further: dict[str, str], pointer: str) -> None:
    order = await shared_buyer.sent(line(other_units=BOXES))
    body = shared_buyer.receipt(order, 1)
    body["lines"][0] |= further
    answer = await shared_buyer.person.post(RECEIPTS, body)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["findings"]]) == (422, [pointer])


async def test_many_returns_at_once_never_send_back_more_than_came(buyer: Buyer) -> None:
    order = await buyer.sent()
    await buyer.receive(order, 5)
    answers = await asyncio.gather(*(buyer.person.post(RECEIPTS, buyer.receipt(order, -2)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422, 422, 422]
    assert await accepted(buyer, order) == ["1"]


@pytest.mark.parametrize(
    "change",
    [
        "update goods_receipt_lines set received = 99",
        "delete from goods_receipts",
        "update purchase_consumptions set quantity = 0",
        "delete from purchase_consumptions",
        "update purchase_order_editions set reason = ''",
    ],
)
async def test_what_happened_is_never_rewritten(shared_buyer: Buyer, change: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with shared_buyer.house.database.company(shared_buyer.id) as db:
            await db.execute(text(change))
