"""What bills are held against, and what they consume of it: nothing is consumed twice.

    orders = await orders_for(db, ...)                     # as they stand, without what this bill itself consumed
    verdict = ingestion.matching.match(bill, orders, policy)
    await consume(db, ..., verdict.consumed, seen=orders)  # or Overtaken: begin again

`consume` locks the orders in the order of their ids, reads them again, and refuses where one isn't what the verdict was
made from any more. Receipts and changes take the same locks. Rows are only ever added: what a bill gives back is a row
of the opposite, and what was billed is the sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.purchasing import changed
from gateway.purchasing.errors import Overtaken
from gateway.purchasing.models import Line
from gateway.purchasing.states import State
from ingestion.matching import Consumed
from ingestion.matching.candidates import bare, confusable
from ingestion.orders import Order, OrderLine

MOST = 500
"""Open orders of one supplier that a bill without a number is held against: the latest."""

_NAMED = text("""
    select * from purchase_orders where company_id = :company_id and state in ('SENT', 'CLOSED')
        and (bare_number = any(cast(:bare as text[])) or confusable_number = any(cast(:confusable as text[])))
    order by number limit :most
""")
_OPEN = text("""
    select * from purchase_orders where company_id = :company_id and state = 'SENT' and supplier_id = :supplier_id
    order by id desc limit :most
""")
_IDS = text("select id, number from purchase_orders where company_id = :company_id and number = any(:numbers)")
_LOCK = text("""
    select * from purchase_orders where company_id = :company_id and id = any(cast(:ids as uuid[]))
    order by id for no key update
""")
_LINES = text("""
    select l.order_id, l.id, l.content,
        coalesce((select sum(r.received - r.rejected) from goods_receipt_lines r
            where r.company_id = l.company_id and r.order_line_id = l.id), 0) as accepted,
        coalesce((select sum(c.quantity) from purchase_consumptions c
            where c.company_id = l.company_id and c.order_line_id = l.id
                and c.bill_id is distinct from cast(:bill_id as uuid)), 0) as billed
    from purchase_order_lines l where l.company_id = :company_id and l.order_id = any(cast(:ids as uuid[]))
    order by l.order_id, l.place
""")
_CHARGES = text("""
    select order_id, sum(net) as net from purchase_consumptions
    where company_id = :company_id and order_id = any(cast(:ids as uuid[])) and order_line_id is null
        and bill_id is distinct from cast(:bill_id as uuid)
    group by order_id
""")
_BILL = text("select pg_advisory_xact_lock(hashtextextended('purchasing ' || :bill_id, 0))")
_STANDING = text("""
    select c.* from purchase_consumptions c where c.company_id = :company_id and c.bill_id = :bill_id
        and c.reverses is null and not exists (
            select from purchase_consumptions r where r.company_id = c.company_id and r.reverses = c.id)
    order by c.id
""")
_ADD = text("""
    insert into purchase_consumptions (
        company_id, id, bill_id, bill_line, order_id, order_line_id, quantity, net, reverses, at)
    select :company_id, g.id, :bill_id, g.bill_line, g.order_id, g.order_line_id, g.quantity, g.net, g.reverses, :at
    from unnest(
        cast(:ids as uuid[]), cast(:bill_lines as text[]), cast(:orders as uuid[]), cast(:order_lines as uuid[]),
        cast(:quantities as numeric[]), cast(:nets as numeric[]), cast(:reverses as uuid[])
    ) as g(id, bill_line, order_id, order_line_id, quantity, net, reverses)
""")


class _Taken(msgspec.Struct, frozen=True, kw_only=True):
    bill_line: str
    order_id: UUID
    order_line_id: UUID | None
    """None: of the order's charges."""
    quantity: Decimal
    net: Decimal
    reverses: UUID | None = None


async def orders_for(
    db: AsyncConnection,
    company_id: UUID,
    *,
    supplier_id: UUID | None,
    numbers: Iterable[str],
    bill_id: UUID | None = None,
) -> tuple[Order, ...]:
    """The orders that a bill may be about, as they stand; what `bill_id` itself consumed counts as not billed.

    `numbers`: every order number that the bill or one of its lines names. Where it names any, the orders whose numbers
    read like them, whoever's they are, open or closed; where it names none, the supplier's latest open orders.
    """
    named = [number for number in numbers if bare(number)]
    if named:
        given = {"bare": [bare(one) for one in named], "confusable": [confusable(one) for one in named]}
        rows = await db.execute(_NAMED, {"company_id": company_id, "most": MOST, **given})
    elif supplier_id is not None:
        rows = await db.execute(_OPEN, {"company_id": company_id, "supplier_id": supplier_id, "most": MOST})
    else:
        return ()
    return tuple(await _as_they_stand(db, company_id, rows.all(), bill_id))


