"""A document of ours that went out through an account, of which others then speak."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from gateway.outbound import flow, jobs
from gateway.outbound.flow import SendJob
from gateway.outbox import transmission_events, transmissions
from gateway.providers import queries as accounts
from tests.gateway.arrivals.sources import ABROAD
from tests.gateway.inbound.envelopes import invoice
from tests.gateway.outbound.conftest import Company


class Sent:
    """A document that went out through an account."""

    def __init__(self, company: Company, document_id: UUID, transmission_id: UUID) -> None:
        self.company, self.id, self.key = company, document_id, str(transmission_id)

    async def row(self) -> Any:
        return await self.company.row(self.id)

    async def events(self) -> list[str]:
        async with self.company.database.company(self.company.id) as db:
            query = select(transmission_events.c.event_id).where(
                transmission_events.c.transmission_id == UUID(self.key)
            )
            return sorted((await db.execute(query)).scalars())


async def send(company: Company, account_id: UUID) -> Sent:
    """Seal, approve and send a document through this account and no other."""
    async with company.database.company(company.id) as db:
        for account in await accounts.every(db, company.id):
            await accounts.change(db, company.id, account.id, enabled=account.id == account_id)
    document_id = await company.sealed(msgspec.structs.replace(invoice("", buyer_tin=ABROAD[5:]), number=None))
    await company.approve(document_id)
    async with company.call() as call:
        await flow.send(call, document_id)
    await jobs.send(company.wiring, company.id, msgspec.json.encode(SendJob(document_id)), now=company.now)
    async with company.database.company(company.id) as db:
        query = select(transmissions).where(transmissions.c.document_id == document_id)
        found = (await db.execute(query)).one()
    assert found.account_id == account_id
    assert found.reference
    return Sent(company, document_id, found.id)
