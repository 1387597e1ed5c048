"""Bank accounts of suppliers: proposed, released by a second person or refused, retired; and what a bill's means.

A bill that shows an account nobody has released proposes it, and waits. Whoever proposed an account, or had a hand in
a bill that shows it, can't release it; what an API key did, its maker did. That holds whatever the company's policy on
four eyes says. Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import lifecycle
from gateway.access.call import Call
from gateway.db import new_id
from gateway.suppliers import account_queries, changed, master, queries
from gateway.suppliers.errors import AccountKnown, SecondPersonNeeded
from gateway.suppliers.master import NewAccount
from gateway.suppliers.models import ACCOUNTS
from gateway.suppliers.states import AccountState, Standing
from gateway.suppliers.view import Origin, Supplier
from ingestion import bank
from ledger import canonical
from ledger.entry import Kind, NewEntry

_STANDINGS = {
    AccountState.PROPOSED: Standing.NEW,
    AccountState.RELEASED: Standing.RELEASED,
    AccountState.REFUSED: Standing.REFUSED,
    AccountState.RETIRED: Standing.REFUSED,
}


class AccountStep(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger proves of one step of a bank account, and the timeline shows."""

    account_id: UUID
    supplier_id: UUID
    supplier: str
    tax_ids: tuple[str, ...]
    iban: str
    bic: str | None
    state: AccountState
    by: str
    person: UUID | None
    """Who stands for it: of an API key its maker; null for the gateway itself."""
    at: datetime
    origin: Origin
    bill_id: UUID | None = None
    makers: tuple[UUID, ...] = ()
    """Who couldn't release it at this moment."""
    reason: str | None = None


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Who does it."""

    actor: str
    person: UUID | None = None
    """None for the gateway itself."""


class Named(msgspec.Struct, frozen=True):
    """A supplier as far as its account's entry names it."""

    id: UUID
    name: str
    tax_ids: tuple[str, ...]


async def standing(db: AsyncConnection, company_id: UUID, supplier_id: UUID, iban: str | None) -> Standing:
    """What the account on a bill of this supplier means for its payment. One that can't be an IBAN is NEW."""
    if not iban:
        return Standing.NONE
    held = await account_queries.held(db, company_id, supplier_id, bank.compact(iban))
    return Standing.NEW if held is None else _STANDINGS[AccountState(held.state)]


async def note(
    db: AsyncConnection,
    company_id: UUID,
    supplier_id: UUID,
    iban: str | None,
    *,
    bill_id: UUID,
    makers: Collection[UUID],
    actor: str,
    now: datetime,
    keys: KeyStore,
) -> Standing:
    """A bill of this supplier shows this account: propose it where nobody knows it, and say how it stands.

    `makers`: who uploaded the bill, corrected or accepted it so far. To be called in the bill's transaction whenever
    its account is read or corrected; the same again changes nothing. What can't be an IBAN is proposed to nobody.
    Raises SupplierNotFound.
    """
    if not iban:
        return Standing.NONE
    try:
        value = bank.iban(iban)
    except bank.InvalidAccount:
        return Standing.NEW
    supplier = await queries.one(db, company_id, supplier_id, lock=True)
    held = await account_queries.held(db, company_id, supplier_id, value)
    if held is not None and held.state != AccountState.PROPOSED:
        return _STANDINGS[AccountState(held.state)]
    if held is None:
        account_id = new_id()
        intent = beginning(
            supplier, NewAccount(iban=value), account_id, origin=Origin.BILL, bill_id=bill_id, makers=makers,
            hand=Hand(actor=actor), now=now,
        )  # fmt: skip
        await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)
        await account_queries.shown_by(db, company_id, bill_id, account_id, at=now)
        return Standing.NEW
    await account_queries.shown_by(db, company_id, bill_id, held.id, at=now)
    return await _joined(db, company_id, supplier_id, held.id, makers)


async def had_a_hand(db: AsyncConnection, company_id: UUID, bill_id: UUID, person: UUID) -> None:
    """Somebody uploaded, corrected or accepted this bill: they release none of the accounts that wait because of it."""
    for row in await account_queries.proposed_by_bill(db, company_id, bill_id):
        await account_queries.add_makers(db, company_id, row.id, [person])


async def propose(call: Call, supplier_id: UUID, given: NewAccount) -> UUID:
    """Somebody enters an account; one that was refused or retired is proposed anew.

    Raises SupplierNotFound, Unacceptable, AccountKnown.
    """
    account = master.account(given)
    supplier = await queries.one(call.db, call.company_id, supplier_id, lock=True)
    person = call.principal.user_id
    hand = Hand(actor=call.principal.actor, person=person)
    held = await account_queries.held(call.db, call.company_id, supplier_id, account.iban)
    if held is None:
        account_id = new_id()
        intent = beginning(
            supplier, account, account_id, origin=Origin.MASTER, makers=[person], hand=hand, now=call.now
        )  # fmt: skip
        await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)
        return account_id
    row = await account_queries.locked(call.db, call.company_id, supplier_id, held.id)
    if not ACCOUNTS.allows(row.state, AccountState.PROPOSED):
        raise AccountKnown(row.id, row.state)
    makers = sorted({*row.makers, person})
    anew: Mapping[str, object] = {
        "bic": account.bic or row.bic, "origin": Origin.MASTER.value, "makers": makers, "proposed_at": call.now,
        "proposed_by": hand.actor, "decided_at": None, "decided_by": None, "decided_person": None, "reason": None,
    }  # fmt: skip
    await _move(call, supplier, row, AccountState.PROPOSED, hand, values=anew, makers=makers, origin=Origin.MASTER)
    same: UUID = row.id
    return same


