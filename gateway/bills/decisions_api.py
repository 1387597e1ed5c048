"""`/v1/bills` over HTTP, after the match: holds, tasks, approval, payment, and the company's policy."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post, put
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.bills import choosing, deciding, examples, policy, tasks, view
from gateway.bills.api import answer
from gateway.bills.holds import Hold
from gateway.bills.policy import Policy, Standing
from gateway.bills.tasks import Assignment, TaskPage
from gateway.bills.view import Bill
from gateway.http.openapi import example
from gateway.http.versions import IfMatch, Version, version_of

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Yes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve a bill."""

    note: Reason | None = None
    """Needed where the bill doesn't match: why it may be paid all the same."""


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refuse a bill, or lift a hold."""

    reason: Reason


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bill was paid."""

    paid_on: date
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=140)] | None = None
    """Of the payment, as the bank has it."""


class Decisions(Controller):
    """Bills that were matched."""

    path = "/v1/bills"
    tags = ("Bills decided",)

    @post(
        "/{bill_id:uuid}/holds/{hold:str}/release",
        status_code=200,
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Lift a hold on a bill",
        opt=example(body=Why("The supplier confirmed by telephone that both are due."), answer=examples.BILL),
    )
    async def release(self, call: Call, bill_id: UUID, hold: Hold, data: Why) -> Response[Bill]:
        """Whoever lifts a hold can't approve the bill. What an account or an unknown supplier holds is lifted by
        releasing the account or entering the supplier."""
        await deciding.release(call, bill_id, hold, data.reason)
        return answer(await view.shown(call, bill_id))

    @post(
        "/{bill_id:uuid}/approve",
        status_code=200,
        guards=[requires(Permission.BILLS_APPROVE, step_up=StepUp.APPROVE)],
        summary="Approve a bill",
        opt=example(body=Yes(), answer=examples.BILL),
    )
    async def approve(
        self, call: Call, bill_id: UUID, data: Yes, version: Version = None, if_match: IfMatch = None
    ) -> Response[Bill]:
        """One person's yes to the verdict as it stands; the company's policy says how many it takes."""
        await deciding.approve(call, bill_id, data.note, version=version_of(version, if_match))
        return answer(await view.shown(call, bill_id))

    @post(
        "/{bill_id:uuid}/refuse",
        status_code=200,
        guards=[requires(Permission.BILLS_APPROVE)],
        summary="Refuse a bill",
        opt=example(body=Why("We didn't order this."), answer=examples.BILL),
    )
    async def refuse(
        self, call: Call, bill_id: UUID, data: Why, version: Version = None, if_match: IfMatch = None
    ) -> Response[Bill]:
        """For good; what it had consumed of orders is given back. It says nothing to the supplier."""
        await deciding.refuse(call, bill_id, data.reason, version=version_of(version, if_match))
        return answer(await view.shown(call, bill_id))

    @post(
        "/{bill_id:uuid}/paid",
        status_code=200,
        guards=[requires(Permission.BILLS_PAY)],
        summary="Mark a bill as paid",
        opt=example(body=Payment(date(2026, 11, 20), "TT-20261120-7"), answer=examples.BILL),
    )
    async def paid(
        self, call: Call, bill_id: UUID, data: Payment, version: Version = None, if_match: IfMatch = None
    ) -> Response[Bill]:
        """An approved one, once; the gateway itself moves no money."""
        await deciding.pay(call, bill_id, data.paid_on, data.reference, version=version_of(version, if_match))
        return answer(await view.shown(call, bill_id))

    @get(
        "/tasks",
        guards=[requires(Permission.BILLS_READ)],
        summary="List bills that don't match, by the day something is due",
        opt=example(answer=TaskPage(items=(examples.OPEN_TASK,), next=None)),
    )
    async def list_tasks(
        self,
        call: Call,
        owner: Annotated[UUID | None, Parameter(description="Only this member's.", required=False)] = None,
        overdue: bool = False,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> TaskPage:
        """Each with its owner; a bill that matches after all, or is decided on, is gone from here."""
        return await tasks.page(call, owner=owner, overdue=overdue, cursor=cursor, limit=limit)

    @patch(
        "/{bill_id:uuid}/task",
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Give a task to somebody, or another day",
        opt=example(body=examples.ASSIGNMENT, answer=examples.BILL),
    )
    async def assign(self, call: Call, bill_id: UUID, data: Assignment) -> Response[Bill]:
        """Of a bill that doesn't match; what is absent stays as it is."""
        await tasks.assign(call, bill_id, data)
        return answer(await view.shown(call, bill_id))

    @get(
        "/policy",
        guards=[requires(Permission.BILLS_READ)],
        summary="What the company asks of its bills",
        opt=example(answer=Standing(0, Policy())),
    )
    async def show_policy(self, call: Call) -> Standing:
        """Version 0 is the default, which nobody chose."""
        return await policy.current(call.db, call.company_id)

    @put(
        "/policy",
        guards=[requires(Permission.BILLS_POLICY, step_up=StepUp.ROLES)],
        summary="Choose what the company asks of its bills",
        opt=example(body=Policy(), answer=Standing(1, Policy())),
    )
    async def choose_policy(self, call: Call, data: Policy, if_match: IfMatch = None) -> Standing:
        """As a whole; every version is kept. Bills that nobody has decided on are matched again."""
        return await choosing.choose(call, data, version=version_of(None, if_match))


CONTROLLERS = (Decisions,)
