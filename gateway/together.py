"""Work that is cheaper for many at once: what comes while a batch is at work is done together in the next.

Nobody waits for a batch to fill: the first comes at once, alone. As a group commit does it, the busier it is, the
larger the batches. Of a batch that fails each item is done alone, so that one bad item spoils nobody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST = 100
"""Items of one batch."""


class Together:
    """The batches of one process, by key; one event loop's."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._waiting: dict[Hashable, list[tuple[Any, asyncio.Future[Any]]]] = {}
        self._working: dict[Hashable, asyncio.Task[None]] = {}

    async def do(self, key: Hashable, item: T, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> R:
        """The result of this item. All items of a key must bring the same `work`: results in the order of its items.

        Raises what `work` raises for this item alone. Who is cancelled while it waits leaves its item behind: it is
        done all the same.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append((item, future))
        if key not in self._working:
            self._working[key] = asyncio.create_task(self._run(key, work))
        return await future

    async def _run(self, key: Hashable, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        try:
            while waiting := self._waiting.pop(key, None):
                batch, rest = waiting[:MOST], waiting[MOST:]
                if rest:
                    self._waiting[key] = rest
                await _batch(batch, work)
        finally:
            del self._working[key]
            for _, future in self._waiting.pop(key, ()):  # cancelled with the process's loop
                future.cancel()


async def _batch(
    batch: Sequence[tuple[T, asyncio.Future[R]]], work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]
) -> None:
    try:
        results = await work([item for item, _ in batch])
    except Exception as error:
        if len(batch) > 1:
            for one in batch:
                await _batch([one], work)
        elif not batch[0][1].done():
            batch[0][1].set_exception(error)
    except BaseException:
        for _, future in batch:
            future.cancel()
        raise
    else:
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
