"""A person puts a reading right, accepts it or throws it away: each step in the ledger, nothing after acceptance."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.access.errors import Unacceptable
from gateway.bills import changes, fields, flow, queries
from gateway.bills.changes import Change
from gateway.bills.errors import BillChanged, NotAcceptable, NotInReview
from gateway.bills.fields import Fields, Line
from gateway.bills.queries import Filter
from gateway.bills.states import State
from gateway.http.problems import Malformed
from gateway.lifecycle import IllegalTransition
from gateway.suppliers import queries as suppliers
from ingestion.document import Box, Kind, Term
from ledger import entry
from tests.gateway.bills.conftest import SELLER_TRN, House
from tests.gateway.bills.papers import page, pdf


async def _in_review(house: House) -> UUID:
    taken = await house.send(pdf([page("INV-2026-0042", total="1060.00")]))
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.NEEDS_REVIEW
    return taken.bill_id


async def test_corrected_and_accepted_it_is_matched_and_all_of_it_is_proved(house: House) -> None:
    bill_id = await _in_review(house)
    version = (await house.row(bill_id)).version
    async with house.call() as call:
        after = await flow.correct(
            call, bill_id, [Change(term="total", value="1050.00", page=1), Change(term="currency", value="AED")],
            version=version,
        )  # fmt: skip
    assert after.total == Decimal("1050.00")
    row = await house.row(bill_id)
    assert (row.version, row.total) == (version + 1, Decimal("1050.00"))
    async with house.call(house.head) as call:
        await flow.accept(call, bill_id, version=row.version)
    await house.work()
    row = await house.row(bill_id)
    assert (row.state, row.reviewed_by) == (State.EXCEPTION, f"user:{house.head}")
    assert set(row.makers) == {house.clerk, house.head}
    assert "supplier_unknown" in row.holds
    entries = await house.entries(bill_id)
    assert [kind for kind, _ in entries] == [
        entry.Kind.BILL, entry.Kind.READING, entry.Kind.CORRECTION, entry.Kind.READING, entry.Kind.MATCH,
    ]  # fmt: skip
    (change,) = entries[2][1]["changes"]
    assert (change["term"], change["was"], change["now"]) == ("total", "1060.00", "1050.00")
    assert entries[3][1]["fields"]["total"] == "1050.00"
    assert entries[3][1]["accepted_by"] == f"user:{house.head}"


async def test_what_was_accepted_is_corrected_by_nobody(house: House) -> None:
    bill_id = await _in_review(house)
    async with house.call() as call:
        await flow.accept(call, bill_id, version=(await house.row(bill_id)).version)
    version = (await house.row(bill_id)).version
    with pytest.raises(NotInReview):
        async with house.call() as call:
            await flow.correct(call, bill_id, [Change(term="total", value="1.00")], version=version)
    with pytest.raises(IllegalTransition):
        async with house.call() as call:
            await flow.discard(call, bill_id, "no", version=version)
    for change in ("total = 1", "iban = 'X'", "fields = '{}'", "issue_date = null", "reading_sha256 = 'x'"):
        with pytest.raises(IntegrityError, match="was accepted and stands"):
            async with house.database.company(house.id) as db:
                await db.execute(text(f"update bills set {change} where id = :id"), {"id": bill_id})
    with pytest.raises(IntegrityError):
        async with house.database.company(house.id) as db:  # held: nobody knows the supplier
            await house.work()
            await db.execute(
                text("update bills set state = 'APPROVED', approved_by = 'x', approved_at = now() where id = :id"),
                {"id": bill_id},
            )


async def test_of_two_people_with_the_same_version_one_is_told_to_look_again(house: House) -> None:
    bill_id = await _in_review(house)
    version = (await house.row(bill_id)).version

    async def put(value: str) -> None:
        async with house.call() as call:
            await flow.correct(call, bill_id, [Change(term="total", value=value)], version=version)

    outcomes = await asyncio.gather(put("1050.00"), put("1051.00"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["BillChanged", "NoneType"]
    with pytest.raises(BillChanged):
        async with house.call() as call:
            await flow.accept(call, bill_id, version=version)


async def test_what_lacks_a_value_is_not_accepted_and_the_finding_says_which(house: House) -> None:
    bill_id = await _in_review(house)
    async with house.call() as call:
        wanted = [Change(term="invoice_number", value=None), Change(term="kind", value="statement")]
        await flow.correct(call, bill_id, wanted, version=(await house.row(bill_id)).version)
    with pytest.raises(NotAcceptable) as refused:
        async with house.call() as call:
            await flow.accept(call, bill_id, version=(await house.row(bill_id)).version)
    assert {finding.pointer for finding in refused.value.findings} == {"/invoice_number", "/kind"}


async def test_a_correction_that_shows_the_place_teaches_the_supplier(house: House) -> None:
    supplier_id = await house.supplier()
    bill_id = await _in_review(house)
    box = Box(350, 76, 460, 86)
    async with house.call() as call:
        wanted = [Change(term="invoice_number", value="INV-2026-42", page=1, box=box)]
        await flow.correct(call, bill_id, wanted, version=(await house.row(bill_id)).version)
    async with house.call() as call:
        await flow.accept(call, bill_id, version=(await house.row(bill_id)).version)
    assert "bills.learn" in await house.work()
    async with house.database.company(house.id) as db:
        (known,) = await suppliers.known(db, house.id)
        lesson = await suppliers.latest(db, house.id, supplier_id)
    assert list(known.anchors) == [Term.INVOICE_NUMBER]
    assert lesson is not None
    assert (lesson.bill_id, lesson.by) == (bill_id, f"user:{house.clerk}")


@pytest.mark.parametrize("number", [0, -1, 10_000, 2**60])
def test_a_page_that_no_file_has_is_refused(number: int) -> None:
    change = Change(term="po_number", value="PO-1", page=number, box=Box(1, 1, 2, 2))
    with pytest.raises(Unacceptable, match="Pages are counted"):
        changes.apply(Fields(kind=Kind.INVOICE), [change])


@pytest.mark.parametrize("amount", ["NaN", "-Infinity", "1e999999999", "1e-999999999", "0e-999999999"])
async def test_an_amount_that_no_bill_has_is_not_searched_for(house: House, amount: str) -> None:
    async with house.database.company(house.id) as db:
        for wanted in (Filter(least=Decimal(amount)), Filter(most=Decimal(amount))):
            with pytest.raises(Malformed):
                await queries.page(db, house.id, wanted, cursor=None, limit=1)


async def test_corrections_of_a_reading_that_was_ordered_again_are_not_taken_for_its_own(house: House) -> None:
    bill_id = await _in_review(house)
    async with house.call() as call:
        await flow.correct(call, bill_id, [Change(term="total", value="9.00")], version=2)
    async with house.call() as call:
        await flow.read_again(call.db, house.id, bill_id, actor="user:x", now=call.now, keys=house.wiring.keys)
    await house.work()
    assert (await house.row(bill_id)).total == Decimal("1060.00")


WHOLE = Fields(kind=Kind.INVOICE, total=Decimal("10.00"), lines=(Line(description="a"), Line(description="b")))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (Change(term="total", value="1e3"), "/changes/0/value"),
        (Change(term="total", value="NaN"), "/changes/0/value"),
        (Change(term="total", value="1,000.00"), "/changes/0/value"),
        (Change(term="total", value="١٠"), "/changes/0/value"),
        (Change(term="issue_date", value="31/12/2026"), "/changes/0/value"),
        (Change(term="issue_date", value="2026-02-30"), "/changes/0/value"),
        (Change(term="currency", value="aed"), "/changes/0/value"),
        (Change(term="iban", value="AE070331234567890123457"), "/changes/0/value"),
        (Change(term="kind", value="bill"), "/changes/0/value"),
        (Change(term="kind", value=None), "/changes/0/value"),
        (Change(term="supplier_name", value="a\x00b"), "/changes/0/value"),
        (Change(term="supplier_name", value="x" * 501), "/changes/0/value"),
        (Change(term="lines", value="x"), "/changes/0/term"),
        (Change(term="total", line=0, value="1"), "/changes/0/term"),
        (Change(term="quantity", line=3, value="1"), "/changes/0/line"),
        (Change(term="quantity", line=-1, value="1"), "/changes/0/line"),
        (Change(line=2), "/changes/0/line"),
    ],
)
def test_a_value_that_is_none_is_refused_at_its_place(change: Change, pointer: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        changes.apply(WHOLE, [change])
    assert refused.value.pointer == pointer


def test_lines_are_added_changed_and_taken_out() -> None:
    after, done = changes.apply(
        WHOLE,
        [
            Change(term="net_amount", line=2, value="5.00"),
            Change(term="description", line=0, value="  c   d "),
            Change(line=1),
            Change(term="total", value="10.00"),
        ],
    )
    assert after.lines == (Line(description="c d"), Line(net_amount=Decimal("5.00")))
    assert [(one.term, one.line) for one in done] == [("net_amount", 2), ("description", 0), ("", 1)]


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({}, set()),
        ({"total": Decimal("1051.00")}, {"GW-BILL-TOTAL"}),
        ({"payable": Decimal("1000.00")}, {"GW-BILL-PAYABLE"}),
        ({"payable": Decimal("1000.00"), "prepaid": Decimal("50.00")}, set()),
        ({"lines": (Line(net_amount=Decimal("999.00")),)}, {"GW-BILL-LINES"}),
        ({"lines": (Line(net_amount=Decimal("990.00")),), "charges": Decimal("10.00")}, set()),
        ({"lines": (Line(quantity=Decimal(3), unit_price=Decimal(300), net_amount=Decimal(1000)),)}, {"GW-BILL-LINE"}),
        ({"tax": None}, {"GW-BILL-MISSING"}),
        ({"kind": Kind.CREDIT_NOTE, "net": -1000, "tax": -50, "total": -1050}, {"GW-BILL-SIGN"}),
        ({"kind": Kind.STATEMENT}, {"GW-BILL-KIND"}),
    ],
)
def test_our_own_arithmetic_finds_what_does_not_fit(given: dict[str, Any], rules: set[str]) -> None:
    sound: dict[str, Any] = {
        "kind": Kind.INVOICE, "supplier_tax_id": SELLER_TRN, "invoice_number": "1", "currency": "AED",
        "issue_date": "2026-11-15", "net": Decimal("1000.00"), "tax": Decimal("50.00"), "total": Decimal("1050.00"),
    }  # fmt: skip
    standing = msgspec.convert(sound | given, Fields)
    assert {finding.rule for finding in fields.check(standing)} == rules
