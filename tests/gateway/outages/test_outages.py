"""Outages from a line's first silence to the notice: noticed once, ended by themselves, told by a person, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway import events
from gateway.outages import jobs, queries
from gateway.outages.models import Outage
from gateway.outbound import examples
from gateway.providers import health
from ledger import store
from ledger.entry import Kind
from peppol.message import Condition, Health
from tests.gateway.house import Company, House, Person, ok

URL = "/v1/outages"


class Firm:
    """A company of the house whose line the test lets fail."""

    def __init__(self, house: House, company: Company, admin: Person) -> None:
        self.house, self.company, self.admin = house, company, admin
        self.id: UUID = company.id

    async def line(self, condition: Condition, at: datetime) -> None:
        """Looks at the installation's provider, two as one silence is only a doubt."""
        chosen = self.house.wiring.settings
        for now in (at, at + timedelta(minutes=1)):
            async with self.house.database.platform() as db:
                found = Health(condition, f"as the test says: {condition}")
                await health.keep_installation(db, chosen.provider, chosen.provider_url, found, now=now)

    async def look(self, now: datetime) -> list[Outage]:
        """What the scheduled job does."""
        await jobs.look(self.house.wiring, self.id, b"{}", now=now)
        async with self.house.database.company(self.id) as db:
            return await queries.page(db, self.id, before=None, pending=False, most=50, now=now)

    async def kinds(self, outage_id: UUID) -> list[str]:
        async with self.house.database.company(self.id) as db:
            return [event.kind for event in await events.timeline(db, self.id, outage_id)]

    async def queued(self, number: str) -> str:
        """A document that was ordered to be sent; its id."""
        body = msgspec.json.decode(msgspec.json.encode(examples.INVOICE))
        tin = self.company.trn[:10]
        body["seller"] |= {"trn": self.company.trn, "endpoint": {"id": tin}}
        made = ok(await self.admin.post("/v1/invoices", body), 201)
        ok(await self.admin.post(f"/v1/invoices/{made['id']}/finalize"))
        colleague = await self.company.person("FINANCE_USER")
        await colleague.step_up("approve", "send")
        ok(await colleague.post(f"/v1/invoices/{made['id']}/approve"))
        ok(await colleague.post(f"/v1/invoices/{made['id']}/send"), 202)
        return str(made["id"])


@pytest.fixture
async def firm(house: House) -> AsyncIterator[Firm]:
    company = await house.company()
    firm = Firm(house, company, await company.admin())
    async with house.owner.platform() as db:  # the installation's line is everybody's: nobody has looked at it yet
        await db.execute(text("update installation_health set condition = null, looked_at = null, doubted_at = null"))
    await firm.line(Condition.WELL, house.now)
    yield firm


async def test_a_line_that_is_down_for_long_is_one_outage_and_ends_when_it_is_well(house: House, firm: Firm) -> None:
    down = house.now + timedelta(hours=1)
    await firm.line(Condition.UNREACHABLE, down)
    assert await firm.look(down + timedelta(minutes=29)) == [], "shorter than the settings allow"
    for minutes in (30, 31, 90):
        found = await firm.look(down + timedelta(minutes=minutes))
        assert [(one.cause, one.since, one.over_at) for one in found] == [("provider", down, None)]
    well = down + timedelta(hours=3)
    await firm.line(Condition.WELL, well)
    (outage,) = await firm.look(well + timedelta(minutes=5))
    assert (outage.over_at, outage.duty) == (well, "pending"), "that it is over doesn't end the duty"
    assert await firm.kinds(outage.id) == ["outage.opened", "outage.over"]
    again = well + timedelta(hours=1)
    await firm.line(Condition.REFUSES_US, again)
    assert len(await firm.look(again + timedelta(hours=1))) == 2, "the next one is another"


