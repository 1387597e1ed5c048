"""What is decided of a matched bill: approved by as many people as its amount asks for, refused, marked as paid.

An approval is given to the verdict that the person saw. Where the bill is matched again with another verdict, the
approvals before don't count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Row, Table, Text, Uuid, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import lifecycle
from gateway.access.call import Call
from gateway.access.permissions import Role
from gateway.bills import evidence, flow, policy, queries, tasks
from gateway.bills.errors import AlreadyApproved, BillFourEyes, BillHeld, HeldByItsCause, NotPayable
from gateway.bills.evidence import Approved, Approver, Paid, Refused
from gateway.bills.holds import LASTING, Hold
from gateway.bills.models import MACHINE
from gateway.bills.policy import Level, Policy
from gateway.bills.states import State
from gateway.db import metadata
from gateway.http.problems import Finding, Invalid
from gateway.lifecycle import IllegalTransition
from gateway.periods.calendar import today
from gateway.purchasing import matching as purchasing
from gateway.suppliers import account_queries, accounts
from gateway.suppliers.states import Standing
from ingestion.document import Kind as DocumentKind
from ledger.entry import Kind

approvals = Table(
    "bill_approvals",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, primary_key=True),
    Column("input_sha256", Text, primary_key=True),
    Column("person", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("approved_at", DateTime(timezone=True), nullable=False),
    Column("note", Text),
)
_DECIDABLE = frozenset({State.MATCHED, State.EXCEPTION})


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """How far the approval of a bill is."""

    given: tuple[Approver, ...]
    """Those that count for the present verdict."""
    needed: int
    admins: int
    """So many of them administrators."""


class Endorsed(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of an approval that isn't the last one needed, and of the last."""

    given: int
    needed: int
    note: str | None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a refusal or a payment."""

    reason: str | None = None
    paid_on: date | None = None
    reference: str | None = None


async def approve(call: Call, bill_id: UUID, note: str | None, *, version: int) -> None:
    """One person's yes. The bill is APPROVED once as many have said so as the company's policy asks for.

    Raises BillNotFound, BillChanged, IllegalTransition, BillHeld, BillFourEyes, AlreadyApproved, and Invalid where a
    bill that doesn't match is approved without a word why.
    """
    row = await _decidable(call, bill_id, State.APPROVED, version)
    if row.holds:
        raise BillHeld(tuple(row.holds))
    if not await _payable_to(call, row):  # it changed after the match, whose job is still to run
        raise BillHeld((Hold.NEW_ACCOUNT.value,))
    if row.state == State.EXCEPTION and not note:
        message = "The bill doesn't match; say in `note` why it may be paid all the same."
        raise Invalid(
            message, findings=(Finding(rule="GW-BILL-NOTE", layer="gateway", message=message, pointer="/note"),)
        )
    chosen = await policy.current(call.db, call.company_id)
    amount, person = _amount(row), call.principal.user_id
    if person in await _barred(call.db, row, chosen.policy):
        raise BillFourEyes
    level = chosen.policy.approval.level(amount, row.currency)
    given = await _given(call.db, row, chosen.policy)
    if any(one.person == person for one in given):
        raise AlreadyApproved(len(given), level.approvers)
    mine = Approver(person=person, role=str(call.principal.role), approved_at=call.now, note=note)
    await _keep(call, row, mine)
    given = (*given, mine)
    complete = _complete(given, level)
    fact = Approved(
        bill_id=bill_id,
        reading_sha256=row.reading_sha256,
        input_sha256=row.input_sha256,
        policy_version=chosen.version,
        state=row.state,
        amount=amount,
        currency=row.currency,
        approvals=given,
        needed=level.approvers,
        complete=complete,
        makers=tuple(row.makers),
        approved_by=call.principal.actor,
        approved_at=call.now,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.APPROVED if complete else "endorsed",
        actor=call.principal.actor,
        step=lifecycle.Step.MOVE if complete else lifecycle.Step.LEARN,
        facts=Endorsed(given=len(given), needed=level.approvers, note=note),
        entry=evidence.entry(Kind.APPROVAL, fact),
        values={"approved_by": call.principal.actor, "approved_at": call.now, "note": note} if complete else {},
    )
    if complete:
        await tasks.close(call.db, call.company_id, bill_id, now=call.now)
    await _advance(call, intent)


async def release(call: Call, bill_id: UUID, hold: Hold, reason: str) -> None:
    """Lift a hold by a word. Raises BillNotFound, NotHeld, HeldByItsCause."""
    if hold in LASTING:
        raise HeldByItsCause(hold)
    await flow.release(call, bill_id, hold, reason)


async def refuse(call: Call, bill_id: UUID, reason: str, *, version: int) -> None:
    """It won't be paid; others may consume what it had consumed.

    Raises BillNotFound, BillChanged, IllegalTransition.
    """
    row = await _decidable(call, bill_id, State.REFUSED, version)
    actor = call.principal.actor
    await purchasing.give_back(call.db, call.company_id, bill_id, now=call.now)
    await tasks.close(call.db, call.company_id, bill_id, now=call.now)
    fact = Refused(
        bill_id=bill_id, reading_sha256=row.reading_sha256, reason=reason, refused_by=actor, refused_at=call.now
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.REFUSED,
        actor=actor,
        facts=Decided(reason=reason),
        entry=evidence.entry(Kind.REJECTION, fact),
        values={"refused_by": actor, "refused_at": call.now, "note": reason},
    )
    await _advance(call, intent)


async def pay(call: Call, bill_id: UUID, paid_on: date, reference: str | None, *, version: int) -> None:
    """Somebody says that it was paid; an account that was refused or retired since the approval stops it.

    Raises BillNotFound, BillChanged, IllegalTransition, NotPayable, and Invalid for a day to come.
    """
    row = await queries.at_version(call.db, call.company_id, bill_id, version)
    if paid_on > today(call.now):
        message = f"{paid_on} is still to come; a bill is marked once it was paid."
        raise Invalid(
            message, findings=(Finding(rule="GW-BILL-PAID", layer="gateway", message=message, pointer="/paid_on"),)
        )
    if row.state == State.APPROVED and not await _payable_to(call, row):
        raise NotPayable(row.iban)
    actor = call.principal.actor
    fact = Paid(
        bill_id=bill_id,
        reading_sha256=row.reading_sha256 or "",
        amount=_amount(row),
        currency=row.currency,
        iban=row.iban,
        paid_on=paid_on,
        reference=reference,
        told_by=actor,
        told_at=call.now,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=bill_id,
        to=State.PAID,
        actor=actor,
        facts=Decided(paid_on=paid_on, reference=reference),
        entry=evidence.entry(Kind.PAYMENT, fact),
        values={"paid_by": actor, "paid_at": call.now, "paid_on": paid_on, "payment_reference": reference},
    )
    await _advance(call, intent)


async def approval(call: Call, row: Row[Any]) -> Approval | None:
    """How far the approval is; None before the bill was matched."""
    if row.input_sha256 is None:
        return None
    chosen = await policy.current(call.db, call.company_id)
    level = chosen.policy.approval.level(_amount(row), row.currency)
    return Approval(given=await _given(call.db, row, chosen.policy), needed=level.approvers, admins=level.admins)


async def _payable_to(call: Call, row: Row[Any]) -> bool:
    """Whether the account on the bill may be paid to just now; true where it names none, or asks for no money."""
    if row.supplier_id is None or row.kind == DocumentKind.CREDIT_NOTE:
        return True
    standing = await accounts.standing(call.db, call.company_id, row.supplier_id, row.iban)
    return standing in {Standing.RELEASED, Standing.NONE}


def _complete(given: Sequence[Approver], level: Level) -> bool:
    admins = sum(one.role == Role.COMPANY_ADMIN for one in given)
    return len(given) >= level.approvers and admins >= level.admins


def _amount(row: Row[Any]) -> Any:
    return row.payable if row.payable is not None else row.total


async def _given(db: AsyncConnection, row: Row[Any], chosen: Policy) -> tuple[Approver, ...]:
    """Those that count; of whoever had a hand in the bill after approving it none does."""
    query = select(approvals).where(
        approvals.c.company_id == row.company_id,
        approvals.c.bill_id == row.id,
        approvals.c.input_sha256 == row.input_sha256,
    )
    barred = await _barred(db, row, chosen)
    return tuple(
        Approver(person=one.person, role=one.role, approved_at=one.approved_at, note=one.note)
        for one in await db.execute(query.order_by(approvals.c.approved_at, approvals.c.person))
        if one.person not in barred
    )


async def _barred(db: AsyncConnection, row: Row[Any], chosen: Policy) -> Collection[UUID]:
    """Who may not approve: whoever had a hand in the bill; where nobody in the house had, who released its account
    because of it."""
    if not chosen.approval.needs_another(_amount(row), row.currency):
        return ()
    return row.makers or await account_queries.releasers(db, row.company_id, row.id)


async def _keep(call: Call, row: Row[Any], mine: Approver) -> None:
    await call.db.execute(
        insert(approvals).values(
            company_id=call.company_id, bill_id=row.id, input_sha256=row.input_sha256, **msgspec.structs.asdict(mine)
        )
    )


async def _decidable(call: Call, bill_id: UUID, to: State, version: int) -> Row[Any]:
    row = await queries.at_version(call.db, call.company_id, bill_id, version)
    if row.state not in _DECIDABLE:
        raise IllegalTransition(MACHINE.subject, row.state, to, tuple(sorted(MACHINE.transitions[row.state])))
    return row


async def _advance(call: Call, intent: lifecycle.Intent) -> None:
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
