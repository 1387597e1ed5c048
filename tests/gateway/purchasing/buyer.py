"""A company that buys, for the tests of purchasing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from gateway import events
from gateway.db import new_id
from gateway.suppliers.models import keys, suppliers
from ingestion.extract.layout import fold
from ledger import store
from ledger.entry import Kind
from tests.gateway.house import Company, House, Person, ok

ORDERS, RECEIPTS = "/v1/purchase-orders", "/v1/goods-receipts"


async def supplier(house: House, company_id: UUID, name: str = "Palm Supplies LLC", **further: Any) -> UUID:
    """One in the master; its id."""
    supplier_id = new_id()
    values = {
        "company_id": company_id, "id": supplier_id, "state": "ACTIVE", "version": 1, "name": name, "other_names": [],
        "tax_ids": [], "endpoints": [], "emails": ["orders@supplier.example"], "created_at": house.now,
        "created_by": "user:x", "changed_at": house.now, "changed_by": "user:x", **further,
    }  # fmt: skip
    async with house.database.company(company_id) as db:
        await db.execute(insert(suppliers).values(values))
        for kind, found in [("name", [fold(name)]), ("tax_id", values["tax_ids"])]:
            for value in found:
                row = {"company_id": company_id, "kind": kind, "value": value, "supplier_id": supplier_id}
                await db.execute(insert(keys).values(row))
    return supplier_id


def line(position: str = "10", **further: Any) -> dict[str, Any]:
    """One of an order."""
    return {"position": position, "description": f"Chair {position}", "unit": "C62", "quantity": "10", "price": "100",
            "tax_rate": "5", **further}  # fmt: skip


class Buyer:
    """A company of the house with a supplier, and somebody of it who buys."""

    def __init__(self, house: House, company: Company, person: Person, supplier_id: UUID) -> None:
        self.house, self.company, self.person, self.supplier_id = house, company, person, supplier_id
        self.id = company.id

    @property
    def now(self) -> datetime:
        return self.house.now

    def content(self, *lines: dict[str, Any], **further: Any) -> dict[str, Any]:
        return {
            "number": f"PO-{uuid4().hex[:12]}", "supplier_id": str(self.supplier_id), "currency": "AED",
            "issue_date": "2026-11-01", "lines": list(lines) or [line()], **further,
        }  # fmt: skip

    async def draft(self, *lines: dict[str, Any], **further: Any) -> Any:
        return ok(await self.person.post(ORDERS, self.content(*lines, **further)), 201)

    async def sent(self, *lines: dict[str, Any], **further: Any) -> Any:
        made = await self.draft(*lines, **further)
        return ok(await self.person.post(f"{ORDERS}/{made['id']}/send", {"by": "hand"}), 202)

    async def receive(self, order: Any, received: object, position: str = "10", **further: Any) -> Any:
        return ok(await self.person.post(RECEIPTS, self.receipt(order, received, position, **further)), 201)

    def receipt(self, order: Any, received: object, position: str = "10", **further: Any) -> dict[str, Any]:
        came = {"order": order["number"], "position": position, "received": str(received), **further}
        return {"number": f"GR-{uuid4().hex[:12]}", "received_on": "2026-11-05", "lines": [came]}

    async def shown(self, order: Any) -> Any:
        return ok(await self.person.get(f"{ORDERS}/{order['id']}"))

    async def kinds(self, subject: str | UUID) -> list[str]:
        async with self.house.database.company(self.id) as db:
            return [event.kind for event in await events.timeline(db, self.id, UUID(str(subject)))]

    async def entries(self, kind: Kind) -> list[store.Record]:
        """Of this supplier's orders and receipts."""
        mine = str(self.supplier_id).encode()
        async with self.house.database.company(self.id) as db:
            return [
                entry async for entry in store.stream(db, self.id) if entry.kind == kind and mine in entry.canonical
            ]

    async def told(self) -> list[str]:
        """This supplier's orders whose change waits to be heard; heard now."""
        async with self.house.database.company(self.id) as db:
            query = text("select id::text from purchase_orders where supplier_id = :supplier_id")
            ids = list((await db.execute(query, {"supplier_id": self.supplier_id})).scalars())
        async with self.house.owner.platform() as db:
            query = text(
                "delete from jobs where kind = 'purchasing.changed' and company_id = :id "
                "and payload->>'order_id' = any(:ids) returning payload->>'order_id'"
            )
            return sorted((await db.execute(query, {"id": self.id, "ids": ids})).scalars())
