"""A supplier's bank account from the first sight to the payment: nobody alone can have money go somewhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.db import Database, new_id
from gateway.suppliers.models import ACCOUNTS
from gateway.suppliers.states import AccountState, Standing
from tests.gateway.house import House, Person, ok
from tests.gateway.suppliers.conftest import GERMAN, IBAN, OTHER_IBAN, URL, Firm

_OWN = text("select state, makers, decided_person from supplier_accounts where id = :id")


async def test_a_proposed_account_is_paid_to_once_a_second_person_has_released_it(firm: Firm) -> None:
    trn = firm.trn()
    falcon = await firm.supplier(tax_ids=[trn])
    assert await firm.standing(falcon, None) is Standing.NONE
    assert await firm.standing(falcon, IBAN) is Standing.NEW
    account = await firm.account(falcon, "AE07 0331 2345 6789 0123 456")
    assert await firm.standing(falcon, IBAN) is Standing.NEW
    waiting = await firm.waiting(falcon)
    assert [(each["id"], each["supplier"], each["origin"]) for each in waiting] == [(account, falcon["name"], "master")]

    alone = await firm.decide(firm.clerk, falcon, account, "release")
    assert (alone.status_code, alone.json()["code"]) == (409, "second-person-needed")
    assert await firm.standing(falcon, IBAN) is Standing.NEW

    released = ok(await firm.decide(firm.head, falcon, account, "release"))
    assert (released["state"], released["decided_by"]) == ("RELEASED", f"user:{firm.head.id}")
    assert await firm.standing(falcon, "ae07 0331 2345 6789 0123 456") is Standing.RELEASED
    assert await firm.waiting(falcon) == []

    retired = ok(await firm.decide(firm.head, falcon, account, "retire"))
    assert retired["reason"] == "As we heard."
    assert await firm.standing(falcon, IBAN) is Standing.REFUSED
    assert await firm.kinds(account) == [f"bank_account.{what}" for what in ("proposed", "released", "retired")]
    proved = await firm.proved(falcon)
    assert [(step["state"], step["by"], step["iban"]) for step in proved] == [
        ("PROPOSED", f"user:{firm.clerk.id}", IBAN),
        ("RELEASED", f"user:{firm.head.id}", IBAN),
        ("RETIRED", f"user:{firm.head.id}", IBAN),
    ]
    assert proved[1]["makers"] == [str(firm.clerk.id)]
    assert proved[1]["tax_ids"] == [trn]


async def test_a_changed_account_on_a_known_suppliers_bill_waits_while_the_known_one_is_paid_to(firm: Firm) -> None:
    falcon, bill = await firm.supplier(tax_ids=[firm.trn()]), new_id()
    ok(await firm.decide(firm.head, falcon, await firm.account(falcon), "release"))
    assert await firm.note(falcon, IBAN) is Standing.RELEASED
    assert await firm.note(falcon, OTHER_IBAN, bill=bill) is Standing.NEW
    assert await firm.note(falcon, OTHER_IBAN, bill=bill) is Standing.NEW
    assert await firm.accounts(falcon) == {IBAN: "RELEASED", OTHER_IBAN: "PROPOSED"}
    (waiting,) = await firm.waiting(falcon)
    assert (waiting["origin"], waiting["bills"], waiting["proposed_by"]) == ("bill", [str(bill)], "system:bills")
    ok(await firm.decide(firm.head, falcon, waiting["id"], "refuse"))
    assert await firm.note(falcon, OTHER_IBAN) is Standing.REFUSED
    assert await firm.accounts(falcon) == {IBAN: "RELEASED", OTHER_IBAN: "REFUSED"}


async def test_what_is_no_iban_is_proposed_to_nobody_and_waits_all_the_same(firm: Firm) -> None:
    falcon = await firm.supplier()
    for read in ("AE080331234567890123456", "AE07033123456789012345", "12345", "ZZ00"):
        assert await firm.note(falcon, read) is Standing.NEW
        assert await firm.standing(falcon, read) is Standing.NEW
    assert await firm.note(falcon, "") is await firm.note(falcon, None) is Standing.NONE
    assert await firm.accounts(falcon) == {}


Story = Callable[[Firm, dict[str, object]], Awaitable[None]]


async def _by_hand(firm: Firm, falcon: dict[str, object]) -> None:
    await firm.account(falcon, by=firm.head)


async def _by_own_key(firm: Firm, falcon: dict[str, object]) -> None:
    """The key's maker is the administrator, so the head may; see `makers`."""
    await firm.account(falcon, by=await firm.company.key("suppliers:write"))


