"""Rows of orders, lines, editions. Every query names its company, though row-level security would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.purchasing.errors import OrderNotFound
from gateway.purchasing.models import Content, Line
from gateway.suppliers import queries as suppliers
from gateway.suppliers.errors import SupplierNotFound
from gateway.suppliers.states import State as Standing
from ingestion.matching.candidates import bare

_ONE = "select * from purchase_orders where company_id = :company_id and id = :id"
_BY_NUMBER = text("""
    select id, number, bare_number, supplier_id, state from purchase_orders
    where company_id = :company_id and bare_number = any(cast(:numbers as text[]))
""")
_PAGE = text("""
    select * from purchase_orders where company_id = :company_id
        and (cast(:before as uuid) is null or id < :before)
        and (cast(:state as text) is null or state = :state)
        and (cast(:supplier_id as uuid) is null or supplier_id = :supplier_id)
        and (cast(:bare as text) is null or bare_number = :bare)
    order by id desc limit :most
""")
_LOCK = text("""
    select * from purchase_orders where company_id = :company_id and id = any(cast(:ids as uuid[]))
    order by id for no key update
""")
_LINES = text("""
    select l.*,
        coalesce((select sum(r.received - r.rejected) from goods_receipt_lines r
            where r.company_id = l.company_id and r.order_line_id = l.id), 0) as accepted,
        coalesce((select sum(c.quantity) from purchase_consumptions c
            where c.company_id = l.company_id and c.order_line_id = l.id), 0) as billed,
        exists (select from goods_receipt_lines r where r.company_id = l.company_id and r.order_line_id = l.id)
        or exists (select from purchase_consumptions c where c.company_id = l.company_id and c.order_line_id = l.id)
            as used
    from purchase_order_lines l where l.company_id = :company_id and l.order_id = any(cast(:ids as uuid[]))
    order by l.order_id, l.place
""")
_CHARGED = text("""
    select coalesce(sum(net), 0) from purchase_consumptions
    where company_id = :company_id and order_id = :id and order_line_id is null
""")
_INSERT_LINES = text("""
    insert into purchase_order_lines
        (company_id, id, order_id, position, place, unit, ordered, price, receipt_expected, content)
    select :company_id, g.id, :order_id, g.position, g.place, g.unit, g.ordered, g.price, g.expected, g.content
    from unnest(cast(:ids as uuid[]), cast(:positions as text[]), cast(:places as integer[]), cast(:units as text[]),
        cast(:quantities as numeric[]), cast(:prices as numeric[]), cast(:expected as boolean[]),
        cast(:contents as bytea[])) as g(id, position, place, unit, ordered, price, expected, content)
    on conflict (company_id, order_id, position) do update set place = excluded.place, unit = excluded.unit,
        ordered = excluded.ordered, price = excluded.price, receipt_expected = excluded.receipt_expected,
        content = excluded.content
""")
_DELETE_LINES = text("""
    delete from purchase_order_lines where company_id = :company_id and order_id = :order_id
        and position <> all(cast(:positions as text[]))
""")
_EDITION = text("""
    insert into purchase_order_editions (company_id, order_id, edition, content, reason, made_at, made_by)
    values (:company_id, :order_id, :edition, :content, :reason, :made_at, :made_by)
""")
_EDITIONS = text("""
    select * from purchase_order_editions where company_id = :company_id and order_id = :order_id order by edition
""")
_ONE_EDITION = text("""
    select content from purchase_order_editions
    where company_id = :company_id and order_id = :order_id and edition = :edition
""")
_MAILS = text("""
    select id, edition, receiver, message_id, state, attempts, ordered_at, ordered_by, begun_at, ended_at, reason
    from purchase_order_mails where company_id = :company_id and order_id = :order_id order by id
