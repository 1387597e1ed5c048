"""The Tradeshift adapter keeps the contract, against a server written from Tradeshift's API description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from gateway.settings import Secret
from peppol.errors import Forged, Permanent, Precondition
from peppol.message import Concern
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.tradeshift import TradeshiftProvider
from tests.peppol.contract import Repeatable
from tests.peppol.stubs.harness import StubContract, StubSending, adapter
from tests.peppol.stubs.server import SECRET
from tests.peppol.stubs.tradeshift import PROFILE, TENANT, TradeshiftStub

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def account(url: str, secret: str = SECRET, **options: str) -> ProviderAccount:
    chosen = {"tenant_id": TENANT, "profile_invoice": PROFILE} | options
    return ProviderAccount(base_url=url, credentials={"token": Secret(secret)}, options=chosen)


class TestContract(StubContract, StubSending, Repeatable):
    stub = TradeshiftStub
    make = TradeshiftProvider

    @classmethod
    def account(cls, url: str, secret: str) -> ProviderAccount:
        return account(url, secret)


@pytest.fixture
async def network() -> AsyncIterator[TradeshiftStub]:
    async with TradeshiftStub.running() as stub:
        yield stub


@pytest.fixture
async def provider(network: TradeshiftStub) -> AsyncIterator[Provider]:
    async with adapter(TradeshiftProvider, account(network.url)) as made:
        yield made


def test_the_table_names_it() -> None:
    assert PROVIDERS["tradeshift"] is TradeshiftProvider


async def test_a_dispatched_document_is_never_written_again(provider: Provider, network: TradeshiftStub) -> None:
    key = str(uuid4())
    await provider.submit(network.message(key), key)
    other = msgspec.structs.replace(network.message(key), document=b"<Invoice/>")
    await provider.submit(other, key)
    assert network.stored[key] == network.message(key).document


async def test_a_refused_document_is_never_dispatched(provider: Provider, network: TradeshiftStub) -> None:
    key = str(uuid4())
    refused = msgspec.structs.replace(network.message(key), document=b"<refused/>")
    with pytest.raises(Permanent, match="Validation failed"):
        await provider.submit(refused, key)
    assert network.taken(key) == 0


async def test_a_state_on_the_way_tells_nothing(provider: Provider, network: TradeshiftStub) -> None:
    for state in ("ACCEPTED", "PROCESSING", "FAILED_TRANSIENT", "SOMETHING_NEW"):
        key = str(uuid4())
        await provider.submit(network.message(key), key)
        network.dispatches[-1]["DispatchState"] = state
        assert await provider.status(key) == ()


async def test_what_is_missing_is_named(network: TradeshiftStub) -> None:
    async with adapter(TradeshiftProvider, account(network.url, profile_invoice="")) as made:
        with pytest.raises(Precondition, match="profile_invoice"):
            await made.submit(network.message("k"), str(uuid4()))
        with pytest.raises(Precondition, match="UUID"):
            await made.submit(network.message("k"), "k")
    with pytest.raises(Precondition, match="tenant_id"):
        TradeshiftProvider(ProviderAccount(base_url="http://h", credentials={"token": Secret("t")}))
    half = {"consumer_key": Secret("a"), "token": Secret("b")}
    with pytest.raises(Precondition, match="consumer_secret"):
        TradeshiftProvider(ProviderAccount(base_url="http://h", credentials=half, options={"tenant_id": "t"}))


async def test_a_webhook_is_only_a_hint(provider: Provider) -> None:
    hints = provider.open_statuses({}, b'{"event":"DOCUMENT_SENT"}', NOW)
    assert [hint.concern for hint in hints] == [Concern.SUBMISSION, Concern.INBOX]  # type: ignore[union-attr]
    with pytest.raises(Forged):
        provider.open_delivery({}, b"<a/>", NOW)
