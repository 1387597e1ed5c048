"""What sending and receiving reach the network by: routes, adapters, accounts that can't be used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from certs import Kek, KekUnknown, KeyRing
from gateway import operations
from gateway.db import Database, new_id
from gateway.providers import Adapters, Matter
from gateway.wiring import Wiring
from peppol.errors import Precondition
from peppol.identifiers import INVOICE, ParticipantId
from peppol.message import Condition
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.providers.conftest import WRONG, peppyrus
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET

URL = "/v1/providers"
MATTER = Matter(receiver=ParticipantId("0235:1234567890"), document_type=INVOICE, series="INV")


@pytest.fixture
async def processes(house: House) -> AsyncIterator[list[Wiring]]:
    """Two processes of one installation: each has open adapters of its own."""
    made = [msgspec.structs.replace(house.wiring, adapters=Adapters()) for _ in range(2)]
    yield made
    for wiring in made:
        await wiring.adapters.close()


async def opened(wiring: Wiring, company: Company, account_id: str | None, *, submitting: bool = False) -> Any:
    async with wiring.database.company(company.id) as db:
        named = UUID(account_id) if account_id else None
        return await wiring.lines.of(db, company.id, named, submitting=submitting)


async def test_a_company_without_accounts_takes_the_installations_provider(house: House, company: Company) -> None:
    async with house.database.company(company.id) as db:
        assert await house.wiring.lines.route(db, company.id, MATTER) == (None,)
        assert await house.wiring.lines.accounts(db, company.id) == ()
    assert await opened(house.wiring, company, None) is house.wiring.provider


async def test_a_document_takes_the_accounts_that_the_routes_name(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    late = ok(await admin.post(URL, peppyrus(stub, "Late", position=9)), 201)["id"]
    early = ok(await admin.post(URL, peppyrus(stub, "Early", position=1)), 201)["id"]

    async def lines() -> list[str]:
        async with house.database.company(company.id) as db:
            return [str(line) for line in await house.wiring.lines.route(db, company.id, MATTER)]

    assert await lines() == [early, late]
    ok(await admin.put(f"{URL}/routes", {"rules": [{"match": {"series": "INV"}, "accounts": [late]}]}))
    assert await lines() == [late, early]
    ok(await admin.patch(f"{URL}/{late}", {"enabled": False}))
    assert await lines() == [early]
    ok(await admin.patch(f"{URL}/{early}", {"enabled": False}))
    assert await lines() == []


async def test_every_process_learns_of_a_change(
    company: Company, admin: Person, stub: PeppyrusStub, processes: list[Wiring]
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub, credentials={"token": WRONG})), 201)["id"]
    before = [await opened(wiring, company, made) for wiring in processes]
    assert [(await provider.health()).condition for provider in before] == [Condition.REFUSES_US] * 2
    ok(await admin.patch(f"{URL}/{made}", {"credentials": {"token": SECRET}}))
    after = [await opened(wiring, company, made) for wiring in processes]
    assert [(await provider.health()).condition for provider in after] == [Condition.WELL] * 2
    assert await opened(processes[0], company, made) is after[0], "opened once, kept"
    assert (await before[0].health()).condition is Condition.REFUSES_US, "what is under way isn't cut off"


async def test_an_account_that_is_switched_off_submits_nothing_and_is_followed_up(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub, enabled=False)), 201)["id"]
    assert (await opened(house.wiring, company, made)).name == "peppyrus"
    with pytest.raises(Precondition, match="'Peppyrus' is switched off"):
        await opened(house.wiring, company, made, submitting=True)
    ok(await admin.delete(f"{URL}/{made}"), 204)
    with pytest.raises(Precondition, match="removed"):
        await opened(house.wiring, company, made)


async def test_another_companys_account_is_no_line(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    other = await house.company()
    for submitting in (False, True):
        with pytest.raises(Precondition):
            await opened(house.wiring, other, made, submitting=submitting)
    async with house.database.company(other.id) as db:  # a transaction of the other company, whatever is asked for
        with pytest.raises(Precondition):
            await house.wiring.lines.of(db, company.id, UUID(made))


async def test_a_call_from_outside_finds_the_company(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    assert await house.wiring.lines.company_of(UUID(made)) == company.id
    assert await house.wiring.lines.company_of(new_id()) is None
    ok(await admin.delete(f"{URL}/{made}"), 204)
    assert await house.wiring.lines.company_of(UUID(made)) is None


async def test_who_removes_an_account_waits_for_the_intent_that_is_being_written(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, module_admin: Database
) -> None:
    """Between choosing the line and writing the intent the account can neither go nor move."""
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    async with house.database.company(company.id) as db:
        await house.wiring.lines.of(db, company.id, UUID(made), submitting=True)
        removing = asyncio.create_task(admin.delete(f"{URL}/{made}"))
        async with asyncio.timeout(60):
            while not await waiting(module_admin):
                assert not removing.done()
                await asyncio.sleep(0.02)
    assert (await removing).status_code == 204


async def waiting(everything: Database) -> bool:
    """Whether somebody waits for a row of the accounts."""
    async with everything.platform() as db:
        found = await db.execute(
            text(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and wait_event_type = 'Lock' and query like '%provider_accounts%'"
            )
        )
        return bool(found.scalar_one())


async def test_two_submissions_dont_wait_for_each_other_nor_for_a_look(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    async with house.database.company(company.id) as db:
        await house.wiring.lines.of(db, company.id, UUID(made), submitting=True)
        await opened(house.wiring, company, made, submitting=True)
        assert ok(await admin.post(f"{URL}/{made}/check"))["condition"] == "well"


async def test_what_is_sealed_under_a_lost_key_is_said_and_can_be_given_anew(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    before = house.wiring
    lost = msgspec.structs.replace(before, key_ring=KeyRing(Kek.make(development=True)), adapters=Adapters())
    house.app.state.wiring = lost
    try:
        with pytest.raises(Precondition, match="can't be opened"):
            await opened(lost, company, made)
        shown = ok(await admin.get(f"{URL}/{made}"))
        assert shown["abilities"] is None
        assert "can't be opened" in shown["obstacle"]
        checked = ok(await admin.post(f"{URL}/{made}/check"))
        assert (checked["condition"], checked["lookup"]["outcome"]) == ("refuses_us", "not_asked")
        refused = await admin.patch(f"{URL}/{made}", {"label": "Other"})
        assert refused.json()["findings"][0]["pointer"] == "/credentials/token"
        ok(await admin.patch(f"{URL}/{made}", {"credentials": {"token": SECRET}}))
        assert (await (await opened(lost, company, made)).health()).condition is Condition.WELL
    finally:
        house.app.state.wiring = before
        await lost.adapters.close()
    ok(await admin.patch(f"{URL}/{made}", {"credentials": {"token": SECRET}}))  # under a key that is known here


async def test_credentials_move_to_a_new_key_encryption_key(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    gone = ok(await admin.post(URL, peppyrus(stub, "Gone")), 201)["id"]
    ok(await admin.delete(f"{URL}/{gone}"), 204)
    old, new = house.wiring.key_ring.current, Kek.make(development=True)
    before = house.wiring

    def under(ring: KeyRing) -> Wiring:
        keys = type(before.keys)(ring)  # type: ignore[call-arg]
        return msgspec.structs.replace(before, key_ring=ring, keys=keys, adapters=Adapters())

    with pytest.raises(KekUnknown):
        await operations.resealed(under(KeyRing(new)))
    both = under(KeyRing(new, old))
    assert (await operations.resealed(both)).accounts >= 1
    assert (await operations.resealed(both)).accounts == 0
    later = under(KeyRing(new))
    assert (await (await opened(later, company, made)).health()).condition is Condition.WELL
    await later.adapters.close()
    assert (await operations.resealed(under(KeyRing(old, new)))).accounts >= 1, "back again, for the other tests"


async def test_a_sealed_secret_that_was_moved_doesnt_open(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, module_admin: Any
) -> None:
    """Whoever can write rows can't let one account, or another company's, act with this one's credentials."""
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    other = await house.company()
    theirs = ok(await (await other.admin()).post(URL, peppyrus(stub)), 201)["id"]
    async with module_admin.platform() as db:
        await db.execute(
            text(
                "update provider_accounts set version = version + 1, sealed ="
                " (select sealed from provider_accounts where id = :made) where id = :theirs"
            ),
            {"made": UUID(made), "theirs": UUID(theirs)},
        )
    with pytest.raises(Precondition, match="can't be opened"):
        await opened(house.wiring, other, theirs)
