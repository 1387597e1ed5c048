"""The sandbox adapter keeps the contract, against the real server process over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from peppol import signature
from peppol.errors import Forged, OutcomeUnknown, Permanent, Precondition
from peppol.message import Message
from peppol.providers import PROVIDERS
from peppol.providers.sandbox import SandboxProvider
from peppol.providers.sandbox_wire import Happened, Told
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
    free_port,
    sandbox,
)
from tests.peppol import messages
from tests.peppol.contract import WRONG, ProviderContract, Repeatable, Sending, Trouble

FAULTS = {
    Trouble.BUSY: Fault.BUSY,
    Trouble.RATE_LIMITED: Fault.RATE_LIMITED,
    Trouble.UNAUTHORISED: Fault.UNAUTHORISED,
    Trouble.REFUSED: Fault.REFUSED,
    Trouble.BROKEN: Fault.BROKEN,
    Trouble.BAD_GATEWAY: Fault.BAD_GATEWAY,
    Trouble.ERROR_INSIDE: Fault.ERROR_INSIDE,
    Trouble.NONSENSE: Fault.GARBAGE,
    Trouble.CUT_OFF: Fault.RESET,
    Trouble.TAKEN_AND_CUT_OFF: Fault.RESET_AFTER_TAKING,
    Trouble.TAKEN_AND_SILENT: Fault.SILENT_AFTER_TAKING,
    Trouble.TAKEN_AND_NONSENSE: Fault.GARBAGE_AFTER_TAKING,
    Trouble.TAKEN_AND_HUGE: Fault.HUGE_AFTER_TAKING,
}
LARGEST = 100_000
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class SandboxNetwork:
    """The contract's `Network`."""

    detects_reuse = True
    knows_receivers = True
    tells = (Outcome.DELIVERED, Outcome.REFUSED, Outcome.REPORTED, Outcome.BUYER_ACCEPTED)

    def __init__(self, process: SandboxProcess) -> None:
        self.process = process

    def make(self, trouble: Trouble) -> None:
        self.process.desk.order(FAULTS[trouble], seconds=20)

    def make_unable_to_tell(self) -> None:
        self.process.desk.order(Fault.TRACK_GARBAGE)

    def taken(self, key: str) -> int:
        return int(self._ask(f"/messages/{key}").status_code == 200)

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        self.process.desk.announce(key, outcome)

    async def arrive(self, key: str) -> Message:
        message = messages.message(key, receiver=STRANGER, xml=messages.complete(key, receiver=STRANGER))
        sender = SandboxProvider(account(self.process.url))
        try:
            reference = (await sender.submit(message, key)).reference
        finally:
            await sender.close()
        deadline = time.monotonic() + 60
        while self._ask(f"/inbox/{reference}").status_code != 200:
            assert time.monotonic() < deadline, "the message never came to the shelf"
            await asyncio.sleep(0.05)
        return message

    def _ask(self, path: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.get(self.process.url + path, headers=headers, trust_env=False, timeout=60)

    def message(self, key: str) -> Message:
        return messages.message(key)

    def unregistered(self, key: str) -> Message:
        return messages.message(key, receiver="0235:1888888888")

    def too_large(self, key: str) -> Message:
        return messages.message(key, xml=messages.document(padding=LARGEST))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxNetwork]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        nowhere = f"http://127.0.0.1:{free_port()}/"
        process.desk.register(*(Participant(who, TYPES, nowhere, secret=SECRET) for who in (SELLER, BUYER)))
        process.desk.register(Participant(STRANGER, TYPES, deliver_to=""))
        process.desk.order(Fault.C5_SILENT, times=1_000_000)
        yield SandboxNetwork(process)


@asynccontextmanager
async def adapter(url: str, seconds: int = 60, token: str = TOKEN) -> AsyncIterator[SandboxProvider]:
    made = SandboxProvider(
        account(url, token, SECRET),
        timeout=timedelta(seconds=seconds),
        largest_document=LARGEST,
    )
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def provider(network: SandboxNetwork) -> AsyncIterator[SandboxProvider]:
    async with adapter(network.process.url) as made:
        yield made


@pytest.fixture
async def hasty(network: SandboxNetwork) -> AsyncIterator[SandboxProvider]:
    async with adapter(network.process.url, 4) as made:
        yield made


@pytest.fixture
async def stranger(network: SandboxNetwork) -> AsyncIterator[SandboxProvider]:
    async with adapter(network.process.url, token=WRONG) as made:
        yield made


@pytest.fixture
async def lonely() -> AsyncIterator[SandboxProvider]:
    async with adapter(f"http://127.0.0.1:{free_port()}") as made:
        yield made


class TestContract(ProviderContract, Sending, Repeatable):
    """All of it, and a connection that breaks before the body is read."""

    async def test_a_connection_that_breaks_before_the_body_is_no_outcome(
        self, provider: SandboxProvider, network: SandboxNetwork, key: str
    ) -> None:
        network.process.desk.order(Fault.DROPPED, key=key)
        with pytest.raises(OutcomeUnknown):
            await provider.submit(network.message(key), key)
        assert network.taken(key) == 0


def test_the_table_names_it() -> None:
    assert PROVIDERS["sandbox"] is SandboxProvider


@pytest.mark.parametrize("url", ["ftp://example.test", "example.test", "", "file:///etc/passwd"])
def test_only_a_web_address_is_taken(url: str) -> None:
    with pytest.raises(Precondition):
        SandboxProvider(account(url))


async def test_calls_to_us_are_believed_only_when_signed(provider: SandboxProvider) -> None:
    happened = Happened("evt-1", "key-1", Outcome.DELIVERED, NOW)
    body = msgspec.json.encode(Told((happened,)))
    headers = signature.sign(SECRET.encode(), "evt-1", body, NOW)
    (event,) = provider.open_statuses(headers, body, NOW)
    assert (event.key, event.outcome, event.at) == ("key-1", Outcome.DELIVERED, NOW)
    with pytest.raises(Forged):
        provider.open_statuses(headers, body + b" ", NOW)
    with pytest.raises(Forged):
        provider.open_statuses({}, body, NOW)
    with pytest.raises(Forged):
        provider.open_delivery(headers, b"<other/>", NOW)
    for nonsense in (b"[]", b"{", b'{"events":[{"outcome":"eaten"}]}', b"\xff"):
        signed = signature.sign(SECRET.encode(), "evt-2", nonsense, NOW)
        with pytest.raises(Permanent) as caught:
            provider.open_statuses(signed, nonsense, NOW)
        assert type(caught.value) is Permanent
