"""What a change of an order may not do: once it was sent, and where something was received or billed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Row

from gateway.access.call import Call
from gateway.http.problems import Finding
from gateway.purchasing import checking, queries
from gateway.purchasing.errors import NotOrderable
from gateway.purchasing.models import Content

BELOW = "GW-ORDER-BELOW"
"""Less than was received or billed; taken with `below: true` and a reason."""


async def demand_changeable(
    call: Call, row: Row[Any], content: Content, reason: str, *, sent: bool, below: bool
) -> None:
    """Raises NotOrderable with everything that speaks against it. The order's row is locked."""
    if not sent:
        return
    present = msgspec.json.decode(row.content, type=Content)
    lines = await queries.lines(call.db, call.company_id, [row.id])
    charged = await queries.charged(call.db, call.company_id, row.id)
    found = [*_fixed(present, content, reason), *_used(lines, content)]
    if not below:
        found += [*_below(lines, content), *_charges(charged, content)]
    if found:
        raise NotOrderable(found)


def _fixed(present: Content, content: Content, reason: str) -> Iterator[Finding]:
    yield from checking.text(reason, "/reason", 500, needed=True)
    for name in ("number", "supplier_id", "currency"):
        if getattr(present, name) != getattr(content, name):
            yield checking.finding(
                f"/content/{name}", "It was sent with another one, which stays; make a new order and close this one."
            )


def _used(lines: Any, content: Content) -> Iterator[Finding]:
    """A line of which something was received or billed stays, and keeps its unit."""
    wanted = {line.position: (index, line) for index, line in enumerate(content.lines)}
    for line in lines:
        if not line.used:
            continue
        if line.position not in wanted:
            yield checking.finding(
                "/content/lines", f"Something of position {line.position} was received or billed; the line has to stay."
            )
        elif wanted[line.position][1].unit != line.unit:
            yield checking.finding(
                f"/content/lines/{wanted[line.position][0]}/unit",
                f"Receipts and bills of this line are kept in {line.unit}; the unit has to stay.",
            )


def _below(lines: Any, content: Content) -> Iterator[Finding]:
    wanted = {line.position: (index, line) for index, line in enumerate(content.lines)}
    for line in lines:
        index, new = wanted.get(line.position, (0, None))
        if new is None:
            continue
        for what, quantity in (("received", line.accepted), ("billed", line.billed)):
            if new.quantity < quantity:
                yield checking.finding(
                    f"/content/lines/{index}/quantity",
                    f"{checking.plain(quantity)} {line.unit} were {what} already; "
                    'order at least as much, or say "below": true.',
                    BELOW,
                )


def _charges(charged: Decimal, content: Content) -> Iterator[Finding]:
    if content.charges < charged:
        yield checking.finding(
            "/content/charges", f'{charged} was billed already; agree as much, or say "below": true.', BELOW
        )
