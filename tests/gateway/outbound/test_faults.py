"""Every statement and the commit of finalize, approve, reject, send and correct fails once: nothing is half-done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from gateway.access.call import Call
from gateway.db import Database
from gateway.outbound import correction, flow, sealing
from gateway.outbound.sealing import Done, Order
from tests.gateway.outbound.conftest import Company
from tests.gateway.outbound.test_credit import note_over
from ubl import Invoice

Step = Callable[[Call, UUID], Awaitable[object]]


class Broken(Exception):
    """The connection is gone, the disk is full, the statement was cancelled."""


class Saboteur:
    """Counts statements and commits, and lets the n-th fail before it is done."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine.sync_engine
        self.count, self.fail_at = 0, 0

    @contextmanager
    def at_work(self, fail_at: int) -> Iterator[None]:
        self.count, self.fail_at = 0, fail_at
        event.listen(self.engine, "before_cursor_execute", self._statement)
        event.listen(self.engine, "commit", self._step)
        try:
            yield
        finally:
            event.remove(self.engine, "before_cursor_execute", self._statement)
            event.remove(self.engine, "commit", self._step)

    def _statement(self, *_: Any) -> None:
        self._step()

    def _step(self, *_: Any) -> None:
        self.count += 1
        if self.count == self.fail_at:
            raise Broken(f"step {self.count}")


TABLES = (
    "issued_documents", "series", "credited_amounts", "ledger_heads", "ledger_entries", "ledger_contents", "events",
    "jobs",
)  # fmt: skip


async def everything(admin: Database) -> dict[str, list[str]]:
    """Each row of each table that these steps write, as text."""
    async with admin.platform() as db:
        return {
            table: list((await db.execute(text(f"select t::text as row from {table} t order by 1"))).scalars())
            for table in TABLES
        }


async def finalize(call: Call, document_id: UUID) -> None:
    (sealed,) = await sealing.seal(
        call.db,
        call.company_id,
        [Order(document_id=document_id, actor=call.principal.actor)],
        call.wiring,
        now=call.now,
    )
    assert isinstance(sealed, Done)


async def reject(call: Call, document_id: UUID) -> None:
    await flow.reject(call, document_id, reason="No")


async def correct(call: Call, document_id: UUID) -> None:
    await correction.correct(call, document_id, reason="DL8.61.1.A", description=None)


async def drafted(company: Company, invoice: Invoice) -> UUID:
    return await company.draft(invoice)


async def credit_drafted(company: Company, invoice: Invoice) -> UUID:
    row = await company.row(await company.sealed(invoice))
    return await company.draft(note_over(invoice, row.number))


async def sealed(company: Company, invoice: Invoice) -> UUID:
    return await company.sealed(invoice)


async def approved(company: Company, invoice: Invoice) -> UUID:
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    return document_id


@pytest.mark.parametrize(
    ("before", "step", "least"),
    [
        pytest.param(drafted, finalize, 6, id="finalize an invoice"),
        pytest.param(credit_drafted, finalize, 8, id="finalize a credit note"),
        pytest.param(sealed, flow.approve, 6, id="approve"),
        pytest.param(sealed, reject, 5, id="reject"),
        pytest.param(approved, flow.send, 4, id="send"),
        pytest.param(sealed, correct, 8, id="correct"),
    ],
)
async def test_a_step_is_done_whole_or_not_at_all(
    company: Company,
    module_database: Database,
    module_admin: Database,
    invoice: Invoice,
    before: Callable[[Company, Invoice], Awaitable[UUID]],
    step: Step,
    least: int,
) -> None:
    document_id = await before(company, invoice)
    saboteur = Saboteur(module_database)
    standing = await everything(module_admin)
    fail_at = 0
    while True:
        fail_at += 1
        with saboteur.at_work(fail_at):
            try:
                async with company.call(company.head) as call:
                    await step(call, document_id)
            except Broken:
                assert await everything(module_admin) == standing, f"step {fail_at} left something behind"
                continue
        break
    assert fail_at > least, "the saboteur saw fewer statements than there are"
    after = await everything(module_admin)
    assert after != standing
    assert len(after["ledger_entries"]) - len(standing["ledger_entries"]) == (step in (finalize, flow.approve, reject))
