"""Rows of `mail_messages`: begun before anything is taken, settled once, moved after that.

    begin -> (attachments into the hall) -> settle: outcome, files, the order of a reply -> moved

Each step is a transaction of its own and may be repeated: what is settled stays settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.mailboxes.models import FileResult, MessageView


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the server shows it."""

    mailbox_id: UUID
    message_id: str
    sha256: str
    uidvalidity: int
    uid: int
    size: int
    sender: str
    subject: str
    references: str


class Begun(msgspec.Struct, frozen=True):
    """Where a message stands."""

    id: UUID
    outcome: Literal["begun", "processed", "failed"]
    attempts: int
    move_attempts: int


class Owed(msgspec.Struct, frozen=True):
    """A message that is settled and wasn't seen to have left its folder."""

    id: UUID
    outcome: Literal["processed", "failed"]
    message_id: str
    sha256: str
    uidvalidity: int
    uid: int
    move_attempts: int


_BEGIN = text("""
    insert into mail_messages as m (company_id, id, mailbox_id, message_id, sha256, uidvalidity, uid, size, sender,
                                    subject, mail_references, seen_at, attempts, outcome, files)
    values (:company_id, :id, :mailbox_id, :message_id, :sha256, :uidvalidity, :uid, :size, :sender,
            :subject, :references, :now, 1, 'begun', :files)
    on conflict (company_id, mailbox_id, message_id, sha256) do update set
        uidvalidity = excluded.uidvalidity, uid = excluded.uid,
        attempts = case when m.outcome = 'begun' then m.attempts + 1
                        when m.outcome = 'failed' and m.moved_at is not null then 1 else m.attempts end,
        settled_at = case when m.outcome = 'failed' and m.moved_at is not null then null else m.settled_at end,
        outcome = case when m.outcome = 'failed' and m.moved_at is not null then 'begun' else m.outcome end,
        moved_at = null
    returning id, outcome, attempts, move_attempts
""")
_BREAK_OFF = text(
    "update mail_messages set attempts = attempts - 1 "
    "where company_id = :company_id and id = :id and outcome = 'begun' and attempts > 0"
)
_SETTLE = text("""
    update mail_messages set outcome = :outcome, reason = :reason, files = :files, settled_at = :now,
        reply = case when reply in ('none', 'withheld') then :reply else reply end,
        reply_reason = case when reply in ('none', 'withheld') then :reply_reason else reply_reason end
    where company_id = :company_id and id = :id and outcome = 'begun' returning reply
""")
_OWED = text("""
    select id, outcome, message_id, sha256, uidvalidity, uid, move_attempts from mail_messages
    where company_id = :company_id and mailbox_id = :mailbox_id and moved_at is null and outcome <> 'begun'
    order by id limit :most
""")
_MOVING = text("update mail_messages set move_attempts = move_attempts + 1 where company_id = :company_id and id = :id")
_FOUND = text(
    "update mail_messages set uidvalidity = :uidvalidity, uid = :uid where company_id = :company_id and id = :id"
)
_MOVED = text(
    "update mail_messages set moved_at = :now, move_attempts = 0, move_failure = null "
    "where company_id = :company_id and id = :id"
)
_UNMOVED = text("update mail_messages set move_failure = :why where company_id = :company_id and id = :id")
_COLUMNS = (
    "id, mailbox_id, message_id, sha256, size, sender, subject, seen_at, outcome, reason, files, settled_at, moved_at, "
    "move_failure, reply, reply_reason, replied_at"
)
_PAGE = text(
    f"select {_COLUMNS} from mail_messages where company_id = :company_id "
    "and (cast(:mailbox_id as uuid) is null or mailbox_id = :mailbox_id) "
    "and (cast(:outcome as text) is null or outcome = :outcome) "
    "and (cast(:cursor as uuid) is null or id < :cursor) order by id desc limit :most"
)
_ONE = text(f"select {_COLUMNS} from mail_messages where company_id = :company_id and id = :id")
_REFERENCES = text("select mail_references from mail_messages where company_id = :company_id and id = :id")
_REPLYING = text(
    "update mail_messages set reply = 'sending', replied_at = :now "
    "where company_id = :company_id and id = :id and reply = 'ordered'"
)
_REPLIED = text(
    "update mail_messages set reply = :reply, reply_reason = :reason, replied_at = :now "
    "where company_id = :company_id and id = :id and reply = :before"
)
_SENT = text("""
    select count(*) filter (where sender = :sender) as to_them, count(*) as altogether from mail_messages
    where company_id = :company_id and replied_at > :since and reply in ('sending', 'sent', 'unknown')
""")
_KNOWN = text("""
    select exists (select from mail_messages
                   where company_id = :company_id and sender = :sender and outcome = 'processed' and id <> :id)
        or exists (select from suppliers where company_id = :company_id and :sender = any (emails))
""")


