"""The network hands each message over until the receiver answers, says what happened, and survives a kill."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest

from gateway.sandbox.faults import EFFECTS, Fault, Point
from gateway.sandbox.journal import Participant
from peppol import sbdh
from peppol.providers.sandbox import SandboxProvider
from peppol.providers.sandbox_wire import Told
from peppol.statuses import Outcome
from tests.gateway.sandbox.process import (
    BUYER,
    SECRET,
    SELLER,
    STRANGER,
    TOKEN,
    TYPES,
    SandboxProcess,
    account,
    sandbox,
)
from tests.gateway.sandbox.receiver import Call, Receiver, receiver
from tests.peppol.messages import message

_PROBLEM = b'{"title":"No","detail":"The envelope is torn"}'


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        yield process


@pytest.fixture
def end(network: SandboxProcess) -> Iterator[Receiver]:
    """Seller's and buyer's gateway in one; new for every test."""
    with receiver() as end:
        for who in (SELLER, BUYER):
            network.desk.register(Participant(who, TYPES, f"{end.url}/deliver", f"{end.url}/tell", SECRET))
        yield end


@pytest.fixture
async def provider(network: SandboxProcess) -> AsyncIterator[SandboxProvider]:
    adapter = SandboxProvider(account(network.url, TOKEN, SECRET))
    yield adapter
    await adapter.close()


async def submit(provider: SandboxProvider, key: str | None = None, *, receiver: str = BUYER) -> str:
    key = key or str(uuid4())
    await provider.submit(message(key, receiver=receiver), key)
    return key


async def outcomes(provider: SandboxProvider, key: str, ready: Callable[[list[Outcome]], bool]) -> list[Outcome]:
    """What has happened, once it is as expected."""
    deadline = time.monotonic() + 60
    while True:
        found = [event.outcome for event in await provider.status(key)]
        if ready(found) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.02)


def ends_with(last: Outcome) -> Callable[[list[Outcome]], bool]:
    return lambda found: bool(found) and found[-1] is last


def told(end: Receiver, key: str, number: int) -> list[Outcome]:
    """Distinct events of a message, in the order in which they were first told."""

    def seen() -> dict[str, Outcome]:
        events = [
            event
            for call in end.calls
            if call.path == "/tell" and call.genuine
            for event in msgspec.json.decode(call.body, type=Told).events
        ]
        return {event.event_id: event.outcome for event in reversed(events) if event.key == key}

    end.until(lambda: len(seen()) >= number)
    return list(reversed(seen().values()))


def deliveries(end: Receiver, key: str) -> list[Call]:
    """Hand-overs of a message, forged ones included."""
    return [call for call in end.calls if call.path == "/deliver" and key.encode() in call.body]


async def test_delivered_signed_told_and_reported(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider
) -> None:
    key = await submit(provider)
    assert told(end, key, 2) == [Outcome.REPORTED, Outcome.DELIVERED]
    (call,) = deliveries(end, key)
    assert call.genuine
    assert sbdh.read(call.body).message.instance_id == key
    assert [h.status for h in network.desk.handovers(key)] == [200]
    assert key in {report.key for report in network.desk.reports()}


async def test_tried_again_until_the_receiver_answers(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider
) -> None:
    for status in (500, 503, 429):
        end.answer(status)
    key = await submit(provider)
    assert await outcomes(provider, key, ends_with(Outcome.DELIVERED)) == [Outcome.REPORTED, Outcome.DELIVERED]
    assert len({call.body for call in deliveries(end, key)}) == 1
    assert [h.status for h in network.desk.handovers(key)] == [500, 503, 429, 200]


@pytest.mark.parametrize(("status", "outcome"), [(422, Outcome.REFUSED), (404, Outcome.UNDELIVERABLE)])
async def test_the_receivers_word_is_final(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider, status: int, outcome: Outcome
) -> None:
    end.answer(status, _PROBLEM)
    key = await submit(provider)
    assert await outcomes(provider, key, ends_with(outcome)) == [Outcome.REPORTED, outcome]
    _, event = await provider.status(key)
    assert event.reason == "The envelope is torn"
    assert key in {report.key for report in network.desk.reports()}


async def test_a_slow_receiver_holds_up_nobody_else(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider
) -> None:
    """Twenty envelopes wait for one that doesn't answer; one for somebody else goes past them."""
    with receiver() as slow:
        slow.hold()
        network.desk.register(Participant(STRANGER, TYPES, f"{slow.url}/deliver", secret=SECRET))
        behind = [await submit(provider, receiver=STRANGER) for _ in range(20)]
        key = await submit(provider)
        assert await outcomes(provider, key, ends_with(Outcome.DELIVERED)) == [Outcome.REPORTED, Outcome.DELIVERED]
        for each in behind:
            assert Outcome.DELIVERED not in {event.outcome for event in await provider.status(each)}
        slow.release()
        for each in behind:
            assert await outcomes(provider, each, ends_with(Outcome.DELIVERED)) == [Outcome.REPORTED, Outcome.DELIVERED]
        assert {len(network.desk.handovers(each)) for each in behind} == {1}