async def release(call: Call, supplier_id: UUID, account_id: UUID) -> None:
    """A second person has checked that the account is the supplier's; from now on it is paid to.

    Raises SupplierNotFound, AccountNotFound, SecondPersonNeeded, IllegalTransition.
    """
    supplier = await queries.one(call.db, call.company_id, supplier_id)
    row = await account_queries.locked(call.db, call.company_id, supplier_id, account_id)
    person = call.principal.user_id
    if row.state == AccountState.PROPOSED and person in row.makers:
        raise SecondPersonNeeded
    await _decide(call, supplier, row, AccountState.RELEASED, None)


async def refuse(call: Call, supplier_id: UUID, account_id: UUID, reason: str) -> None:
    """It isn't the supplier's, or must not be paid to. Whoever proposed it may take it back like this.

    Raises SupplierNotFound, AccountNotFound, Unacceptable, IllegalTransition.
    """
    await _end(call, supplier_id, account_id, AccountState.REFUSED, reason)


async def retire(call: Call, supplier_id: UUID, account_id: UUID, reason: str) -> None:
    """It was the supplier's, and is paid to no more. Raises what `refuse` raises."""
    await _end(call, supplier_id, account_id, AccountState.RETIRED, reason)


async def _end(call: Call, supplier_id: UUID, account_id: UUID, to: AccountState, reason: str) -> None:
    why = master.said(reason, "/reason")
    supplier = await queries.one(call.db, call.company_id, supplier_id)
    row = await account_queries.locked(call.db, call.company_id, supplier_id, account_id)
    await _decide(call, supplier, row, to, why)


async def _decide(call: Call, supplier: Supplier, row: Row[Any], to: AccountState, reason: str | None) -> None:
    hand = Hand(actor=call.principal.actor, person=call.principal.user_id)
    values: Mapping[str, object] = {
        "decided_at": call.now, "decided_by": hand.actor, "decided_person": hand.person, "reason": reason
    }  # fmt: skip
    await _move(call, supplier, row, to, hand, values=values, makers=row.makers, reason=reason)


async def _move(
    call: Call,
    supplier: Supplier,
    row: Row[Any],
    to: AccountState,
    hand: Hand,
    *,
    values: Mapping[str, object],
    makers: Collection[UUID],
    origin: Origin | None = None,
    reason: str | None = None,
) -> None:
    step = _step(
        supplier, NewAccount(iban=row.iban, bic=row.bic), row.id, to, hand, at=call.now,
        origin=origin or Origin(row.origin), makers=makers, reason=reason,
    )  # fmt: skip
    intent = lifecycle.Intent(
        machine=ACCOUNTS, document_id=row.id, to=to, actor=hand.actor, facts=step, entry=_entry(step), values=values
    )
    await changed.tell(call.db, call.company_id, supplier.id)
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


def beginning(
    supplier: Supplier | Named,
    account: NewAccount,
    account_id: UUID,
    *,
    origin: Origin,
    makers: Collection[UUID],
    hand: Hand,
    now: datetime,
    bill_id: UUID | None = None,
) -> lifecycle.Intent:
    """A checked account that the supplier doesn't have yet is proposed."""
    step = _step(
        supplier, account, account_id, AccountState.PROPOSED, hand, at=now, origin=origin, bill_id=bill_id,
        makers=makers,
    )  # fmt: skip
    return lifecycle.Intent(
        machine=ACCOUNTS, document_id=account_id, to=ACCOUNTS.initial, actor=hand.actor, step=lifecycle.Step.BEGIN,
        facts=step, entry=_entry(step),
        values={
            "supplier_id": supplier.id, "iban": account.iban, "bic": account.bic, "origin": origin.value,
            "makers": list(step.makers), "proposed_at": now, "proposed_by": hand.actor,
        },
    )  # fmt: skip


def _step(
    supplier: Supplier | Named,
    account: NewAccount,
    account_id: UUID,
    state: AccountState,
    hand: Hand,
    *,
    at: datetime,
    origin: Origin,
    makers: Collection[UUID],
    bill_id: UUID | None = None,
    reason: str | None = None,
) -> AccountStep:
    return AccountStep(
        account_id=account_id, supplier_id=supplier.id, supplier=supplier.name, tax_ids=supplier.tax_ids,
        iban=account.iban, bic=account.bic, state=state, by=hand.actor, person=hand.person, at=at, origin=origin,
        bill_id=bill_id, makers=tuple(sorted(set(makers))), reason=reason,
    )  # fmt: skip


def _entry(step: AccountStep) -> NewEntry:
    return NewEntry(kind=Kind.SUPPLIER, canonical=canonical.dumps(step))


async def _joined(
    db: AsyncConnection, company_id: UUID, supplier_id: UUID, account_id: UUID, makers: Collection[UUID]
) -> Standing:
    """Those who had a hand in a further bill count as well; how the account stands once it is locked."""
    row = await account_queries.locked(db, company_id, supplier_id, account_id)
    if row.state == AccountState.PROPOSED:
        await account_queries.add_makers(db, company_id, account_id, makers)
    return _STANDINGS[AccountState(row.state)]