""")


class SupplierKnown(msgspec.Struct, frozen=True):
    """What an order needs of its supplier."""

    name: str
    emails: tuple[str, ...]
    active: bool


async def one(db: AsyncConnection, company_id: UUID, order_id: UUID, *, lock: bool = False) -> Row[Any]:
    """One order; `lock`: until the transaction ends, as whoever receives or bills locks it. Raises OrderNotFound."""
    query = text(_ONE + " for no key update" if lock else _ONE)
    row = (await db.execute(query, {"company_id": company_id, "id": order_id})).one_or_none()
    if row is None:
        raise OrderNotFound(order_id)
    return row


async def page(
    db: AsyncConnection,
    company_id: UUID,
    *,
    before: UUID | None,
    state: str | None,
    supplier_id: UUID | None,
    number: str | None,
    most: int,
) -> Sequence[Row[Any]]:
    """Latest first; `number` however it is written."""
    given = {
        "company_id": company_id, "before": before, "state": state, "supplier_id": supplier_id, "most": most,
        "bare": None if number is None else bare(number),
    }  # fmt: skip
    return (await db.execute(_PAGE, given)).all()


async def numbered(db: AsyncConnection, company_id: UUID, numbers: Iterable[str]) -> dict[str, Row[Any]]:
    """Orders by the bare form of their numbers; not locked."""
    given = {"company_id": company_id, "numbers": sorted({bare(one) for one in numbers})}
    return {row.bare_number: row for row in await db.execute(_BY_NUMBER, given)}


async def locked(db: AsyncConnection, company_id: UUID, order_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """Orders, locked in the order of their ids."""
    given = {"company_id": company_id, "ids": sorted(set(order_ids))}
    return {row.id: row for row in await db.execute(_LOCK, given)}


async def lines(db: AsyncConnection, company_id: UUID, order_ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    """Lines as they stand, with `accepted`, `billed` and `used` (anything was ever received or billed)."""
    return (await db.execute(_LINES, {"company_id": company_id, "ids": sorted(set(order_ids))})).all()


async def charged(db: AsyncConnection, company_id: UUID, order_id: UUID) -> Decimal:
    """Billed of an order's charges."""
    found: Decimal = (await db.execute(_CHARGED, {"company_id": company_id, "id": order_id})).scalar_one()
    return found


async def write_lines(db: AsyncConnection, company_id: UUID, order_id: UUID, wanted: Sequence[Line]) -> None:
    """Make the lines what is wanted; those that stay keep their ids. One in use that goes breaks a foreign key."""
    positions = [line.position for line in wanted]
    mine = {"company_id": company_id, "order_id": order_id, "positions": positions}
    await db.execute(_DELETE_LINES, mine)
    given = {
        "ids": [new_id() for _ in wanted],
        "places": list(range(len(wanted))),
        "units": [line.unit for line in wanted],
        "quantities": [line.quantity for line in wanted],
        "prices": [line.price for line in wanted],
        "expected": [line.receipt_expected for line in wanted],
        "contents": [msgspec.json.encode(line) for line in wanted],
    }
    await db.execute(_INSERT_LINES, {**mine, **given})


async def add_edition(
    db: AsyncConnection,
    company_id: UUID,
    order_id: UUID,
    edition: int,
    content: Content,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Keep an edition, for ever."""
    values = {
        "company_id": company_id, "order_id": order_id, "edition": edition, "content": msgspec.json.encode(content),
        "reason": reason, "made_at": now, "made_by": by,
    }  # fmt: skip
    await db.execute(_EDITION, values)


async def editions(db: AsyncConnection, company_id: UUID, order_id: UUID) -> Sequence[Row[Any]]:
    """All of an order, oldest first."""
    return (await db.execute(_EDITIONS, {"company_id": company_id, "order_id": order_id})).all()


async def edition(db: AsyncConnection, company_id: UUID, order_id: UUID, number: int) -> Content:
    """One edition's content."""
    given = {"company_id": company_id, "order_id": order_id, "edition": number}
    return msgspec.json.decode((await db.execute(_ONE_EDITION, given)).scalar_one(), type=Content)


async def mails(db: AsyncConnection, company_id: UUID, order_id: UUID) -> Sequence[Row[Any]]:
    """The letters that an order went out in, oldest first."""
    return (await db.execute(_MAILS, {"company_id": company_id, "order_id": order_id})).all()


async def supplier(db: AsyncConnection, company_id: UUID, supplier_id: UUID) -> SupplierKnown | None:
    """None: no such supplier here."""
    try:
        found = await suppliers.one(db, company_id, supplier_id)
    except SupplierNotFound:
        return None
    return SupplierKnown(found.name, tuple(found.emails), found.state == Standing.ACTIVE)
