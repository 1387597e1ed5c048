"""Sign many messages at once, in threads: RSA lets go of the GIL, two cores sign almost twice as fast as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from certs.keystore import Signer

T = TypeVar("T")
R = TypeVar("R")

_CHUNK = 16


async def sign_all(signer: Signer, messages: Sequence[bytes], executor: Executor | None = None) -> list[bytes]:
    """One signature per message, in their order; `executor`: None means the loop's own pool of threads.

    A failure of one fails all: no list with holes is ever returned.
    """
    return await spread(signer.sign, messages, executor)


async def spread(work: Callable[[T], R], items: Sequence[T], executor: Executor | None = None) -> list[R]:
    """The work done on each item in threads, some at a time, in their order; a failure of one fails all."""
    loop = asyncio.get_running_loop()
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    done = [loop.run_in_executor(executor, _each, work, chunk) for chunk in chunks]
    return [result for chunk in await asyncio.gather(*done) for result in chunk]


def _each(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    return [work(item) for item in items]
