"""What comes while others work is done together; one bad item spoils nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.together import MOST, Together


async def test_what_comes_meanwhile_is_one_batch() -> None:
    together, batches = Together(), list[list[int]]()
    begun, go = asyncio.Event(), asyncio.Event()

    async def work(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        begun.set()
        await go.wait()
        return [item * 2 for item in items]

    first = asyncio.create_task(together.do("key", 1, work))
    await begun.wait()
    others = [asyncio.create_task(together.do("key", item, work)) for item in range(2, MOST + 4)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(first, *others) == [item * 2 for item in range(1, MOST + 4)]
    assert [len(batch) for batch in batches] == [1, MOST, 2]
    assert await together.do("key", 7, work) == 14


async def test_a_bad_item_fails_alone() -> None:
    together, tried = Together(), list[int]()

    async def work(items: Sequence[int]) -> list[int]:
        tried.append(len(items))
        await asyncio.sleep(0)
        if 3 in items:
            raise ValueError("three")
        return list(items)

    outcomes = await asyncio.gather(*(together.do("key", item, work) for item in range(1, 6)), return_exceptions=True)
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [1, 2, 4, 5]
    assert isinstance(outcomes[2], ValueError)


async def test_keys_dont_wait_for_each_other() -> None:
    together, held = Together(), asyncio.Event()

    async def hold(items: Sequence[int]) -> list[int]:
        await held.wait()
        return list(items)

    async def quick(items: Sequence[int]) -> list[int]:
        return list(items)

    waiting = asyncio.create_task(together.do("held", 1, hold))
    assert await together.do("quick", 2, quick) == 2
    held.set()
    assert await waiting == 1


async def test_who_is_cancelled_spoils_nothing() -> None:
    together, go, done = Together(), asyncio.Event(), list[int]()

    async def work(items: Sequence[int]) -> list[int]:
        await go.wait()
        done.extend(items)
        return list(items)

    first = asyncio.create_task(together.do("key", 1, work))
    await asyncio.sleep(0)
    second, third = (asyncio.create_task(together.do("key", item, work)) for item in (2, 3))
    await asyncio.sleep(0)
    second.cancel()
    go.set()
    assert await first == 1
    assert await third == 3
    with pytest.raises(asyncio.CancelledError):
        await second
    assert done == [1, 2, 3]
