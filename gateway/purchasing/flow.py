"""A purchase order from the draft to its end: written, changed with history, closed, reopened, cancelled.

Every function works in the caller's transaction and commits nothing. Whatever changes an order locks its row first, as
receipts and bills do, so that none of them sees the other half-done.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from gateway import lifecycle
from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.db import new_id
from gateway.purchasing import changed, checking, queries
from gateway.purchasing.changing import demand_changeable
from gateway.purchasing.errors import InUse, NotOpen, NumberTaken, VersionMoved
from gateway.purchasing.evidence import Happened, Ordered
from gateway.purchasing.models import MACHINE, Content
from gateway.purchasing.states import State
from ingestion.matching.candidates import bare, confusable
from ledger import canonical
from ledger.entry import Kind, NewEntry

SERIES = "purchase orders"
"""The ledger's series of them."""


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new edition of an order."""

    version: int
    """The one that was read."""
    content: Content
    """The whole of it; a line is itself by its position."""
    reason: str = ""
    """Needed once the order was sent."""
    below: bool = False
    """Knowingly less than was received or billed."""


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an order is closed, reopened or cancelled."""

    reason: str


async def draft(call: Call, wanted: Content, at: str = "") -> UUID:
    """A new order. Raises NotOrderable, Unacceptable, NumberTaken."""
    content = checking.checked(wanted, at)
    await _demand_supplier(call, content, at)
    order_id = new_id()
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=order_id,
        to=State.DRAFT,
        actor=call.principal.actor,
        step=lifecycle.Step.BEGIN,
        facts=Happened(number=content.number, edition=1),
        values={**columns(content, 1), "made_at": call.now, "made_by": call.principal.actor},
    )
    await _advance(call, intent, content)
    await queries.write_lines(call.db, call.company_id, order_id, content.lines)
    await _edition(call, order_id, 1, content, "")
    return order_id


async def change(call: Call, order_id: UUID, wanted: Change) -> None:
    """A new edition. Raises OrderNotFound, VersionMoved, NotOpen, NotOrderable, NumberTaken."""
    row = await queries.one(call.db, call.company_id, order_id, lock=True)
    if row.version != wanted.version:
        raise VersionMoved(row.version)
    if row.state not in {State.DRAFT, State.SENT}:
        raise NotOpen(row.number, row.state, "changed")
    content, reason = checking.checked(wanted.content, "/content"), checking.tidy(wanted.reason)
    await _demand_supplier(call, content, "/content", present=row.supplier_id)
    sent = row.state == State.SENT
    await demand_changeable(call, row, content, reason, sent=sent, below=wanted.below)
    edition = row.edition + 1
    await queries.write_lines(call.db, call.company_id, order_id, content.lines)
    await _edition(call, order_id, edition, content, reason)
    if sent:
        await changed.tell(call.db, call.company_id, [order_id])
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=order_id,
        to="changed" if sent else "edited",
        actor=call.principal.actor,
        step=lifecycle.Step.LEARN,
        facts=Happened(number=content.number, edition=edition, reason=reason),
        entry=entry(call, order_id, "changed", edition, content, reason, below=wanted.below) if sent else None,
        values=columns(content, edition),
    )
    await _advance(call, intent, content)


async def send_by_hand(call: Call, order_id: UUID) -> None:
    """A person gave it to the supplier by other means and says so. Raises OrderNotFound, NotOpen, IllegalTransition."""
    row = await queries.one(call.db, call.company_id, order_id, lock=True)
    if row.state in {State.SENDING, State.CLOSED}:  # these may become SENT, too, but by the letter or by reopening
        raise NotOpen(row.number, row.state, "sent by hand")
    values = {"sent_at": call.now, "sent_by": call.principal.actor, "sent_edition": row.edition}
    await _move(call, row, State.SENT, "sent", channel="hand", values=values)


