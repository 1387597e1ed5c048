"""The worker's rounds over every account: documents, statuses and what nobody can read, each to whom it belongs."""

from __future__ import annotations

import html
import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from sqlalchemy import text

import ubl
from gateway import worker
from gateway.arrivals import unreadable
from gateway.arrivals.fetching import FETCH, FetchJob, fetch
from gateway.arrivals.jobs import POLL, handlers
from gateway.arrivals.line import Line, open_line
from gateway.db import Database, new_id
from gateway.outbound import queries
from gateway.problems import kind_of
from peppol.statuses import Outcome
from tests.gateway.arrivals.dying import Killed, Mortal, Steps, mortal
from tests.gateway.arrivals.looking import in_hand
from tests.gateway.arrivals.sending import send
from tests.gateway.arrivals.sources import ABROAD, SELLER, STUBS, Stubbed, add_account, stubbed
from tests.gateway.house import PASSWORD, Company, House, Person, ok
from tests.gateway.inbound.envelopes import invoice
from tests.gateway.outbound.conftest import Company as Bare
from tests.gateway.outbound.conftest import open_company
from tests.peppol.stubs.storecove import StorecoveStub
from ubl import response

HANDLERS = handlers(kind_of)


@pytest.fixture(scope="module", autouse=True)
async def closed(house: House) -> AsyncIterator[None]:
    yield
    await house.wiring.adapters.close()


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
async def clerk(company: Company) -> Person:
    return await company.person("FINANCE_USER")


@pytest.fixture(scope="module")
async def seller(house: House, module_admin: Database) -> Bare:
    return await open_company(house.database, module_admin, house.wiring)


@pytest.fixture
async def queue(house: House) -> AsyncIterator[Stubbed]:
    async with stubbed("storecove") as source:
        yield source


async def fetched(house: House, company_id: UUID, account_id: UUID) -> None:
    """One run of the job."""
    await HANDLERS[FETCH](house.wiring, company_id, msgspec.json.encode(FetchJob(account_id)), now=house.now)


async def test_every_minute_every_line_is_ordered_once(
    house: House, company: Company, seller: Bare, module_admin: Database
) -> None:
    mine = {
        str(await add_account(house.wiring, owner, "storecove", "http://127.0.0.1:9/"))
        for owner in (company.id, seller.id)
    }
    for _ in range(3):
        await HANDLERS[POLL](house.wiring, None, b"{}", now=house.now)
    async with module_admin.platform() as db:
        rows = (await db.execute(text("select key, company_id from jobs where kind = :kind"), {"kind": FETCH})).all()
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert {"None", *mine} <= set(keys)
    assert worker.SCHEDULE[POLL].total_seconds() == 60
    assert {POLL, FETCH} <= worker.HANDLERS.keys()


async def test_an_account_that_cant_be_fetched_from_is_passed_by(house: House, company: Company) -> None:
    account_id = await add_account(house.wiring, company.id, "phoss_ap", "http://127.0.0.1:9/", webhook=("s" * 16,))
    await fetched(house, company.id, account_id)


async def test_a_status_in_the_queue_is_recorded_and_a_strangers_is_set_aside(
    house: House, seller: Bare, queue: Stubbed
) -> None:
    """Storecove keeps statuses and documents in one queue; neither holds up the other."""
    account_id = await add_account(house.wiring, seller.id, "storecove", queue.url)
    sent = await send(seller, account_id)
    stub = queue.stub
    assert isinstance(stub, StorecoveStub)
    strange = str(uuid4())
    stub.tell(event_type="document_submission", event="failed", guid="g-1", idempotencyGuid=strange, details="no")
    odd = stub.tell(event_type="something_new", event="x")
    stub.tell(event_type="document_submission", event="succeeded", guid="g-2", idempotencyGuid=sent.key)
    stub.tell(event_type="document_submission", event="failed", guid="g-2", idempotencyGuid=sent.key, details="gone")
    await fetched(house, seller.id, account_id)
    assert await queue.waiting() == 0
    assert len(await sent.events()) == 2
    row = await sent.row()
    assert (row.c3, row.c3_reason) == (Outcome.UNDELIVERABLE.value, "gone")
    async with seller.database.company(seller.id) as db:
        kept = [
            one
            for one in (await unreadable.page(db, seller.id, cursor=None, limit=9)).items
            if one.account_id == account_id
        ]
    assert [one.reference for one in kept if "isn't known here" in one.reason] == [odd]
    assert len([one for one in kept if strange in one.reason]) == 1


