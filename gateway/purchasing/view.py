"""Orders and receipts as they are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.purchasing import queries, receipt_rows
from gateway.purchasing.checking import plain
from gateway.purchasing.models import Content, Line
from gateway.purchasing.states import State

_NOTHING = Decimal(0)


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a list shows it."""

    id: UUID
    version: int
    """Counts its changes; send it back with the next one."""
    state: State
    number: str
    supplier_id: UUID
    currency: str
    issue_date: date
    edition: int
    """Of its content, from 1."""
    total: Decimal
    """Without VAT, charges included."""
    sent_edition: int | None
    """The edition that the supplier has; null: none yet."""


class LineStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where one line stands; quantities in its unit."""

    id: UUID
    position: str
    accepted: Decimal
    """Received and found good, less what went back."""
    billed: Decimal
    """Consumed by bills, less what was credited."""
    due: Decimal
    """May be billed now."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that the order went out in."""

    id: UUID
    edition: int
    receiver: str
    message_id: str
    state: str
    """`WAITING`, `SENT`: the mail server has taken it, `FAILED`."""
    attempts: int
    ordered_at: datetime
    ordered_by: str
    begun_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    """Why the latest attempt failed."""


class OrderShown(OrderSummary, frozen=True, kw_only=True):
    """One order."""

    content: Content
    standing: tuple[LineStanding, ...]
    charges_billed: Decimal
    made_at: datetime
    made_by: str
    sent_at: datetime | None
    sent_by: str | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    mails: tuple[Mail, ...]


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of an order, for ever."""

    edition: int
    made_at: datetime
    made_by: str
    reason: str
    content: Content


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one order line; quantities in that line's unit."""

    order_id: UUID
    order: str
    position: str
    received: Decimal
    rejected: Decimal
    order_unit: str
    unit: str
    """In which it was written."""
    factor: Decimal
    """How much of the line's unit one of it is."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A goods receipt."""

    id: UUID
    number: str
    supplier_id: UUID
    received_on: date
    delivery_note: str
    note: str
    counters: UUID | None
    """The receipt that this one takes back."""
    countered_by: UUID | None
    """The receipt that takes this one back."""
    made_at: datetime
    made_by: str
    lines: tuple[ReceiptLine, ...]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """Latest first."""

    items: tuple[OrderSummary, ...]
    next: UUID | None
    """`cursor` of the next page; null at the end."""


class ReceiptPage(msgspec.Struct, frozen=True, kw_only=True):
    """Latest first."""

    items: tuple[Receipt, ...]
    next: UUID | None


def summary(row: Row[Any]) -> OrderSummary:
    """A row as lists show it."""
    return OrderSummary(**_of(row, OrderSummary))


async def order(db: AsyncConnection, company_id: UUID, order_id: UUID) -> OrderShown:
    """One order as it stands. Raises OrderNotFound."""
    row = await queries.one(db, company_id, order_id)
    lines = await queries.lines(db, company_id, [order_id])
    mails = await queries.mails(db, company_id, order_id)
    further: dict[str, Any] = {
        "content": msgspec.json.decode(row.content, type=Content),
        "standing": tuple(_standing(line) for line in lines),
        "charges_billed": await queries.charged(db, company_id, order_id),
        "mails": tuple(Mail(**mail._mapping) for mail in mails),
    }
    return OrderShown(**{**_of(row, OrderShown), **further})


async def editions(db: AsyncConnection, company_id: UUID, order_id: UUID) -> tuple[Edition, ...]:
    """Every edition, oldest first. Raises OrderNotFound."""
    await queries.one(db, company_id, order_id)
    return tuple(
        Edition(
            edition=row.edition,
            made_at=row.made_at,
            made_by=row.made_by,
            reason=row.reason,
            content=msgspec.json.decode(row.content, type=Content),
        )
        for row in await queries.editions(db, company_id, order_id)
    )


async def receipt(db: AsyncConnection, company_id: UUID, receipt_id: UUID) -> Receipt:
    """One receipt. Raises ReceiptNotFound."""
    return (await receipts(db, company_id, [await receipt_rows.one(db, company_id, receipt_id)]))[0]


async def receipts(db: AsyncConnection, company_id: UUID, rows: Sequence[Row[Any]]) -> list[Receipt]:
    """Rows of receipts with their lines."""
    ids = [row.id for row in rows]
    lines: dict[UUID, list[ReceiptLine]] = defaultdict(list)
    for line in await receipt_rows.lines(db, company_id, ids):
        lines[line.receipt_id].append(
            ReceiptLine(
                order_id=line.order_id, order=line.order_number, position=line.position,
                received=plain(line.received), rejected=plain(line.rejected), order_unit=line.order_unit,
                unit=line.unit, factor=line.factor,
            )
        )  # fmt: skip
    countered = await receipt_rows.countered(db, company_id, ids)
    return [
        Receipt(
            id=row.id, number=row.number, supplier_id=row.supplier_id, received_on=row.received_on,
            delivery_note=row.delivery_note, note=row.note, counters=row.counters, made_at=row.made_at,
            made_by=row.made_by, countered_by=countered.get(row.id), lines=tuple(lines[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def _of(row: Row[Any], shown: type[msgspec.Struct]) -> dict[str, Any]:
    names = set(shown.__struct_fields__)
    values = {name: value for name, value in row._mapping.items() if name in names}
    return {**values, "state": State(row.state)}


def _standing(row: Row[Any]) -> LineStanding:
    line = msgspec.json.decode(row.content, type=Line)
    ready = min(line.quantity, row.accepted) if line.receipt_expected else line.quantity
    return LineStanding(
        id=row.id,
        position=row.position,
        accepted=plain(row.accepted),
        billed=plain(row.billed),
        due=plain(max(ready - row.billed, _NOTHING)),
    )
