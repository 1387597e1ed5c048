"""The phoss AP adapter keeps the contract, against a server written from its wiki and API description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.settings import Secret
from peppol import sbdh
from peppol.errors import Forged, OutcomeUnknown, Permanent, Precondition, Temporary
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.phoss_ap import PhossApProvider
from tests.peppol import messages
from tests.peppol.stubs.harness import StubContract, StubSending, adapter
from tests.peppol.stubs.phoss_ap import PhossApStub
from tests.peppol.stubs.server import NOT_FOUND, SECRET, Answer, Call

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def account(url: str, secret: str = SECRET) -> ProviderAccount:
    return ProviderAccount(base_url=url, credentials={"token": Secret(secret)}, webhook_secrets=(b"one", b"two"))


class TestContract(StubContract, StubSending):
    stub = PhossApStub
    make = PhossApProvider

    @classmethod
    def account(cls, url: str, secret: str) -> ProviderAccount:
        return account(url, secret)


@pytest.fixture
async def network() -> AsyncIterator[PhossApStub]:
    async with PhossApStub.running() as stub:
        yield stub


@pytest.fixture
async def provider(network: PhossApStub) -> AsyncIterator[Provider]:
    async with adapter(PhossApProvider, account(network.url)) as made:
        yield made


def test_the_table_names_it() -> None:
    assert PROVIDERS["phoss_ap"] is PhossApProvider


async def test_a_failed_sending_is_taken_because_it_is_tried_again(provider: Provider, network: PhossApStub) -> None:
    network.reports_success, network.becomes = False, "failed"
    key = str(uuid4())
    assert (await provider.submit(network.message(key), key)).reference == key
    assert await provider.status(key) == ()
    assert network.taken(key) == 1


async def test_what_its_verification_refuses_is_refused(provider: Provider, network: PhossApStub) -> None:
    network.reports_success, network.becomes = False, "rejected"
    key = str(uuid4())
    with pytest.raises(Permanent, match="BR-01"):
        await provider.submit(network.message(key), key)


async def test_a_failure_without_a_trace_is_temporary(
    provider: Provider, network: PhossApStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(call: Call) -> Answer:
        return Answer(422, b'"Failed"') if call.method == "POST" else NOT_FOUND

    monkeypatch.setattr(network, "answer", answer)
    with pytest.raises(Temporary):
        await provider.submit(network.message("k"), "k")


async def test_a_failure_whose_state_cant_be_asked_is_unknown(provider: Provider, network: PhossApStub) -> None:
    network.reports_success, network.becomes = False, "failed"
    network.make_unable_to_tell()
    with pytest.raises(OutcomeUnknown):
        await provider.submit(network.message("k"), "k")


async def test_the_key_must_be_the_instance_id(provider: Provider, network: PhossApStub) -> None:
    with pytest.raises(Precondition, match="instance id"):
        await provider.submit(network.message("one"), "another")


async def test_a_forwarded_envelope_is_believed_with_the_agreed_secret_only(provider: Provider) -> None:
    body = sbdh.write(messages.message("k"))
    for secret in ("one", "two"):
        headers = {"authorization": f"Bearer {secret}", "x-sbdh-instance-id": "k"}
        delivery = provider.open_delivery(headers, body, NOW)
        assert (delivery.envelope, delivery.reference, delivery.rebuilt) == (body, "k", False)
    for wrong in ({}, {"authorization": "Bearer three"}, {"authorization": "one"}, {"authorization": "Bearer "}):
        with pytest.raises(Forged):
            provider.open_delivery(wrong, body, NOW)
    with pytest.raises(Forged):
        provider.open_statuses({"authorization": "Bearer one"}, b"{}", NOW)
