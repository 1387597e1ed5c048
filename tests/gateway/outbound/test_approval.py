"""Approve, reject, send: two people, nothing by itself, everything proved."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway.db import Database
from gateway.lifecycle import IllegalTransition
from gateway.outbound import drafting, flow, view
from gateway.outbound.errors import FourEyes
from ledger import canonical
from ledger.entry import Kind
from tests.gateway.outbound.conftest import Company, open_company
from ubl import Invoice


async def jobs(admin: Database, document_id: UUID) -> int:
    async with admin.platform() as db:
        query = text("select count(*) from jobs where payload::text like :part and kind = :kind")
        return int(await db.scalar(query, {"part": f"%{document_id}%", "kind": flow.SEND}) or 0)


async def test_a_second_person_approves_and_the_ledger_says_what_was_approved(
    company: Company, module_admin: Database, invoice: Invoice
) -> None:
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    row = await company.row(document_id)
    assert (row.state, row.approved_by) == ("APPROVED", f"user:{company.head}")
    (record,) = [r for r in await company.entries() if r.number == row.number and r.kind == Kind.APPROVAL]
    kept = canonical.parse(record.canonical)
    assert isinstance(kept, dict)
    assert kept["xml_sha256"] == row.xml_hash.hex()
    assert kept["approved_by"] == f"user:{company.head}"
    assert kept["makers"] == [str(company.clerk)]
    assert await jobs(module_admin, document_id) == 0


async def test_whoever_made_it_never_approves_it(company: Company, invoice: Invoice) -> None:
    """Made by hand, made by a key of one's own, or only changed: all the same."""
    own = await company.sealed(invoice)
    by_key = await company.draft(invoice, person=company.head, by_key=True)
    changed = await company.draft(invoice)
    async with company.call(company.head) as call:
        await drafting.change(call, changed, b'{"buyer_reference":"mine"}', version=1)
    for document_id in (by_key, changed):
        await company.finalize(document_id)
    for document_id, person in ((own, company.clerk), (by_key, company.head), (changed, company.head)):
        before = await company.row(document_id)
        with pytest.raises(FourEyes):
            await company.approve(document_id, person)
        assert await company.row(document_id) == before
    await company.approve(by_key, company.clerk)


async def test_a_company_may_do_without_the_second_person(
    database: Database, admin: Database, company: Company, invoice: Invoice
) -> None:
    fresh = await open_company(database, admin, company.wiring)
    await policies(fresh, four_eyes=False, approve_sends=False)
    document_id = await fresh.sealed(invoice)
    await fresh.approve(document_id, fresh.clerk)
    assert (await fresh.row(document_id)).state == "APPROVED"


async def test_a_company_may_let_an_approval_order_the_sending(
    database: Database, admin: Database, company: Company, invoice: Invoice
) -> None:
    fresh = await open_company(database, admin, company.wiring)
    await policies(fresh, four_eyes=True, approve_sends=True)
    document_id = await fresh.sealed(invoice)
    await fresh.approve(document_id)
    assert (await fresh.row(document_id)).public_state == "SENDING"
    assert await jobs(admin, document_id) == 1


async def policies(company: Company, *, four_eyes: bool, approve_sends: bool) -> None:
    async with company.call() as call:
        await call.db.execute(
            text("insert into company_policies values (:company, :four_eyes, :approve_sends, now(), 'user:x')"),
            {"company": company.id, "four_eyes": four_eyes, "approve_sends": approve_sends},
        )


async def test_a_rejected_document_keeps_number_and_place_and_goes_nowhere(company: Company, invoice: Invoice) -> None:
    document_id = await company.sealed(invoice)
    async with company.call(company.head) as call:
        await flow.reject(call, document_id, reason="The price is last year's.")
        shown = await view.shown(call, document_id)
    assert shown.state == "REJECTED" and shown.number
    assert shown.steps.rejected is not None and shown.steps.rejected.reason == "The price is last year's."
    assert [event.kind for event in shown.timeline] == ["invoice.draft", "invoice.finalized", "invoice.rejected"]
    assert [r.kind for r in await company.entries() if r.number == shown.number] == [Kind.INVOICE, Kind.REJECTION]
    with pytest.raises(IllegalTransition, match="final"):
        await company.approve(document_id)


@pytest.mark.parametrize("verb", [flow.approve, flow.send])
async def test_nothing_is_skipped(company: Company, invoice: Invoice, verb: object) -> None:
    """A draft isn't approved, and what isn't approved isn't sent."""
    draft, sealed = await company.draft(invoice), await company.sealed(invoice)
    for document_id in (draft, *([sealed] if verb is flow.send else [])):
        with pytest.raises(IllegalTransition):
            async with company.call(company.head) as call:
                await verb(call, document_id)  # type: ignore[operator]


async def test_ordered_many_times_it_is_enqueued_once(
    company: Company, module_admin: Database, invoice: Invoice
) -> None:
    document_id = await company.sealed(invoice)
    await company.approve(document_id)

    async def send() -> None:
        async with company.call() as call:
            await flow.send(call, document_id)

    outcomes = await asyncio.gather(*(send() for _ in range(6)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IllegalTransition) for outcome in outcomes) == 5
    assert await jobs(module_admin, document_id) == 1
    row = await company.row(document_id)
    assert (row.state, row.public_state) == ("QUEUED", "SENDING")


async def test_a_job_says_which_document(company: Company, module_admin: Database, invoice: Invoice) -> None:
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    async with company.call() as call:
        await flow.send(call, document_id)
    async with module_admin.platform() as db:
        row = (
            await db.execute(text("select payload::text as payload, company_id from jobs where key = :key"),
                             {"key": str(document_id)})
        ).one()  # fmt: skip
    assert msgspec.json.decode(row.payload, type=flow.SendJob) == flow.SendJob(document_id)
    assert row.company_id == company.id
