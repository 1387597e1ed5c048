"""Approved by as many as its amount asks for, refused, paid; and what stops each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError

from gateway.access.call import Call
from gateway.access.permissions import Role
from gateway.bills import choosing, deciding, hall, tasks, view
from gateway.bills.came import Came, Door
from gateway.bills.errors import (
    AlreadyApproved,
    BillChanged,
    BillFourEyes,
    BillHeld,
    HeldByItsCause,
    NotPayable,
    PolicyChanged,
    PolicyRefused,
)
from gateway.bills.holds import Hold
from gateway.bills.matching import match_bill
from gateway.bills.policy import Approval, Exceptions, Level, Policy
from gateway.bills.states import State
from gateway.bills.tasks import Assignment
from gateway.bills.vat import Check
from gateway.db import new_id
from gateway.http.problems import Invalid, NotFound
from gateway.lifecycle import IllegalTransition
from gateway.periods.calendar import today
from gateway.suppliers import account_queries, accounts
from ingestion import matching
from ingestion.matching import Limit, Tolerances, Word
from ledger.entry import Kind
from tests.gateway.bills.conftest import House
from tests.gateway.bills.papers import page, pdf, xml


@asynccontextmanager
async def acting(house: House, person: UUID | None = None, role: Role = Role.FINANCE_USER) -> AsyncIterator[Call]:
    async with house.call(person or house.head) as call:
        yield msgspec.structs.replace(call, principal=msgspec.structs.replace(call.principal, role=role))


async def approve(house: House, bill_id: UUID, person: UUID | None = None, *, note: str | None = None,
                  role: Role = Role.FINANCE_USER) -> None:  # fmt: skip
    version = (await house.row(bill_id)).version
    async with acting(house, person, role) as call:
        await deciding.approve(call, bill_id, note, version=version)


async def choose(house: House, policy: Policy, version: int = 0) -> None:
    async with acting(house, role=Role.COMPANY_ADMIN) as call:
        await choosing.choose(call, policy, version=version)
    await house.work()


async def matched(house: House, number: str = "DT-1", *, quantity: str = "10") -> UUID:
    """A bill that matches its order and receipt wholly."""
    await house.order(await house.supplier(), quantity=quantity)
    await house.goods(quantity)
    taken = await house.send(xml(number, order="PO-1", quantity=quantity))
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.MATCHED
    return taken.bill_id


async def unmatched(house: House, number: str = "DT-1") -> UUID:
    """A bill of which two pieces were never received."""
    await house.order(await house.supplier())
    await house.goods("8")
    taken = await house.send(xml(number, order="PO-1"))
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.EXCEPTION
    return taken.bill_id


async def test_a_bill_is_approved_by_a_second_person_and_paid_and_the_ledger_proves_both(house: House) -> None:
    bill_id = await matched(house)
    with pytest.raises(BillFourEyes):
        await approve(house, bill_id, house.clerk)  # who sent it
    await approve(house, bill_id, note="As agreed.")
    version = (await house.row(bill_id)).version
    async with acting(house) as call:
        await deciding.pay(call, bill_id, date(2026, 11, 21), "TT-7", version=version)
    row = await house.row(bill_id)
    assert (row.state, row.approved_by, row.paid_on) == (State.PAID, f"user:{house.head}", date(2026, 11, 21))
    entries = await house.entries(bill_id)
    assert [kind for kind, _ in entries] == [Kind.BILL, Kind.READING, Kind.MATCH, Kind.APPROVAL, Kind.PAYMENT]
    approval, payment = entries[-2][1], entries[-1][1]
    assert approval["input_sha256"] == row.input_sha256
    assert approval["complete"] is True
    assert (payment["reference"], payment["amount"], payment["iban"]) == ("TT-7", "1050.00", row.iban)
    assert (await house.events(bill_id))[-2:] == ["bill.approved", "bill.paid"]


async def test_a_large_bill_takes_two_people_one_of_them_an_administrator(house: House) -> None:
    levels = (Level(least=Decimal(0)), Level(least=Decimal(1000), approvers=2, admins=1))
    await choose(house, Policy(approval=Approval(levels=levels)))
    bill_id = await matched(house)
    await approve(house, bill_id)
    row = await house.row(bill_id)
    assert (row.state, row.approved_at) == (State.MATCHED, None)
    with pytest.raises(AlreadyApproved):
        await approve(house, bill_id)
    await approve(house, bill_id, new_id())  # a second person, and no administrator
    assert (await house.row(bill_id)).state == State.MATCHED
    await approve(house, bill_id, new_id(), role=Role.COMPANY_ADMIN)
    assert (await house.row(bill_id)).state == State.APPROVED
    assert (await house.events(bill_id)).count("bill.endorsed") == 2


async def test_an_approval_is_of_the_verdict_that_was_seen(house: House) -> None:
    """Two pieces go back after the first of two people approved: both have to look anew."""
    await choose(house, Policy(approval=Approval(levels=(Level(least=Decimal(0), approvers=2),))))
    bill_id = await matched(house)
    await approve(house, bill_id)
    await house.goods("-2", receipt="GR-2")
    await house.work()
    assert (await house.row(bill_id)).state == State.EXCEPTION
    await approve(house, bill_id, new_id(), note="The rest comes on Monday.")
    assert (await house.row(bill_id)).state == State.EXCEPTION
    await approve(house, bill_id, note="I know.")
    assert (await house.row(bill_id)).state == State.APPROVED


async def test_what_does_not_match_is_approved_with_a_word_only(house: House) -> None:
    bill_id = await unmatched(house)
    with pytest.raises(Invalid, match="say in `note`"):
        await approve(house, bill_id)
    await approve(house, bill_id, note="The rest is on its way.")
    assert (await house.row(bill_id)).state == State.APPROVED


async def test_a_held_bill_is_not_approved_and_who_lifts_the_hold_is_a_maker(house: House) -> None:
    first = await matched(house, "DT-77")
    again = await house.send(xml("DT-77", order="PO-1", notes=("Second copy",)))
    await house.work()
    row = await house.row(again.bill_id)
    assert Hold.NEAR_DUPLICATE in row.holds
    assert first in row.near
    with pytest.raises(BillHeld):
        await approve(house, again.bill_id, note="Pay.")
    async with acting(house) as call:
        await deciding.release(call, again.bill_id, Hold.NEAR_DUPLICATE, "Both are due.")
    with pytest.raises(BillFourEyes):
        await approve(house, again.bill_id, note="Pay.")
    await approve(house, again.bill_id, new_id(), note="Pay.")
    assert (await house.row(again.bill_id)).state == State.APPROVED


async def test_an_account_that_was_refused_stops_approval_and_payment_at_once(house: House) -> None:
    """Also before the job that matches the bill again has run."""
    bill_id = await matched(house)
    row = await house.row(bill_id)
    assert row.iban
    async with acting(house) as call:
        (account,) = await account_queries.of_supplier(call.db, house.id, row.supplier_id)
        await accounts.retire(call, row.supplier_id, account.id, reason="It was closed.")
    with pytest.raises(BillHeld):
        await approve(house, bill_id)
    await house.work()
    with pytest.raises(HeldByItsCause):
        async with acting(house) as call:
            await deciding.release(call, bill_id, Hold.NEW_ACCOUNT, "It is well.")


async def test_a_refused_bill_gives_back_what_it_consumed(house: House) -> None:
    bill_id = await matched(house)
    assert await house.billed() == 10
    version = (await house.row(bill_id)).version
    async with acting(house) as call:
        await deciding.refuse(call, bill_id, "We didn't order this.", version=version)
    assert ((await house.row(bill_id)).state, await house.billed()) == (State.REFUSED, 0)
    assert (await house.entries(bill_id))[-1][0] == Kind.REJECTION
    with pytest.raises(IllegalTransition):
        await approve(house, bill_id)


async def test_of_two_who_decide_at_once_one_is_told_that_it_changed(house: House) -> None:
    bill_id = await matched(house)
    version = (await house.row(bill_id)).version

    async def yes() -> None:
        async with acting(house) as call:
            await deciding.approve(call, bill_id, None, version=version)

    async def no() -> None:
        async with acting(house, new_id()) as call:
            await deciding.refuse(call, bill_id, "No.", version=version)

    told = await asyncio.gather(yes(), no(), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["BillChanged", "NoneType"]


async def test_only_what_is_approved_is_paid_and_not_before_its_day(house: House) -> None:
    bill_id = await matched(house)
    version = (await house.row(bill_id)).version
    for day, error in ((date(2026, 11, 21), IllegalTransition), (date(2026, 11, 25), Invalid)):
        async with acting(house) as call:
            with pytest.raises(error):
                await deciding.pay(call, bill_id, day, None, version=version)
    with pytest.raises(BillChanged):
        async with acting(house) as call:
            await deciding.pay(call, bill_id, date(2026, 11, 21), None, version=version + 1)


async def test_an_account_refused_after_the_approval_stops_the_payment(house: House) -> None:
    bill_id = await matched(house)
    await approve(house, bill_id)
    row = await house.row(bill_id)
    async with acting(house) as call:
        (account,) = await account_queries.of_supplier(call.db, house.id, row.supplier_id)
        await accounts.retire(call, row.supplier_id, account.id, reason="It was closed.")
    with pytest.raises(NotPayable):
        async with acting(house) as call:
            await deciding.pay(call, bill_id, date(2026, 11, 21), None, version=row.version)


async def test_a_task_is_opened_given_told_of_once_and_closed(house: House) -> None:
    bill_id = await unmatched(house)
    async with acting(house) as call:
        task = await tasks.of(call.db, house.id, bill_id)
    assert task is not None
    assert (task.owner, task.closed_at) == (None, None)
    assert today(house.now) <= task.due_on <= today(house.now) + timedelta(days=3)
    async with acting(house) as call:
        await tasks.assign(call, bill_id, Assignment(note="Ask the warehouse."))
    house.now += timedelta(days=5)
    async with house.database.company(house.id) as db:
        assert [await tasks.remind(db, house.id, now=house.now) for _ in range(2)] == [1, 0]
    async with acting(house) as call:
        page = await tasks.page(call, owner=None, overdue=True, cursor=None, limit=10)
    assert [(one.id, one.task.note) for one in page.items] == [(bill_id, "Ask the warehouse.")]
    await house.goods("2", receipt="GR-2")
    await house.work()
    assert (await house.row(bill_id)).word == Word.FULL_MATCH
    async with acting(house) as call:
        assert (await tasks.page(call, owner=None, overdue=False, cursor=None, limit=10)).items == ()
        with pytest.raises(NotFound):
            await tasks.assign(call, bill_id, Assignment(note="Too late."))
    events = await house.events(bill_id)
    assert [kind for kind in events if kind in {"bill.assigned", "bill.overdue"}] == ["bill.assigned", "bill.overdue"]


@pytest.mark.parametrize(
    "levels",
    [
        (),
        (Level(least=Decimal(5)),),
        (Level(least=Decimal(0), approvers=2), Level(least=Decimal(9))),
        (Level(least=Decimal(0)), Level(least=Decimal(0), approvers=2)),
        (Level(least=Decimal(0), approvers=1, admins=2),),
    ],
)
async def test_levels_that_cannot_be_meant_are_refused(house: House, levels: tuple[Level, ...]) -> None:
    with pytest.raises(PolicyRefused):
        await choose(house, Policy(approval=Approval(levels=levels)))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1", "1e999999999", "1e-999999999", "1e16", "0.000000001"])
async def test_a_policy_holds_plain_numbers_only(house: House, number: str) -> None:
    """Written out, a number with such an exponent would fill the memory of every worker that matches."""
    wider = matching.Policy(company=Tolerances(price_above=Limit(percent=Decimal(number))))
    with pytest.raises(PolicyRefused) as refused:
        await choose(house, Policy(matching=wider))
    assert [one.pointer for one in refused.value.findings] == ["/matching/company/price_above/percent"]


async def test_who_lifts_a_hold_after_approving_has_not_approved(house: House) -> None:
    """Of two approvers the first becomes a maker: nobody approves what they had a hand in."""
    await choose(house, Policy(approval=Approval(levels=(Level(least=Decimal(0), approvers=2),))))
    bill_id = await matched(house)
    await approve(house, bill_id)
    again = (await house.send(pdf([page("DT-1", order="PO-9")]))).bill_id
    await house.work()
    async with acting(house, new_id()) as call:
        await deciding.release(call, again, Hold.NEAR_DUPLICATE, "Two deliveries.")
    for _ in range(2):
        await approve(house, again, new_id(), note="Urgent.")
    await match_bill(house.wiring, house.id, bill_id, now=house.now)
    assert (await house.row(bill_id)).holds == [Hold.NEAR_DUPLICATE]  # the other one may be paid by now
    async with acting(house) as call:
        await deciding.release(call, bill_id, Hold.NEAR_DUPLICATE, "Two deliveries.")
    for decided in (False, True):
        await approve(house, bill_id, new_id())
        assert ((await house.row(bill_id)).state == State.APPROVED) is decided


async def test_nobody_releases_the_account_of_a_strangers_bill_and_approves_it_alone(house: House) -> None:
    """It came by mail and nobody in the house had a hand in it, so its account and its approval take two people."""
    supplier_id = await house.supplier(iban=None)
    await house.order(supplier_id)
    await house.goods("10")
    came = Came(door=Door.MAIL, name="bill.xml", actor="system:mail")
    taken = await hall.receive(house.wiring, house.id, xml("DT-1", order="PO-1"), came, now=house.now)
    await house.work()
    assert (await house.row(taken.bill_id)).holds == [Hold.NEW_ACCOUNT]
    async with acting(house) as call:
        (account,) = await account_queries.of_supplier(call.db, house.id, supplier_id)
        await accounts.release(call, supplier_id, account.id)
    await house.work()
    with pytest.raises(BillFourEyes):
        await approve(house, taken.bill_id)
    await approve(house, taken.bill_id, house.clerk)
    assert (await house.row(taken.bill_id)).state == State.APPROVED


async def test_every_version_of_a_policy_is_kept_and_the_ledger_names_both(house: House) -> None:
    await choose(house, Policy(exceptions=Exceptions(days=7)))
    with pytest.raises(PolicyChanged):
        await choose(house, Policy(), version=0)
    await choose(house, Policy(), version=1)
    assert await house.count("bill_policies") == 2


async def test_a_bill_with_vat_says_what_is_missing_to_recover_it(house: House) -> None:
    bill_id = await matched(house)
    async with acting(house) as call:
        shown = await view.shown(call, bill_id)
    assert shown.vat is not None
    assert shown.vat.missing == (Check.E_INVOICE,)  # it was uploaded: nothing came over the network
    assert shown.approval is not None
    assert (shown.approval.needed, shown.approval.given) == (1, ())


async def test_an_approval_is_never_changed_in_the_database(house: House) -> None:
    from sqlalchemy import text

    bill_id = await matched(house)
    await approve(house, bill_id)
    with pytest.raises(DBAPIError):
        async with house.database.company(house.id) as db:
            await db.execute(text("update bill_approvals set person = gen_random_uuid()"))
