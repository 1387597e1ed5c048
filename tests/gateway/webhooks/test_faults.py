"""Killed anywhere, called twice at once, led astray: nothing lost, nothing invented, nobody else called."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, text

from gateway.db import Database
from gateway.webhooks import jobs
from gateway.wiring import Wiring
from tests.gateway.house import House, ok
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Received, Receiver, receiving, says


class Killed(BaseException):
    """The process is gone at this step. No handler of ours catches it."""


class Reaper:
    """Counts statements and commits, and kills at the n-th, before or after it is done."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine.sync_engine
        self.count, self.kill_at = 0, 0

    @contextmanager
    def waiting(self, kill_at: int, moment: str) -> Iterator[None]:
        self.count, self.kill_at = 0, kill_at
        event.listen(self.engine, moment, self._step)
        try:
            yield
        finally:
            event.remove(self.engine, moment, self._step)

    def _step(self, *_: Any) -> None:
        self.count += 1
        if self.count == self.kill_at:
            raise Killed


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute", "commit"])
async def test_killed_at_any_step_every_message_still_arrives(
    hooks: Hooks, erp: Receiver, module_database: Database, module_admin: Database, moment: str
) -> None:
    """At each statement and commit of a turn, before it and behind it; the calls themselves lie between two of them."""
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    reaper, kill_at, killed = Reaper(module_database), 0, True
    twice = 0
    while killed:
        kill_at += 1
        happened = await hooks.happen("invoice.sent", "invoice.delivered")
        erp.received.clear()
        with reaper.waiting(kill_at, moment):
            try:
                await hooks.turn(endpoint)
            except Killed:
                killed = True
            else:
                killed = False
        await hooks.forget_claim(module_admin, endpoint)
        await hooks.turn(endpoint, at=hooks.later(minutes=2))
        counted = Counter(erp.ids)
        assert counted.keys() == set(happened), f"killed at {moment} {kill_at}"
        assert max(counted.values()) <= 2
        twice += max(counted.values()) == 2
        assert {one["state"] for one in await hooks.log(endpoint)} == {"delivered"}
    assert kill_at > (2 if moment == "commit" else 8)
    assert twice >= 1, "killed behind a call, the message is sent again under its id"


async def test_killed_during_a_call_the_message_is_sent_again_under_its_id(
    hooks: Hooks, erp: Receiver, module_admin: Database
) -> None:
    called = asyncio.Event()

    async def holds_on(_: Received, __: asyncio.StreamWriter) -> None:
        called.set()
        await asyncio.Event().wait()

    erp.answer = holds_on
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    (message,) = await hooks.happen("invoice.sent")
    dying = asyncio.create_task(hooks.turn(endpoint))
    await asyncio.wait_for(called.wait(), 60)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    erp.answer = says(200)
    async with module_admin.platform() as db:
        await db.execute(text("delete from jobs"))  # what the event had ordered was taken by the dead worker
    await hooks.turn(endpoint, at=hooks.later(minutes=2))
    assert erp.ids == [message], "the dead worker's claim still counts"
    assert await hooks.orders(module_admin, endpoint) == 1, "and somebody will come back when it ends"
    await hooks.forget_claim(module_admin, endpoint)
    await hooks.turn(endpoint, at=hooks.later(minutes=2))
    assert erp.ids == [message, message]
    first, second = sorted((await hooks.log(endpoint))[0]["tries"], key=lambda one: one["number"])
    assert (first["ended_at"], first["outcome"], second["outcome"]) == (None, None, "delivered")


async def test_a_worker_that_lost_its_claim_writes_nothing(hooks: Hooks, erp: Receiver, module_admin: Database) -> None:
    called, released = asyncio.Event(), asyncio.Event()

    async def waits(call: Received, writer: asyncio.StreamWriter) -> None:
        called.set()
        await released.wait()
        await says(500)(call, writer)

    erp.answer = waits
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    stalled = asyncio.create_task(hooks.turn(endpoint))
    await asyncio.wait_for(called.wait(), 60)
    await hooks.forget_claim(module_admin, endpoint)
    erp.answer = says(200)
    await hooks.turn(endpoint, at=hooks.later(minutes=2))
    released.set()
    await stalled
    assert [one["state"] for one in await hooks.log(endpoint)] == ["delivered"]
    assert (await hooks.show(endpoint))["failures"] == 0


async def test_several_workers_at_once_send_each_message_once(hooks: Hooks, erp: Receiver) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    happened = await hooks.happen(*["invoice.sent"] * 30)
    for _ in range(12):
        await asyncio.gather(*(hooks.turn(endpoint) for _ in range(5)))
    assert len(await hooks.log(endpoint, state="delivered", limit="100")) == 30
    assert sorted(erp.ids) == sorted(happened)
    assert erp.most_open <= 8


