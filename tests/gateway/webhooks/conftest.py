"""A company with an endpoint, its receiver, and the worker's turns, made by hand so that tests choose the moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from gateway import events
from gateway.db import Database
from gateway.webhooks import jobs
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.webhooks.receiver import Receiver, receiving


class Hooks:
    """One company's webhooks."""

    def __init__(self, house: House, company: Company, admin: Person) -> None:
        self.house, self.company, self.admin = house, company, admin

    async def make(self, url: str, *kinds: str, **more: Any) -> dict[str, Any]:
        """An endpoint, as made: `endpoint` and `secret`."""
        made: dict[str, Any] = ok(
            await self.admin.post("/v1/webhooks", {"url": url, "kinds": list(kinds) or ["invoice.*"], **more}), 201
        )
        return made

    async def happen(self, *kinds: str, subject: UUID | None = None) -> list[str]:
        """Events of these kinds, in one transaction; their ids, in order."""
        subject = subject or uuid4()
        happened = [
            events.Event(kind, subject, self.house.now, "system:test", msgspec.Raw(b'{"buyer":"Somebody"}'))
            for kind in kinds
        ]
        async with self.house.database.company(self.company.id) as db:
            await events.emit(db, self.company.id, *happened)
            rows = await db.execute(
                text("select id from events where company_id = :c order by id desc limit :most"),
                {"c": self.company.id, "most": len(kinds)},
            )
            return [str(row.id) for row in rows][::-1]

    async def turn(self, endpoint_id: str, *, at: datetime | None = None) -> None:
        """What a worker does with the endpoint's job."""
        payload = msgspec.json.encode(jobs.DeliverJob(UUID(endpoint_id)))
        await jobs.deliver(self.house.wiring, self.company.id, payload, now=at or self.house.now)

    async def show(self, endpoint_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = ok(await self.admin.get(f"/v1/webhooks/{endpoint_id}"))
        return shown

    async def log(self, endpoint_id: str, **asked: str) -> list[dict[str, Any]]:
        """Deliveries, newest first."""
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        page = ok(await self.admin.get(f"/v1/webhooks/{endpoint_id}/deliveries?{query}"))
        found: list[dict[str, Any]] = page["deliveries"]
        return found

    async def patch(self, endpoint_id: str, **changes: Any) -> dict[str, Any]:
        await self.admin.step_up("keys")
        changed: dict[str, Any] = ok(await self.admin.patch(f"/v1/webhooks/{endpoint_id}", changes))
        return changed

    async def forget_claim(self, admin: Database, endpoint_id: str) -> None:
        """As if the minute had passed after which a dead worker's claim ends."""
        async with admin.platform() as db:
            await db.execute(
                text("update webhook_endpoints set claimed_until = clock_timestamp() where id = :id"),
                {"id": endpoint_id},
            )

    async def orders(self, admin: Database, endpoint_id: str) -> int:
        """Jobs that wait to call the endpoint."""
        async with admin.platform() as db:
            waiting = await db.scalar(
                text("select count(*) from jobs where kind = :kind and payload ->> 'endpoint_id' = :id"),
                {"kind": jobs.DELIVER, "id": endpoint_id},
            )
            return int(waiting or 0)

    def later(self, **by: float) -> datetime:
        return self.house.now + timedelta(**by)


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture
async def hooks(house: House, company: Company) -> AsyncIterator[Hooks]:
    """The company's webhooks; every endpoint is gone after the test."""
    admin = await company.admin()
    await admin.step_up("keys")
    yield Hooks(house, company, admin)
    await admin.step_up("keys")
    for endpoint in ok(await admin.get("/v1/webhooks")):
        assert (await admin.delete(f"/v1/webhooks/{endpoint['id']}")).status_code == 204


@pytest.fixture
async def erp() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
