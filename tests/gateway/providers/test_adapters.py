"""Open adapters of one process: one for each version of an account, never more than there is room for, all closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.providers.adapters import Adapters, open_account
from gateway.providers.secrets import Secrets
from peppol.errors import Precondition

A, B, C = (UUID(int=number) for number in (1, 2, 3))


class Opened:
    """Stands for an adapter: only whether it is closed matters here."""

    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


class Bench:
    """A cache under a clock of its own."""

    def __init__(self, most: int = 2) -> None:
        self.now, self.made = 0.0, list[Opened]()
        self.adapters = Adapters(most=most, grace=timedelta(seconds=60), clock=lambda: self.now)

    def make(self) -> Any:
        self.made.append(Opened())
        return self.made[-1]

    async def get(self, account: UUID, version: int = 1) -> Any:
        return await self.adapters.get(account, version, self.make)


async def test_an_account_is_opened_once_for_each_version() -> None:
    bench = Bench()
    first = await bench.get(A)
    assert await bench.get(A) is first
    second = await bench.get(A, version=2)
    assert second is not first
    assert await bench.get(A, version=1) is second, "who has read an older version gets the newer adapter"
    assert len(bench.made) == 2


async def test_what_was_replaced_serves_calls_under_way_and_is_closed_later() -> None:
    bench = Bench()
    first = await bench.get(A)
    await bench.get(A, version=2)
    bench.now = 59
    await bench.get(A, version=2)
    assert first.closed == 0
    bench.now = 61
    await bench.get(A, version=2)
    assert first.closed == 1


async def test_the_least_used_gives_way() -> None:
    bench = Bench(most=2)
    a, b = await bench.get(A), await bench.get(B)
    await bench.get(A)
    await bench.get(C)
    bench.now = 61
    assert await bench.get(A) is a
    assert b.closed == 1
    assert len(bench.adapters) == 2


async def test_all_are_closed_in_the_end_once() -> None:
    bench = Bench()
    for account, version in ((A, 1), (A, 2), (B, 1), (C, 1)):
        await bench.get(account, version)
    await bench.adapters.close()
    await bench.adapters.close()
    assert [one.closed for one in bench.made] == [1, 1, 1, 1]
    assert len(bench.adapters) == 0


async def test_an_account_that_cant_be_opened_leaves_nothing_behind() -> None:
    def make() -> Any:
        raise Precondition("no token")

    adapters = Adapters()
    with pytest.raises(Precondition):
        await adapters.get(A, 1, make)
    assert len(adapters) == 0


def test_a_provider_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Precondition, match="peppyrus"):
        open_account("pigeon", "https://x.example", {}, Secrets(), public_only=False)
