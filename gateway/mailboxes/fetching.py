"""What waits in a mailbox, fetched: written down, taken into the hall, settled, and only then moved away.

    begin (counted) -> each attachment into the hall -> settle, and order the reply -> move -> moved

Killed anywhere, the next round goes on where this one was: a message is known by its id and bytes, a file by its bytes,
and what is settled is only moved. One that breaks its worker every time is set aside, and holds up nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import CertsError
from gateway import events
from gateway.db import new_id
from gateway.http.problems import Unavailable
from gateway.mailboxes import journal, orders, password, queries, taking
from gateway.mailboxes.client import Place
from gateway.mailboxes.errors import Unwilling
from gateway.mailboxes.journal import Owed, Seen
from gateway.mailboxes.models import FileResult, Kept
from gateway.mailboxes.session import Session
from gateway.storage import StorageUnavailable
from gateway.wiring import Wiring
from ingestion import mail
from ledger.errors import KeyMissing

log = structlog.get_logger()

MESSAGES, SECONDS = 100, 120.0
"""Of one round, after which another one follows."""
TRIES = 5
"""Attempts at one message, each of which broke its worker or met an error that nobody foresaw."""
LEASE, RENEW = timedelta(seconds=60), 20.0
MOVES = 50
"""Attempts to move one message until it stays where it is."""
OUTAGES = (Unavailable, StorageUnavailable, SQLAlchemyError, CertsError, KeyMissing, OSError)
"""Nothing can be taken just now; held against no message."""
_BOUNDS = mail.MailBounds()


class Busy(Exception):
    """Another worker is at it, or one that was killed a moment ago."""


class NotNow(Exception):
    """Something of ours stands in the way of taking anything at all."""


def place_of(wiring: Wiring, company_id: UUID, kept: Kept) -> Place:
    """How to come in. Raises `CertsError`."""
    return Place(
        host=kept.host,
        port=kept.port,
        security=kept.security,
        username=kept.username,
        password=password.unseal(wiring.key_ring, company_id, kept.id, kept.sealed),
        public_only=wiring.settings.mode == "live",
    )


@asynccontextmanager
async def entered(place: Place, folder: str) -> AsyncIterator[Session]:
    """An open session, closed again. Raises `Trouble`."""
    session = Session(place, folder)
    try:
        await session.open()
        yield session
    finally:
        await session.close()


async def fetch(wiring: Wiring, company_id: UUID, mailbox_id: UUID, *, now: datetime) -> bool:
    """One round; True where more may wait. Raises `Trouble`, `NotNow`, `Busy`."""
    token = new_id()
    async with wiring.database.company(company_id) as db:
        if not await queries.claim(db, company_id, mailbox_id, token, lease=LEASE):
            raise Busy(f"another worker is at the mailbox {mailbox_id}")
        kept = await queries.one(db, company_id, mailbox_id)
    renewing = asyncio.create_task(_renew(wiring, company_id, mailbox_id, token))
    try:
        if kept is None:
            return False
        try:
            place = place_of(wiring, company_id, kept)
        except CertsError as error:
            raise NotNow(str(error)) from error
        async with entered(place, kept.folder) as session:
            return await _Round(wiring, company_id, kept, session, now).run()
    finally:
        renewing.cancel()
        async with wiring.database.company(company_id) as db:
            await queries.release(db, company_id, mailbox_id, token)


async def _renew(wiring: Wiring, company_id: UUID, mailbox_id: UUID, token: UUID) -> None:
    while True:
        await asyncio.sleep(RENEW)
        with suppress(SQLAlchemyError, OSError):
            async with wiring.database.company(company_id) as db:
                await queries.claim(db, company_id, mailbox_id, token, lease=LEASE)


class _Round:
    """One round over one mailbox."""

    def __init__(self, wiring: Wiring, company_id: UUID, kept: Kept, session: Session, now: datetime) -> None:
        self._wiring, self._company_id, self._kept = wiring, company_id, kept
        self._session, self._now = session, now
        self._stuck = set[int]()
        """Settled, and not to be moved just now: fetching them once more tells nothing new."""

    async def run(self) -> bool:
        """Move what is settled, then take what is unread."""
        await self._move_owed()
        ends = time.monotonic() + SECONDS
        uids = [uid for uid in await self._session.unread() if uid not in self._stuck]
        for uid in uids[:MESSAGES]:
            if time.monotonic() > ends:
                return True
            await self._take(uid)
        return len(uids) > MESSAGES

    @asynccontextmanager
    async def _db(self) -> AsyncIterator[AsyncConnection]:
        async with self._wiring.database.company(self._company_id) as db:
            yield db

    async def _take(self, uid: int) -> None:
        fetched = await self._session.fetch(uid, largest=_BOUNDS.size)
        if fetched is None:
            return
        raw, size = fetched
        read = await asyncio.to_thread(mail.read, raw) if size <= _BOUNDS.size else mail.oversized(raw)
        seen = Seen(
            mailbox_id=self._kept.id,
            message_id=read.message_id,
            sha256=sha256(raw).hexdigest(),
            uidvalidity=self._session.uidvalidity,
            uid=uid,
            size=size,
            sender=read.sender,
            subject=read.subject,
            references=read.references,
        )
        async with self._db() as db:
            begun = await journal.begin(db, self._company_id, seen, now=self._now)
        outcome = begun.outcome
        if outcome == "begun":
            if begun.attempts > TRIES:
                outcome = await self._settle(begun.id, (), "broke_off", None)
            else:
                try:
                    files = await taking.take(self._wiring, self._company_id, self._kept, begun.id, read, now=self._now)
                except OUTAGES as error:
                    async with self._db() as db:
                        await journal.break_off(db, self._company_id, begun.id)
                    raise NotNow(str(error)) from error
                except Exception:  # it is tried again, and set aside when that doesn't help
                    log.exception("mail.failed", mailbox=str(self._kept.id), message=str(begun.id))
                    return
                outcome = await self._settle(begun.id, files, taking.reason(read, files), read.automatic)
        await self._move(
            Owed(
                id=begun.id,
                outcome=outcome,
                message_id=read.message_id,
                sha256=seen.sha256,
                uidvalidity=seen.uidvalidity,
                uid=uid,
                move_attempts=begun.move_attempts,
            )
        )

    async def _settle(
        self, message: UUID, files: tuple[FileResult, ...], reason: str | None, automatic: str | None
    ) -> Literal["processed", "failed"]:
        outcome: Literal["processed", "failed"] = "failed" if reason else "processed"
        async with self._db() as db:
            reply = await journal.settle(
                db,
                self._company_id,
                message,
                outcome=outcome,
                reason=reason,
                files=files,
                withheld="switched_off" if self._kept.replies == "none" else automatic,
                now=self._now,
            )
            if reply == "ordered":
                await orders.reply(db, self._company_id, message)
            if reply is not None and reason is not None:
                facts = msgspec.Raw(msgspec.json.encode({"reason": reason, "mailbox_id": self._kept.id}))
                event = events.Event("mail.failed", message, self._now, taking.ACTOR, facts)
                await events.emit(db, self._company_id, event)
        return outcome

    async def _move_owed(self) -> None:
        async with self._db() as db:
            owed = await journal.owed(db, self._company_id, self._kept.id, most=MESSAGES)
        for one in owed:
            uid = await self._where(one)
            if uid is not None:
                self._stuck.add(uid)
            if one.move_attempts > MOVES:
                continue
            if uid is None:  # it has left, and only the word of it was lost; or a person has moved it
                async with self._db() as db:
                    await journal.moved(db, self._company_id, one.id, now=self._now)
            else:
                await self._move(one, uid)

    async def _where(self, one: Owed) -> int | None:
        """Its number now; servers may number their messages anew (RFC 9051, section 2.3.1.1)."""
        if one.uidvalidity == self._session.uidvalidity:
            return one.uid if await self._session.has(one.uid) else None
        for uid in await self._session.by_message_id(one.message_id):
            fetched = await self._session.fetch(uid, largest=_BOUNDS.size)
            if fetched is not None and sha256(fetched[0]).hexdigest() == one.sha256:
                return uid
        return None

    async def _move(self, one: Owed, uid: int | None = None) -> None:
        uid = one.uid if uid is None else uid
        done = one.outcome == "processed"
        target = self._kept.processed_folder if done else self._kept.failed_folder
        async with self._db() as db:
            await journal.found(db, self._company_id, one.id, uidvalidity=self._session.uidvalidity, uid=uid)
            await journal.moving(db, self._company_id, one.id)
        try:
            copied_as = one.message_id if one.move_attempts else ""
            await self._session.move(uid, target, seen=done, copied_as=copied_as)
        except Unwilling as error:
            async with self._db() as db:
                await journal.unmoved(db, self._company_id, one.id, str(error))
            return
        async with self._db() as db:
            await journal.moved(db, self._company_id, one.id, now=self._now)
