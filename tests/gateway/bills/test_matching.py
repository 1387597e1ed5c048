"""Matching under concurrency, what holds a bill whatever its match says, and what makes it go on."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway.bills import fields, flow, jobs, matching, policy, queries
from gateway.bills.errors import NotHeld
from gateway.bills.fields import Fields, Line
from gateway.bills.states import State
from gateway.jobqueue import Temporary
from gateway.purchasing import matching as purchasing
from gateway.purchasing.errors import Overtaken
from gateway.suppliers import account_queries, accounts
from gateway.suppliers import flow as suppliers
from gateway.suppliers.states import State as SupplierState
from ingestion import matching as pure
from ingestion.document import Kind
from ingestion.matching import Consumed, Limit, Tolerances, Verdict, Word
from ingestion.orders import Order, OrderLine
from tests.gateway.bills.conftest import IBAN, House
from tests.gateway.bills.papers import page, pdf, xml


async def _read(house: House, *papers: bytes) -> list[UUID]:
    """Bills that are accepted and wait for their match."""
    taken = [await house.send(paper) for paper in papers]
    for each in taken:
        await jobs.read(house.wiring, house.id, msgspec.json.encode({"bill_id": each.bill_id}), now=house.now)
        assert (await house.row(each.bill_id)).state == State.READ
    return [each.bill_id for each in taken]


async def test_many_bills_at_once_never_consume_the_same_receipt(house: House) -> None:
    await house.order(await house.supplier())
    await house.goods("10")
    ids = await _read(house, *(xml(f"DT-30{number}", order="PO-1", quantity="4") for number in range(5)))

    async def match(bill_id: UUID) -> None:
        while True:
            try:
                return await matching.match_bill(house.wiring, house.id, bill_id, now=house.now)
            except Temporary:  # as the queue does: later again
                continue

    await asyncio.gather(*map(match, ids))
    rows = [await house.row(bill_id) for bill_id in ids]
    assert sum(row.state == State.MATCHED for row in rows) == 2
    async with house.database.company(house.id) as db:
        taken = await db.execute(
            text("select bill_id, sum(quantity) as quantity from purchase_consumptions group by bill_id")
        )  # fmt: skip
        consumed = {row.bill_id: row.quantity for row in taken}
    matched = {row.id for row in rows if row.state == State.MATCHED}
    assert sum(consumed[one] for one in matched) <= 10
    for row in rows:
        verdict = matching.replay(await house.wiring.storage.get(row.input_sha256))
        assert verdict == msgspec.json.decode(row.verdict, type=Verdict)


async def test_where_an_order_moves_meanwhile_all_begins_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.order(await house.supplier())
    (bill_id,) = await _read(house, xml("DT-3100", order="PO-1"))
    real, calls = purchasing.orders_for, []

    async def moving(*given: Any, **named: Any) -> Any:
        seen = await real(*given, **named)
        if not calls:
            calls.append(1)
            await house.goods("10")
        return seen

    monkeypatch.setattr(purchasing, "orders_for", moving)
    await matching.match_bill(house.wiring, house.id, bill_id, now=house.now)
    assert (await house.row(bill_id)).state == State.MATCHED
    assert await house.billed() == 10


async def test_orders_that_never_stand_still_are_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (bill_id,) = await _read_known(house)

    async def overtaken(*_: Any, **__: Any) -> None:
        raise Overtaken("PO-1")

    monkeypatch.setattr(purchasing, "consume", overtaken)
    with pytest.raises(Temporary):
        await matching.match_bill(house.wiring, house.id, bill_id, now=house.now)
    assert (await house.row(bill_id)).state == State.READ


async def _read_known(house: House) -> list[UUID]:
    await house.order(await house.supplier())
    await house.goods("10")
    return await _read(house, xml("DT-3200", order="PO-1"))


class Killed(BaseException):
    """As SIGKILL ends a worker."""


@pytest.mark.parametrize("where", ["put", "consume", "note", "advance"])
async def test_killed_anywhere_it_is_matched_once_in_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (bill_id,) = await _read_known(house)
    homes = {
        "put": house.wiring.storage, "consume": purchasing, "note": accounts, "advance": matching.lifecycle,
    }  # fmt: skip

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(homes[where], where, killed)
        with pytest.raises(Killed):
            await matching.match_bill(house.wiring, house.id, bill_id, now=house.now)
    assert (await house.row(bill_id)).state == State.READ
    assert await house.billed() == 0
    await house.work()
    assert (await house.row(bill_id)).state == State.MATCHED
    assert len(await house.entries(bill_id)) == 3
    assert await house.billed() == 10


async def test_a_new_account_holds_until_a_second_person_released_it(house: House) -> None:
    supplier_id = await house.supplier(iban=None)
    await house.order(supplier_id)
    await house.goods("10")
    taken = await house.send(xml("DT-3300", order="PO-1"))
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, row.holds) == (State.MATCHED, ["new_account"])
    async with house.database.company(house.id) as db:
        held = await account_queries.held(db, house.id, supplier_id, IBAN)
    assert held is not None
    assert held.makers == [house.clerk]
    async with house.call(house.head) as call:
        await accounts.release(call, supplier_id, held.id)
    assert await house.work() == ["suppliers.changed", "bills.match"]
    assert (await house.row(taken.bill_id)).holds == []


async def test_a_bill_that_comes_again_in_another_file_is_held_and_released_by_a_person(house: House) -> None:
    await house.supplier()
    first = await house.send(pdf([page("INV-2026-0042")]))
    again = await house.send(pdf([page("INV-2026-O042")]))
    await house.work()
    row = await house.row(again.bill_id)
    assert (row.holds, row.near) == (["near_duplicate"], [first.bill_id])
    assert (await house.row(first.bill_id)).holds == []
    async with house.call(house.head) as call:
        await flow.release(call, row.id, "near_duplicate", "Two deliveries, asked the supplier")
    row = await house.row(again.bill_id)
    assert (row.holds, row.released) == ([], ["near_duplicate"])
    (_, released) = (await house.entries(row.id))[-1]
    assert (released["hold"], released["released_by"]) == ("near_duplicate", f"user:{house.head}")
    await matching.match_bill(house.wiring, house.id, row.id, now=house.now)
    assert (await house.row(again.bill_id)).holds == []
    with pytest.raises(NotHeld):
        async with house.call(house.head) as call:
            await flow.release(call, row.id, "near_duplicate", "again")


async def test_what_is_for_another_company_is_held(house: House) -> None:
    await house.supplier()
    paper = (
        page("INV-2026-0050").replace(b"198765432100003", b"100999888700003").replace(b"Palm Office", b"Other Trade")
    )
    taken = await house.send(pdf([paper]))
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, "other_buyer" in row.reasons) == (State.NEEDS_REVIEW, True)
    async with house.call() as call:
        await flow.accept(call, row.id, version=row.version)
    await house.work()
    assert "not_addressed_to_us" in (await house.row(row.id)).holds


async def test_an_amount_out_of_the_suppliers_pattern_is_held(house: House) -> None:
    await house.supplier()
    for number in range(9):
        await house.send(xml(f"DT-{number}{number}{number}", quantity=str(10 + number)))
    await house.work()
    taken = await house.send(xml("DT-9999", quantity="400"))
    await house.work()
    assert (await house.row(taken.bill_id)).holds == ["unusual_amount"]


async def test_the_supplier_entered_later_is_found(house: House) -> None:
    taken = await house.send(xml("DT-3400"))
    await house.work()
    async with house.call() as call:
        await flow.accept(call, taken.bill_id, version=2)
    await house.work()
    assert (await house.row(taken.bill_id)).holds == ["supplier_unknown"]
    supplier_id = await house.supplier()
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.supplier_id, row.holds) == (supplier_id, [])


async def test_a_wider_policy_lets_a_bill_pass_and_is_part_of_the_input(house: House) -> None:
    await house.order(await house.supplier(), price="99")
    await house.goods("10")
    taken = await house.send(xml("DT-3500", order="PO-1"))
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.EXCEPTION
    wider = policy.Policy(matching=pure.Policy(company=Tolerances(price_above=Limit(percent=Decimal(2)))))
    async with house.call() as call:
        await policy.change(call.db, house.id, wider, version=0, actor="user:x", now=call.now)
    await jobs.rematch(house.wiring, house.id, b"{}", now=house.now)
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, row.word) == (State.MATCHED, Word.VARIANCE_DETECTED)
    given = msgspec.json.decode(await house.wiring.storage.get(row.input_sha256))
    assert given["policy_version"] == 1


def _order(number: str, charges: str, billed: str = "0") -> Order:
    line = OrderLine(id=f"{number}-1", unit="C62", ordered=Decimal(1), price=Decimal(1), buyer_item="OUR-1")
    return Order(
        number=number, supplier="s", currency="AED", date=_DAY, charges=Decimal(charges),
        charges_billed=Decimal(billed), lines=(line,),
    )  # fmt: skip


_DAY = date(2026, 11, 15)
SOUND = Fields(kind=Kind.INVOICE, currency="AED", issue_date=_DAY, net=Decimal(10), tax=Decimal(0), total=Decimal(10))


@pytest.mark.parametrize(
    ("charges", "kind", "expected"),
    [
        ("10", Kind.INVOICE, {"A": Decimal(6), "B": Decimal(4)}),
        ("20", Kind.INVOICE, {"A": Decimal(11), "B": Decimal(9)}),
        ("3", Kind.INVOICE, {"A": Decimal(3)}),
        ("1", Kind.CREDIT_NOTE, {"B": Decimal(-1)}),
        ("0", Kind.INVOICE, {}),
    ],
)
def test_charges_go_to_the_orders_that_agreed_to_them(charges: str, kind: Kind, expected: dict[str, Decimal]) -> None:
    orders = (_order("B", "10", "1"), _order("A", "6"))
    standing = msgspec.structs.replace(SOUND, kind=kind, charges=Decimal(charges))
    bill = matching.bill_of(standing, orders, None)
    consumed = tuple(
        Consumed(line="1", order=number, order_line=f"{number}-1", quantity=Decimal(1), net=Decimal(1))
        for number in ("A", "B")
    )
    verdict = Verdict(
        word=Word.FULL_MATCH, deviation=Decimal(0), percent=None, orders=("A", "B"), findings=(), consumed=consumed
    )
    assert matching.charged(bill, verdict, orders) == expected


@pytest.mark.parametrize(
    ("line", "quantity", "price", "net", "unit"),
    [
        (Line(quantity=Decimal(2), unit_price=Decimal(5), net_amount=Decimal(10), unit="pcs"), "2", "5", "10", "C62"),
        (Line(quantity=Decimal(2), net_amount=Decimal(10), unit="Box"), "2", "5", "10", "XBX"),
        (Line(unit_price=Decimal(5), net_amount=Decimal(10)), "2", "5", "10", ""),
        (Line(quantity=Decimal(2), unit_price=Decimal(5), unit="Eimer"), "2", "5", "10", "Eimer"),
        (Line(net_amount=Decimal(10)), "1", "10", "10", ""),
        (Line(), "1", "0", "0", ""),
    ],
)
def test_a_line_that_lacks_a_figure(line: Line, quantity: str, price: str, net: str, unit: str) -> None:
    (found,) = matching.bill_of(msgspec.structs.replace(SOUND, lines=(line,)), (), None).lines
    assert (found.quantity, found.price, found.net, found.unit) == (
        Decimal(quantity),
        Decimal(price),
        Decimal(net),
        unit,
    )


@pytest.mark.parametrize(
    ("item", "buyer", "seller", "standard"),
    [("OUR-1", "OUR-1", "", ""), ("4006381333931", "", "", "4006381333931"), ("X-9", "", "X-9", "")],
)
def test_an_item_number_goes_where_it_belongs(item: str, buyer: str, seller: str, standard: str) -> None:
    standing = msgspec.structs.replace(SOUND, lines=(Line(item=item),))
    (found,) = matching.bill_of(standing, (_order("A", "0"),), None).lines
    assert (found.buyer_item, found.seller_item, found.standard_item) == (buyer, seller, standard)


def test_a_price_is_compared_after_the_discount_that_the_line_prints() -> None:
    line = Line(quantity=Decimal(10), unit_price=Decimal(120), discount=Decimal(10), net_amount=Decimal(1080))
    (found,) = matching.bill_of(msgspec.structs.replace(SOUND, lines=(line,)), (), None).lines
    assert (found.price, found.net) == (108, 1080)
    sound = msgspec.structs.replace(SOUND, net=Decimal(1080), tax=None, total=None, payable=None, lines=(line,))
    assert [one.rule for one in fields.check(sound) if one.severity == "warning"] == []
    forgotten = msgspec.structs.replace(sound, lines=(msgspec.structs.replace(line, discount=None),))
    (warning,) = [one for one in fields.check(forgotten) if one.severity == "warning"]
    assert (warning.rule, warning.pointer) == ("GW-BILL-LINE", "/lines/0/net_amount")


async def test_of_two_that_are_the_same_the_second_to_be_matched_is_held(house: House) -> None:
    """The one that came first is a scan that takes long to read; it isn't overlooked when it is matched at last."""
    await house.supplier()
    slow = await house.send(pdf([page("INV-2026-0042")]))
    (quick,) = await _read(house, pdf([page("INV-2026-O042")]))
    await matching.match_bill(house.wiring, house.id, quick, now=house.now)
    assert (await house.row(quick)).holds == []
    await jobs.read(house.wiring, house.id, msgspec.json.encode({"bill_id": slow.bill_id}), now=house.now)
    await matching.match_bill(house.wiring, house.id, slow.bill_id, now=house.now)
    row = await house.row(slow.bill_id)
    assert (row.holds, row.near) == (["near_duplicate"], [quick])
    await matching.match_bill(house.wiring, house.id, quick, now=house.now)
    assert (await house.row(quick)).holds == []


