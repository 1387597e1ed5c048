"""The timeline: written with the work, fenced by company."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError

from gateway import events
from gateway.db import Database, new_id
from gateway.events import Event

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def event(kind: str, subject: object, facts: bytes = b"{}") -> Event:
    return Event(kind, subject, NOW, "user:adil", msgspec.Raw(facts))  # type: ignore[arg-type]


async def test_a_timeline_is_read_in_the_order_of_writing(module_database: Database) -> None:
    company, subject = new_id(), new_id()
    async with module_database.company(company) as db:
        await events.emit(db, company, event("invoice.drafted", subject))
        await events.emit(db, company, event("invoice.finalized", subject, b'{"number":"INV-7"}'))
        await events.emit(db, company, event("invoice.drafted", new_id()))
    async with module_database.company(company) as db:
        told = await events.timeline(db, company, subject)
    assert [one.kind for one in told] == ["invoice.drafted", "invoice.finalized"]
    assert (told[1].at, told[1].actor) == (NOW, "user:adil")
    assert msgspec.json.decode(told[1].facts) == {"number": "INV-7"}


async def test_another_company_sees_and_writes_nothing(module_database: Database) -> None:
    company, other, subject = new_id(), new_id(), new_id()
    async with module_database.company(company) as db:
        await events.emit(db, company, event("invoice.drafted", subject))
    async with module_database.company(other) as db:
        assert await events.timeline(db, company, subject) == []
    with pytest.raises(DBAPIError, match="row-level security"):
        async with module_database.company(other) as db:
            await events.emit(db, company, event("invoice.drafted", subject))


@pytest.mark.parametrize("kind", ["", "invoice", "Invoice.Drafted", "invoice.", "invoice drafted"])
async def test_a_kind_has_one_form(module_database: Database, kind: str) -> None:
    company = new_id()
    with pytest.raises(DBAPIError, match="check constraint"):
        async with module_database.company(company) as db:
            await events.emit(db, company, event(kind, new_id()))


async def test_what_a_failed_step_did_never_happened(module_database: Database) -> None:
    company, subject = new_id(), new_id()
    with pytest.raises(RuntimeError):
        async with module_database.company(company) as db:
            await events.emit(db, company, event("invoice.drafted", subject))
            raise RuntimeError
    async with module_database.company(company) as db:
        assert await events.timeline(db, company, subject) == []
