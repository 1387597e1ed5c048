"""A company with mailboxes at a real Dovecot, and a mail server that takes the answers."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from gateway import jobqueue
from gateway.companies import queries as companies
from gateway.db import Database
from gateway.mailboxes import fetching, flow, jobs, journal, queries
from gateway.mailboxes.models import Kept, Mailbox, MessageView, NewMailbox
from gateway.settings import Secret
from gateway.storage.folder import FolderStorage
from gateway.wiring import Wiring
from tests.conftest import short_folder
from tests.gateway.mailboxes.dovecot import PASSWORD, PROGRAM, Dovecot, dovecot
from tests.gateway.mailboxes.post import Answers, Taker
from tests.gateway.outbound.conftest import Company, bare_wiring, open_company

_counter = itertools.count(1)
OURS = "gateway@involinks.test"
PROFILE = {
    "legal_name": "Palm Office Supplies LLC",
    "tin": "1987654321",
    "trn": "198765432100003",
    "registration": {"kind": "TL", "number": "CN-1234567", "authority": "Department of Economy"},
    "address": {"street": "Corniche Road 1", "city": "Abu Dhabi", "emirate": "AUH"},
    "email": "accounts@company.ae",
    "phone": "+971 2 123 4567",
}
NO_DOVECOT = "dovecot is not installed: apt-get install dovecot-imapd"


@pytest.fixture(scope="session")
def imap() -> Iterator[Dovecot]:
    """The mail server that mails are fetched from."""
    if PROGRAM is None:
        pytest.skip(NO_DOVECOT)
    with short_folder() as folder, dovecot(folder) as server:
        yield server


@pytest.fixture(scope="session")
def old_imap() -> Iterator[Dovecot]:
    """One that doesn't say that it can move messages or tell of new ones."""
    if PROGRAM is None:
        pytest.skip(NO_DOVECOT)
    with short_folder() as folder, dovecot(folder, capability="IMAP4rev1 UIDPLUS") as server:
        yield server


@pytest.fixture(scope="module")
def sink() -> Iterator[tuple[Answers, Controller]]:
    """The mail server that answers go to."""
    answers = Answers()
    server = Taker(answers, hostname="127.0.0.1", port=0)
    server.start()
    yield answers, server
    server.stop()


@pytest.fixture
def answers(sink: tuple[Answers, Controller]) -> Answers:
    """What it was given in this test."""
    sink[0].__init__()  # type: ignore[misc]
    return sink[0]


class Office:
    """A company that receives bills by mail."""

    def __init__(self, company: Company) -> None:
        self.company, self.wiring, self.id = company, company.wiring, company.id
        self.now = company.now

    @property
    def database(self) -> Database:
        return self.company.database

    async def mailbox(self, server: Dovecot, *, port: int | None = None, **further: Any) -> Box:
        """A new mailbox with a new user."""
        user = f"bills{next(_counter)}@company.ae"
        new = {"label": user, "host": "127.0.0.1", "port": port or server.port, "security": "none", "username": user}
        async with self.company.call() as call:
            made = await flow.add(call, NewMailbox(**(new | {"password": PASSWORD} | further)))
        return Box(self, server, user, made)

    async def all_messages(self) -> list[MessageView]:
        async with self.database.company(self.id) as db:
            return await journal.page(db, self.id, mailbox_id=None, outcome=None, cursor=None, most=500)

    async def bills(self) -> list[str]:
        """The names of files that were taken, in order."""
        async with self.database.company(self.id) as db:
            rows = await db.execute(text("select name from bill_files order by received_at, id"))
            return list(rows.scalars())

    async def times(self, digest: str) -> int:
        """How often these bytes were taken."""
        async with self.database.company(self.id) as db:
            found = await db.scalar(text("select count(*) from bill_files where sha256 = :d"), {"d": digest})
            return int(found or 0)


class Box:
    """One of its mailboxes."""

    def __init__(self, office: Office, server: Dovecot, user: str, made: Mailbox) -> None:
        self.office, self.server, self.user, self.id = office, server, user, made.id

    def put(self, *mails: Any) -> None:
        """Mail comes in."""
        self.server.put(self.user, *(one if isinstance(one, bytes) else one.as_bytes() for one in mails))

    def held(self, folder: str = "INBOX") -> list[str]:
        return self.server.held(self.user, folder)

    async def fetch(self, wiring: Wiring | None = None) -> bool:
        """One look, which raises what goes wrong."""
        self.office.now += timedelta(seconds=1)
        return await fetching.fetch(wiring or self.office.wiring, self.office.id, self.id, now=self.office.now)

    async def look(self, now: datetime | None = None) -> None:
        """One look as the job does it."""
        payload = msgspec.json.encode(jobs.FetchJob(self.id))
        await jobs.fetch(self.office.wiring, self.office.id, payload, now=now or self.office.now)

    async def messages(self) -> list[MessageView]:
        """What came, the oldest first."""
        async with self.office.database.company(self.office.id) as db:
            found = await journal.page(db, self.office.id, mailbox_id=self.id, outcome=None, cursor=None, most=500)
        return found[::-1]

    async def one(self) -> MessageView:
        (message,) = await self.messages()
        return message

    async def kept(self) -> Kept:
        async with self.office.database.company(self.office.id) as db:
            kept = await queries.one(db, self.office.id, self.id)
        assert kept is not None
        return kept

    async def view(self) -> Mailbox:
        async with self.office.database.company(self.office.id) as db:
            return (await queries.views(db, self.office.id, [await self.kept()]))[0]

    async def reply(self, message: UUID, now: datetime | None = None) -> None:
        """The job that tells a sender."""
        payload = msgspec.json.encode(jobs.ReplyJob(message))
        await jobs.reply(self.office.wiring, self.office.id, payload, now=now or self.office.now)

    async def reply_to_all(self) -> None:
        """Every answer that is ordered."""
        for message in await self.messages():
            await self.reply(message.id)

    async def free(self, admin: Database) -> None:
        """A minute passes: what a killed worker held is free."""
        async with admin.platform() as db:
            await db.execute(text("update mailboxes set claimed_until = now() - interval '1 second'"))


@pytest.fixture(scope="module")
async def office(
    module_database: Database,
    module_admin: Database,
    tmp_path_factory: pytest.TempPathFactory,
    sink: tuple[Answers, Controller],
) -> AsyncIterator[Office]:
    """One for a module; every test has mailboxes of its own."""
    with ThreadPoolExecutor(2) as executor:
        wiring = bare_wiring(module_database, executor)
        settings = msgspec.structs.replace(
            wiring.settings, mail_server=Secret(f"smtp://127.0.0.1:{sink[1].port}"), mail_from=OURS
        )
        storage = FolderStorage(tmp_path_factory.mktemp("objects"))
        wiring = msgspec.structs.replace(wiring, settings=settings, storage=storage)
        company = await open_company(module_database, module_admin, wiring)
        patched = pytest.MonkeyPatch()
        patched.setattr(flow, "MOST", 500)
        async with module_admin.platform() as db:
            await db.execute(text("update companies set profile = cast(:p as jsonb)"), {"p": json.dumps(PROFILE)})
        yield Office(company)
        patched.undo()
        await company.sealer.close()


async def ordered(database: Database, kind: str) -> int:
    """Jobs of a kind that wait."""
    async with database.platform() as db:
        return sum(one.waiting for one in await jobqueue.census(db) if one.kind == kind)


__all__ = ["Box", "Office", "companies", "ordered"]