async def test_a_predefined_endpoint_is_only_reported(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider
) -> None:
    key = await submit(provider, receiver="0235:9900000099")
    assert await outcomes(provider, key, ends_with(Outcome.DELIVERED)) == [Outcome.REPORTED]
    assert network.desk.handovers(key) == []
    assert deliveries(end, key) == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.C3_REFUSES, [Outcome.REPORTED, Outcome.REFUSED]),
        (Fault.C3_UNREACHABLE, [Outcome.REPORTED, Outcome.UNDELIVERABLE]),
        (Fault.C3_LATE_UNDELIVERABLE, [Outcome.REPORTED, Outcome.DELIVERED, Outcome.UNDELIVERABLE]),
        (Fault.C3_LATE_REFUSAL, [Outcome.REPORTED, Outcome.DELIVERED, Outcome.REFUSED]),
        (Fault.C3_UNCONFIRMED, [Outcome.REPORTED, Outcome.TAKEN]),
        (Fault.C5_REFUSES, [Outcome.REPORT_REFUSED, Outcome.DELIVERED]),
        (Fault.DELIVER_TWICE, [Outcome.REPORTED, Outcome.DELIVERED]),
        (Fault.DELIVER_FORGED, [Outcome.REPORTED, Outcome.DELIVERED]),
        (Fault.DELIVER_LATE, [Outcome.REPORTED, Outcome.DELIVERED]),
        (Fault.TELL_NEVER, [Outcome.REPORTED, Outcome.DELIVERED]),
    ],
)
async def test_faults_on_order(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider, fault: Fault, expected: list[Outcome]
) -> None:
    key = str(uuid4())
    network.desk.order(fault, key=key, seconds=1)
    await submit(provider, key)
    assert await outcomes(provider, key, ends_with(expected[-1])) == expected
    calls = deliveries(end, key)
    match fault:
        case Fault.C3_REFUSES | Fault.C3_UNREACHABLE:
            assert calls == []
        case Fault.DELIVER_TWICE:
            assert len(calls) == 2
            assert calls[0].body == calls[1].body
        case Fault.DELIVER_FORGED:
            assert [call.genuine for call in calls] == [False, True]
        case _:
            assert len(calls) == 1


@pytest.mark.parametrize(
    ("fault", "order", "calls"),
    [
        (Fault.TELL_TWICE, [Outcome.REPORTED, Outcome.DELIVERED], [True, True, True]),
        (Fault.TELL_FORGED, [Outcome.REPORTED, Outcome.DELIVERED], [False, True, True]),
        (Fault.TELL_LATE, [Outcome.REPORTED, Outcome.DELIVERED], [True, True]),
        (Fault.TELL_REVERSED, [Outcome.DELIVERED, Outcome.REPORTED], [True, True]),
    ],
)
async def test_telling_twice_forged_and_in_reverse(
    network: SandboxProcess,
    end: Receiver,
    provider: SandboxProvider,
    fault: Fault,
    order: list[Outcome],
    calls: list[bool],
) -> None:
    key = str(uuid4())
    network.desk.order(fault, key=key, seconds=1)
    await submit(provider, key)
    found = told(end, key, 2)
    assert set(found) == set(order)
    assert fault in {Fault.TELL_FORGED, Fault.TELL_LATE} or found == order
    assert [call.genuine for call in end.calls if call.path == "/tell" and key.encode() in call.body] == calls


async def test_a_buyers_answer_and_other_late_news(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider
) -> None:
    key = await submit(provider)
    told(end, key, 2)
    network.desk.announce(key, Outcome.BUYER_REJECTED, "Wrong price")
    assert told(end, key, 3)[-1] is Outcome.BUYER_REJECTED
    assert (await provider.status(key))[-1].reason == "Wrong price"


async def test_a_killed_network_goes_on_where_it_stood(
    network: SandboxProcess, end: Receiver, provider: SandboxProvider
) -> None:
    done, waiting = await submit(provider), str(uuid4())
    assert await outcomes(provider, done, ends_with(Outcome.DELIVERED)) == [Outcome.REPORTED, Outcome.DELIVERED]
    network.desk.order(Fault.DELIVER_LATE, key=waiting, seconds=1)
    await submit(provider, waiting)
    found = await provider.find(done)
    network.kill()
    network.start()
    assert await outcomes(provider, waiting, ends_with(Outcome.DELIVERED)) == [Outcome.REPORTED, Outcome.DELIVERED]
    assert len(deliveries(end, done)) == len(deliveries(end, waiting)) == 1
    assert found is not None
    assert (await provider.submit(message(done), done)).reference == found.reference
    assert len(network.desk.handovers(done)) == 1


def test_nothing_is_answered_without_the_token(network: SandboxProcess) -> None:
    for method, path in (
        ("POST", "/messages"),
        ("GET", "/messages/x"),
        ("PUT", "/desk/participants"),
        ("GET", "/desk/reports"),
    ):
        for headers in ({}, {"authorization": "Bearer nearly"}, {"authorization": TOKEN}):
            answer = httpx.request(method, network.url + path, headers=headers, trust_env=False, timeout=60)
            assert answer.status_code == 401


def test_every_fault_has_its_place() -> None:
    assert set(EFFECTS) == set(Fault)
    assert all(effect.point is Point.SUBMIT or not effect.takes for effect in EFFECTS.values())
