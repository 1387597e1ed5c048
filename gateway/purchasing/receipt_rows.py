"""Rows of goods receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.purchasing.errors import ReceiptNotFound
from gateway.purchasing.evidence import Received

_ADD = text("""
    insert into goods_receipts (
        company_id, id, number, supplier_id, received_on, delivery_note, note, counters, made_at, made_by)
    values (:company_id, :id, :number, :supplier_id, :received_on, :delivery_note, :note, :counters, :made_at, :made_by)
""")
_ADD_LINES = text("""
    insert into goods_receipt_lines
        (company_id, receipt_id, place, order_id, order_line_id, received, rejected, unit, factor)
    select :company_id, :id, g.place, g.order_id, g.line_id, g.received, g.rejected, g.unit, g.factor
    from unnest(cast(:places as integer[]), cast(:orders as uuid[]), cast(:lines as uuid[]),
        cast(:received as numeric[]), cast(:rejected as numeric[]), cast(:units as text[]), cast(:factors as numeric[]))
        as g(place, order_id, line_id, received, rejected, unit, factor)
""")
_ONE = text("select * from goods_receipts where company_id = :company_id and id = :id")
_PAGE = text("""
    select * from goods_receipts r where company_id = :company_id
        and (cast(:before as uuid) is null or id < :before)
        and (cast(:order_id as uuid) is null or exists (
            select from goods_receipt_lines l where l.company_id = r.company_id and l.receipt_id = r.id
                and l.order_id = :order_id))
    order by id desc limit :most
""")
_LINES = text("""
    select r.*, l.position, l.unit as order_unit, o.number as order_number
    from goods_receipt_lines r
    join purchase_order_lines l on l.company_id = r.company_id and l.id = r.order_line_id
    join purchase_orders o on o.company_id = r.company_id and o.id = r.order_id
    where r.company_id = :company_id and r.receipt_id = any(cast(:ids as uuid[])) order by r.receipt_id, r.place
""")
_COUNTERED = text("""
    select counters, id from goods_receipts where company_id = :company_id and counters = any(cast(:ids as uuid[]))
""")
_TAKEN = text("select number from goods_receipts where company_id = :company_id and number = any(:numbers)")


async def add(db: AsyncConnection, company_id: UUID, fact: Received) -> None:
    """Write a receipt with its lines."""
    mine = {"company_id": company_id, "id": fact.receipt_id}
    values = {
        "number": fact.number, "supplier_id": fact.supplier_id, "received_on": fact.received_on,
        "delivery_note": fact.delivery_note, "note": fact.note, "counters": fact.counters, "made_at": fact.at,
        "made_by": fact.by,
    }  # fmt: skip
    await db.execute(_ADD, {**mine, **values})
    given = {
        "places": list(range(len(fact.lines))),
        "orders": [line.order_id for line in fact.lines],
        "lines": [line.order_line_id for line in fact.lines],
        "received": [line.received for line in fact.lines],
        "rejected": [line.rejected for line in fact.lines],
        "units": [line.unit for line in fact.lines],
        "factors": [line.factor for line in fact.lines],
    }
    await db.execute(_ADD_LINES, {**mine, **given})


async def one(db: AsyncConnection, company_id: UUID, receipt_id: UUID) -> Row[Any]:
    """One receipt. Raises ReceiptNotFound."""
    row = (await db.execute(_ONE, {"company_id": company_id, "id": receipt_id})).one_or_none()
    if row is None:
        raise ReceiptNotFound(receipt_id)
    return row


async def page(
    db: AsyncConnection, company_id: UUID, *, before: UUID | None, order_id: UUID | None, most: int
) -> Sequence[Row[Any]]:
    """Latest first."""
    given = {"company_id": company_id, "before": before, "order_id": order_id, "most": most}
    return (await db.execute(_PAGE, given)).all()


async def lines(db: AsyncConnection, company_id: UUID, receipt_ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    """Lines of receipts, with their orders' numbers and positions."""
    return (await db.execute(_LINES, {"company_id": company_id, "ids": sorted(set(receipt_ids))})).all()


async def countered(db: AsyncConnection, company_id: UUID, receipt_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of these receipts, those that were taken back, and by which."""
    rows = await db.execute(_COUNTERED, {"company_id": company_id, "ids": sorted(set(receipt_ids))})
    return {row.counters: row.id for row in rows}


async def taken(db: AsyncConnection, company_id: UUID, numbers: Iterable[str]) -> set[str]:
    """Of these numbers, those that receipts have."""
    rows = await db.execute(_TAKEN, {"company_id": company_id, "numbers": sorted(set(numbers))})
    return set(rows.scalars())
