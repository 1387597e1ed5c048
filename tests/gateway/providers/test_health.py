"""Looks at the lines: on schedule, on order, kept, told once, and never lost with a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import text

from gateway import events, jobqueue
from gateway.accounts import jobs
from gateway.accounts.jobs import LookJob
from gateway.observability import metrics
from gateway.providers import health
from gateway.wiring import Wiring
from peppol.errors import Temporary
from peppol.message import Condition, Health
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.providers.conftest import WRONG, peppyrus
from tests.gateway.sandbox.process import free_port
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET

URL = "/v1/providers"


class Told:
    """An installation's provider that says of itself what the test wants."""

    name = "sandbox"

    def __init__(self, condition: Condition) -> None:
        self.found = Health(condition, "as the test says")

    async def health(self) -> Health:
        return self.found


async def waiting_jobs(house: House, kind: str) -> list[tuple[UUID | None, bytes]]:
    async with house.database.platform() as db:
        claimed = await jobqueue.claim(db, {kind: 1000}, most=1000, lease=timedelta(minutes=1))
        await jobqueue.finish(db, claimed)
        return [(job.company_id, job.payload) for job in claimed]


async def look(wiring: Wiring, company: Company, account_id: str, house: House) -> None:
    payload = msgspec.json.encode(LookJob(UUID(account_id)))
    await jobs.look(wiring, company.id, payload, now=house.now)


async def heard(house: House, company: Company, subject: str | UUID) -> list[str]:
    async with house.database.company(company.id) as db:
        told = await events.timeline(db, company.id, UUID(str(subject)))
    return [event.kind for event in told if event.kind.removeprefix("provider.") in set(Condition)]


@pytest.fixture
async def gone() -> AsyncIterator[str]:
    """Where nobody answers."""
    yield f"http://127.0.0.1:{free_port()}"


async def test_a_check_tells_in_plain_words(house: House, stub: PeppyrusStub) -> None:
    company = await house.company(trn="198765432100003")
    admin = await company.admin()
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    checked = ok(await admin.post(f"{URL}/{made}/check"))
    assert (checked["condition"], checked["words"]) == ("well", "It answers and takes our credentials")
    assert checked["lookup"]["outcome"] == "not_registered", "the stub knows two companies, and this isn't one"
    assert checked["lookup"]["participant"] == f"0235:{company.trn[:10]}"
    shown = ok(await admin.get(f"{URL}/{made}"))["health"]
    assert (shown["condition"], shown["words"]) == ("well", checked["words"])
    ok(await admin.patch(f"{URL}/{made}", {"credentials": {"token": WRONG}}))
    checked = ok(await admin.post(f"{URL}/{made}/check"))
    assert (checked["condition"], checked["lookup"]["outcome"]) == ("refuses_us", "cant_tell")
    assert "401" in checked["detail"]


async def test_a_check_of_what_cant_be_asked_says_so(admin: Person, gone: str) -> None:
    body = {"adapter": "phoss_ap", "label": "Own", "base_url": gone, "credentials": {"token": SECRET}}
    made = ok(await admin.post(URL, body), 201)
    assert {one["call"] for one in made["abilities"]["missing"]} == {"lookup", "fetch_inbound", "ack"}
    checked = ok(await admin.post(f"{URL}/{made['id']}/check"))
    assert checked["condition"] == "unreachable"
    assert checked["lookup"]["outcome"] == "not_asked"
    assert "looks receivers up for itself" in checked["lookup"]["words"]