async def test_documents_that_wait_although_the_line_is_well_are_an_outage_of_our_own(
    house: House, firm: Firm
) -> None:  # fmt: skip
    document_id = await firm.queued("W-1")
    ordered = house.now
    await firm.line(Condition.WELL, ordered)
    assert await firm.look(ordered + timedelta(minutes=10)) == []
    (outage,) = await firm.look(ordered + timedelta(minutes=40))
    assert (outage.cause, outage.over_at) == ("sending", None)
    shown = ok(await firm.admin.get(f"{URL}/{outage.id}"))
    assert [one["id"] for one in shown["concerned"]] == [document_id]
    assert shown["concerned"][0]["number"] in shown["record"]["en"]
    assert shown["concerned"][0]["number"] in shown["record"]["ar"]
    assert shown["due_on"] in shown["record"]["en"]
    assert firm.company.trn in shown["record"]["en"]
    async with house.owner.platform() as db:  # it goes out at last
        await db.execute(text("alter table issued_documents no force row level security"))
        moved = await db.execute(
            text("update issued_documents set state = 'SENT', sent_at = :at where id = :id"),
            {"at": ordered + timedelta(hours=1), "id": document_id},
        )
        assert moved.rowcount == 1
        await db.execute(text("alter table issued_documents force row level security"))
    (outage,) = await firm.look(ordered + timedelta(hours=2))
    assert outage.over_at == ordered + timedelta(hours=2)


async def test_while_the_line_is_down_waiting_documents_are_its_outage_alone(house: House, firm: Firm) -> None:
    await firm.queued("L-1")
    down = house.now
    await firm.line(Condition.UNREACHABLE, down)
    found = await firm.look(down + timedelta(hours=2))
    assert [one.cause for one in found] == ["provider"]
    shown = ok(await firm.admin.get(f"{URL}/{found[0].id}"))
    assert shown["concerned_count"] == {"documents": 1, "waiting": 1}


async def test_two_workers_notice_it_once(house: House, firm: Firm) -> None:
    down = house.now + timedelta(hours=1)
    await firm.line(Condition.UNREACHABLE, down)
    await asyncio.gather(*(firm.look(down + timedelta(hours=1)) for _ in range(6)))
    (outage,) = await firm.look(down + timedelta(hours=1))
    assert await firm.kinds(outage.id) == ["outage.opened"]


async def test_somebody_is_warned_once_before_the_last_day_is_over(house: House, firm: Firm) -> None:
    reported = {"line": "The ERP", "since": house.now.isoformat(), "detail": "A disk broke."}
    made = ok(await firm.admin.post(URL, reported), 201)
    outage_id, due = UUID(made["id"]), datetime.fromisoformat(made["due_at"])
    early = house.now
    if (due - early) > timedelta(days=2, hours=1):
        await firm.look(due - timedelta(days=4))
        assert await firm.kinds(outage_id) == ["outage.opened"]
    for _ in range(2):
        await firm.look(due - timedelta(hours=30))
    assert await firm.kinds(outage_id) == ["outage.opened", "outage.due_soon"]
    (late,) = await firm.look(due + timedelta(minutes=1))
    assert late.duty == "late"


async def test_the_notice_is_an_entry_of_the_ledger_and_stands(house: House, firm: Firm) -> None:
    since = house.now
    made = ok(await firm.admin.post(URL, {"line": "The ERP", "since": since.isoformat(), "detail": "Cut."}), 201)
    house.turn(minutes=1)
    path = f"{URL}/{made['id']}"
    told = {"at": house.now.isoformat(), "reference": "SF-2026-000117"}
    shown = ok(await firm.admin.post(f"{path}/notified", told))
    assert (shown["duty"], shown["reference"]) == ("notified", "SF-2026-000117")
    async with house.database.company(firm.id) as db:
        entry = await store.record(db, firm.id, int(shown["entry"].rpartition("/")[2]))
    assert entry.kind == Kind.OUTAGE and entry.canonical is not None
    content = msgspec.json.decode(entry.canonical)
    assert (content["outage_id"], content["reference"]) == (made["id"], "SF-2026-000117")
    for word, body in (("notified", told), ("dismiss", {"reason": "No."})):
        again = await firm.admin.post(f"{path}/{word}", body)
        assert (again.status_code, again.json()["code"]) == (409, "outage-decided")
    pending = ok(await firm.admin.get(f"{URL}?pending=true"))
    assert pending["items"] == []