async def _by_import(firm: Firm, falcon: dict[str, object]) -> None:
    ok(await firm.bring(f"name,iban\n{falcon['name']},{IBAN}\n", by=firm.head))


async def _by_an_uploaded_bill(firm: Firm, falcon: dict[str, object]) -> None:
    await firm.note(falcon, IBAN, firm.head.id)


async def _by_a_bill_corrected_later(firm: Firm, falcon: dict[str, object]) -> None:
    bill = new_id()
    await firm.note(falcon, IBAN, firm.clerk.id, bill=bill)
    await firm.had_a_hand(bill, firm.head.id)


async def _by_a_second_bill(firm: Firm, falcon: dict[str, object]) -> None:
    await firm.note(falcon, IBAN)
    await firm.note(falcon, IBAN, firm.head.id)


async def _by_a_second_bill_corrected_later(firm: Firm, falcon: dict[str, object]) -> None:
    second = new_id()
    await firm.account(falcon)
    await firm.note(falcon, IBAN, bill=second)
    await firm.had_a_hand(second, firm.head.id)


async def _anew_after_a_refusal(firm: Firm, falcon: dict[str, object]) -> None:
    account = await firm.account(falcon, by=firm.head)
    ok(await firm.decide(firm.clerk, falcon, account, "refuse"))
    await firm.account(falcon, by=firm.clerk)


async def _by_somebody_else(firm: Firm, falcon: dict[str, object]) -> None:
    await firm.account(falcon)


async def _by_a_mailed_bill(firm: Firm, falcon: dict[str, object]) -> None:
    await firm.note(falcon, IBAN)


async def _had_a_hand_in_another_bill(firm: Firm, falcon: dict[str, object]) -> None:
    await firm.note(falcon, IBAN, firm.clerk.id)
    await firm.had_a_hand(new_id(), firm.head.id)


@pytest.mark.parametrize(
    ("story", "may"),
    [
        (_by_hand, False), (_by_import, False), (_by_an_uploaded_bill, False), (_by_a_bill_corrected_later, False),
        (_by_a_second_bill, False), (_by_a_second_bill_corrected_later, False), (_anew_after_a_refusal, False),
        (_by_somebody_else, True), (_by_own_key, True), (_by_a_mailed_bill, True), (_had_a_hand_in_another_bill, True),
    ],
)  # fmt: skip
async def test_four_eyes(firm: Firm, story: Story, may: bool) -> None:
    """Whether the head may release an account, by how it came."""
    falcon = await firm.supplier()
    await story(firm, falcon)
    (account,) = await firm.waiting(falcon)
    answer = await firm.decide(firm.head, falcon, account["id"], "release")
    assert answer.status_code == (200 if may else 409), answer.text
    assert await firm.standing(falcon, IBAN) is (Standing.RELEASED if may else Standing.NEW)


async def test_an_api_keys_maker_is_its_hand_and_a_key_releases_nothing(firm: Firm) -> None:
    falcon, key = await firm.supplier(), await firm.company.key("suppliers:write", "suppliers:read")
    account = await firm.account(falcon, by=key)
    assert (await firm.decide(key, falcon, account, "release")).status_code == 403
    refused = await firm.decide(firm.admin, falcon, account, "release")
    assert (refused.status_code, refused.json()["code"]) == (409, "second-person-needed")


async def test_four_eyes_hold_whatever_the_company_chose(firm: Firm) -> None:
    chosen = {"four_eyes": False, "approve_sends": False}
    await firm.admin.step_up("roles")
    ok(await firm.admin.put("/v1/companies/current/policies", chosen))
    falcon = await firm.supplier()
    answer = await firm.decide(firm.clerk, falcon, await firm.account(falcon), "release")
    ok(await firm.admin.put("/v1/companies/current/policies", chosen | {"four_eyes": True}))
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("role", "proposes", "releases"),
    [("COMPANY_ADMIN", 201, 200), ("FINANCE_USER", 201, 200), ("AUDITOR", 403, 403)],
)
async def test_roles(firm: Firm, role: str, proposes: int, releases: int) -> None:
    falcon, other = await firm.supplier(), await firm.company.person(role)
    account = await firm.account(falcon)
    assert (await other.get(f"{URL}/{falcon['id']}")).status_code == 200
    assert (await other.post(f"{URL}/{falcon['id']}/accounts", {"iban": GERMAN})).status_code == proposes
    needs_code = await other.post(f"{URL}/{falcon['id']}/accounts/{account}/release")
    assert needs_code.json()["code"] == ("step-up-required" if releases == 200 else "forbidden")
    assert (await firm.decide(other, falcon, account, "release")).status_code == releases