async def test_a_status_is_believed_of_the_line_that_took_the_document_only(
    house: House, seller: Bare, company: Company, queue: Stubbed
) -> None:
    async with stubbed("storecove") as other:
        sent = await send(seller, await add_account(house.wiring, seller.id, "storecove", queue.url))
        assert isinstance(other.stub, StorecoveStub)
        theirs = await add_account(house.wiring, company.id, "storecove", other.url)
        other.stub.tell(event_type="document_submission", event="failed", guid="g", idempotencyGuid=sent.key)
        await fetched(house, company.id, theirs)
        assert await other.waiting() == 0
    assert await sent.events() == []
    assert (await sent.row()).c3 is None


async def test_killed_at_every_step_a_status_is_recorded_once_and_an_odd_event_kept_once(
    house: House, seller: Bare, queue: Stubbed, module_admin: Database
) -> None:
    stub = queue.stub
    assert isinstance(stub, StorecoveStub)
    account_id = await add_account(house.wiring, seller.id, "storecove", queue.url)
    line, sent = await open_line(house.wiring, account_id), await send(seller, account_id)
    for fatal in itertools.count(1):
        steps = Steps(fatal)
        stub.tell(event_type="document_submission", event="succeeded", guid="g", idempotencyGuid=sent.key)
        odd = stub.tell(event_type="odd", event=str(fatal))
        dying: Any = Mortal(line.provider, steps, "fetch_inbound", "ack")
        with suppress(Killed):
            wiring = mortal(house.wiring, steps)
            await fetch(wiring, msgspec.structs.replace(line, provider=dying), kind_of, now=house.now)
        await fetched(house, seller.id, account_id)
        async with seller.database.company(seller.id) as db:
            kept = (await unreadable.page(db, seller.id, cursor=None, limit=200)).items
        assert len(await sent.events()) == fatal, f"killed at step {fatal}"
        assert [one.reference for one in kept].count(odd) == 1, f"killed at step {fatal}"
        assert await queue.waiting() == 0, f"killed at step {fatal}"
        assert await in_hand(module_admin) == 0, f"killed at step {fatal}"
        if not steps.reached:
            break
    assert fatal > 25


@pytest.mark.parametrize("adapter", STUBS)
async def test_a_buyers_answer_reaches_the_document_that_it_answers(house: House, seller: Bare, adapter: str) -> None:
    """Also where the provider hands it over without its envelope."""
    async with stubbed(adapter) as source:
        account_id = await add_account(house.wiring, seller.id, adapter, source.url)
        sent = await send(seller, account_id)
        row = await sent.row()
        async with seller.database.company(seller.id) as db:
            xml = await queries.sealed_xml(db, seller.id, series=row.series, number=row.number, keys=seller.wiring.keys)
        answer = response.build(ubl.read(xml), response.Code.ACCEPTED, id=str(uuid4()), now=house.now)
        await source.put(response.write(answer), sender=ABROAD, receiver=SELLER)
        for _ in range(2):
            await fetched(house, seller.id, account_id)
        assert await source.waiting() == 0
    assert (await sent.row()).buyer == Outcome.BUYER_ACCEPTED.value


async def test_a_document_comes_into_the_inbox_of_the_accounts_company(
    house: House, company: Company, clerk: Person, queue: Stubbed
) -> None:
    account_id = await add_account(house.wiring, company.id, "storecove", queue.url)
    await queue.put(ubl.write(invoice("POLL-1", buyer_tin=company.trn[:10])))
    await fetched(house, company.id, account_id)
    (item,) = ok(await clerk.get("/v1/inbox?number=POLL-1"))["items"]
    shown = ok(await clerk.get(f"/v1/inbox/{item['id']}"))
    assert [came["rebuilt"] for came in shown["arrivals"]] == [True]
    assert "GW-REBUILT" in {finding["rule"] for finding in shown["findings"]}


