"""Killed at any step, cut off at any byte, the server away: nothing is lost, nothing is taken twice."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from gateway import alarms
from gateway.db import Database
from gateway.events import timeline
from gateway.jobqueue import Later
from gateway.mailboxes import fetching, jobs
from gateway.mailboxes.errors import Trouble, Unwilling
from gateway.mailboxes.fetching import NotNow
from gateway.mailboxes.session import Session
from gateway.storage import StorageUnavailable
from tests.gateway.arrivals.dying import Killed, Steps, mortal
from tests.gateway.mailboxes.conftest import Box, Office
from tests.gateway.mailboxes.dovecot import Dovecot
from tests.gateway.mailboxes.post import Line, pdf, with_pdf
from tests.gateway.mailboxes.process import PLACES

ROOT = Path(__file__).parents[3]


async def all_is_well(box: Box, subject: str) -> None:
    """The mail was taken once, answered once, and lies in one place."""
    message = await box.one()
    assert (message.outcome, message.reply) == ("processed", "ordered")
    assert [one.became for one in message.files] == ["taken"], "what a killed attempt took is no duplicate"
    assert message.moved_at is not None
    assert await box.office.times(sha256(pdf(subject)).hexdigest()) == 1
    assert box.held() == []
    assert box.held("Processed") == [subject]
    assert (await box.view()).standing.unfinished == 0


def steps_of(session: pytest.MonkeyPatch, steps: Steps) -> None:
    """A step before and after each call to the server that matters."""
    for name in ("fetch", "move"):
        real = getattr(Session, name)

        async def call(*given: object, _real: object = real, **further: object) -> object:
            steps.step()
            answer = await _real(*given, **further)  # type: ignore[operator]
            steps.step()
            return answer

        session.setattr(Session, name, call)


async def test_killed_at_any_step(
    office: Office, imap: Dovecot, module_admin: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fatal in range(1, 100):
        box, subject, steps = await office.mailbox(imap), f"step {fatal}", Steps(fatal)
        box.put(with_pdf(subject))
        with monkeypatch.context() as patched:
            steps_of(patched, steps)
            try:
                await box.fetch(mortal(office.wiring, steps))
            except Killed:
                pass
            else:
                assert not steps.reached
        await box.free(module_admin)
        await box.fetch()
        await all_is_well(box, subject)
        if not steps.reached:
            break
    assert 15 < fatal < 99, "every step was reached"


@pytest.mark.parametrize("dies", PLACES)
async def test_kill_9(office: Office, imap: Dovecot, module_admin: Database, dies: str) -> None:
    box = await office.mailbox(imap)
    subject = f"killed when {dies}"
    box.put(with_pdf(subject))
    orders = {
        "dsn": office.database.dsn,
        "kek": office.wiring.key_ring.current.text(),
        "objects": str(office.wiring.storage.root),  # type: ignore[attr-defined]
        "company": str(office.id),
        "mailbox": str(box.id),
        "now": office.now.isoformat(),
        "dies": dies,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.mailboxes.process", cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps(orders).encode())
    assert process.returncode == -9
    with pytest.raises(Later):
        await box.look()  # it may still be at work, as far as anybody can tell
    await box.free(module_admin)
    await box.look()
    await all_is_well(box, subject)


@pytest.mark.parametrize("kind", ["imap", "old_imap"])
async def test_cut_off_at_any_byte(
    office: Office, kind: str, request: pytest.FixtureRequest, module_admin: Database
) -> None:
    server: Dovecot = request.getfixturevalue(kind)
    async with Line(server.port).open() as line:
        whole = await office.mailbox(server, port=line.port)
        whole.put(with_pdf(f"{kind} whole"))
        await whole.fetch()
        length, cuts = line.carried, 9
        for cut in range(cuts):
            box, subject = await office.mailbox(server, port=line.port), f"{kind} cut {cut}"
            box.put(with_pdf(subject))
            line.cut_after(length * cut // cuts)
            try:
                await box.fetch()
            except Trouble as trouble:
                assert "127.0.0.1" in str(trouble)
            line.cut_after(None)
            await box.fetch()
            await box.fetch()
            await all_is_well(box, subject)


async def test_a_server_that_is_away_for_long_wakes_somebody_and_is_told_when_back(
    office: Office, imap: Dovecot
) -> None:
    async with Line(imap.port).open() as line:
        box = await office.mailbox(imap, port=line.port)
        box.put(with_pdf("while it was away"))
        line.down = True
        begin = office.now
        for minutes in (0, 1, 29, 31, 40):
            await box.look(begin + timedelta(minutes=minutes))
        standing = (await box.view()).standing
        assert standing.failing_since == begin
        assert standing.looked_at == begin + timedelta(minutes=40)
        assert "can't be reached" in (standing.failure or "")
        line.down = False
        await box.look(begin + timedelta(minutes=41))
        standing = (await box.view()).standing
        assert (standing.failing_since, standing.failure, standing.processed) == (None, None, 1)
    async with office.database.company(office.id) as db:
        happened = [one.kind for one in await timeline(db, office.id, box.id)]
    assert happened == ["mailbox.added", "mailbox.unreachable", "mailbox.well"], "each is told once"
    async with office.database.platform() as db:
        assert {one.kind: one.times for one in await alarms.census(db)}["mailbox"] == 1


async def test_storage_that_is_away_is_held_against_no_mail(
    office: Office, imap: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = await office.mailbox(imap)
    box.put(with_pdf("patient"))
    with monkeypatch.context() as patched:

        async def away(_: bytes) -> str:
            raise StorageUnavailable("the bucket is away")

        patched.setattr(type(office.wiring.storage), "put", lambda self, data: away(data))
        for _ in range(fetching.TRIES + 2):
            with pytest.raises(NotNow):
                await box.fetch()
    assert (await box.one()).outcome == "begun"
    await box.fetch()
    await all_is_well(box, "patient")


async def test_a_server_that_will_not_move_keeps_the_mail_and_nothing_is_taken_twice(
    office: Office, imap: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = await office.mailbox(imap)
    box.put(with_pdf("immovable"))

    async def refuses(*_: object, **__: object) -> None:
        raise Unwilling("The folder is full.")

    fetched, fetch = list[int](), Session.fetch

    async def counted(self: Session, uid: int, *, largest: int) -> tuple[bytes, int] | None:
        fetched.append(uid)
        return await fetch(self, uid, largest=largest)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "move", refuses)
        patched.setattr(Session, "fetch", counted)
        for _ in range(3):
            await box.fetch()
    assert fetched == [1], "what is settled isn't fetched again"
    message = await box.one()
    assert (message.outcome, message.moved_at, message.move_failure) == ("processed", None, "The folder is full.")
    assert await box.office.times(sha256(pdf("immovable")).hexdigest()) == 1
    await box.fetch()
    await all_is_well(box, "immovable")


async def test_two_workers_do_not_fetch_at_once(office: Office, imap: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    box = await office.mailbox(imap)
    box.put(with_pdf("at once"))
    began, may_go_on, fetch = asyncio.Event(), asyncio.Event(), Session.fetch

    async def held(*given: object, **further: object) -> object:
        began.set()
        await may_go_on.wait()
        return await fetch(*given, **further)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "fetch", held)
    first = asyncio.create_task(box.fetch())
    await asyncio.wait_for(began.wait(), 60)
    with pytest.raises(Later):
        await box.look()
    may_go_on.set()
    await first
    await all_is_well(box, "at once")


async def test_a_step_that_is_given_up_ends_its_thread(office: Office, imap: Dovecot) -> None:
    box = await office.mailbox(imap)
    async with fetching.entered(fetching.place_of(office.wiring, office.id, await box.kept()), "INBOX") as session:
        listening = asyncio.create_task(session.listen(3600))
        await asyncio.sleep(0)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(listening, 60)


async def test_a_removed_mailbox_is_left_alone(office: Office, imap: Dovecot) -> None:
    from gateway.mailboxes import flow

    box = await office.mailbox(imap)
    box.put(with_pdf("too late"))
    async with office.company.call() as call:
        await flow.remove(call, box.id)
    await box.look()
    assert await box.messages() == []
    async with office.database.platform() as db:
        due = [row.mailbox_id for row in (await db.execute(jobs._EVERY)).all()]
    assert box.id not in due
