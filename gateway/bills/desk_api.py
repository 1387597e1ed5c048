"""Review over HTTP: the queue, leases, corrections, acceptance, and having bills read again."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.bills import desk, examples, leases, rereading, view
from gateway.bills.api import answer
from gateway.bills.desk import Queue, Waiting
from gateway.bills.leases import Lease
from gateway.bills.rereading import Order, Rereading
from gateway.bills.view import Bill
from gateway.http.openapi import example
from gateway.http.problems import NotFound
from gateway.http.versions import IfMatch, Version, version_of


class Discarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Throw a reading away."""

    confirm: Literal["discard"]
    """Says that it is meant: nothing brings the reading back."""
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Desk(Controller):
    """Bills that a person has to look at."""

    path = "/v1/bills"
    tags = ("Bills in review",)

    @get(
        "/review",
        guards=[requires(Permission.BILLS_READ)],
        summary="List what waits for review",
        opt=example(answer=Queue(items=(examples.WAITING,), next=None, waiting=1)),
    )
    async def queue(
        self,
        call: Call,
        free: Annotated[bool, Parameter(description="Without what somebody else looks at.")] = False,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> Queue:
        """Oldest first, each with the reasons why."""
        return await desk.queue(call, free=free, cursor=cursor, limit=limit)

    @post(
        "/review/next",
        status_code=200,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Take the next bill to review",
        opt=example(answer=examples.WAITING),
    )
    async def take_next(self, call: Call) -> Waiting:
        """The oldest that nobody looks at, with a lease on it; 404 where none waits."""
        waiting = await desk.take_next(call)
        if waiting is None:
            raise NotFound("Nothing waits for review that somebody doesn't look at already.")
        return waiting

    @post(
        "/{bill_id:uuid}/lease",
        status_code=200,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Take a bill for review",
        opt=example(answer=examples.LEASE),
    )
    async def lease(self, call: Call, bill_id: UUID) -> Lease:
        """For 15 minutes nobody else changes, accepts or discards it; ask again to have it for 15 minutes more."""
        return await leases.take(call, bill_id)

    @delete("/{bill_id:uuid}/lease", guards=[requires(Permission.BILLS_REVIEW)], summary="Give a bill back")
    async def release(self, call: Call, bill_id: UUID) -> None:
        """End the own lease; it is no error if there is none."""
        await leases.release(call, bill_id)

    @post(
        "/{bill_id:uuid}/accept",
        status_code=200,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Accept what was read of a bill",
        opt=example(answer=examples.BILL),
    )
    async def accept(
        self, call: Call, bill_id: UUID, version: Version = None, if_match: IfMatch = None
    ) -> Response[Bill]:
        """Vouch for the values as they stand: from here they don't change, and the bill is matched."""
        await desk.accept(call, bill_id, version=version_of(version, if_match))
        return answer(await view.shown(call, bill_id))

    @post(
        "/{bill_id:uuid}/discard",
        status_code=200,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Discard what was read of a bill",
        opt=example(body=examples.DISCARDING, answer=examples.BILL),
    )
    async def discard(
        self, call: Call, bill_id: UUID, data: Discarding, version: Version = None, if_match: IfMatch = None
    ) -> Response[Bill]:
        """Before acceptance only. The reading is gone for good; the ledger keeps who and why, and the original stays,
        which may be read again."""
        await desk.discard(call, bill_id, data.reason, version=version_of(version, if_match))
        return answer(await view.shown(call, bill_id))

    @post(
        "/{bill_id:uuid}/retry",
        status_code=202,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Have a bill read again",
        opt=example(answer=examples.BILL),
    )
    async def retry(self, call: Call, bill_id: UUID) -> Response[Bill]:
        """One that failed, waits for review or was discarded. Corrections that weren't accepted are lost with the
        reading."""
        await desk.retry(call, bill_id)
        return answer(await view.shown(call, bill_id))

    @post(
        "/rereads",
        status_code=202,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Have a selection of bills read again",
        opt=example(body=examples.ORDER, answer=examples.REREADING),
    )
    async def reread(self, call: Call, data: Order) -> Response[Rereading]:
        """Up to 50 at once, behind whatever is urgent; `Location` tells how far it is."""
        order = await rereading.order(call, data.bill_ids)
        return Response(order, headers={"Location": f"/v1/bills/rereads/{order.id}"})

    @get(
        "/rereads/{rereading_id:uuid}",
        guards=[requires(Permission.BILLS_READ)],
        summary="How far bills were read again",
        opt=example(answer=examples.REREADING),
    )
    async def how_far(self, call: Call, rereading_id: UUID) -> Rereading:
        """Done once `waiting` is 0."""
        return await rereading.one(call.db, call.company_id, rereading_id)


CONTROLLERS = (Desk,)