@pytest.mark.parametrize("present", list(AccountState))
@pytest.mark.parametrize("what", ["release", "refuse", "retire", "propose"])
async def test_every_step_from_every_state(firm: Firm, present: AccountState, what: str) -> None:
    falcon = await firm.supplier()
    account = await firm.account(falcon)
    way = {"RELEASED": ["release"], "REFUSED": ["refuse"], "RETIRED": ["release", "retire"], "PROPOSED": []}[present]
    for step in way:
        ok(await firm.decide(firm.head, falcon, account, step))
    before = len(await firm.proved(falcon))
    to = {"release": "RELEASED", "refuse": "REFUSED", "retire": "RETIRED", "propose": "PROPOSED"}[what]
    if what == "propose":
        answer = await firm.clerk.post(f"{URL}/{falcon['id']}/accounts", {"iban": IBAN})
    else:
        answer = await firm.decide(firm.head, falcon, account, what)
    allowed = ACCOUNTS.allows(present, to)
    assert answer.status_code == ((201 if what == "propose" else 200) if allowed else 409), answer.text
    assert await firm.accounts(falcon) == {IBAN: to if allowed else present.value}
    assert len(await firm.proved(falcon)) == before + allowed


async def opened(firm: Firm) -> None:
    """Those who decide at the same time have their codes open."""
    await firm.admin.step_up("approve")
    await firm.head.step_up("approve")


