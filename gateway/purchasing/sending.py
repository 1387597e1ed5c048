"""An order to its supplier by e-mail: the whole letter is kept before the first call, then handed over by a job.

A mail server can't be asked what it took. Where its answer is lost, or the process dies before the answer is written
down, the very same letter goes again under its Message-ID, by which the supplier's mailbox sees that it is one.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue, lifecycle
from gateway.access import contacts
from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.companies.queries import profile
from gateway.db import new_id
from gateway.jobqueue import Permanent, Temporary
from gateway.purchasing import changed, letter, order_xml, queries
from gateway.purchasing.errors import MailWaits, NoMailServer, NotOpen
from gateway.purchasing.evidence import Happened, Ordered
from gateway.purchasing.flow import SERIES
from gateway.purchasing.models import MACHINE, Content
from gateway.purchasing.order_xml import Parties, Written
from gateway.purchasing.states import State
from gateway.settings.witnesses import read_mail_server
from gateway.wiring import Wiring
from gateway.witnessing.mail import MailRefused, send
from gateway.witnessing.outcomes import Unavailable
from ledger import canonical
from ledger.entry import Kind, NewEntry

SEND = "purchasing.mail"
"""The job; its payload is a `MailJob`."""
GIVE_UP_AFTER = timedelta(hours=24)
ACTOR = "system:mail"

_ADD = text("""
    insert into purchase_order_mails (
        company_id, id, order_id, edition, receiver, message_id, message, xml_sha256, state, ordered_at, ordered_by)
    values (:company_id, :id, :order_id, :edition, :receiver, :message_id, :message, :xml_sha256, 'WAITING', :at, :by)
    on conflict (company_id, order_id) where state = 'WAITING' do nothing
""")
_BEGIN = text("""
    update purchase_order_mails set attempts = attempts + 1, begun_at = :now
    where company_id = :company_id and id = :id and state = 'WAITING' returning *
""")
_END = text("""
    update purchase_order_mails set state = :state, ended_at = :now, reason = :reason
    where company_id = :company_id and id = :id and state = 'WAITING' returning *
