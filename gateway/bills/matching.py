"""Match an accepted bill: the verdict, what it consumes of orders, and its evidence, in one transaction.

A verdict follows from one value, `Input`, which is kept whole in the storage under its digest: `replay` of those bytes
gives the same verdict for ever. Orders are consumed under their locks; where one moved meanwhile, all begins again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import lifecycle
from gateway.bills import evidence, fields, flow, holds, policy, queries, tasks, units
from gateway.bills.fields import Fields, Line
from gateway.bills.models import MACHINE
from gateway.bills.states import OPEN, State
from gateway.jobqueue import Temporary
from gateway.purchasing import matching as purchasing
from gateway.purchasing.errors import Overtaken
from gateway.wiring import Wiring
from ingestion import matching
from ingestion.document import Kind as DocumentKind
from ingestion.orders import Bill, BillLine, Order, OrderLine
from ledger import canonical
from ledger.entry import Kind

ACTOR = "system:matcher"
_TRIES = 5
_NOTHING, _ONE = Decimal(0), Decimal(1)
_GTIN = frozenset({8, 12, 13, 14})


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """All that a verdict follows from."""

    bill: Bill
    orders: tuple[Order, ...]
    policy: matching.Policy
    policy_version: int


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a verdict."""

    word: matching.Word
    deviation: str
    holds: tuple[str, ...]


def replay(data: bytes) -> matching.Verdict:
    """The verdict of an input, from its bytes as they are kept."""
    given = msgspec.json.decode(data, type=Input)
    return matching.match(given.bill, given.orders, given.policy)


async def match_bill(wiring: Wiring, company_id: UUID, bill_id: UUID, *, now: datetime) -> None:
    """Match one bill, or match it again; what nobody has accepted, or somebody has decided on, is left alone."""
    for _ in range(_TRIES):
        try:
            async with wiring.database.company(company_id) as db:
                row = await queries.one(db, company_id, bill_id, lock=True)
                if row.state in OPEN:
                    await match(db, wiring, company_id, row, now=now)
                return
        except Overtaken:
            continue
    raise Temporary("its orders are being changed all the time")


async def match(db: AsyncConnection, wiring: Wiring, company_id: UUID, row: Row[Any], *, now: datetime) -> None:
    """Match a locked row in the caller's transaction. Raises Overtaken: roll back and begin again."""
    standing = msgspec.json.decode(row.fields, type=Fields)
    supplier_id = await flow.supplier_of(db, company_id, standing)  # as the list stands now: it may be archived
    numbers = [number for number in (standing.po_number, *(line.order_number for line in standing.lines)) if number]
    seen = await purchasing.orders_for(db, company_id, supplier_id=supplier_id, numbers=numbers, bill_id=row.id)
    chosen = await policy.current(db, company_id)
    given = Input(
        bill=bill_of(standing, seen, supplier_id),
        orders=tuple(map(_unitless, seen)),
        policy=chosen.policy.matching,
        policy_version=chosen.version,
    )
    verdict = await asyncio.get_running_loop().run_in_executor(
        wiring.executor, matching.match, given.bill, given.orders, given.policy
    )
    digest = await wiring.storage.put(canonical.dumps(given))
    charges = charged(given.bill, verdict, seen)
    await purchasing.consume(db, company_id, row.id, verdict.consumed, seen=seen, charges=charges, now=now)
    held = await holds.of(db, company_id, row, standing, supplier_id, keys=wiring.keys, actor=ACTOR, now=now)
    told = canonical.dumps(verdict)
    to = State.MATCHED if verdict.clear else State.EXCEPTION
    same = (row.state, row.verdict, tuple(row.holds), tuple(row.near), row.supplier_id)
    if same == (to, told, held.holds, held.near, supplier_id):
        return
    fact = evidence.Matched(
        bill_id=row.id, reading_sha256=row.reading_sha256, input_sha256=digest, verdict=verdict, clear=verdict.clear,
        holds=held.holds, near=held.near, matched_at=now,
    )  # fmt: skip
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=row.id,
        to=to,
        actor=ACTOR,
        facts=Met(word=verdict.word, deviation=format(verdict.deviation, "f"), holds=held.holds),
        entry=evidence.entry(Kind.MATCH, fact),
        values={
            "supplier_id": supplier_id,
            "verdict": bytes(told),
            "word": verdict.word.value,
            "input_sha256": digest,
            "matched_at": now,
            "holds": list(held.holds),
            "near": list(held.near),
        },
    )
    await tasks.follow(db, company_id, row, to, chosen.policy.exceptions, now=now)
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=wiring.keys)


