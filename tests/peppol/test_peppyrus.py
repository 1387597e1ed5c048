"""The Peppyrus adapter keeps the contract, against a server written from what Peppyrus' published clients do."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.settings import Secret
from peppol.errors import Forged, Precondition
from peppol.message import Concern, Hint
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.peppyrus import PeppyrusProvider
from peppol.statuses import Outcome
from tests.gateway.sandbox.process import BUYER, SELLER
from tests.peppol.stubs.harness import StubContract, StubSending, adapter
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def account(url: str, secret: str = SECRET) -> ProviderAccount:
    return ProviderAccount(base_url=url, credentials={"token": Secret(secret)})


class TestContract(StubContract, StubSending):
    stub = PeppyrusStub
    make = PeppyrusProvider

    @classmethod
    def account(cls, url: str, secret: str) -> ProviderAccount:
        return account(url, secret)


@pytest.fixture
async def network() -> AsyncIterator[PeppyrusStub]:
    async with PeppyrusStub.running() as stub:
        yield stub


@pytest.fixture
async def provider(network: PeppyrusStub) -> AsyncIterator[Provider]:
    async with adapter(PeppyrusProvider, account(network.url)) as made:
        yield made


def test_the_table_names_it() -> None:
    assert PROVIDERS["peppyrus"] is PeppyrusProvider


async def test_a_failure_is_told_with_the_reports_reason(provider: Provider, network: PeppyrusStub) -> None:
    key = str(uuid4())
    taken = await provider.submit(network.message(key), key)
    network.happen(key, taken.reference, Outcome.UNDELIVERABLE)
    (event,) = await provider.status(key, taken.reference)
    assert event.reason == "Receiver's access point: EBMS:0004; BR-02: No number"


async def test_what_is_no_document_is_handed_on_as_it_came(provider: Provider, network: PeppyrusStub) -> None:
    for content in ("%%%", b64encode(b"<html/>").decode()):
        network._add(SELLER, BUYER, content, "IN", "inbox")
    page = await provider.fetch_inbound("")
    assert not page.deliveries
    assert [each.content for each in page.unreadable] == [b"%%%", b"<html/>"]


async def test_a_webhook_is_only_a_hint(provider: Provider) -> None:
    assert provider.open_statuses({}, b'{"id":"x","folder":"sent"}', NOW) == (Hint(Concern.INBOX, ""),)
    with pytest.raises(Forged):
        provider.open_delivery({}, b"<a/>", NOW)


async def test_a_message_that_isnt_there_cant_be_acknowledged(provider: Provider) -> None:
    with pytest.raises(Precondition):
        await provider.ack("no-such-message")
