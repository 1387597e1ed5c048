"""Each statement and each commit of sending an answer, and of what is told of it, fails once."""

from __future__ import annotations

from sqlalchemy import select, text

from gateway.db import Database
from gateway.outbox import transmission_events
from gateway.responses import following
from ledger.entry import Kind as EntryKind
from peppol.message import StatusEvent
from peppol.statuses import Outcome
from tests.gateway.outbound.conftest import NOW, Company
from tests.gateway.outbound.test_faults import Broken, Saboteur
from tests.gateway.responses.conftest import sent, shown
from tests.gateway.responses.test_sending import as_the_queue_does, entries, given, way
from tests.gateway.sandbox.process import SandboxProcess

TABLES = ("sent_responses", "transmissions", "transmission_attempts", "transmission_events", "ledger_entries", "events")


async def _everything(admin: Database) -> dict[str, list[str]]:
    async with admin.platform() as db:
        return {
            name: list((await db.execute(text(f"select t::text as row from {name} t order by 1"))).scalars())
            for name in TABLES
        }


async def test_wherever_the_database_fails_the_answer_goes_out_once(
    buyer: Company, network: SandboxProcess, module_database: Database
) -> None:
    """Each statement and each commit of sending fails once, of an answer of its own; the next attempt ends it well."""
    saboteur, fail_at, calm = Saboteur(module_database), 0, False
    while not calm:
        fail_at += 1
        document_id, response_id = await given(buyer)
        with saboteur.at_work(fail_at):
            try:
                await sent(buyer, response_id)
                calm = True
            except Broken:
                pass
        await as_the_queue_does(buyer, response_id)
        answer = await shown(buyer, document_id, response_id)
        assert answer.state == "SENT", f"step {fail_at}"
        assert len(await entries(buyer, EntryKind.TRANSMISSION, response_id)) == 1, f"step {fail_at}"
    assert fail_at > 10, "the saboteur saw fewer statements than there are"


async def test_what_is_told_is_written_whole_or_not_at_all(
    buyer: Company, network: SandboxProcess, module_database: Database, module_admin: Database
) -> None:
    _, response_id = await given(buyer)
    await sent(buyer, response_id)
    saboteur, standing, fail_at = Saboteur(module_database), await _everything(module_admin), 0
    event = StatusEvent(
        event_id="once", key=str((await way(buyer, response_id)).id), outcome=Outcome.DELIVERED, at=NOW, evidence=b"{}"
    )
    while True:
        fail_at += 1
        with saboteur.at_work(fail_at):
            try:
                assert await following.take(buyer.wiring, buyer.id, (event,), now=buyer.now) == 1
            except Broken:
                assert await _everything(module_admin) == standing, f"step {fail_at} left something behind"
                continue
        break
    assert fail_at > 5, "the saboteur saw fewer statements than there are"
    async with buyer.database.company(buyer.id) as db:
        events = select(transmission_events.c.event_id).where(transmission_events.c.event_id == "once")
        assert list((await db.execute(events)).scalars()) == ["once"]
