"""New mail wakes a worker at once; a lost connection is taken up again; each mailbox has one listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from gateway import worker
from gateway.db import Database
from gateway.mailboxes import idle, jobs
from tests.gateway.mailboxes.conftest import Box, Office
from tests.gateway.mailboxes.dovecot import Dovecot
from tests.gateway.mailboxes.post import Line, with_pdf


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "FIRST_REST", 0.05)


@asynccontextmanager
async def at_work(office: Office) -> AsyncIterator[None]:
    """A worker that listens and does what is ordered, and never polls."""
    loop = worker.make(office.wiring, handlers=jobs.HANDLERS, schedule={})
    task = asyncio.create_task(loop.run())
    try:
        async with idle.listening(office.wiring, look=0.1):
            yield
    finally:
        loop.stop()
        await task


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - what is waited for stands in the database
            await asyncio.sleep(0.05)


def processed(box: Box, number: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return sum(one.moved_at is not None for one in await box.messages()) >= number

    return holds


def listened_at(admin: Database, box: Box) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        async with admin.platform() as db:
            query = text("select watcher is not null from mailbox_lines where id = :id")
            return bool(await db.scalar(query, {"id": box.id}))

    return holds


async def test_new_mail_is_fetched_without_a_poll(office: Office, imap: Dovecot, module_admin: Database) -> None:
    async with Line(imap.port).open() as line:
        box = await office.mailbox(imap, port=line.port)
        box.put(with_pdf("before anybody listened"))
        async with at_work(office):
            await until(processed(box, 1))
            box.put(with_pdf("idle one"))
            await until(processed(box, 2))
            line.down = True
            line.drop()
            box.put(with_pdf("while the line was cut"))
            line.down = False
            await until(processed(box, 3))
            box.put(with_pdf("idle two"))
            await until(processed(box, 4))
        assert not await listened_at(module_admin, box)(), "a worker that stops leaves its place to others"


async def test_one_worker_listens_at_a_mailbox_and_those_switched_off_are_left(
    office: Office, imap: Dovecot, module_admin: Database
) -> None:
    from gateway.mailboxes import flow
    from gateway.mailboxes.models import MailboxChange

    boxes = [await office.mailbox(imap) for _ in range(idle.OF_A_COMPANY + 1)]
    first, second = idle._Listener(office.wiring), idle._Listener(office.wiring)
    mine, theirs = await first._lines(), await second._lines()
    assert len(mine) == idle.OF_A_COMPANY
    assert not mine & theirs
    assert len(theirs) == 0, "a company's listeners are counted across workers"
    one = next(iter(mine))
    async with office.company.call() as call:
        await flow.change(call, one.mailbox_id, MailboxChange(enabled=False))
    assert one.mailbox_id not in {line.mailbox_id for line in await first._lines()}
    assert boxes
    async with module_admin.platform() as db:
        await db.execute(text("update mailbox_lines set watched_until = now() - interval '1 second'"))
    assert await second._lines(), "what a killed worker listened at goes to another"


async def test_a_server_that_cannot_tell_is_left_to_the_poll(office: Office, old_imap: Dovecot) -> None:
    box = await office.mailbox(old_imap)
    listener = idle._Listener(office.wiring)
    assert await listener._hear(idle.Line(office.id, box.id, 1)) is False
    assert await listener._hear(idle.Line(office.id, office.id, 1)) is False, "a mailbox that isn't there"
    listener._threads.shutdown()
