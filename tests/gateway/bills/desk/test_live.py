"""Streams of what happens to bills: told at once, resumed where they broke off, ended with the session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from gateway import events
from gateway.bills import live
from gateway.bills.live import Live
from tests.gateway.bills.desk.papers import in_review, read, sent
from tests.gateway.house import Company, House, Person, ok

PATIENCE = 60


@pytest.fixture(scope="module", autouse=True)
async def quick(house: House) -> Live:
    """Streams that look more often than real ones."""
    house.app.state.live = Live(every=0.05, beat=0.2)
    return house.app.state.live


class Stream:
    """One open stream, as a browser has it."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.waiting = b""

    async def receive(self) -> dict[str, Any]:
        if self.status == 0:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            await self.chunks.put(message["body"])
            if not message.get("more_body", False):
                await self.chunks.put(None)

    async def frame(self) -> dict[str, str] | None:
        """The next one that isn't a sign of life; None where the stream has ended."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame, found, rest = self.waiting.partition(b"\n\n")
                if not found:
                    chunk = await self.chunks.get()
                    if chunk is None:
                        return None
                    self.waiting += chunk
                    continue
                self.waiting = rest
                if not frame.startswith(b":"):
                    return dict(line.split(": ", 1) for line in frame.decode().split("\n"))

    async def news(self) -> tuple[str, dict[str, Any]]:
        """The next event's name and data."""
        frame = await self.frame()
        assert frame is not None, "the stream has ended"
        data = json.loads(frame["data"])
        assert frame["id"] == data["id"]
        return frame["event"], data


@asynccontextmanager
async def listening(person: Person, **headers: str) -> AsyncIterator[Stream]:
    """Open a stream; closed by the client at the end."""
    given = {"authorization": f"Bearer {person.token}"}
    given |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
    stream = Stream()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/bills/events", "raw_path": b"/v1/bills/events", "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 1), "server": ("gateway.test", 80), "state": {},
    }  # fmt: skip
    task = asyncio.create_task(person.house.app(scope, stream.receive, stream.send))
    try:
        yield stream
    finally:
        stream.gone.set()
        async with asyncio.timeout(PATIENCE):
            await task


async def begun(stream: Stream) -> str:
    """The id that a client which saw nothing yet begins with."""
    first = await stream.frame()
    assert first is not None and stream.status == 200
    assert first["retry"] == "3000"
    return first["id"]


async def test_each_step_is_told_by_its_name(house: House, clerk: Person, company: Company) -> None:
    async with listening(clerk) as stream:
        await begun(stream)
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        (bill_id,) = await sent(clerk)
        name, told = await stream.news()
        assert (name, told["kind"], told["bill_id"]) == ("processing_status", "bill.received", bill_id)
        assert told["state"] == "RECEIVED"
        await read(house, company, bill_id)
        name, told = await stream.news()
        assert (name, told["kind"], told["progress"]) == (
            "processing_status",
            "bill.processing",
            {"page": 0, "pages": 0},
        )
        name, told = await stream.news()
        assert (name, told["state"]) == ("processing_status", "NEEDS_REVIEW")
        change = {"changes": [{"term": "po_number", "value": "PO-9"}]}
        ok(await clerk.patch(f"/v1/bills/{bill_id}", change, If_Match='"2"'))
        name, told = await stream.news()
        assert (name, told["kind"], told["state"]) == ("invoice_updated", "bill.corrected", None)
        away = {"confirm": "discard", "reason": "A test."}
        ok(await clerk.post(f"/v1/bills/{bill_id}/discard", away, If_Match='"3"'))
        name, told = await stream.news()
        assert (name, told["bill_id"], told["state"]) == ("invoice_deleted", bill_id, "DISCARDED")


async def test_nothing_but_ids_and_words_is_told(house: House, clerk: Person, company: Company) -> None:
    async with listening(clerk) as stream:
        await begun(stream)
        await in_review(house, company, clerk)
        for _ in range(3):
            _, told = await stream.news()
            assert told.keys() == {"id", "kind", "bill_id", "state", "at", "progress"}


async def test_a_client_that_comes_back_misses_nothing(house: House, clerk: Person, company: Company) -> None:
    async with listening(clerk) as stream:
        start = await begun(stream)
        ids = await sent(clerk)
        _, seen = await stream.news()
    later = await sent(clerk, *[bytes(f"%PDF-1.7 {place}", "ascii") for place in range(3)])
    async with listening(clerk, Last_Event_ID=seen["id"]) as stream:
        await begun(stream)
        told = set[str]()
        while not told.issuperset(later):
            _, news = await stream.news()
            assert news["id"] != seen["id"], "what was seen isn't told again"
            told.add(news["bill_id"])
    async with listening(clerk, Last_Event_ID=start) as stream:
        await begun(stream)
        told = set()
        while not told.issuperset([*ids, *later]):
            told.add((await stream.news())[1]["bill_id"])


