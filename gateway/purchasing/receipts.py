"""Goods receipts: what came of which order line, and what went back. Written once; a mistake is countered.

A receipt locks its orders' rows in the order of their ids, as bills and changes do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from gateway import events
from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.db import new_id
from gateway.http.problems import Finding
from gateway.purchasing import changed, checking, queries, receipt_rows
from gateway.purchasing.errors import CounteredAlready, NotOpen, NotOrderable, NumberTaken
from gateway.purchasing.evidence import Came, Received, ReceivedLine
from gateway.purchasing.models import Line
from gateway.purchasing.states import State
from ingestion.matching.candidates import bare
from ledger import canonical, store
from ledger.entry import Kind, NewEntry

SERIES = "goods receipts"
"""The ledger's series of them."""
RETURN = "GW-RETURN"
"""More would go back than is here."""
ACCURACY = Decimal(1).scaleb(-checking.PLACES)


class NewReceiptLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of one order line, or went back."""

    order: str
    """The order's number."""
    position: str
    """The line's on the order."""
    received: Decimal
    """Negative: it went back."""
    rejected: Decimal = Decimal(0)
    """Of these, not found good."""
    unit: str | None = None
    """The line's unit, or one of its other units; absent: the line's."""


class NewReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A delivery, or a return."""

    number: str
    received_on: date
    delivery_note: str = ""
    """The supplier's number of it (IBT-016)."""
    note: str = ""
    lines: tuple[NewReceiptLine, ...]
    """Of one supplier's orders."""


class Counter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt that takes another one back."""

    number: str
    """Of the new one."""
    reason: str


async def record(call: Call, wanted: NewReceipt, at: str = "") -> UUID:
    """Write down what came. Raises NotOrderable, NotOpen, NumberTaken.

    `at`: pointer of the receipt in the body.
    """
    receipt = _checked(wanted, at)
    known = await queries.numbered(call.db, call.company_id, [line.order for line in receipt.lines])
    _demand_known(receipt, known, at)
    orders = await queries.locked(call.db, call.company_id, [row.id for row in known.values()])
    supplier_id = _supplier(orders, at)
    _demand_open(orders)
    rows = await queries.lines(call.db, call.company_id, orders)
    ids = {key: row.id for key, row in known.items()}
    lines = _resolved(receipt, ids, orders, rows, at)
    _demand_here(lines, rows, at)
    fact = Received(
        receipt_id=new_id(), number=receipt.number, supplier_id=supplier_id, received_on=receipt.received_on,
        delivery_note=receipt.delivery_note, note=receipt.note, counters=None, by=call.principal.actor, at=call.now,
        lines=lines,
    )  # fmt: skip
    await _keep(call, fact, "goods_receipt.recorded")
    return fact.receipt_id


async def counter(call: Call, receipt_id: UUID, said: Counter) -> UUID:
    """Take a receipt back by one of the opposite. Raises ReceiptNotFound, CounteredAlready, NotOpen, NotOrderable."""
    number, reason = checking.tidy(said.number), checking.tidy(said.reason)
    wrong = [*checking.number(number, "/number"), *checking.text(reason, "/reason", 500, needed=True)]
    if wrong:
        raise NotOrderable(wrong)
    old = await receipt_rows.one(call.db, call.company_id, receipt_id)
    before = await receipt_rows.lines(call.db, call.company_id, [receipt_id])
    orders = await queries.locked(call.db, call.company_id, {line.order_id for line in before})
    if old.counters is not None or await receipt_rows.countered(call.db, call.company_id, [receipt_id]):
        raise CounteredAlready(old.number)
    _demand_open(orders)
    lines = tuple(
        ReceivedLine(
            order_id=line.order_id, order_number=line.order_number, order_line_id=line.order_line_id,
            position=line.position, received=-line.received, rejected=-line.rejected, unit=line.unit,
            factor=line.factor,
        )
        for line in before
    )  # fmt: skip
    _demand_here(lines, await queries.lines(call.db, call.company_id, orders), "")
    fact = Received(
        receipt_id=new_id(), number=number, supplier_id=old.supplier_id, received_on=old.received_on,
        delivery_note=old.delivery_note, note=reason, counters=receipt_id, by=call.principal.actor, at=call.now,
        lines=lines,
    )  # fmt: skip
    await _keep(call, fact, "goods_receipt.countered")
    return fact.receipt_id


def _checked(receipt: NewReceipt, at: str) -> NewReceipt:
    tidy = msgspec.structs.replace(
        receipt,
        number=checking.tidy(receipt.number),
        delivery_note=checking.tidy(receipt.delivery_note),
        note=checking.tidy(receipt.note),
        lines=tuple(
            msgspec.structs.replace(line, order=checking.tidy(line.order), position=checking.tidy(line.position))
            for line in receipt.lines
        ),
    )
    found = [
        *checking.number(tidy.number, f"{at}/number"),
        *checking.day(tidy.received_on, f"{at}/received_on"),
        *checking.text(tidy.delivery_note, f"{at}/delivery_note", 100),
        *checking.text(tidy.note, f"{at}/note", 500),
    ]
    if not 1 <= len(tidy.lines) <= checking.MOST_LINES:
        found.append(checking.finding(f"{at}/lines", f"A receipt has 1 to {checking.MOST_LINES:,} lines."))
    else:
        for index, line in enumerate(tidy.lines):
            found += _figures(line, f"{at}/lines/{index}")
    if found:
        raise NotOrderable(found)
    return tidy


def _figures(line: NewReceiptLine, at: str) -> list[Finding]:
    found = [*checking.figure(line.received, f"{at}/received"), *checking.figure(line.rejected, f"{at}/rejected")]
    if found:
        return found
    if not line.received:
        return [checking.finding(f"{at}/received", "Nothing came and nothing went back; leave the line out.")]
    if line.received < 0 and line.rejected:
        return [checking.finding(f"{at}/rejected", "What goes back isn't rejected a second time; leave it 0.")]
    if not 0 <= line.rejected <= max(line.received, Decimal(0)):
        return [checking.finding(f"{at}/rejected", "At least 0, and no more than came.")]
    return []


def _demand_known(receipt: NewReceipt, known: Mapping[str, Row[Any]], at: str) -> None:
    found = [
        checking.finding(f"{at}/lines/{index}/order", f"There is no purchase order {line.order[:60]!r} here.")
        for index, line in enumerate(receipt.lines)
        if bare(line.order) not in known
    ]
    if found:
        raise NotOrderable(found)


def _supplier(orders: Mapping[UUID, Row[Any]], at: str) -> UUID:
    suppliers = {row.supplier_id for row in orders.values()}
    if len(suppliers) > 1:
        raise Unacceptable(f"{at}/lines", "These orders are of several suppliers; write a receipt for each.")
    supplier: UUID = suppliers.pop()
    return supplier


def _demand_open(orders: Mapping[UUID, Row[Any]]) -> None:
    for row in orders.values():
        if row.state != State.SENT:
            raise NotOpen(row.number, row.state, "received")


def _resolved(
    receipt: NewReceipt,
    ids: Mapping[str, UUID],
    orders: Mapping[UUID, Row[Any]],
    rows: Sequence[Row[Any]],
    at: str,
) -> tuple[ReceivedLine, ...]:
    """In the order lines' units."""
    places = {(row.order_id, row.position): row for row in rows}
    found: list[Finding] = []
    lines: list[ReceivedLine] = []
    for index, line in enumerate(receipt.lines):
        order = orders[ids[bare(line.order)]]
        row = places.get((order.id, line.position))
        if row is None:
            told = f"Order {order.number} has no position {line.position[:20]!r}."
            found.append(checking.finding(f"{at}/lines/{index}/position", told))
            continue
        factor = _factor(msgspec.json.decode(row.content, type=Line), line.unit)
        if factor is None:
            told = f"Position {row.position} is ordered in {row.unit}; give the order line a factor for this unit."
            found.append(checking.finding(f"{at}/lines/{index}/unit", told))
            continue
        if abs(line.received * factor) > checking.LARGEST:
            told = f"In the order's unit this is more than {checking.LARGEST:,}."
            found.append(checking.finding(f"{at}/lines/{index}/received", told))
            continue
        received, rejected = _in_unit(line.received, factor), _in_unit(line.rejected, factor)
        if not received:
            found.append(checking.finding(f"{at}/lines/{index}/received", "In the order's unit this is nothing."))
            continue
        lines.append(
            ReceivedLine(
                order_id=order.id, order_number=order.number, order_line_id=row.id, position=row.position,
                received=received, rejected=rejected, unit=line.unit or row.unit, factor=factor,
            )
        )  # fmt: skip
    if found:
        raise NotOrderable(found)
    return tuple(lines)