async def test_a_dismissal_keeps_its_reason(house: House, firm: Firm) -> None:
    made = ok(
        await firm.admin.post(URL, {"line": "The ERP", "since": house.now.isoformat(), "detail": "Planned."}), 201
    )
    house.turn(minutes=1)
    path = f"{URL}/{made['id']}"
    ok(await firm.admin.post(f"{path}/over", {"at": house.now.isoformat()}))
    shown = ok(await firm.admin.post(f"{path}/dismiss", {"reason": "A planned change on a holiday."}))
    assert (shown["duty"], shown["dismissal"]) == ("dismissed", "A planned change on a holiday.")
    assert (await firm.admin.post(f"{path}/over", {"at": house.now.isoformat()})).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"since": "2026-11-19T10:00:00"}, "/since"),
        ({"since": "2190-01-01T00:00:00Z"}, "/since"),
        ({"since": "1990-01-01T00:00:00Z"}, "/since"),
        ({"line": "  "}, "/line"),
        ({"detail": "x" * 501}, "/detail"),
        ({"detail": "a\u200fb"}, "/detail"),
        ({"over_at": "2020-01-01T00:00:00Z"}, "/over_at"),
    ],
)
async def test_what_cant_be_is_refused_with_its_place(
    house: House, firm: Firm, body: dict[str, str], pointer: str
) -> None:  # fmt: skip
    good = {"line": "The ERP", "since": house.now.isoformat(), "detail": "Cut."}
    answer = await firm.admin.post(URL, good | body)
    assert answer.status_code in {400, 422}, answer.text
    assert [finding["pointer"] for finding in answer.json()["findings"]] == [pointer]


async def test_nobody_is_told_before_it_happened(house: House, firm: Firm) -> None:
    made = ok(await firm.admin.post(URL, {"line": "E", "since": house.now.isoformat(), "detail": "Cut."}), 201)
    before = {"at": (house.now - timedelta(minutes=1)).isoformat(), "reference": "1"}
    assert (await firm.admin.post(f"{URL}/{made['id']}/notified", before)).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        "delete from outages",
        "update outages set since = since - interval '1 day'",
        "update outages set detail = 'nothing happened'",
        "update outages set notified_at = null, notified_by = null, reference = null, notified_seq = null",
        "update outages set over_at = over_at + interval '1 hour'",
    ],
)
async def test_the_database_lets_nobody_tell_it_otherwise(house: House, firm: Firm, change: str) -> None:
    since = house.now
    house.turn(minutes=2)
    over = {"line": "E", "since": since.isoformat(), "detail": "Cut.", "over_at": house.now.isoformat()}
    made = ok(await firm.admin.post(URL, over), 201)
    ok(await firm.admin.post(f"{URL}/{made['id']}/notified", {"at": house.now.isoformat(), "reference": "1"}))
    with pytest.raises(DBAPIError):
        async with house.database.company(firm.id) as db:
            await db.execute(text(change))


async def test_the_pages_show_the_countdown_and_the_record(house: House, firm: Firm) -> None:
    made = ok(await firm.admin.post(URL, {"line": "The ERP", "since": house.now.isoformat(), "detail": "Cut."}), 201)
    listing = (await firm.admin.get("/outages", Accept="text/html")).text
    assert "The ERP" in listing and "stroke-dasharray" in listing and made["due_on"] in listing
    page = (await firm.admin.get(f"/outages/{made['id']}", Accept="text/html")).text
    assert "NOTICE OF A SYSTEM FAILURE" in page and "إشعار بعطل" in page