async def consume(
    db: AsyncConnection,
    company_id: UUID,
    bill_id: UUID,
    consumed: Sequence[Consumed],
    *,
    seen: Sequence[Order],
    charges: Mapping[str, Decimal] | None = None,
    now: datetime,
) -> None:
    """Write down what a bill consumes, in place of what it consumed before; the same again writes nothing.

    `seen`: the orders that the verdict was made from, as `orders_for` gave them for this bill. `charges`: of an order's
    agreed charges, by its number, what this bill bills (negative for a credit note).

    Raises Overtaken where one of the orders consumed isn't as it was seen; then nothing was written.
    """
    await db.execute(_BILL, {"bill_id": str(bill_id)})
    charged = {number: net for number, net in (charges or {}).items() if net}
    numbers = {one.order for one in consumed} | charged.keys()
    found = await db.execute(_IDS, {"company_id": company_id, "numbers": sorted(numbers)})
    ids = {row.number: row.id for row in found}
    standing = await _standing(db, company_id, bill_id)
    locked = await _lock(db, company_id, {*ids.values(), *(row.order_id for row in standing)})
    fresh = {order.number: order for order in await _as_they_stand(db, company_id, locked, bill_id)}
    before = {order.number: order for order in seen}
    for number in sorted(numbers):
        if number not in ids or number not in fresh or fresh[number] != before.get(number):
            raise Overtaken(number)
    await _replace(db, company_id, bill_id, standing, _taken(consumed, charged, ids), now=now)


async def give_back(db: AsyncConnection, company_id: UUID, bill_id: UUID, *, now: datetime) -> None:
    """All that a bill consumed: it is refused or discarded. Whoever waited for that is told."""
    await consume(db, company_id, bill_id, (), seen=(), now=now)


async def _standing(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> Sequence[Row[Any]]:
    return (await db.execute(_STANDING, {"company_id": company_id, "bill_id": bill_id})).all()


async def _lock(db: AsyncConnection, company_id: UUID, ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    return (await db.execute(_LOCK, {"company_id": company_id, "ids": sorted(set(ids))})).all()


async def _as_they_stand(
    db: AsyncConnection, company_id: UUID, rows: Sequence[Row[Any]], bill_id: UUID | None
) -> list[Order]:
    given = {"company_id": company_id, "ids": [row.id for row in rows], "bill_id": bill_id}
    of_order: dict[UUID, list[OrderLine]] = defaultdict(list)
    for row in await db.execute(_LINES, given):
        of_order[row.order_id].append(_line(row))
    charged: dict[UUID, Decimal] = {row.order_id: row.net for row in await db.execute(_CHARGES, given)}
    return [
        Order(
            number=row.number,
            supplier=str(row.supplier_id),
            currency=row.currency,
            date=row.issue_date,
            closed=row.state != State.SENT,
            charges=row.charges,
            charges_billed=charged.get(row.id, Decimal(0)),
            lines=tuple(of_order[row.id]),
        )
        for row in rows
    ]


def _line(row: Row[Any]) -> OrderLine:
    line = msgspec.json.decode(row.content, type=Line)
    return OrderLine(
        id=str(row.id),
        position=line.position,
        buyer_item=line.buyer_item,
        seller_item=line.seller_item,
        standard_item=line.standard_item,
        description=line.description,
        unit=line.unit,
        factors={other.unit: other.factor for other in line.other_units},
        ordered=line.quantity,
        price=line.price,
        tax_rate=line.tax_rate,
        accepted=row.accepted,
        billed=row.billed,
        receipt_expected=line.receipt_expected,
        group=line.group,
    )


def _taken(consumed: Sequence[Consumed], charges: Mapping[str, Decimal], ids: Mapping[str, UUID]) -> list[_Taken]:
    taken = [
        _Taken(
            bill_line=one.line,
            order_id=ids[one.order],
            order_line_id=UUID(one.order_line),
            quantity=one.quantity,
            net=one.net,
        )
        for one in consumed
    ]
    taken += [
        _Taken(bill_line="", order_id=ids[number], order_line_id=None, quantity=Decimal(0), net=net)
        for number, net in sorted(charges.items())
    ]
    return taken


async def _replace(
    db: AsyncConnection,
    company_id: UUID,
    bill_id: UUID,
    standing: Sequence[Row[Any]],
    taken: Sequence[_Taken],
    *,
    now: datetime,
) -> None:
    kept = {_key(row): row for row in standing}
    news = {_key(one): one for one in taken}
    gone = [row for key, row in kept.items() if key not in news]
    back = [
        _Taken(
            bill_line=row.bill_line,
            order_id=row.order_id,
            order_line_id=row.order_line_id,
            quantity=-row.quantity,
            net=-row.net,
            reverses=row.id,
        )
        for row in gone
    ]
    rows = back + [one for key, one in news.items() if key not in kept]
    if rows:
        given = {
            "ids": [new_id() for _ in rows],
            "bill_lines": [one.bill_line for one in rows],
            "orders": [one.order_id for one in rows],
            "order_lines": [one.order_line_id for one in rows],
            "quantities": [one.quantity for one in rows],
            "nets": [one.net for one in rows],
            "reverses": [one.reverses for one in rows],
        }
        await db.execute(_ADD, {"company_id": company_id, "bill_id": bill_id, "at": now, **given})
    await changed.tell(db, company_id, {row.order_id for row in gone})


def _key(one: Any) -> tuple[object, ...]:
    return one.bill_line, one.order_id, one.order_line_id, one.quantity, one.net
