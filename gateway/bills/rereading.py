"""Any selection of bills read again, as one order whose progress is shown.

Each bill goes back to RECEIVED in the order's own transaction and is read by a job of its own, behind whatever is
urgent. How far the order has come is seen from the bills themselves, so a worker that dies loses no count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.call import Call
from gateway.bills import flow, leases, queries
from gateway.bills.errors import BillLeased, BillNotFound, RereadingNotFound
from gateway.bills.models import MACHINE
from gateway.bills.states import State
from gateway.db import new_id
from gateway.http.problems import Finding, Invalid
from gateway.jobqueue import Urgency

MOST: Final = 50
"""Bills of one order."""

_ORDER = text(
    "insert into bill_rereadings (company_id, id, requested_by, requested_at) "
    "values (:company_id, :id, :requested_by, :requested_at)"
)
_ITEMS = text(
    "insert into bill_rereading_items (company_id, rereading_id, bill_id, place, refused) "
    "select :company_id, :id, n.bill_id, n.place, n.refused from unnest(cast(:bill_ids as uuid[]), "
    "cast(:places as smallint[]), cast(:refused as text[])) as n(bill_id, place, refused)"
)
_ONE = text("select requested_by, requested_at from bill_rereadings where company_id = :company_id and id = :id")
_HOW_FAR = text(
    "select i.bill_id, i.refused, b.state, b.failure from bill_rereading_items i "
    "join bills b on b.company_id = i.company_id and b.id = i.bill_id "
    "where i.company_id = :company_id and i.rereading_id = :id order by i.place"
)


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which bills."""

    bill_ids: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    """Those that FAILED or NEED REVIEW are read again; corrections that weren't accepted are lost with it."""


class Progress(StrEnum):
    """How far one bill is."""

    WAITING = "waiting"
    DONE = "done"
    """Read again, whatever came of it: see `state`."""
    REFUSED = "refused"
    """It isn't read again: `why`."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One bill of the order."""

    bill_id: UUID
    progress: Progress
    state: State
    """Where the bill stands now."""
    why: str | None = None
    """Why it isn't read again, or why it failed again."""


class Rereading(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and how far it is."""

    id: UUID
    requested_by: str
    requested_at: datetime
    total: int
    waiting: int
    done: int
    refused: int
    items: tuple[Item, ...]


async def order(call: Call, bill_ids: Sequence[UUID]) -> Rereading:
    """Order it. Raises Invalid for an id that stands twice or isn't there; nothing is ordered then."""
    refusals: dict[UUID, str | None] = {}
    findings = [
        _finding(place, "This bill stands here twice; name it once.")
        for place, bill_id in enumerate(bill_ids)
        if bill_id in bill_ids[:place]
    ]
    for bill_id in sorted(set(bill_ids)):  # one order of locks for all
        try:
            refusals[bill_id] = await _again(call, bill_id)
        except BillNotFound as missing:
            findings.append(_finding(bill_ids.index(bill_id), missing.detail))
    if findings:
        raise Invalid("Not every bill of this selection can be named; see `findings`.", findings=tuple(findings))
    mine = {"company_id": call.company_id, "id": new_id()}
    await call.db.execute(_ORDER, {**mine, "requested_by": call.principal.actor, "requested_at": call.now})
    places = list(range(len(bill_ids)))
    refused = [refusals[bill_id] for bill_id in bill_ids]
    await call.db.execute(_ITEMS, {**mine, "bill_ids": list(bill_ids), "places": places, "refused": refused})
    return await one(call.db, call.company_id, mine["id"])


async def one(db: AsyncConnection, company_id: UUID, rereading_id: UUID) -> Rereading:
    """How far it is. Raises RereadingNotFound."""
    given = {"company_id": company_id, "id": rereading_id}
    asked = (await db.execute(_ONE, given)).one_or_none()
    if asked is None:
        raise RereadingNotFound(rereading_id)
    items = tuple(_item(row) for row in await db.execute(_HOW_FAR, given))
    counted = {step: sum(item.progress is step for item in items) for step in Progress}
    return Rereading(
        id=rereading_id,
        requested_by=asked.requested_by,
        requested_at=asked.requested_at,
        total=len(items),
        waiting=counted[Progress.WAITING],
        done=counted[Progress.DONE],
        refused=counted[Progress.REFUSED],
        items=items,
    )


async def _again(call: Call, bill_id: UUID) -> str | None:
    """Order one; a sentence where it can't be read again. Raises BillNotFound."""
    row = await queries.one(call.db, call.company_id, bill_id, lock=True)
    if not MACHINE.allows(row.state, State.RECEIVED):
        return f"It is {row.state}; only what FAILED or NEEDS_REVIEW is read again."
    try:
        await leases.demand(call, bill_id)
    except BillLeased as leased:
        return leased.detail
    await leases.end(call.db, call.company_id, bill_id)
    actor, keys = call.principal.actor, call.wiring.keys
    await flow.read_again(
        call.db, call.company_id, bill_id, actor=actor, now=call.now, keys=keys, urgency=Urgency.IN_BULK
    )
    return None


def _item(row: Any) -> Item:
    state = State(row.state)
    if row.refused is not None:
        return Item(bill_id=row.bill_id, progress=Progress.REFUSED, state=state, why=row.refused)
    progress = Progress.WAITING if state is State.RECEIVED else Progress.DONE
    return Item(bill_id=row.bill_id, progress=progress, state=state, why=row.failure)


def _finding(place: int, message: str) -> Finding:
    return Finding(rule="GW-REREAD", layer="gateway", message=message, pointer=f"/bill_ids/{place}")
