"""The contract over an adapter and its stub: subclass `StubContract` and say which."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import ClassVar

import pytest

from peppol.errors import OutcomeUnknown
from peppol.provider import Provider
from peppol.providers import ProviderAccount
from peppol.providers.line import Limits
from tests.gateway.sandbox.process import free_port
from tests.peppol.contract import WRONG, ProviderContract, Sending
from tests.peppol.stubs.server import LARGEST_ANSWER, LARGEST_DOCUMENT, SECRET, Stub

Make = Callable[..., Provider]


@asynccontextmanager
async def adapter(make: Make, account: ProviderAccount, seconds: int = 60) -> AsyncIterator[Provider]:
    """An adapter that is closed at the end."""
    limits = Limits(timedelta(seconds=seconds), LARGEST_DOCUMENT, LARGEST_ANSWER)
    made = make(account, limits=limits)
    try:
        yield made
    finally:
        await made.close()


class StubContract(ProviderContract):
    """All of the contract, over HTTP on loopback."""

    stub: ClassVar[type[Stub]]
    make: ClassVar[Make]

    @classmethod
    def account(cls, url: str, secret: str) -> ProviderAccount:
        """The account of an adapter that reaches the stub."""
        raise NotImplementedError

    @pytest.fixture
    async def network(self) -> AsyncIterator[Stub]:
        async with self.stub.running() as stub:
            yield stub

    @pytest.fixture
    async def provider(self, network: Stub) -> AsyncIterator[Provider]:
        async with adapter(type(self).make, self.account(network.url, SECRET)) as made:
            yield made

    @pytest.fixture
    async def hasty(self, network: Stub) -> AsyncIterator[Provider]:
        async with adapter(type(self).make, self.account(network.url, SECRET), seconds=4) as made:
            yield made

    @pytest.fixture
    async def stranger(self, network: Stub) -> AsyncIterator[Provider]:
        async with adapter(type(self).make, self.account(network.url, WRONG)) as made:
            yield made

    @pytest.fixture
    async def lonely(self) -> AsyncIterator[Provider]:
        nowhere = f"http://127.0.0.1:{free_port()}"
        async with adapter(type(self).make, self.account(nowhere, SECRET)) as made:
            yield made


class StubSending(Sending):
    """The stories of sending, and one that only a stub can play."""

    async def test_a_connection_that_breaks_before_the_body_is_no_outcome(
        self, provider: Provider, network: Stub, key: str
    ) -> None:
        """What exactly left us can't be known, so nobody pretends to."""
        network.cut_before_the_body()
        with pytest.raises(OutcomeUnknown):
            await provider.submit(network.message(key), key)
        assert network.taken(key) == 0