async def test_a_slow_receiver_holds_up_no_other_company(
    hooks: Hooks, erp: Receiver, house: House, module_admin: Database
) -> None:
    """With two slots for webhooks and a receiver that never answers, another company's message arrives at once."""
    from gateway import worker

    async def never(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    erp.answer = never
    slow = (await hooks.make(erp.url))["endpoint"]["id"]
    other = await house.company()
    admin = await other.admin()
    async with receiving() as theirs:
        quick = Hooks(house, other, admin)
        await quick.make(theirs.url)
        await hooks.happen(*["invoice.sent"] * 50)
        for _ in range(20):
            await hooks.happen("invoice.sent")
        loop = worker.make(house.wiring, schedule={}, pace=worker.pace_of(4))
        running = asyncio.create_task(loop.run())
        try:
            await erp.wait()
            happened = await quick.happen("invoice.sent")
            await theirs.wait()
        finally:
            loop.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert theirs.ids == happened
        assert len(erp.received) <= 8, "one batch is all that a receiver holds"
    await hooks.forget_claim(module_admin, slow)


async def test_a_company_with_many_slow_endpoints_has_two_workers_at_most(
    hooks: Hooks, erp: Receiver, module_admin: Database
) -> None:
    async def never(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    erp.answer = never
    made = [(await hooks.make(erp.url))["endpoint"]["id"] for _ in range(4)]
    await hooks.happen("invoice.sent")
    turns = [asyncio.create_task(hooks.turn(one)) for one in made]
    async with asyncio.timeout(60):
        await asyncio.wait(turns, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait([task for task in turns if not task.done()], return_when=asyncio.FIRST_COMPLETED)
    for task in turns:
        task.cancel()
    await asyncio.gather(*turns, return_exceptions=True)
    assert len(erp.received) <= 2
    for one in made:
        await hooks.forget_claim(module_admin, one)


# ------------------------------------------------------------------------------------- addresses that lead inwards


@pytest.fixture
def live(house: House) -> Iterator[Wiring]:
    """The house as in live mode, as far as calling others goes."""
    settings = msgspec.structs.replace(house.wiring.settings, mode="live")
    before = house.app.state.wiring
    house.wiring = house.app.state.wiring = msgspec.structs.replace(before, settings=settings)
    try:
        yield house.wiring
    finally:
        house.wiring = house.app.state.wiring = before


@pytest.mark.parametrize(
    "url",
    ["http://erp.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/",
     "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/"],
)  # fmt: skip
async def test_an_address_that_leads_inwards_is_not_taken_in_live_mode(hooks: Hooks, live: Wiring, url: str) -> None:
    refused = await hooks.admin.post("/v1/webhooks", {"url": url})
    assert refused.status_code == 422
    assert refused.json()["findings"][0]["pointer"] == "/url"


async def test_a_name_that_turns_inwards_later_is_not_called(
    hooks: Hooks, erp: Receiver, live: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fit by its text when it was given. At each call the resolver says something else, and never the public truth."""
    answers: list[list[str]] = [["10.0.0.8"], ["127.0.0.1"], ["9.9.9.9", "127.0.0.1"], ["::ffff:127.0.0.1"]]
    asked: list[str] = []

    async def resolver(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    monkeypatch.setattr(jobs, "TIMEOUT", timedelta(seconds=2))
    endpoint = (await hooks.make(f"https://erp.company.example:{erp.port}/hooks"))["endpoint"]["id"]
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolver)
    await hooks.happen("invoice.sent")
    at = hooks.house.now
    reasons = list[str]()
    while answers:
        left = len(answers)
        await hooks.turn(endpoint, at=at)
        assert len(answers) == left - 1, "looked up once, so that no second answer counts"
        reasons.append((await hooks.log(endpoint))[0]["reason"])
        at += timedelta(minutes=10)
    assert set(asked) == {"erp.company.example"}
    assert ["private network" in reason for reason in reasons] == [True, True, True, True]
    assert erp.received == []


async def test_what_nobody_has_ordered_is_found(hooks: Hooks, erp: Receiver, module_admin: Database) -> None:
    """A job may have died: the sweep orders a turn for whatever is overdue, and for nothing else."""
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    idle = (await hooks.make(erp.url, "document.*"))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    async with module_admin.platform() as db:
        await db.execute(text("delete from jobs"))
    await jobs.sweep(hooks.house.wiring, None, b"{}", now=hooks.later(minutes=5))
    assert [await hooks.orders(module_admin, one) for one in (endpoint, idle)] == [1, 0]
    await jobs.sweep(hooks.house.wiring, None, b"{}", now=hooks.later(minutes=5))
    assert await hooks.orders(module_admin, endpoint) == 1


async def test_the_log_is_cleared_away_after_thirty_days(hooks: Hooks, erp: Receiver, module_admin: Database) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    gone = (await hooks.make(erp.url))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/test"), 202)
    assert (await hooks.admin.delete(f"/v1/webhooks/{gone}")).status_code == 204
    await jobs.tidy(hooks.house.wiring, None, b"{}", now=hooks.later(days=2))
    assert len(await hooks.log(endpoint)) == 2
    await jobs.tidy(hooks.house.wiring, None, b"{}", now=hooks.later(days=31))
    assert await hooks.log(endpoint) == []
    async with module_admin.platform() as db:
        given = {"ids": [endpoint, gone]}
        left = await db.execute(text("select id::text from webhook_endpoints where id = any(:ids)"), given)
        assert list(left.scalars()) == [endpoint]
        attempts = text("select count(*) from webhook_attempts where endpoint_id = any(:ids)")
        assert await db.scalar(attempts, given) == 0