async def test_the_sweep_orders_a_look_at_every_line_that_is_due(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    off = ok(await admin.post(URL, peppyrus(stub, "Off", enabled=False)), 201)["id"]
    await waiting_jobs(house, jobs.LOOK)

    async def ordered() -> list[str]:
        await jobs.sweep(house.wiring, None, b"{}", now=house.now)
        found = [job for job in await waiting_jobs(house, jobs.LOOK) if job[0] == company.id]
        return [str(msgspec.json.decode(payload, type=LookJob).account_id) for _, payload in found]

    assert await ordered() == [made]
    await look(house.wiring, company, made, house)
    await look(house.wiring, company, off, house)
    assert await ordered() == []
    house.turn(minutes=5)
    assert await ordered() == [made]
    await look(house.wiring, company, made, house)
    ok(await (await company.admin()).patch(f"{URL}/{made}", {"position": 3}))
    assert await ordered() == [made], "a change is looked at at once"


async def test_two_sweeps_order_one_look(house: House, company: Company, admin: Person, stub: PeppyrusStub) -> None:
    ok(await admin.post(URL, peppyrus(stub)), 201)
    for _ in range(2):
        await jobs.sweep(house.wiring, None, b"{}", now=house.now)
    assert len([job for job in await waiting_jobs(house, jobs.LOOK) if job[0] == company.id]) == 1


async def test_an_outage_is_told_once_and_its_end_too(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, gone: str
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    await look(house.wiring, company, made, house)
    assert await heard(house, company, made) == []
    ok(await admin.patch(f"{URL}/{made}", {"base_url": gone, "credentials": {"token": SECRET}}))
    began = house.now
    for expected in ([], ["provider.unreachable"], ["provider.unreachable"]):
        await look(house.wiring, company, made, house)
        assert await heard(house, company, made) == expected
        house.turn(minutes=1)
    shown = ok(await admin.get(f"{URL}/{made}"))["health"]
    assert shown["condition"] == "unreachable"
    assert shown["since"][:19] == began.isoformat()[:19], "since the first silence"
    ok(await admin.patch(f"{URL}/{made}", {"base_url": stub.url, "credentials": {"token": WRONG}}))
    await look(house.wiring, company, made, house)
    ok(await admin.patch(f"{URL}/{made}", {"credentials": {"token": SECRET}}))
    house.turn(minutes=1)
    await look(house.wiring, company, made, house)
    assert await heard(house, company, made) == ["provider.unreachable", "provider.refuses_us", "provider.well"]


async def test_a_look_that_crossed_a_change_keeps_nothing(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    """It speaks of credentials that the account doesn't have any more."""
    made = UUID(ok(await admin.post(URL, peppyrus(stub)), 201)["id"])
    refused = Health(Condition.REFUSES_US, "old")
    async with house.database.company(company.id) as db:
        assert await health.keep(db, company.id, made, refused, version=2, now=house.now) is None
        assert await health.of_account(db, company.id, made) is None


async def test_a_look_killed_before_its_commit_is_made_again_and_tells_once(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub, credentials={"token": WRONG})), 201)["id"]
    emit = events.emit

    async def killed(*args: Any) -> None:
        await emit(*args)
        raise Temporary("killed here")

    with monkeypatch.context() as broken:
        broken.setattr("gateway.providers.health.events.emit", killed)
        with pytest.raises(Temporary):
            await look(house.wiring, company, made, house)
    assert ok(await admin.get(f"{URL}/{made}"))["health"] is None
    assert await heard(house, company, made) == []
    for _ in range(2):
        await look(house.wiring, company, made, house)
    assert await heard(house, company, made) == ["provider.refuses_us"]


async def test_an_account_that_went_meanwhile_is_not_looked_at(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    ok(await admin.delete(f"{URL}/{made}"), 204)
    calls = len(stub.calls)
    await look(house.wiring, company, made, house)
    assert len(stub.calls) == calls


async def test_the_installations_provider_is_told_of_to_who_takes_it(
    house: House, company: Company, stub: PeppyrusStub
) -> None:
    own = await house.company()
    ok(await (await own.admin()).post(URL, peppyrus(stub)), 201)

    async def look_at(condition: Condition) -> None:
        wiring = msgspec.structs.replace(house.wiring, provider=Told(condition))  # type: ignore[arg-type]
        await jobs.sweep(wiring, None, b"{}", now=house.now)
        for _, payload in await waiting_jobs(house, jobs.INSTALLATION):
            await jobs.look_at_installation(wiring, None, payload, now=house.now)
        for company_id, payload in await waiting_jobs(house, jobs.TELL):
            for _ in range(2):  # handlers may run twice
                await jobs.tell(wiring, company_id, payload, now=house.now)
        house.turn(minutes=10)

    await look_at(Condition.WELL)
    await look_at(Condition.UNREACHABLE)
    assert await heard(house, company, company.id) == []
    await look_at(Condition.UNREACHABLE)
    assert await heard(house, company, company.id) == ["provider.unreachable"]
    shown = ok(await (await company.admin()).get(URL))["installation"]
    assert shown["health"]["condition"] == "unreachable"
    await look_at(Condition.WELL)
    assert await heard(house, company, company.id) == ["provider.unreachable", "provider.well"]
    assert await heard(house, own, own.id) == []
    async with house.database.company(company.id) as db:
        known = await health.of_company(db, company.id, ())
    assert known[None].condition is Condition.WELL


async def test_how_lines_stand_is_counted_without_ids(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub, credentials={"token": WRONG})), 201)["id"]

    async def counted() -> float:
        answer: httpx.Response = await house.client.get("/metrics")
        assert made not in answer.text
        labels = {"adapter": "peppyrus", "condition": "refuses_us"}
        return metrics.REGISTRY.get_sample_value("involinks_provider_lines", labels) or 0.0

    before = await counted()
    await look(house.wiring, company, made, house)
    assert await counted() == before + 1


async def test_the_table_that_others_read(house: House, company: Company, admin: Person, stub: PeppyrusStub) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    await look(house.wiring, company, made, house)
    async with house.database.company(company.id) as db:
        rows = await db.execute(
            text("select company_id, account_id, condition, since, detail, looked_at from provider_health")
        )
        (row,) = rows.all()
    assert (row.company_id, str(row.account_id), row.condition) == (company.id, made, "well")
    other = await house.company()
    async with house.database.company(other.id) as db:
        assert (await db.execute(text("select count(*) from provider_health"))).scalar_one() == 0