async def begin(db: AsyncConnection, company_id: UUID, seen: Seen, *, now: datetime) -> Begun:
    """Write a message down, or find it. One that failed, and was moved back since, is begun anew."""
    values = msgspec.structs.asdict(seen) | {"company_id": company_id, "id": new_id(), "files": b"[]", "now": now}
    row = (await db.execute(_BEGIN, values)).one()
    return Begun(row.id, row.outcome, row.attempts, row.move_attempts)


async def break_off(db: AsyncConnection, company_id: UUID, message: UUID) -> None:
    """This attempt isn't held against it."""
    await db.execute(_BREAK_OFF, {"company_id": company_id, "id": message})


async def settle(
    db: AsyncConnection,
    company_id: UUID,
    message: UUID,
    *,
    outcome: Literal["processed", "failed"],
    reason: str | None,
    files: Sequence[FileResult],
    withheld: str | None,
    now: datetime,
) -> str | None:
    """What became of it, once; how its reply stands then, None where it was settled before. `withheld`: why none is."""
    values = {
        "company_id": company_id,
        "id": message,
        "outcome": outcome,
        "reason": reason,
        "files": msgspec.json.encode(files),
        "reply": "withheld" if withheld else "ordered",
        "reply_reason": withheld,
        "now": now,
    }
    reply: str | None = await db.scalar(_SETTLE, values)
    return reply


async def owed(db: AsyncConnection, company_id: UUID, mailbox_id: UUID, *, most: int) -> list[Owed]:
    """Messages to be moved, the oldest first."""
    rows = await db.execute(_OWED, {"company_id": company_id, "mailbox_id": mailbox_id, "most": most})
    return [msgspec.convert(row, Owed, from_attributes=True) for row in rows]


async def moving(db: AsyncConnection, company_id: UUID, message: UUID) -> None:
    """Said before it is tried, so that a copy left behind by a broken move is looked for."""
    await db.execute(_MOVING, {"company_id": company_id, "id": message})


async def found(db: AsyncConnection, company_id: UUID, message: UUID, *, uidvalidity: int, uid: int) -> None:
    """The server numbers its messages anew."""
    given = {"company_id": company_id, "id": message, "uidvalidity": uidvalidity, "uid": uid}
    await db.execute(_FOUND, given)


async def moved(db: AsyncConnection, company_id: UUID, message: UUID, *, now: datetime) -> None:
    """It has left its folder."""
    await db.execute(_MOVED, {"company_id": company_id, "id": message, "now": now})


async def unmoved(db: AsyncConnection, company_id: UUID, message: UUID, why: str) -> None:
    """The server won't move it."""
    await db.execute(_UNMOVED, {"company_id": company_id, "id": message, "why": why[:500]})


async def page(
    db: AsyncConnection,
    company_id: UUID,
    *,
    mailbox_id: UUID | None,
    outcome: str | None,
    cursor: UUID | None,
    most: int,
) -> list[MessageView]:
    """Messages, newest first."""
    given = {"company_id": company_id, "mailbox_id": mailbox_id, "outcome": outcome, "cursor": cursor, "most": most}
    return [_view(row) for row in await db.execute(_PAGE, given)]


async def one(db: AsyncConnection, company_id: UUID, message: UUID) -> MessageView | None:
    """One message."""
    row = (await db.execute(_ONE, {"company_id": company_id, "id": message})).one_or_none()
    return None if row is None else _view(row)


async def references(db: AsyncConnection, company_id: UUID, message: UUID) -> str:
    """The ids of its conversation."""
    return str(await db.scalar(_REFERENCES, {"company_id": company_id, "id": message}) or "")


async def replying(db: AsyncConnection, company_id: UUID, message: UUID, *, now: datetime) -> bool:
    """Written before the server is spoken to; False where somebody has replied, or begun to."""
    return (await db.execute(_REPLYING, {"company_id": company_id, "id": message, "now": now})).rowcount == 1


async def replied(
    db: AsyncConnection, company_id: UUID, message: UUID, reply: str, *, before: str, reason: str | None, now: datetime
) -> bool:
    """What became of the reply; False where it doesn't stand where it stood `before`."""
    given = {
        "company_id": company_id,
        "id": message,
        "reply": reply,
        "before": before,
        "reason": reason,
        "now": None if reply == "ordered" else now,
    }
    return (await db.execute(_REPLIED, given)).rowcount == 1


async def lately(
    db: AsyncConnection, company_id: UUID, sender: str, *, within: timedelta, now: datetime
) -> tuple[int, int]:
    """How many replies went to this sender, and to all of the company's."""
    given = {"company_id": company_id, "sender": sender, "since": now - within}
    row = (await db.execute(_SENT, given)).one()
    return row.to_them, row.altogether


async def is_known(db: AsyncConnection, company_id: UUID, sender: str, message: UUID) -> bool:
    """Whether the address is a supplier's, or a bill was taken from it before this message."""
    return bool(await db.scalar(_KNOWN, {"company_id": company_id, "sender": sender, "id": message}))


def _view(row: Row[Any]) -> MessageView:
    values = row._asdict() | {"files": msgspec.json.decode(row.files, type=list[FileResult])}
    return msgspec.convert(values, MessageView)