def bill_of(standing: Fields, orders: Sequence[Order], supplier_id: UUID | None) -> Bill:
    """The bill as matching wants it. A document without lines is one line over its net amount, and a line without
    quantity and price is one piece at its amount: whether an order agrees to that is for the comparison to say."""
    if standing.issue_date is None:
        raise ValueError("a bill is accepted with a date only")
    ours = {line.buyer_item for order in orders for line in order.lines if line.buyer_item}
    lines = standing.lines or (Line(net_amount=standing.net),)
    tax = standing.tax or _NOTHING
    payable = standing.payable if standing.payable is not None else standing.total or _NOTHING
    return Bill(
        supplier=str(supplier_id) if supplier_id else "",
        currency=standing.currency or "",
        rate=standing.rate,
        credit=standing.kind is DocumentKind.CREDIT_NOTE,
        date=standing.issue_date,
        orders=(standing.po_number,) if standing.po_number else (),
        lines=tuple(_line(str(number), line, ours) for number, line in enumerate(lines, 1)),
        charges=standing.charges or _NOTHING,
        rounding=standing.rounding or _NOTHING,
        tax=tax,
        # What was paid before makes less due, never more.
        payable=payable + max(standing.prepaid or _NOTHING, _NOTHING),
    )


def charged(bill: Bill, verdict: matching.Verdict, orders: Iterable[Order]) -> dict[str, Decimal]:
    """Of which order's agreed charges this bill bills how much: in the order of their numbers as far as each goes,
    what is left over of the first. Nothing where no line was matched, or in another currency."""
    matched = {one.order for one in verdict.consumed}
    concerned = sorted((one for one in orders if one.number in matched), key=lambda one: one.number)
    if not bill.charges or not concerned or any(one.currency != bill.currency for one in concerned):
        return {}
    left = bill.charges
    taken: dict[str, Decimal] = {}
    for one in concerned:
        part = min(left, max((one.charges_billed if bill.credit else one.charges - one.charges_billed), _NOTHING))
        taken[one.number] = part
        left -= part
    taken[concerned[0].number] += left
    sign = -1 if bill.credit else 1
    return {number: sign * amount for number, amount in taken.items() if amount}


def _line(number: str, line: Line, ours: set[str]) -> BillLine:
    quantity, price, net = line.quantity, line.unit_price, line.net_amount
    if price is not None:
        price = fields.reduced(price, line)
    if quantity is None and price is None:
        quantity, price = _ONE, net
    elif quantity is None:
        quantity = net / price if net is not None and price else _ONE
    elif price is None:
        price = net / quantity if net is not None and quantity else _NOTHING
    price = price or _NOTHING
    item = line.item or ""
    is_ours, is_gtin = item in ours, item.isdecimal() and len(item) in _GTIN
    return BillLine(
        id=number,
        order_number=line.order_number or "",
        order_position=line.order_position or "",
        buyer_item=line.buyer_item or (item if is_ours else ""),
        seller_item=line.seller_item or ("" if is_ours or is_gtin else item),
        standard_item=line.standard_item or (item if is_gtin and not is_ours else ""),
        description=line.description or "",
        unit=units.code(line.unit),
        quantity=quantity,
        price=price,
        net=net if net is not None else quantity * price,
        tax_rate=line.tax_rate,
    )


def _unitless(order: Order) -> Order:
    """A quantity printed without a unit is taken in the order line's."""

    def taken(line: OrderLine) -> OrderLine:
        return msgspec.structs.replace(line, factors={**line.factors, "": _ONE})

    return msgspec.structs.replace(order, lines=tuple(map(taken, order.lines)))
