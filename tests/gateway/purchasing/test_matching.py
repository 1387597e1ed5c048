"""What bills consume: never twice, never more than is due, given back whole, in whatever order things happen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.db import new_id
from gateway.purchasing import matching
from gateway.purchasing.errors import Overtaken
from ingestion import matching as rules
from ingestion.matching import Bill, BillLine, Consumed, Verdict
from ingestion.orders import Order
from tests.gateway.house import House, ok
from tests.gateway.purchasing.buyer import ORDERS, RECEIPTS, Buyer, line, supplier


async def orders_of(buyer: Buyer, order: Any, bill_id: UUID | None = None) -> tuple[Order, ...]:
    async with buyer.house.database.company(buyer.id) as db:
        return await matching.orders_for(
            db, buyer.id, supplier_id=buyer.supplier_id, numbers=[order["number"]], bill_id=bill_id
        )


def bill(buyer: Buyer, order: Any, *quantities: object, credit: bool = False) -> Bill:
    lines = tuple(
        BillLine(
            id=str(index), order_position="10", order_number=order["number"], description="Chair 10", unit="C62",
            quantity=Decimal(str(quantity)), price=Decimal(100), net=100 * Decimal(str(quantity)),
        )
        for index, quantity in enumerate(quantities, start=1)
    )  # fmt: skip
    net = sum((one.net for one in lines), Decimal(0))
    return Bill(supplier=str(buyer.supplier_id), currency="AED", credit=credit, date=date(2026, 11, 10),
                orders=(order["number"],), lines=lines, tax=Decimal(0), payable=net)  # fmt: skip


async def pay(buyer: Buyer, order: Any, wanted: Bill, bill_id: UUID) -> Verdict:
    """Match and consume where nothing holds, again and again while others are faster."""
    for _ in range(100):
        seen = await orders_of(buyer, order, bill_id)
        verdict = rules.match(wanted, seen)
        if not verdict.clear:
            return verdict
        try:
            async with buyer.house.database.company(buyer.id) as db:
                await matching.consume(db, buyer.id, bill_id, verdict.consumed, seen=seen, now=buyer.now)
        except Overtaken:
            continue
        return verdict
    raise AssertionError("overtaken a hundred times")


async def billed(buyer: Buyer, order: Any) -> list[str]:
    return [each["billed"] for each in (await buyer.shown(order))["standing"]]


async def test_a_bill_takes_what_is_due_and_the_same_again_writes_nothing(buyer: Buyer) -> None:
    order, bill_id = await buyer.sent(), new_id()
    await buyer.receive(order, 6)
    await buyer.told()
    assert (await pay(buyer, order, bill(buyer, order, 6), bill_id)).word == "FULL_MATCH"
    assert (await pay(buyer, order, bill(buyer, order, 6), bill_id)).word == "FULL_MATCH", "what it took itself is due"
    assert await billed(buyer, order) == ["6"]
    assert await rows(buyer, bill_id) == [Decimal(6)]
    assert await buyer.told() == [], "nobody else gains by it"
    assert not (await pay(buyer, order, bill(buyer, order, 1), new_id())).clear


async def rows(buyer: Buyer, bill_id: UUID) -> list[Decimal]:
    async with buyer.house.database.company(buyer.id) as db:
        query = text("select quantity from purchase_consumptions where bill_id = :id order by id")
        return list((await db.execute(query, {"id": bill_id})).scalars())


async def test_what_changes_is_reversed_and_written_anew_and_can_be_given_back(buyer: Buyer) -> None:
    order, bill_id = await buyer.sent(), new_id()
    await buyer.receive(order, 6)
    await pay(buyer, order, bill(buyer, order, 6), bill_id)
    await buyer.told()
    await pay(buyer, order, bill(buyer, order, 4), bill_id)
    assert await rows(buyer, bill_id) == [6, -6, 4]
    assert await buyer.told() == [order["id"]], "two are free again: whoever waits for them is told"
    for _ in range(2):
        async with buyer.house.database.company(buyer.id) as db:
            await matching.give_back(db, buyer.id, bill_id, now=buyer.now)
    assert await rows(buyer, bill_id) == [6, -6, 4, -4]
    assert (await billed(buyer, order), await buyer.told()) == (["0"], [order["id"]])


async def test_a_credit_note_gives_back_what_another_bill_may_take(buyer: Buyer) -> None:
    order = await buyer.sent()
    await buyer.receive(order, 6)
    await pay(buyer, order, bill(buyer, order, 6), new_id())
    assert (await pay(buyer, order, bill(buyer, order, 2, credit=True), new_id())).clear
    assert await billed(buyer, order) == ["4"]
    assert (await pay(buyer, order, bill(buyer, order, 2), new_id())).word == "FULL_MATCH"
    assert await billed(buyer, order) == ["6"]


async def test_one_bill_over_two_orders_and_two_lines_over_one(buyer: Buyer) -> None:
    first, second, bill_id = await buyer.sent(), await buyer.sent(), new_id()
    for order in (first, second):
        await buyer.receive(order, 5)
    lines = (*bill(buyer, first, 2, 3).lines, *(bill(buyer, second, 4).lines))
    async with buyer.house.database.company(buyer.id) as db:
        numbers = [first["number"], second["number"]]
        seen = await matching.orders_for(db, buyer.id, supplier_id=buyer.supplier_id, numbers=numbers, bill_id=bill_id)
        taken = [
            Consumed(line=f"{index}", order=one.order_number, order_line=_line_of(seen, one.order_number),
                     quantity=one.quantity, net=one.net)
            for index, one in enumerate(lines)
        ]  # fmt: skip
        charges = {first["number"]: Decimal(7)}
        await matching.consume(db, buyer.id, bill_id, taken, seen=seen, charges=charges, now=buyer.now)
    assert (await billed(buyer, first), await billed(buyer, second)) == (["5"], ["4"])
    assert (await buyer.shown(first))["charges_billed"] == "7"
    mine, others = await orders_of(buyer, first, bill_id), await orders_of(buyer, first)
    assert [(one[0].charges_billed, one[0].lines[0].billed) for one in (mine, others)] == [(0, 0), (7, 5)]


def _line_of(orders: Sequence[Order], number: str) -> str:
    return next(order.lines[0].id for order in orders if order.number == number)


MOVES = ["receive", "return", "change", "close", "another bill"]


@pytest.mark.parametrize("move", MOVES)
async def test_whoever_is_overtaken_is_told_and_writes_nothing(buyer: Buyer, move: str) -> None:
    order, bill_id = await buyer.sent(), new_id()
    await buyer.receive(order, 6)
    seen = await orders_of(buyer, order, bill_id)
    verdict = rules.match(bill(buyer, order, 6), seen)
    if move in {"receive", "return"}:
        await buyer.receive(order, 1 if move == "receive" else -1)
    elif move == "change":
        content = {**order["content"], "lines": [line(price="99")]}
        body = {"version": order["version"], "content": content, "reason": "A rebate."}
        ok(await buyer.person.put(f"{ORDERS}/{order['id']}", body))
    elif move == "close":
        ok(await buyer.person.post(f"{ORDERS}/{order['id']}/close", {"reason": "Done."}))
    else:
        await pay(buyer, order, bill(buyer, order, 1), new_id())
    with pytest.raises(Overtaken):
        async with buyer.house.database.company(buyer.id) as db:
            await matching.consume(db, buyer.id, bill_id, verdict.consumed, seen=seen, now=buyer.now)
    assert await rows(buyer, bill_id) == []


async def test_many_bills_at_once_never_take_more_than_came(buyer: Buyer) -> None:
    order = await buyer.sent(line(quantity="100"))
    await buyer.receive(order, 7)
    verdicts = await asyncio.gather(*(pay(buyer, order, bill(buyer, order, 2), new_id()) for _ in range(8)))
    assert sum(verdict.clear for verdict in verdicts) == 3
    assert await billed(buyer, order) == ["6"]


async def test_bills_over_the_same_orders_in_other_orders_of_lines_dont_block_each_other(buyer: Buyer) -> None:
    orders = [await buyer.sent() for _ in range(3)]
    for order in orders:
        await buyer.receive(order, 10)

    async def consume(turned: list[Any]) -> None:
        bill_id = new_id()
        while True:
            async with buyer.house.database.company(buyer.id) as db:
                numbers = [order["number"] for order in turned]
                seen = await matching.orders_for(
                    db, buyer.id, supplier_id=buyer.supplier_id, numbers=numbers, bill_id=bill_id
                )
                taken = [
                    Consumed(line=str(index), order=number, order_line=_line_of(seen, number), quantity=Decimal(1),
                             net=Decimal(100))
                    for index, number in enumerate(numbers)
                ]  # fmt: skip
                try:
                    await matching.consume(db, buyer.id, bill_id, taken, seen=seen, now=buyer.now)
                except Overtaken:
                    continue
                return

    turns = [orders, orders[::-1], [orders[1], orders[2], orders[0]]]
    async with asyncio.timeout(60):
        await asyncio.gather(*(consume(turn) for turn in turns * 2))
    assert [await billed(buyer, order) for order in orders] == [["6"]] * 3


async def test_which_orders_a_bill_is_held_against(lone_buyer: Buyer, house: House) -> None:
    await lone_buyer.draft(number="PO-5500")
    sent, closed = await lone_buyer.sent(number="PO-5501"), await lone_buyer.sent(number="PO-5502")
    ok(await lone_buyer.person.post(f"{ORDERS}/{closed['id']}/close", {"reason": "Done."}))
    other = await supplier(house, lone_buyer.id, "Other LLC")
    theirs = await lone_buyer.sent(number="PO-5503", supplier_id=str(other))

    async def found(*numbers: str, supplier_id: UUID | None = lone_buyer.supplier_id) -> dict[str, bool]:
        async with house.database.company(lone_buyer.id) as db:
            orders = await matching.orders_for(db, lone_buyer.id, supplier_id=supplier_id, numbers=numbers)
        return {order.number: order.closed for order in orders}

    assert await found() == {sent["number"]: False}, "without a number: what is open, of this supplier"
    assert await found(supplier_id=None) == {}
    assert await found("po 5502", "5503") == {closed["number"]: True, theirs["number"]: False}
    assert await found("PO-55O1") == {sent["number"]: False}, "an O for a 0"
    assert await found("PO-5500") == {}, "a draft is nothing to go by"
    stranger = await house.company()
    async with house.database.company(stranger.id) as db:
        numbers = [sent["number"]]
        assert await matching.orders_for(db, stranger.id, supplier_id=lone_buyer.supplier_id, numbers=numbers) == ()


STEPS = st.lists(
    st.tuples(st.sampled_from(["receive", "return", "bill", "bill", "credit", "discard"]), st.integers(1, 6)),
    min_size=4,
    max_size=10,
)
PLENTY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=6, deadline=None, suppress_health_check=PLENTY)
@given(steps=STEPS)
async def test_whatever_happens_no_bill_takes_more_than_is_due(
    shared_buyer: Buyer, steps: list[tuple[str, int]]
) -> None:
    """Beside a model in three numbers: what is here, what was billed, and what each bill took."""
    buyer, order = shared_buyer, await shared_buyer.sent()
    here, taken = 0, dict[UUID, int]()
    for step, number in steps:
        if step in {"receive", "return"}:
            change = number if step == "receive" else -number
            answer = await buyer.person.post(RECEIPTS, buyer.receipt(order, change))
            assert answer.status_code == (201 if here + change >= 0 else 422)
            here += change if answer.status_code == 201 else 0
        elif step in {"bill", "credit"}:
            credit, bill_id = step == "credit", new_id()
            verdict = await pay(buyer, order, bill(buyer, order, number, credit=credit), bill_id)
            fits = number <= (sum(taken.values()) if credit else min(here, 10) - sum(taken.values()))
            assert verdict.clear is fits, f"{step} {number} of {here} here, {taken} billed"
            if fits:
                taken[bill_id] = -number if credit else number
        elif taken:
            gone, was = taken.popitem()
            async with buyer.house.database.company(buyer.id) as db:
                await matching.give_back(db, buyer.id, gone, now=buyer.now)
            assert sum(await rows(buyer, gone)) == 0, was
        assert await billed(buyer, order) == [str(sum(taken.values()))]
