"""A receiver that writes a person's name into its answers: erased with the document, and never written down again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gateway.db import Database, new_id
from gateway.outbound import flow
from gateway.webhooks import jobs, queries, secret
from gateway.webhooks.models import NewEndpoint
from tests.gateway.erasure.conftest import PERSON, YEARS_LATER, company, erase, executor, invoice, personal, traces
from tests.gateway.outbound.conftest import Company
from tests.gateway.webhooks.receiver import Receiver, says
from ubl import Invoice

__all__ = ["company", "executor", "invoice", "personal"]


async def test_what_a_receiver_answered_about_a_person_goes_with_the_document(
    company: Company, personal: Invoice, admin: Database, erp: Receiver, tmp_path: Path
) -> None:
    erp.answer = says(200, f"Thanks for the invoice to {PERSON.name}".encode())
    endpoint_id, wiring = new_id(), company.wiring
    async with company.database.company(company.id) as db:
        wanted = NewEndpoint(url=erp.url, kinds=("invoice.*",))
        await queries.insert(db, company.id, endpoint_id, wanted, by="user:x", now=company.now)
        await secret.make(db, wiring.key_ring, company.id, endpoint_id, now=company.now)
    document_id = await company.sealed(personal)
    job = msgspec.json.encode(jobs.DeliverJob(endpoint_id))
    await jobs.deliver(wiring, company.id, job, now=company.now)
    assert "webhook_attempts" in await traces(admin, tmp_path)
    assert erp.received
    assert PERSON.name.encode() not in b"".join(call.body for call in erp.received)

    company.now += YEARS_LATER
    async with company.call() as call:
        await flow.reject(call, document_id, reason="Not sent after all")
    await erase(company, document_id)
    assert await traces(admin, tmp_path) == set()
    before = len(erp.received)
    await jobs.deliver(wiring, company.id, job, now=company.now)
    assert {call.told["type"] for call in erp.received[before:]} == {"invoice.rejected", "invoice.erased"}
    assert await traces(admin, tmp_path) == set()