async def test_what_cant_be_read_is_listed_with_its_reason_and_handed_out_as_a_file(
    house: House, company: Company, clerk: Person, queue: Stubbed
) -> None:
    account_id = await add_account(house.wiring, company.id, "storecove", queue.url)
    script = b"<html><script>alert(1)</script></html>"
    await queue.put(script)
    await fetched(house, company.id, account_id)
    listed = ok(await clerk.get("/v1/inbox/unreadable?limit=1"))
    (kept,) = listed["items"]
    assert (kept["account_id"], kept["provider"], kept["size"]) == (
        str(account_id),
        "storecove",
        len(script),
    )
    assert kept["reason"]
    path = f"/v1/inbox/unreadable/{kept['id']}/content"
    answer = await clerk.get(path)
    assert answer.content == script
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    stranger = await (await house.company()).person("FINANCE_USER")
    assert (await stranger.get(path)).status_code == 404
    assert ok(await stranger.get("/v1/inbox/unreadable")) == {"items": [], "next": None}
    assert (await (await company.key("series:read")).get(path)).status_code == 403
    before = ok(await clerk.get(f"/v1/inbox/unreadable?cursor={kept['id']}"))
    assert kept["id"] not in {one["id"] for one in before["items"]}


@pytest.mark.parametrize(("language", "title"), [("en", "Arrived and not readable"), ("ar", "وصل ولا يمكن قراءته")])
async def test_the_page_tells_people_why(
    house: House, company: Company, clerk: Person, language: str, title: str
) -> None:
    line = Line(account_id=None, company_id=company.id, provider=house.wiring.provider)
    reason = f"<b>{language}</b> is what it says."
    kept = await unreadable.keep(house.wiring, line, language.encode(), reference="r", reason=reason, now=house.now)
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway.test", headers={"Accept": "text/html"}
    ) as browser:
        browser.cookies.set("language", language)
        form = {"email": clerk.email, "password": PASSWORD, "code": clerk.code(), "to": "/inbox"}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        assert 'href="/inbox/unreadable"' in (await browser.get("/inbox")).text
        page = (await browser.get("/inbox/unreadable")).text
    assert f"<h1>{title}</h1>" in page
    assert html.escape(reason) in page
    assert f'href="/v1/inbox/unreadable/{kept.id}/content"' in page


async def test_what_names_nobody_belongs_to_the_only_company_or_to_the_platform(
    house: House, company: Company, clerk: Person, seller: Bare
) -> None:
    """Through the installation's provider, which several companies use here."""
    line = await open_line(house.wiring, None)
    first = await unreadable.keep(
        house.wiring, line, b"for nobody", reference="r-1", reason="It is nothing.", now=house.now
    )
    again = await unreadable.keep(
        house.wiring, line, b"for nobody", reference="r-2", reason="It is nothing.", now=house.now
    )
    assert (again.id, first.duplicate, again.duplicate) == (first.id, False, True)
    admin = await house.super_admin()
    (kept,) = ok(await admin.get("/v1/platform/unreadable"))["items"]
    assert (kept["id"], kept["reference"], kept["account_id"]) == (str(first.id), "r-1", None)
    path = f"/v1/platform/unreadable/{first.id}/content"
    assert (await admin.get(path)).content == b"for nobody"
    assert (await admin.get(f"/v1/platform/unreadable/{new_id()}/content")).status_code == 404
    assert (await clerk.get(path)).status_code == 403
    assert (await clerk.get(f"/v1/inbox/unreadable/{first.id}/content")).status_code == 404


async def test_in_an_installation_with_one_company_it_is_theirs(
    database: Database, admin: Database, house: House
) -> None:
    wiring = msgspec.structs.replace(house.wiring, database=database)
    only = await open_company(database, admin, wiring)
    line = Line(account_id=None, company_id=None, provider=house.wiring.provider)
    receipt = await unreadable.keep(wiring, line, b"for the only one", reference="r", reason="Nothing.", now=house.now)
    async with database.company(only.id) as db:
        assert (await unreadable.one(db, only.id, receipt.id)).reference == "r"
