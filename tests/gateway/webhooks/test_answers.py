"""What receivers answer, and what becomes of the delivery: tried again, given up, paused, never lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from gateway import events
from gateway.db import Database
from gateway.webhooks import jobs
from gateway.webhooks.outcomes import LONGEST_WAIT, Outcome, asked, backoff, beginning, judge, rest
from peppol.outward import Answer
from tests.gateway.house import ok
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Received, Receiver, receiving, says

LATER, DAYS = timedelta(minutes=10), timedelta(days=1)


async def huge(status: int, writer: asyncio.StreamWriter) -> None:
    """50 MB, as long as somebody reads."""
    writer.write(f"HTTP/1.1 {status} Word\r\nContent-Length: 52428800\r\n\r\n".encode())
    for _ in range(800):
        writer.write(b"x" * 65536)
        await writer.drain()


async def great_success(_: Received, writer: asyncio.StreamWriter) -> None:
    await huge(200, writer)


async def great_failure(_: Received, writer: asyncio.StreamWriter) -> None:
    await huge(500, writer)


async def hangs_up(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def nonsense(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 what?\r\n\r\n")
    await writer.drain()


async def never(_: Received, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drips(_: Received, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, without end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("answer", "state", "status", "said"),
    [
        (says(200, b"ok"), "delivered", 200, "ok"),
        (says(204), "delivered", 204, None),
        (great_success, "delivered", 200, "x" * 500),
        (says(500, b"oops"), "pending", 500, "oops"),
        (says(502, b"<html><h1>Bad gateway</h1></html>"), "pending", 502, "<html><h1>Bad gateway</h1></html>"),
        (says(404, b"\xff\x00\x1b[31m"), "pending", 404, "\ufffd  [31m"),
        (says(400, b"Bearer abc.def failed for adil@company.ae"), "pending", 400,
         "Bearer [redacted] failed for adi***@company.ae"),
        (great_failure, "pending", 500, "x" * 500),
        (hangs_up, "pending", None, None),
        (nonsense, "pending", None, None),
        (never, "pending", None, None),
        (drips, "pending", None, None),
    ],
)  # fmt: skip
async def test_what_an_answer_leads_to(
    hooks: Hooks, erp: Receiver, monkeypatch: pytest.MonkeyPatch, answer: object, state: str, status: int, said: str
) -> None:
    monkeypatch.setattr(jobs, "TIMEOUT", timedelta(seconds=1 if answer in (never, drips) else 30))
    erp.answer = answer  # type: ignore[assignment]
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    (told,) = await hooks.log(endpoint)
    (attempt,) = told["tries"]
    assert (told["state"], attempt["status"], attempt["answer"]) == (state, status, said)
    assert (told["next_at"] is None) == (state == "delivered")
    assert (told["reason"] is None) == (attempt["reason"] is None) == (state == "delivered")
    shown = await hooks.show(endpoint)
    assert shown["enabled"]
    assert (shown["failures"], shown["pending"]) == ((0, 0) if state == "delivered" else (1, 1))
    assert len(erp.received) == 1
    erp.answer = says(200)
    await hooks.turn(endpoint, at=hooks.house.now + LATER)
    assert (await hooks.log(endpoint))[0]["state"] == "delivered"
    assert len({call.body for call in erp.received}) == 1
    assert len(set(erp.ids)) == 1


async def test_nobody_listens(hooks: Hooks) -> None:
    async with receiving() as gone:
        url = gone.url
    endpoint = (await hooks.make(url))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    assert "can't be reached" in (await hooks.log(endpoint))[0]["reason"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(hooks: Hooks, erp: Receiver, status: int) -> None:
    async with receiving() as inside:
        erp.answer = says(status, Location=inside.url)
        endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
        await hooks.happen("invoice.sent")
        await hooks.turn(endpoint)
        assert (len(erp.received), inside.received) == (1, [])
    assert "never followed" in (await hooks.log(endpoint))[0]["reason"]


async def test_gone_pauses_at_once_and_loses_nothing(hooks: Hooks, erp: Receiver) -> None:
    erp.answer = says(410)
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    first = await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    shown = await hooks.show(endpoint)
    assert (shown["enabled"], shown["paused_for"]) == (False, "gone")
    assert "410" in shown["next_step"]
    second = await hooks.happen("invoice.delivered")
    await hooks.turn(endpoint, at=hooks.house.now + LATER)
    assert len(erp.received) == 1, "a paused endpoint is left alone"
    refused = await hooks.admin.post(f"/v1/webhooks/{endpoint}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook-paused")
    erp.answer = says(200)
    resumed = await hooks.patch(endpoint, enabled=True)
    assert (resumed["enabled"], resumed["paused_for"], resumed["failures"]) == (True, None, 0)
    await hooks.turn(endpoint)
    assert set(erp.ids) == {*first, *second}
    assert {one["state"] for one in await hooks.log(endpoint)} == {"delivered"}


async def test_a_pause_is_told_to_whoever_else_listens(hooks: Hooks, erp: Receiver) -> None:
    async with receiving() as monitor:
        watching = (await hooks.make(monitor.url, "webhook.paused"))["endpoint"]["id"]
        erp.answer = says(410)
        endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
        await hooks.happen("invoice.sent")
        await hooks.turn(endpoint)
        await hooks.turn(watching)
        assert [(call.told["type"], call.told["data"]["id"]) for call in monitor.received] == [
            ("webhook.paused", endpoint)
        ]
    async with hooks.house.database.company(hooks.company.id) as db:
        told = await events.timeline(db, hooks.company.id, endpoint)
    assert [(event.kind, event.actor) for event in told][1:] == [("webhook.paused", "system:webhooks")]


async def test_a_dead_endpoint_is_paused_after_three_days_and_what_it_missed_waits(hooks: Hooks, erp: Receiver) -> None:
    erp.answer = says(500)
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    missed = await hooks.happen(*["invoice.sent"] * 20)
    at, calls = hooks.house.now, 0
    while (shown := await hooks.show(endpoint))["enabled"]:
        await hooks.turn(endpoint, at=at)
        at += timedelta(hours=1)
        assert at < hooks.house.now + 4 * DAYS
        calls = len(erp.received)
    assert at > hooks.house.now + 3 * DAYS
    assert shown["paused_for"] == "failing"
    assert "three days" in shown["next_step"]
    assert shown["pending"] == 20
    assert calls < 20 + 80, "a receiver that is down isn't hammered"
    assert {one["state"] for one in await hooks.log(endpoint, limit="100")} == {"pending"}
    missed += await hooks.happen("invoice.delivered")
    erp.received.clear()
    erp.answer = says(200)
    await hooks.patch(endpoint, enabled=True)
    for _ in range(4):
        await hooks.turn(endpoint)
    assert sorted(erp.ids) == sorted(missed)


async def test_what_has_waited_for_long_is_tried_for_three_days_from_the_resumption_on(
    hooks: Hooks, erp: Receiver
) -> None:
    endpoint = (await hooks.make(erp.url, enabled=False))["endpoint"]["id"]
    waited = await hooks.happen("invoice.sent")
    hooks.house.turn(days=10)
    hooks.admin = await hooks.company.admin()
    erp.answer = says(500)
    await hooks.patch(endpoint, enabled=True)
    await hooks.turn(endpoint)
    await hooks.turn(endpoint, at=hooks.house.now + 2 * DAYS)
    assert (await hooks.show(endpoint))["enabled"]
    erp.answer = says(200)
    await hooks.turn(endpoint, at=hooks.house.now + 2.5 * DAYS)
    assert set(erp.ids) == set(waited)
    assert (await hooks.log(endpoint))[0]["state"] == "delivered"


async def test_a_message_that_only_itself_is_refused_is_given_up_after_three_days(hooks: Hooks, erp: Receiver) -> None:
    async def picky(call: Received, writer: asyncio.StreamWriter) -> None:
        await says(400 if call.told["type"] == "invoice.sent" else 200)(call, writer)

    erp.answer = picky
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    (poison,) = await hooks.happen("invoice.sent")
    start = at = hooks.house.now
    while (log := await hooks.log(endpoint, limit="100"))[-1]["state"] == "pending":
        await hooks.turn(endpoint, at=at)
        if (at - start) % timedelta(hours=12) == timedelta():
            await hooks.happen("invoice.delivered")
        at += timedelta(hours=1)
        assert at < start + 4 * DAYS
    dead = log[-1]
    assert (dead["id"], dead["state"], dead["next_at"]) == (poison, "dead", None)
    assert "400" in dead["reason"]
    assert "Given up after" in dead["reason"]
    assert at > start + 3 * DAYS
    assert (await hooks.show(endpoint))["enabled"], "it takes the others"
    erp.answer = says(200)
    ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/deliveries/{poison}/redeliver"), 202)
    await hooks.turn(endpoint, at=at)
    assert (await hooks.log(endpoint, limit="100"))[-1]["state"] == "delivered"


@pytest.mark.parametrize("status", [429, 503])
async def test_a_receiver_that_asks_us_to_wait_is_left_alone_for_so_long(
    hooks: Hooks, erp: Receiver, status: int
) -> None:
    erp.answer = says(status, Retry_After="3600")
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    await hooks.happen("invoice.delivered")
    erp.answer = says(200)
    await hooks.turn(endpoint, at=hooks.later(minutes=59))
    assert len(erp.received) == 1
    await hooks.turn(endpoint, at=hooks.later(minutes=61))
    assert len(erp.received) == 3


async def test_a_receiver_that_is_back_gets_at_once_what_has_waited(
    hooks: Hooks, erp: Receiver, module_admin: Database
) -> None:
    erp.answer = says(500)
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    missed = await hooks.happen(*["invoice.sent"] * 6)
    await hooks.turn(endpoint)
    at = hooks.house.now + timedelta(hours=2)
    async with module_admin.platform() as db:  # as after many attempts
        waits = text("update webhook_deliveries set next_at = :later where endpoint_id = :endpoint and id <> :first")
        later = at + timedelta(hours=8)
        await db.execute(waits, {"later": later, "endpoint": endpoint, "first": missed[0]})
    erp.received.clear()
    erp.answer = says(200)
    await hooks.turn(endpoint, at=at)
    assert erp.ids == missed[:1], "one is tried first"
    await hooks.turn(endpoint, at=at + timedelta(minutes=1))
    assert sorted(erp.ids) == sorted(missed)


async def test_another_url_begins_afresh(hooks: Hooks, erp: Receiver) -> None:
    async with receiving() as former:
        former.answer = says(410)
        endpoint = (await hooks.make(former.url))["endpoint"]["id"]
        missed = await hooks.happen("invoice.sent")
        await hooks.turn(endpoint)
    await hooks.patch(endpoint, url=erp.url, enabled=True)
    await hooks.turn(endpoint)
    assert erp.ids == missed


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        ("60", 60),
        ("0", 1),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30),
        ("Sat, 21 Nov 2020 10:00:30 GMT", 1),
        ("99999999999999999999", 86400),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_how_long_a_receiver_asks_us_to_wait(given: str, wait: int | None) -> None:
    now = datetime(2026, 11, 21, 10, tzinfo=UTC)
    found = asked({"retry-after": given}, now=now)
    assert (found and found.total_seconds()) == wait


def test_waits_grow_to_some_hours_and_fill_three_days_with_few_calls() -> None:
    waits = [backoff(number) for number in range(1, 40)]
    assert all(timedelta(seconds=3) < wait <= LONGEST_WAIT for wait in waits)
    assert waits[20] > timedelta(hours=5)
    spent, calls = timedelta(), 0
    while spent < 3 * DAYS:
        calls += 1
        spent += backoff(calls)
    assert 15 < calls < 40


def test_a_slow_receiver_rests_as_long_as_it_took() -> None:
    good = Outcome(outcome="delivered")
    assert rest(-4, [good], timedelta(seconds=12)) == timedelta(seconds=12)
    assert rest(-4, [good], timedelta(seconds=1)) == timedelta()
    assert timedelta() < rest(1, [Outcome(outcome="failed")], timedelta()) <= timedelta(hours=1)
    assert rest(30, [Outcome(outcome="failed")], timedelta()) == timedelta(hours=1)


def test_nothing_of_a_redirect_or_a_secret_is_kept() -> None:
    now = datetime(2026, 11, 21, 10, tzinfo=UTC)
    told = judge(Answer(302, httpx.Headers({"location": "https://x/"}), b"whsec_YWJj to x"), now=now)
    assert (told.outcome, told.answer) == ("failed", "[redacted] to x")
    assert beginning(b"a" * 5000) == "a" * 500