async def test_what_is_committed_late_is_told_all_the_same(house: House, clerk: Person, company: Company) -> None:
    """Two transactions may end in the other order than their events were made."""

    def event(subject: UUID) -> events.Event:
        return events.Event("bill.corrected", subject, house.now, "system:test", msgspec.Raw(b"{}"))

    early, late = uuid4(), uuid4()
    async with listening(clerk) as stream:
        await begun(stream)
        async with house.database.company(company.id) as slow:
            await events.emit(slow, company.id, event(early))
            async with house.database.company(company.id) as quick:
                await events.emit(quick, company.id, event(late))
            _, first = await stream.news()
            assert first["bill_id"] == str(late)
        _, second = await stream.news()
        assert second["bill_id"] == str(early)
        assert second["id"] < first["id"]
    async with listening(clerk, Last_Event_ID=first["id"]) as stream:
        await begun(stream)
        while (await stream.news())[1]["bill_id"] != str(early):
            pass


async def test_another_company_hears_nothing(house: House, clerk: Person, company: Company) -> None:
    stranger = await (await house.company()).person("FINANCE_USER")
    async with listening(stranger) as theirs, listening(clerk) as ours:
        start = await begun(theirs)
        await begun(ours)
        await sent(clerk)
        await ours.news()
        (mine,) = await sent(stranger)
        assert (await theirs.news())[1]["bill_id"] == mine
    async with listening(stranger, Last_Event_ID=str(UUID(int=0))) as theirs:
        await begun(theirs)
        assert (await theirs.news())[1]["bill_id"] == mine
    assert start < str(uuid4()) or start


async def test_a_stream_ends_with_its_session(house: House, company: Company) -> None:
    person = await company.person("FINANCE_USER")
    async with listening(person) as stream:
        await begun(stream)
        ok(await person.post("/v1/auth/sign-out"), 204)
        assert await stream.frame() is None
    async with listening(person) as stream:
        assert await stream.frame() is None or stream.status == 401
        assert stream.status == 401


async def test_a_stream_ends_with_its_key(house: House, company: Company) -> None:
    machine = await company.key("bills:read")
    admin = await company.admin()
    async with listening(machine) as stream:
        await begun(stream)
        assert (await admin.delete(f"/v1/api-keys/{machine.id}")).status_code in {200, 204}
        assert await stream.frame() is None


async def test_a_stream_doesnt_keep_its_session_alive(house: House, company: Company) -> None:
    person = await company.person("FINANCE_USER")
    async with listening(person) as stream:
        await begun(stream)
        house.turn(days=1)
        assert await stream.frame() is None


async def test_who_may_not_read_bills_hears_nothing(house: House, company: Company) -> None:
    machine = await company.key("series:read")
    for person, status in ((machine, 403), (Person(house, ""), 401)):
        async with listening(person) as stream:
            async with asyncio.timeout(PATIENCE):
                await stream.chunks.get()
            assert stream.status == status


async def test_a_company_has_so_many_streams(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 2)
    clerk = await (await house.company()).person("FINANCE_USER")
    async with listening(clerk) as first, listening(clerk) as second:
        await begun(first)
        await begun(second)
        async with listening(clerk) as third:
            async with asyncio.timeout(PATIENCE):
                await third.chunks.get()
            assert (third.status, third.headers["retry-after"]) == (429, "10")
    async with listening(clerk) as again:
        await begun(again)


async def test_an_id_that_is_none_is_refused(house: House) -> None:
    clerk = await (await house.company()).person("FINANCE_USER")
    async with listening(clerk, Last_Event_ID="the last one") as stream:
        async with asyncio.timeout(PATIENCE):
            problem = json.loads(await stream.chunks.get() or b"")
        assert (problem["status"], "Last-Event-ID" in problem["detail"]) == (400, True)


async def test_a_stream_holds_no_connection_and_outlives_a_database_that_is_away(
    house: House, quick: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = await house.company()
    clerk = await company.person("FINANCE_USER")
    looked, page = asyncio.Event(), live._page

    async def away(*given: Any) -> list[live.News]:
        looked.set()
        raise OperationalError("select", {}, OSError("gone"))

    async with listening(clerk) as stream:
        await begun(stream)
        monkeypatch.setattr(live, "_page", away)
        async with asyncio.timeout(PATIENCE):
            await looked.wait()
        (bill_id,) = await sent(clerk)
        monkeypatch.setattr(live, "_page", page)
        assert (await stream.news())[1]["bill_id"] == bill_id
        pool: Any = house.database.engine.pool
        async with asyncio.timeout(PATIENCE):
            while pool.checkedout():  # noqa: ASYNC110 - a look of the poller's takes a moment
                await asyncio.sleep(0.01)


async def test_who_is_too_far_behind_has_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_BEHIND", 2)
    heard = live.Heard()
    told = [
        live.News(id=uuid4(), kind="bill.read", bill_id=uuid4(), state=None, at=live.datetime.min) for _ in range(3)
    ]
    for news in told:
        heard.tell(news)
    assert heard.over
    assert await heard.next(1) == told[:2], "what was there is sent before the end"


async def test_closing_ends_every_stream(house: House) -> None:
    clerk = await (await house.company()).person("FINANCE_USER")
    streams = house.app.state.live
    async with listening(clerk) as stream:
        await begun(stream)
        await streams.close()
        assert await stream.frame() is None
    house.app.state.live = Live(every=0.05, beat=0.2)