""")
_REASON = text("update purchase_order_mails set reason = :reason where company_id = :company_id and id = :id")


class MailJob(msgspec.Struct, frozen=True):
    """Which letter to hand over."""

    mail_id: UUID


async def order(call: Call, order_id: UUID, to: str | None) -> UUID:
    """Keep the letter and order its sending; the letter's id. An order that was sent goes out again as it stands now.

    Raises OrderNotFound, NoMailServer, MailWaits, NotOpen, Unacceptable.
    """
    row, sender = await queries.one(call.db, call.company_id, order_id, lock=True), call.wiring.settings.mail_from
    if call.wiring.settings.mail_server is None or not sender:
        raise NoMailServer
    if row.state == State.SENDING:
        raise MailWaits(row.number)
    if row.state not in {State.DRAFT, State.SENT}:
        raise NotOpen(row.number, row.state, "sent")
    receiver, content = await _receiver(call, row, to), msgspec.json.decode(row.content, type=Content)
    parties, written = await written_for(call.db, call.company_id, content, row.edition)
    mail_id = new_id()
    message_id = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    message = letter.compose(
        content, row.edition, parties, written.xml, sender=sender, receiver=receiver, message_id=message_id,
        now=call.now,
    )  # fmt: skip
    values = {
        "company_id": call.company_id, "id": mail_id, "order_id": order_id, "edition": row.edition,
        "receiver": receiver, "message_id": message_id, "message": message,
        "xml_sha256": sha256(written.xml).hexdigest(), "at": call.now, "by": call.principal.actor,
    }  # fmt: skip
    if not (await call.db.execute(_ADD, values)).rowcount:
        raise MailWaits(row.number)
    job = msgspec.json.encode(MailJob(mail_id))
    await jobqueue.enqueue(call.db, SEND, job, company_id=call.company_id, key=str(mail_id), max_attempts=1_000)
    draft = row.state == State.DRAFT
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=order_id,
        to=State.SENDING if draft else "mailing",
        actor=call.principal.actor,
        step=lifecycle.Step.MOVE if draft else lifecycle.Step.LEARN,
        facts=Happened(number=row.number, edition=row.edition, channel="mail", mail_id=mail_id),
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    return mail_id


async def written_for(db: AsyncConnection, company_id: UUID, content: Content, edition: int) -> tuple[Parties, Written]:
    """An edition as UBL, in a thread: a thousand lines take a while to be checked."""
    us, supplier = await profile(db), await queries.supplier(db, company_id, content.supplier_id)
    parties = Parties(
        buyer=us.legal_name, buyer_tin=us.tin, buyer_trn=us.trn or "", seller=supplier.name if supplier else ""
    )
    return parties, await asyncio.to_thread(order_xml.write, content, edition, parties)


async def mail(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
    """Hand one letter over; safe to run twice, killed anywhere, or beside itself."""
    if company_id is None:
        raise Permanent("an order belongs to a company")
    mail_id = msgspec.json.decode(payload, type=MailJob).mail_id
    mine = {"company_id": company_id, "id": mail_id}
    async with wiring.database.company(company_id) as db:
        row = (await db.execute(_BEGIN, {**mine, "now": now})).one_or_none()
    if row is None:
        return
    given = wiring.settings.mail_server
    try:
        if given is None:
            raise Unavailable("no mail server is set up any more")
        await asyncio.to_thread(send, letter.opened(row.message), read_mail_server(given))
    except MailRefused as error:
        await _ended(wiring, company_id, row, "FAILED", str(error), now=now)
    except Unavailable as error:
        if now - row.ordered_at < GIVE_UP_AFTER:
            async with wiring.database.company(company_id) as db:
                await db.execute(_REASON, {**mine, "reason": str(error)[:500]})
            raise Temporary(str(error)) from None
        told = f"{error}. It was tried for a day; whether a lost answer was a yes, nobody knows."
        await _ended(wiring, company_id, row, "FAILED", told, now=now)
    else:
        await _ended(wiring, company_id, row, "SENT", None, now=now)


HANDLERS = {SEND: mail}
"""Job kind -> function."""


async def _ended(
    wiring: Wiring, company_id: UUID, row: Row[Any], state: str, reason: str | None, *, now: datetime
) -> None:
    """Write down how it went, with what becomes of the order; once, whoever comes second."""
    async with wiring.database.company(company_id) as db:
        held = await queries.one(db, company_id, row.order_id, lock=True)
        values = {"company_id": company_id, "id": row.id, "state": state, "now": now, "reason": reason and reason[:500]}
        if (await db.execute(_END, values)).one_or_none() is None:
            return
        first = held.state == State.SENDING
        if first and state == "SENT":
            await changed.tell(db, company_id, [row.order_id])
        if state == "SENT":
            content = await queries.edition(db, company_id, row.order_id, row.edition)
            intent = _sent(row, held, content, first=first, now=now)
        else:
            intent = _failed(row, held, reason, first=first)
        await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)


def _sent(row: Row[Any], held: Row[Any], content: Content, *, first: bool, now: datetime) -> lifecycle.Intent:
    fact = Ordered(
        order_id=row.order_id, what="sent" if first else "sent_again", edition=row.edition, content=content,
        by=row.ordered_by, at=now, channel="mail", mail_id=row.id,
        message_sha256=sha256(row.message).hexdigest(), xml_sha256=row.xml_sha256,
    )  # fmt: skip
    return lifecycle.Intent(
        machine=MACHINE,
        document_id=row.order_id,
        to=State.SENT if first else "mailed",
        actor=ACTOR,
        step=lifecycle.Step.MOVE if first else lifecycle.Step.LEARN,
        facts=Happened(number=held.number, edition=row.edition, channel="mail", mail_id=row.id),
        entry=NewEntry(kind=Kind.ORDER, canonical=canonical.dumps(fact), series=SERIES, number=held.number),
        values={"sent_at": now, "sent_by": row.ordered_by, "sent_edition": row.edition},
    )


def _failed(row: Row[Any], held: Row[Any], reason: str | None, *, first: bool) -> lifecycle.Intent:
    return lifecycle.Intent(
        machine=MACHINE,
        document_id=row.order_id,
        to=State.DRAFT if first else "unmailed",
        actor=ACTOR,
        step=lifecycle.Step.MOVE if first else lifecycle.Step.LEARN,
        facts=Happened(number=held.number, edition=row.edition, channel="mail", mail_id=row.id, reason=reason or ""),
    )


async def _receiver(call: Call, row: Row[Any], to: str | None) -> str:
    if to is not None:
        return contacts.email_address(to, "/to")
    supplier = await queries.supplier(call.db, call.company_id, row.supplier_id)
    if supplier is None or not supplier.emails:
        raise Unacceptable("/to", "The supplier has no e-mail address; give one.")
    return contacts.email_address(supplier.emails[0], "/to")