def _factor(line: Line, unit: str | None) -> Decimal | None:
    if unit is None or unit == line.unit:
        return Decimal(1)
    return next((other.factor for other in line.other_units if other.unit == unit), None)


def _in_unit(quantity: Decimal, factor: Decimal) -> Decimal:
    return checking.plain((quantity * factor).quantize(ACCURACY))


def _demand_here(lines: Sequence[ReceivedLine], rows: Sequence[Row[Any]], at: str) -> None:
    """Of no line more goes back than was accepted."""
    accepted: dict[UUID, Decimal] = {row.id: row.accepted for row in rows}
    change: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        change[line.order_line_id] += line.received - line.rejected
    found = [
        checking.finding(
            f"{at}/lines/{index}/received",
            f"Only {checking.plain(accepted[line.order_line_id])} of position {line.position} are here.",
            RETURN,
        )
        for index, line in enumerate(lines)
        if line.received < 0 and accepted[line.order_line_id] + change[line.order_line_id] < 0
    ]
    if found:
        raise NotOrderable(found)


async def _keep(call: Call, fact: Received, kind: str) -> None:
    order_ids = {line.order_id for line in fact.lines}
    await changed.tell(call.db, call.company_id, order_ids)
    numbers = tuple(sorted({line.order_number for line in fact.lines}))
    told = msgspec.Raw(msgspec.json.encode(Came(number=fact.number, orders=numbers, counters=fact.counters)))
    event = events.Event(kind, fact.receipt_id, call.now, call.principal.actor, told)
    await events.emit(call.db, call.company_id, event)
    try:
        await receipt_rows.add(call.db, call.company_id, fact)
    except IntegrityError as error:
        if "number" in str(error.orig):
            raise NumberTaken("goods receipt", fact.number) from None
        raise
    evidence = canonical.dumps(fact)
    entry = NewEntry(kind=Kind.GOODS_RECEIPT, canonical=evidence, series=SERIES, number=fact.number)
    await store.append(call.db, call.company_id, [entry], now=call.now, keys=call.wiring.keys)
