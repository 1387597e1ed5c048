"""Mailboxes change: judged first, then kept, and told to the ledger and the timeline without any password."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError

from certs import CertsError
from gateway.access.call import Call
from gateway.access.errors import NotHere, Unacceptable
from gateway.access.record import AccessChange, record_change
from gateway.db import new_id
from gateway.http.problems import Conflict
from gateway.mailboxes import orders, password, queries
from gateway.mailboxes.errors import Trouble
from gateway.mailboxes.fetching import entered, place_of
from gateway.mailboxes.models import Checked, Kept, Mailbox, MailboxChange, NewMailbox
from gateway.wiring import Wiring

MOST = 20
"""Mailboxes of a company."""

_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]{1,253}\Z|[0-9A-Fa-f:.]{2,45}\Z")
_HERE = {"localhost", "127.0.0.1", "::1"}
_TOLD = ("label", "host", "port", "security", "username", "folder", "processed_folder", "failed_folder", "replies",
         "enabled")  # fmt: skip


async def one(call: Call, mailbox_id: UUID) -> Mailbox:
    """A mailbox of the company. Raises `NotHere`."""
    return (await queries.views(call.db, call.company_id, [await _kept(call, mailbox_id)]))[0]


async def add(call: Call, new: NewMailbox) -> Mailbox:
    """A new mailbox, which is looked into at once. Raises `Unacceptable`, `Conflict`."""
    mailbox_id = new_id()
    kept = Kept(
        id=mailbox_id,
        **{name: getattr(new, name) for name in _TOLD},
        sealed=password.seal(call.wiring.key_ring, call.company_id, mailbox_id, new.password),
        version=1,
        created_by=call.principal.actor,
        created_at=call.now,
        changed_at=call.now,
    )
    _judge(kept, new.password, live=call.wiring.settings.mode == "live")
    if await queries.how_many(call.db, call.company_id) >= MOST:
        raise Conflict(f"A company has at most {MOST} mailboxes; remove one that isn't used.")
    try:
        await queries.add(call.db, call.company_id, kept)
    except IntegrityError:
        raise _taken(kept.label) from None
    await orders.fetch(call.db, call.company_id, mailbox_id)
    await _record(call, "mailbox.added", mailbox_id, None, kept)
    return await one(call, mailbox_id)


async def change(call: Call, mailbox_id: UUID, wanted: MailboxChange) -> Mailbox:
    """Change what is given; it is looked into at once. Raises `NotHere`, `Unacceptable`, `Conflict`."""
    before = await _kept(call, mailbox_id, lock=True)
    chosen = {name: getattr(wanted, name) for name in _TOLD if getattr(wanted, name) is not None}
    after = msgspec.structs.replace(before, **chosen, version=before.version + 1, changed_at=call.now)
    moved = any(getattr(before, name) != getattr(after, name) for name in ("host", "port", "security", "username"))
    if moved and wanted.password is None:
        raise Unacceptable("/password", "Give the password anew: what was given for one server isn't sent to another.")
    if wanted.password is not None:
        sealed = password.seal(call.wiring.key_ring, call.company_id, mailbox_id, wanted.password)
        after = msgspec.structs.replace(after, sealed=sealed)
    _judge(after, wanted.password or "", live=call.wiring.settings.mode == "live")
    values = {name: getattr(after, name) for name in (*_TOLD, "sealed", "version", "changed_at")}
    try:
        await queries.change(call.db, call.company_id, mailbox_id, **values)
    except IntegrityError:
        raise _taken(after.label) from None
    await orders.fetch(call.db, call.company_id, mailbox_id)
    await _record(call, "mailbox.changed", mailbox_id, before, after, anew=wanted.password is not None)
    return await one(call, mailbox_id)


async def remove(call: Call, mailbox_id: UUID) -> None:
    """Take a mailbox away; its password is destroyed, what came through it stays. Raises `NotHere`."""
    before = await _kept(call, mailbox_id, lock=True)
    await queries.change(
        call.db, call.company_id, mailbox_id, sealed=None, enabled=False, removed_at=call.now, changed_at=call.now
    )
    await _record(call, "mailbox.removed", mailbox_id, before, None)


async def look(call: Call, mailbox_id: UUID) -> None:
    """Have it looked into at once. Raises `NotHere`, `Conflict`."""
    if not (await _kept(call, mailbox_id)).enabled:
        raise Conflict("The mailbox is switched off; switch it on first.")
    await orders.fetch(call.db, call.company_id, mailbox_id)


async def check(wiring: Wiring, company_id: UUID, mailbox_id: UUID, *, now: datetime) -> Checked:
    """Sign in and open the folder, outside any transaction; nothing is fetched or changed. Raises `NotHere`."""
    async with wiring.database.company(company_id) as db:
        kept = await queries.one(db, company_id, mailbox_id)
    if kept is None:
        raise NotHere("mailbox")
    try:
        async with entered(place_of(wiring, company_id, kept), kept.folder) as session:
            waiting, can_move, can_listen = len(await session.unread()), session.can_move, session.can_listen
    except Trouble as trouble:
        words = str(trouble)
    except CertsError:
        words = "The password can't be opened here any more; give it anew."
    else:
        words = f"The mailbox can be opened; {waiting} unread message(s) wait in {kept.folder}."
        return Checked(ok=True, words=words, waiting=waiting, can_move=can_move, can_listen=can_listen, looked_at=now)
    return Checked(ok=False, words=words, waiting=0, can_move=False, can_listen=False, looked_at=now)


def _judge(kept: Kept, secret: str, *, live: bool) -> None:
    """As far as it can be told without asking the server. Raises `Unacceptable`."""
    for name in ("label", "username", "folder", "processed_folder", "failed_folder"):
        text = getattr(kept, name)
        if not text.isprintable() or text != text.strip() or not text:
            raise Unacceptable(f"/{name}", "This must be printable, without blanks around it.")
    if not all(sign.isprintable() for sign in secret):
        raise Unacceptable("/password", "This holds a character that can't be typed; check what was copied.")
    if not _HOST.match(kept.host):
        raise Unacceptable("/host", "This must be the name of a mail server, such as imap.company.ae, and no more.")
    if kept.security == "none" and (live or kept.host not in _HERE):
        raise Unacceptable("/security", "Without TLS only this very machine is called, in test mode; choose tls.")
    folders = [kept.folder, kept.processed_folder, kept.failed_folder]
    if len({"INBOX" if one.upper() == "INBOX" else one for one in folders}) < len(folders):
        raise Unacceptable("/processed_folder", "Name three folders that differ: to fetch from, processed and failed.")


async def _kept(call: Call, mailbox_id: UUID, *, lock: bool = False) -> Kept:
    kept = await queries.one(call.db, call.company_id, mailbox_id, lock=lock)
    if kept is None:
        raise NotHere("mailbox")
    return kept


def _taken(label: str) -> Conflict:
    return Conflict(f"Another mailbox is called {label!r}; give this one another label.")


async def _record(
    call: Call, what: str, mailbox_id: UUID, before: Kept | None, after: Kept | None, *, anew: bool = False
) -> None:
    told = _told(after) + (" (a new password)" if anew else "")
    change_ = AccessChange(
        what=what, actor=call.principal.actor, subject=mailbox_id, before=_told(before), after=told.strip()
    )
    await record_change(call.db, call.company_id, change_, now=call.now, keys=call.wiring.keys)


def _told(kept: Kept | None) -> str:
    """A mailbox as the ledger keeps it: no password, and no user name, which is a person's address."""
    if kept is None:
        return ""
    return msgspec.json.encode({name: getattr(kept, name) for name in _TOLD if name != "username"}).decode()
