"""The second door: phoss AP's own API onto the same network, spoken by the adapter that speaks it in earnest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from gateway.sandbox.magic import MAGIC, TYPES
from gateway.settings import Secret
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.message import Condition
from peppol.providers import ProviderAccount
from peppol.providers.phoss_ap import PhossApProvider
from peppol.statuses import Outcome
from tests.gateway.sandbox.process import BUYER, SECRET, SELLER, TOKEN, SandboxProcess, sandbox
from tests.gateway.sandbox.receiver import Receiver, receiver
from tests.peppol.messages import message

MAGIC_OF = {fault: magic.id for magic in MAGIC for fault in magic.faults[:1]}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        yield process


@pytest.fixture
def end(network: SandboxProcess) -> Iterator[Receiver]:
    with receiver() as end:
        for who in (SELLER, BUYER):
            network.desk.register(Participant(who, TYPES, f"{end.url}/deliver", f"{end.url}/tell", SECRET))
        yield end


def account(network: SandboxProcess, token: str = TOKEN) -> ProviderAccount:
    return ProviderAccount(base_url=f"{network.url}/phoss", credentials={"token": Secret(token)})


@pytest.fixture
async def provider(network: SandboxProcess) -> AsyncIterator[PhossApProvider]:
    adapter = PhossApProvider(account(network))
    yield adapter
    await adapter.close()


async def told(provider: PhossApProvider, key: str, wanted: set[Outcome]) -> None:
    deadline, found = time.monotonic() + 60, set[Outcome]()
    while found != wanted:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
        found = {event.outcome for event in await provider.status(key)}


async def test_a_message_reaches_a_receiver_of_the_network(
    network: SandboxProcess, end: Receiver, provider: PhossApProvider
) -> None:
    assert (await provider.health()).condition is Condition.WELL
    key = str(uuid4())
    assert (await provider.submit(message(key), key)).reference == key
    await told(provider, key, {Outcome.TAKEN, Outcome.DELIVERED})
    assert [handover.status for handover in network.desk.handovers(key)] == [200]
    assert key in {report.key for report in network.desk.reports()}
    assert [call for call in end.calls if call.path == "/tell"] == []


async def test_a_lost_answer_is_found_by_asking_and_a_repetition_is_a_second_message(
    network: SandboxProcess, end: Receiver, provider: PhossApProvider
) -> None:
    key = str(uuid4())
    assert await provider.find(key) is None
    network.desk.order(Fault.RESET_AFTER_TAKING, key=key)
    with pytest.raises(OutcomeUnknown):
        await provider.submit(message(key), key)
    assert await provider.find(key) is not None
    await told(provider, key, {Outcome.TAKEN, Outcome.DELIVERED})
    assert len(network.desk.handovers(key)) == 1
    await provider.submit(message(key), key)
    end.until(lambda: len([call for call in end.calls if key.encode() in call.body]) == 2)
    await told(provider, key, {Outcome.TAKEN, Outcome.DELIVERED})
    assert len(network.desk.handovers(key)) == 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.C3_REFUSES, {Outcome.TAKEN, Outcome.REFUSED}),
        (Fault.C3_UNREACHABLE, {Outcome.UNDELIVERABLE}),
        (Fault.C3_UNCONFIRMED, {Outcome.TAKEN}),
        (Fault.C3_SILENT, {Outcome.TAKEN}),
    ],
)
async def test_magic_receivers_answer_here_too(
    end: Receiver, provider: PhossApProvider, fault: Fault, expected: set[Outcome]
) -> None:
    key = str(uuid4())
    await provider.submit(message(key, receiver=MAGIC_OF[fault]), key)
    await told(provider, key, expected)
    assert end.calls == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.REFUSED, Permanent),
        (Fault.NOT_REGISTERED, Temporary),
        (Fault.BUSY, Temporary),
        (Fault.RATE_LIMITED, Temporary),
        (Fault.UNAUTHORISED, Precondition),
        (Fault.BAD_GATEWAY, OutcomeUnknown),
        (Fault.DROPPED, OutcomeUnknown),
        (Fault.GARBAGE, OutcomeUnknown),
    ],
)
async def test_what_wasnt_taken(
    network: SandboxProcess, end: Receiver, provider: PhossApProvider, fault: Fault, error: type[PeppolError]
) -> None:
    key = str(uuid4())
    network.desk.order(fault, key="" if fault is Fault.DROPPED else key)
    with pytest.raises(PeppolError) as caught:
        await provider.submit(message(key), key)
    assert type(caught.value) is error
    assert await provider.find(key) is None
    assert end.calls == []


async def test_its_token_is_the_networks(network: SandboxProcess) -> None:
    stranger = PhossApProvider(account(network, "nearly"))
    try:
        assert (await stranger.health()).condition is Condition.REFUSES_US
    finally:
        await stranger.close()