async def test_of_two_releases_at_once_one_holds(firm: Firm) -> None:
    falcon = await firm.supplier()
    account = await firm.account(falcon)
    await opened(firm)
    answers = await asyncio.gather(
        *(firm.decide(who, falcon, account, "release") for who in (firm.head, firm.admin) * 2)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert [step["state"] for step in await firm.proved(falcon)] == ["PROPOSED", "RELEASED"]


async def test_a_release_and_a_refusal_at_once_leave_one_decision(firm: Firm) -> None:
    falcon = await firm.supplier()
    account = await firm.account(falcon)
    await opened(firm)
    answers = await asyncio.gather(
        firm.decide(firm.head, falcon, account, "release"), firm.decide(firm.admin, falcon, account, "refuse")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await firm.proved(falcon)) == 2


async def test_many_bills_at_once_propose_an_account_once(firm: Firm) -> None:
    falcon = await firm.supplier()
    bills, people = [new_id() for _ in range(6)], [new_id() for _ in range(6)]
    found = await asyncio.gather(
        *(firm.note(falcon, IBAN, person, bill=bill) for bill, person in zip(bills, people, strict=True))
    )
    assert set(found) == {Standing.NEW}
    (account,) = await firm.waiting(falcon)
    assert account["bills"] == sorted(map(str, bills))
    assert len(await firm.proved(falcon)) == 1
    async with firm.db() as db:
        row = (await db.execute(_OWN, {"id": account["id"]})).one()
    assert sorted(row.makers) == sorted(people)


async def test_whoever_touches_a_bill_while_its_account_is_released_is_too_late_or_stops_it(firm: Firm) -> None:
    """Never released by somebody who had a hand in it before."""
    falcon, bill = await firm.supplier(), new_id()
    await firm.note(falcon, IBAN, bill=bill)
    (account,) = await firm.waiting(falcon)
    await opened(firm)
    answer, _ = await asyncio.gather(
        firm.decide(firm.head, falcon, account["id"], "release"), firm.had_a_hand(bill, firm.head.id)
    )
    async with firm.db() as db:
        row = (await db.execute(_OWN, {"id": account["id"]})).one()
    assert (row.state, answer.status_code) in {("RELEASED", 200), ("PROPOSED", 409)}
    assert row.decided_person is None or row.decided_person not in row.makers


async def test_killed_before_the_commit_nothing_of_a_release_is_left(firm: Firm) -> None:
    falcon = await firm.supplier()
    account = await firm.account(falcon)
    database: Database = firm.house.database
    with pytest.raises(ConnectionResetError):
        async with database.company(firm.id) as db:
            await db.execute(text("update supplier_accounts set reason = 'half' where id = :id"), {"id": account})
            await firm.note_in(db, falcon, OTHER_IBAN)
            raise ConnectionResetError
    assert await firm.accounts(falcon) == {IBAN: "PROPOSED"}
    assert len(await firm.proved(falcon)) == 1
    ok(await firm.decide(firm.head, falcon, account, "release"))


async def test_the_same_account_of_two_suppliers_is_shown(firm: Firm) -> None:
    falcon, gulf = await firm.supplier(), await firm.supplier()
    await firm.account(falcon, "NL91ABNA0417164300")
    await firm.account(gulf, "NL91 ABNA 0417 1643 00")
    shown = ok(await firm.head.get(f"{URL}/{gulf['id']}"))["accounts"]
    assert [account["shared_with"] for account in shown] == [[falcon["id"]]]


@pytest.mark.parametrize(
    ("iban", "bic", "pointer", "says"),
    [
        ("AE080331234567890123456", None, "/iban", "check digits"),
        ("AE07033123456789012345", None, "/iban", "23 letters and digits; this one has 22"),
        ("QQ070331234567890123456", None, "/iban", "No country"),
        ("", None, "/iban", "An IBAN is"),
        ("ＡＥ070331234567890123456", None, "/iban", "An IBAN is"),
        (IBAN, "BOMLAE", "/bic", "8 or 11"),
        (IBAN, "BOMLAEAD\n", "/bic", "8 or 11"),
    ],
)
async def test_what_is_no_account_is_refused(firm: Firm, iban: str, bic: str | None, pointer: str, says: str) -> None:
    falcon = await firm.supplier()
    answer = await firm.clerk.post(f"{URL}/{falcon['id']}/accounts", {"iban": iban, "bic": bic})
    assert answer.status_code == 422
    (finding,) = answer.json()["findings"]
    assert finding["pointer"] == pointer and says in finding["message"]


async def test_the_database_itself_lets_no_maker_release_and_nothing_be_deleted(firm: Firm, house: House) -> None:
    falcon = await firm.supplier()
    await firm.account(falcon)
    released = (
        "update supplier_accounts set state = 'RELEASED', decided_at = now(), decided_by = 'x', decided_person = :by"
    )
    hostile = [
        (released, {"by": firm.clerk.id}),
        ("update supplier_accounts set state = 'RELEASED'", {}),
        ("update supplier_accounts set iban = :iban", {"iban": OTHER_IBAN}),
        ("delete from supplier_accounts", {}),
        ("delete from suppliers", {}),
        ("update supplier_anchors set anchors = '{}'", {}),
    ]
    for statement, given in hostile:
        with pytest.raises(DBAPIError):
            async with firm.db() as db:
                await db.execute(text(statement), given)
    for statement in ("delete from supplier_accounts", "truncate supplier_accounts cascade", "delete from suppliers"):
        with pytest.raises(DBAPIError):
            async with house.owner.company(firm.id) as db:
                await db.execute(text(statement))


async def test_another_company_sees_none_of_it(firm: Firm, house: House) -> None:
    trn = firm.trn()
    falcon = await firm.supplier(tax_ids=[trn])
    account = await firm.account(falcon)
    await firm.note(falcon, OTHER_IBAN)
    stranger: Person = await (await house.company()).admin()
    assert (await firm.decide(stranger, falcon, account, "release")).status_code == 404
    assert ok(await stranger.get(f"{URL}/accounts"))["items"] == ok(await stranger.get(URL))["items"] == []
    assert ok(await stranger.post(URL, {"name": "Falcon", "tax_ids": [trn]}), 201)["accounts"] == []
    tables = ("suppliers", "supplier_keys", "supplier_accounts", "supplier_account_bills", "supplier_anchors")
    for table in tables:
        for database, company in ((house.database, new_id()), (house.owner, new_id())):
            async with database.company(company) as db:
                seen = await db.execute(
                    text(f"select count(*) from {table} where company_id = :mine"), {"mine": firm.id}
                )
                assert seen.scalar_one() == 0, table