async def close(call: Call, order_id: UUID, said: Said) -> None:
    """Nothing more is expected. Raises OrderNotFound, IllegalTransition, Unacceptable."""
    row = await queries.one(call.db, call.company_id, order_id, lock=True)
    await _move(call, row, State.CLOSED, "closed", reason=_reason(said), values={"closed_at": call.now})


async def reopen(call: Call, order_id: UUID, said: Said) -> None:
    """Something is expected after all. Raises OrderNotFound, IllegalTransition, NotOpen, Unacceptable."""
    row = await queries.one(call.db, call.company_id, order_id, lock=True)
    if row.state in {State.DRAFT, State.SENDING}:  # these may become SENT, too, but by being sent
        raise NotOpen(row.number, row.state, "reopened")
    await _move(call, row, State.SENT, "reopened", reason=_reason(said), values={"closed_at": None})


async def cancel(call: Call, order_id: UUID, said: Said) -> None:
    """Never mind. Raises OrderNotFound, InUse, IllegalTransition, Unacceptable."""
    row = await queries.one(call.db, call.company_id, order_id, lock=True)
    lines = await queries.lines(call.db, call.company_id, [order_id])
    if any(line.accepted or line.billed for line in lines) or await queries.charged(call.db, call.company_id, order_id):
        raise InUse(row.number)
    await _move(call, row, State.CANCELLED, "cancelled", reason=_reason(said), values={"cancelled_at": call.now})


def columns(content: Content, edition: int) -> dict[str, object]:
    """What of an edition stands in the order's row."""
    return {
        "number": content.number,
        "bare_number": bare(content.number),
        "confusable_number": confusable(content.number),
        "supplier_id": content.supplier_id,
        "currency": content.currency,
        "issue_date": content.issue_date,
        "charges": content.charges,
        "edition": edition,
        "content": msgspec.json.encode(content),
        "total": sum((line.quantity * line.price for line in content.lines), content.charges),
    }


def entry(
    call: Call, order_id: UUID, what: str, edition: int, content: Content, reason: str, *, below: bool = False,
    channel: str = "",
) -> NewEntry:  # fmt: skip
    """The evidence of what a person did to an order."""
    fact = Ordered(
        order_id=order_id, what=what, edition=edition, content=content, by=call.principal.actor, at=call.now,
        reason=reason, below=below, channel=channel,
    )  # fmt: skip
    return NewEntry(kind=Kind.ORDER, canonical=canonical.dumps(fact), series=SERIES, number=content.number)


async def _move(
    call: Call, row: Row[Any], to: State, what: str, *, reason: str = "", channel: str = "", values: dict[str, object]
) -> None:
    content = msgspec.json.decode(row.content, type=Content)
    if MACHINE.allows(row.state, to):
        await changed.tell(call.db, call.company_id, [row.id])
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=row.id,
        to=to,
        actor=call.principal.actor,
        facts=Happened(number=row.number, edition=row.edition, reason=reason, channel=channel),
        entry=entry(call, row.id, what, row.edition, content, reason, channel=channel),
        values=values,
    )
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def _advance(call: Call, intent: lifecycle.Intent, content: Content) -> None:
    try:
        await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    except IntegrityError as error:
        if "bare_number" in str(error.orig):
            raise NumberTaken("purchase order", content.number) from None
        raise


async def _edition(call: Call, order_id: UUID, edition: int, content: Content, reason: str) -> None:
    await queries.add_edition(
        call.db, call.company_id, order_id, edition, content, reason=reason, by=call.principal.actor, now=call.now
    )


async def _demand_supplier(call: Call, content: Content, at: str, present: UUID | None = None) -> None:
    if content.supplier_id == present:
        return
    found = await queries.supplier(call.db, call.company_id, content.supplier_id)
    if found is None or not found.active:
        raise Unacceptable(f"{at}/supplier_id", "There is no such supplier in use; make the supplier first.")


def _reason(said: Said) -> str:
    reason = checking.tidy(said.reason)
    if checking.text(reason, "/reason", 500, needed=True):
        raise Unacceptable("/reason", "Say why, in 1 to 500 characters.")
    return reason
