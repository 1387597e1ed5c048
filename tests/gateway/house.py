"""A whole gateway in one process for the tests of its slices: the real app over a real database, and people in it.

    async def test_something(house):
        seller = await house.company()              # approved, with its ledger and first key
        clerk = await seller.person("FINANCE_USER") # invited, signed in, second factor enrolled
        answer = await clerk.post("/v1/things", {"name": "x"})

`house` lives as long as the test module. Its clock stands still until somebody uses a code or turns it on.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pyotp
from litestar.types import ControllerRouterHandler

from certs import Kek, KeyRing
from gateway.access.authentication import utc_now
from gateway.access.flow.administrators import create_admin
from gateway.db import Database
from gateway.settings import Settings, with_development_secrets
from gateway.storage.folder import FolderStorage
from gateway.wiring import Wiring, open_provider
from tests.few_keys import FewKeys

PASSWORD = "seven quiet camels walk home"
_counter = itertools.count(1)


class Person:
    """Somebody with a session. Requests go through the real app; `code()` waits for the next code first."""

    def __init__(self, house: House, email: str, token: str = "", secret: str = "") -> None:
        self.house, self.email, self.token, self.secret = house, email, token, secret
        self.refresh_token = ""
        self.id = UUID(int=0)
        self.backup_codes: list[str] = []

    async def request(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request with this person's token."""
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        return await self.house.client.request(method, path, json=body, headers=given)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.request("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.request("POST", path, body, **headers)

    async def put(self, path: str, body: Any = None) -> httpx.Response:
        return await self.request("PUT", path, body)

    async def patch(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.request("PATCH", path, body, **headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.request("DELETE", path)

    def code(self) -> str:
        """A code that wasn't used yet: the clock moves on to the next one."""
        self.house.turn(seconds=30)
        return pyotp.TOTP(self.secret).at(self.house.now)

    async def sign_in(self, **further: Any) -> httpx.Response:
        """Sign in with password and, once enrolled, a code; keeps the token."""
        body = {"email": self.email, "password": PASSWORD, **further}
        if self.secret and "code" not in further:
            body["code"] = self.code()
        answer = await self.house.client.post("/v1/auth/sign-in", json=body)
        if answer.status_code == 200:
            self.token = answer.json()["token"]
            self.refresh_token = answer.json()["refresh_token"]
        return answer

    async def enrol(self) -> None:
        """Enrol a second factor."""
        offered = ok(await self.post("/v1/auth/totp"), 201)
        self.secret = offered["secret"]
        self.backup_codes = ok(await self.post("/v1/auth/totp/confirm", {"code": self.code()}))["backup_codes"]
        self.id = UUID(ok(await self.get("/v1/me"))["user_id"])

    async def step_up(self, *actions: str) -> None:
        """Open classes of action for five minutes."""
        for action in actions:
            ok(await self.post("/v1/auth/step-up", {"action": action, "code": self.code()}))


class Company:
    """An approved company."""

    def __init__(self, house: House, company_id: UUID, trn: str, invitation: str, admin_email: str) -> None:
        self.house, self.id, self.trn = house, company_id, trn
        self._invitation, self._admin_email = invitation, admin_email
        self._admin: Person | None = None

    async def admin(self) -> Person:
        """The first COMPANY_ADMIN, with the step-ups for keys and roles open."""
        if self._admin is None:
            self._admin = await self.house.join(self._invitation, self._admin_email)
        await self._admin.sign_in()
        await self._admin.step_up("roles", "keys")
        return self._admin

    async def person(self, role: str) -> Person:
        """A new member."""
        admin, email = await self.admin(), f"person{next(_counter)}@company.ae"
        invited = ok(await admin.post("/v1/members/invitations", {"email": email, "role": role}), 201)
        return await self.house.join(invited["token"], email)

    async def key(self, *scopes: str) -> Person:
        """An API key of the administrator, as somebody who makes requests."""
        admin = await self.admin()
        made = ok(await admin.post("/v1/api-keys", {"name": "ERP", "scopes": scopes}), 201)
        machine = Person(self.house, "", token=made["secret"])
        machine.id = UUID(made["key"]["id"])
        return machine


class House:
    """The app, its database, its clock."""

    def __init__(self, app: Any, wiring: Wiring, owner: Database, client: httpx.AsyncClient) -> None:
        self.app, self.wiring, self.database, self.owner, self.client = app, wiring, wiring.database, owner, client
        self.now = utc_now()
        self._admin: Person | None = None
        app.state.clock = lambda: self.now

    def turn(self, **by: float) -> None:
        """Turn the clock on."""
        self.now += timedelta(**by)

    async def super_admin(self) -> Person:
        """Somebody who runs the platform, freshly signed in, with the step-up for approvals open."""
        if self._admin is None:
            email = f"platform{next(_counter)}@involinks.ae"
            async with self.owner.platform() as db:
                await create_admin(db, email=email, name="Platform", password=PASSWORD, now=self.now)
            self._admin = Person(self, email)
            ok(await self._admin.sign_in())
            await self._admin.enrol()
        ok(await self._admin.sign_in())
        await self._admin.step_up("approve")
        return self._admin

    async def apply(self, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A company's application, as sent and as answered."""
        trn = f"1{next(_counter):09d}00003"
        profile = {
            "legal_name": f"Trading {trn[:10]} LLC",
            "trn": trn,
            "registration": {"kind": "TL", "number": "CN-1234567", "authority": "Department of Economy"},
            "address": {"street": "Corniche Road 1", "city": "Abu Dhabi", "emirate": "AUH"},
            "email": "accounts@company.ae",
            "phone": "+971 2 123 4567",
            **changes,
        }
        sent = {"profile": profile, "admin_email": f"admin{next(_counter)}@company.ae"}
        return sent, ok(await self.client.post("/v1/companies", json=sent), 202)

    async def company(self, **changes: Any) -> Company:
        """A company that applied and was approved."""
        sent, applied = await self.apply(**changes)
        admin = await self.super_admin()
        approved = ok(await admin.post(f"/v1/companies/{applied['id']}/approve"))
        invitation = approved["administrator"]["token"]
        trn = sent["profile"].get("trn") or ""
        return Company(self, UUID(applied["id"]), trn, invitation, sent["admin_email"])

    async def join(self, invitation: str, email: str) -> Person:
        """Accept an invitation, sign in, enrol a second factor."""
        answer = {"token": invitation, "name": "Somebody", "password": PASSWORD}
        ok(await self.client.post("/v1/auth/invitations/accept", json=answer), 201)
        person = Person(self, email)
        ok(await person.sign_in())
        await person.enrol()
        return person


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The answer's body, or a failure that shows the problem."""
    assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    """The app's lifespan in a task of its own: fixtures may be entered and left by different ones."""
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        try:
            async with app.lifespan():
                started.set()
                await over.wait()
        finally:
            started.set()

    task = asyncio.create_task(live())
    await started.wait()
    try:
        yield
    finally:
        over.set()
        await task


@asynccontextmanager
async def open_house(
    database: Database, owner: Database, home: Path, controllers: Sequence[ControllerRouterHandler] | None = None
) -> AsyncIterator[House]:
    """A gateway over this database; `controllers`: None for all of them."""
    from gateway.app import CONTROLLERS, create_app

    settings = with_development_secrets(Settings(home=home, public_url="http://gateway.test"))
    ring = KeyRing(Kek.make(development=True))
    provider = open_provider(settings)
    with ThreadPoolExecutor(2) as executor:
        wiring = Wiring(
            settings=settings,
            database=database,
            storage=FolderStorage(home / "objects"),
            key_ring=ring,
            keys=FewKeys(ring),
            provider=provider,
            executor=executor,
        )
        app = create_app(settings, wiring=wiring, controllers=controllers or CONTROLLERS, limited=False)
        async with running(app):
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
                yield House(app, wiring, owner, client)
        await wiring.adapters.close()
        wiring.reader.close()
    await provider.close()
