"""One message's files into the hall, one after the other; done twice, nothing is taken twice."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import select

from gateway.bills import hall
from gateway.bills.came import Came, Door, Taken
from gateway.bills.errors import FileRefused
from gateway.bills.models import files as bill_files
from gateway.mailboxes.models import Became, FileResult, Kept
from gateway.wiring import Wiring
from ingestion.mail import Attachment, Mail

ACTOR = "system:mail"


class _Facts(msgspec.Struct, frozen=True):
    """What the hall keeps of ours."""

    mail: str = ""


async def take(
    wiring: Wiring, company_id: UUID, kept: Kept, message: UUID, mail: Mail, *, now: datetime
) -> tuple[FileResult, ...]:
    """What became of each file, those left out included. Raises what the hall raises, but for a refusal."""
    done, known = list[FileResult](), set[str]()
    for attachment in mail.attachments:
        digest = sha256(attachment.data).hexdigest()
        result = await _one(wiring, company_id, kept, message, mail, attachment, now=now)
        if digest in known and result.became is Became.TAKEN:  # twice in one mail
            result = msgspec.structs.replace(result, became=Became.DUPLICATE)
        known.add(digest)
        done.append(result)
    left = (FileResult(name=one.name, became=Became.LEFT_OUT, reason=one.why) for one in mail.left_out)
    return (*done, *left)


def reason(mail: Mail, files: tuple[FileResult, ...]) -> str | None:
    """Why nothing of it was taken, a code; None where something was, now or earlier."""
    if any(one.became in {Became.TAKEN, Became.DUPLICATE} for one in files):
        return None
    if mail.unreadable:
        return mail.unreadable
    if any(one.became is Became.REFUSED for one in files):
        return "refused"
    return "left_out" if files else "no_attachment"


async def _one(
    wiring: Wiring, company_id: UUID, kept: Kept, message: UUID, mail: Mail, attachment: Attachment, *, now: datetime
) -> FileResult:
    facts = {
        "mail": str(message),
        "mailbox": str(kept.id),
        "message_id": mail.message_id,
        "from": mail.sender,
        "subject": mail.subject,
    }
    came = Came(
        door=Door.MAIL,
        name=attachment.name,
        media_type=attachment.media_type,
        actor=ACTOR,
        facts={name: value for name, value in facts.items() if value},
    )
    try:
        taken = await hall.receive(wiring, company_id, attachment.data, came, now=now)
    except FileRefused as error:
        return FileResult(name=attachment.name, became=Became.REFUSED, reason=error.reason, words=error.detail)
    ours = not taken.duplicate or await _came_by(wiring, company_id, taken, message)
    return FileResult(
        name=attachment.name,
        became=Became.TAKEN if ours else Became.DUPLICATE,
        bill_id=taken.bill_id,
        sha256=taken.file_sha256,
    )


async def _came_by(wiring: Wiring, company_id: UUID, taken: Taken, message: UUID) -> bool:
    """Whether the file is there because of this very message: an attempt that was broken off had taken it."""
    query = select(bill_files.c.facts).where(
        bill_files.c.company_id == company_id, bill_files.c.id == taken.file_id, bill_files.c.door == Door.MAIL.value
    )
    async with wiring.database.company(company_id) as db:
        facts = await db.scalar(query)
    return facts is not None and msgspec.json.decode(facts, type=_Facts).mail == str(message)
