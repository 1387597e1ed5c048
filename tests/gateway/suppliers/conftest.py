"""A company with people in it, and its supplier master."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar.types import ControllerRouterHandler
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events
from gateway.access import api as access
from gateway.audit import api as audit
from gateway.companies import api as companies
from gateway.db import new_id
from gateway.sheets import CSV
from gateway.suppliers import accounts, api, flow
from gateway.suppliers.states import Standing
from ledger import store
from ledger.entry import Kind
from tests.gateway.house import Company, House, Person, ok

URL = "/v1/suppliers"
_counter = itertools.count(200_000_000_000)
IBAN, OTHER_IBAN, GERMAN = "AE070331234567890123456", "AE460090000000123456789", "DE89370400440532013000"


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler]:
    """What these tests ask for."""
    return (*access.CONTROLLERS, *companies.CONTROLLERS, *api.CONTROLLERS, audit.LedgerController)


class Firm:
    """A company of the house; the clerk enters, the head releases."""

    def __init__(self, house: House, company: Company, admin: Person, clerk: Person, head: Person) -> None:
        self.house, self.company, self.admin, self.clerk, self.head = house, company, admin, clerk, head
        self.id: UUID = company.id
        self.signed_in = house.now - timedelta(days=1)

    @asynccontextmanager
    async def db(self) -> AsyncIterator[AsyncConnection]:
        async with self.house.database.company(self.id) as db:
            yield db

    async def supplier(self, name: str = "", **fields: Any) -> dict[str, Any]:
        """One that no other test has, without a name a new one."""
        named = {"name": name or f"Falcon {next(_counter)} LLC", **fields}
        return dict(ok(await self.clerk.post(URL, named), 201))

    def trn(self) -> str:
        """One that nobody has."""
        return f"1{next(_counter):012d}03"

    async def waiting(self, supplier: dict[str, Any]) -> list[dict[str, Any]]:
        """Its accounts that wait for release."""
        listed = ok(await self.head.get(f"{URL}/accounts?state=PROPOSED&limit=200"))["items"]
        return [account for account in listed if account["supplier_id"] == supplier["id"]]

    async def account(self, supplier: dict[str, Any], iban: str = IBAN, by: Person | None = None) -> str:
        """The id of a new account that waits for release."""
        answer = await (by or self.clerk).post(f"{URL}/{supplier['id']}/accounts", {"iban": iban})
        return str(ok(answer, 201)["id"])

    async def decide(self, who: Person, supplier: dict[str, Any], account: str, what: str) -> httpx.Response:
        """With a fresh code where one is asked for."""
        body = None if what == "release" else {"reason": "As we heard."}
        path = f"{URL}/{supplier['id']}/accounts/{account}/{what}"
        answer = await who.post(path, body)
        if answer.status_code == 403 and answer.json()["code"] == "step-up-required":
            await who.step_up("approve")
            answer = await who.post(path, body)
        return answer

    async def note(
        self, supplier: dict[str, Any], iban: str | None, *makers: UUID, bill: UUID | None = None
    ) -> Standing:
        """A bill shows an account."""
        async with self.db() as db:
            return await self.note_in(db, supplier, iban, *makers, bill=bill)

    async def note_in(
        self, db: AsyncConnection, supplier: dict[str, Any], iban: str | None, *makers: UUID, bill: UUID | None = None
    ) -> Standing:
        return await accounts.note(
            db, self.id, UUID(supplier["id"]), iban, bill_id=bill or new_id(), makers=makers,
            actor="system:bills", now=self.house.now, keys=self.house.wiring.keys,
        )  # fmt: skip

    async def had_a_hand(self, bill: UUID, person: UUID) -> None:
        async with self.db() as db:
            await accounts.had_a_hand(db, self.id, bill, person)

    async def standing(self, supplier: dict[str, Any], iban: str | None) -> Standing:
        async with self.db() as db:
            return await accounts.standing(db, self.id, UUID(supplier["id"]), iban)

    async def learn(self, supplier: dict[str, Any], anchors: Any, bill: UUID | None = None) -> None:
        learned = flow.Learned(anchors=anchors, by="user:x", bill_id=bill or new_id(), at=self.house.now)
        async with self.db() as db:
            await flow.learn(db, self.id, UUID(supplier["id"]), learned)

    async def accounts(self, supplier: dict[str, Any]) -> dict[str, str]:
        """State by IBAN."""
        shown = ok(await self.clerk.get(f"{URL}/{supplier['id']}"))
        return {account["iban"]: account["state"] for account in shown["accounts"]}

    async def kinds(self, subject: str) -> list[str]:
        async with self.db() as db:
            return [event.kind for event in await events.timeline(db, self.id, UUID(subject))]

    async def told(self) -> set[str]:
        """The suppliers whose change waits to be heard; heard now."""
        async with self.house.owner.platform() as db:
            query = text(
                "delete from jobs where kind = 'suppliers.changed' and company_id = :id "
                "returning payload->>'supplier_id'"
            )
            return set((await db.execute(query, {"id": self.id})).scalars())

    async def proved(self, supplier: dict[str, Any]) -> list[dict[str, Any]]:
        """What the ledger says of its accounts."""
        async with self.db() as db:
            records = [record async for record in store.stream(db, self.id) if record.kind == Kind.SUPPLIER]
        told = [msgspec.json.decode(record.canonical or b"") for record in records]
        return [step for step in told if step["supplier_id"] == supplier["id"]]

    async def bring(
        self, content: bytes | str, media_type: str = CSV, by: Person | None = None, **options: str
    ) -> httpx.Response:
        who = by or self.clerk
        headers = {"Authorization": f"Bearer {who.token}", "Content-Type": media_type}
        return await self.house.client.post(f"{URL}/import", content=content, params=options, headers=headers)


@pytest.fixture(scope="module")
async def company_of_three(house: House) -> Firm:
    """One for all tests of a module: each has suppliers of its own."""
    company = await house.company()
    clerk, head = await company.person("FINANCE_USER"), await company.person("FINANCE_USER")
    return Firm(house, company, await company.admin(), clerk, head)


@pytest.fixture
async def firm(house: House, company_of_three: Firm) -> Firm:
    """Its people are signed in: every code that is used turns the clock on."""
    firm = company_of_three
    if house.now - firm.signed_in > timedelta(minutes=5):
        for person in (firm.admin, firm.clerk, firm.head):
            ok(await person.sign_in())
        firm.signed_in = house.now
    return firm