async def test_a_bill_is_held_against_an_old_one_however_many_came_since(house: House) -> None:
    await house.supplier()
    old, *_ = await _read(house, xml("DT-1"), xml("DT-2", quantity="2"), xml("DT-3", quantity="3"))
    (again,) = await _read(house, pdf([page("DT-1")]))
    async with house.database.company(house.id) as db:
        row = await queries.one(db, house.id, again)
        (found,) = await queries.comparable(db, house.id, row, most=1)
    assert found.id == old


async def test_a_supplier_that_was_archived_holds_what_is_open(house: House) -> None:
    supplier_id = await house.supplier()
    (bill_id,) = await _read(house, xml("DT-3600"))
    await house.work()
    assert (await house.row(bill_id)).holds == []
    async with house.call() as call:
        await suppliers.move(call, supplier_id, SupplierState.ARCHIVED)
    await house.work()
    assert (await house.row(bill_id)).holds == ["supplier_unknown"]
    async with house.call() as call:
        await suppliers.move(call, supplier_id, SupplierState.ACTIVE)
    await house.work()
    row = await house.row(bill_id)
    assert (row.supplier_id, row.holds) == (supplier_id, [])


async def test_a_prepayment_below_zero_makes_no_bill_dearer_in_silence(house: House) -> None:
    """Lines, VAT and total are as ordered; what is asked for is 500 more, "as was paid before"."""
    await house.order(await house.supplier())
    await house.goods("10")
    asked = b'<cbc:PayableAmount currencyID="AED">1050.00'
    plain = xml("DT-3700", order="PO-1")
    assert asked in plain
    dearer = asked.replace(b"1050", b"1550")
    taken = await house.send(
        plain.replace(asked, b'<cbc:PrepaidAmount currencyID="AED">-500.00</cbc:PrepaidAmount>' + dearer)
    )
    await house.work()
    row = await house.row(taken.bill_id)
    if row.state == State.NEEDS_REVIEW:
        async with house.call() as call:
            await flow.accept(call, row.id, version=row.version)
        await house.work()
        row = await house.row(taken.bill_id)
    assert (row.payable, row.state) == (Decimal("1550.00"), State.EXCEPTION)
