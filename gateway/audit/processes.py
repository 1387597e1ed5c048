"""Segments of a ledger checked by several processes at once: RSA and SHA-256 in threads keep each other waiting.

Each segment but the first begins from what the database claims about its place, so none waits for another; whether the
claim is what the segment before it ended with is seen when the outcomes are put together.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import wait

import msgspec

from certs import Kek, KeyRing, KeyStore, LocalKeyStore
from gateway.audit.facts import facts_of
from gateway.audit.source import DatabaseSource
from gateway.db import Database
from ledger.errors import LedgerError
from ledger.stretch import Joint, Outcome, Stretch, Subject
from ledger.verify import Verification


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    dsn: str
    subject: Subject
    start: Joint
    last: int
    wanted: frozenset[int]
    ring: tuple[str, ...]


_TASK, _OUTCOME = msgspec.msgpack.Decoder(_Task), msgspec.msgpack.Decoder(Outcome)


def ring_of(keys: KeyStore | None) -> tuple[str, ...] | None:
    """What another process needs to open what `keys` open: the texts of its key-encryption keys. Secrets.

    Empty for no key store; None for one that can't be carried there, which then is used by this process alone.
    """
    if keys is None:
        return ()
    return tuple(kek.text() for kek in keys.ring) if isinstance(keys, LocalKeyStore) else None


def usable() -> int:
    """How many processes are worth it here: one for each core that this one may use, two at most."""
    return min(2, len(os.sched_getaffinity(0)))


async def outcomes(
    database: Database,
    source: DatabaseSource,
    verification: Verification,
    ends: Sequence[int],
    workers: int,
    ring: tuple[str, ...],
) -> AsyncIterator[Outcome]:
    """What each segment was found to be, in order. Ends early where the database can't say how one begins.

    Address and `ring` go to our own processes through a pipe, and nowhere else.
    """
    loop = asyncio.get_running_loop()
    running: deque[asyncio.Future[bytes]] = deque()
    with _pool(workers) as pool:
        start: Joint | None = verification.joint
        for end in ends:
            if start is None:
                break
            task = _Task(
                dsn=database.dsn,
                subject=verification.subject,
                start=start,
                last=end - 1,
                wanted=verification.wanted,
                ring=ring,
            )
            running.append(loop.run_in_executor(pool, _check, msgspec.msgpack.encode(task)))
            if len(running) > workers:
                yield _OUTCOME.decode(await running.popleft())
            start = await _claimed(source, end) if end < ends[-1] else None
        while running:
            yield _OUTCOME.decode(await running.popleft())


async def _claimed(source: DatabaseSource, size: int) -> Joint | None:
    try:
        return await source.claim(size)
    except LedgerError:
        return None  # rows are missing; checking on from the segment before finds which


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")  # a fork would carry this process's threads and connections
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_attend)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _attend() -> None:
    """End with the parent, however it ends, and leave interrupts to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _check(task: bytes) -> bytes:
    """In a process of the pool: one segment."""
    return msgspec.msgpack.encode(_runner().run(_run(_TASK.decode(task))))


@cache
def _runner() -> asyncio.Runner:
    """One loop for all segments of this process, so that its connection can be used again."""
    return asyncio.Runner()


@cache
def _database(dsn: str) -> Database:
    return Database(dsn, pool_size=1)


async def _run(task: _Task) -> Outcome:
    keys = LocalKeyStore(KeyRing(*map(Kek.parse, task.ring))) if task.ring else None
    company_id, level = task.subject.company_id, task.subject.level
    source = DatabaseSource(_database(task.dsn), company_id, level, keys=keys)
    stretch = Stretch(task.subject, task.start, facts_of=facts_of, wanted=task.wanted)
    batch = await source.batch(task.start.size, task.last)
    while batch.records:
        following = source.batch(batch.records[-1].seq + 1, task.last)
        batch, _ = await asyncio.gather(following, asyncio.to_thread(stretch.feed, batch))
    return stretch.outcome()
