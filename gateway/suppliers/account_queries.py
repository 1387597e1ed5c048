"""Rows of suppliers' bank accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.suppliers.errors import AccountNotFound
from gateway.suppliers.models import account_bills, accounts, suppliers
from gateway.suppliers.states import AccountState
from gateway.suppliers.view import Account

_FEW = 50
"""Bills, or other suppliers, that are named beside an account; the earliest."""


async def held(db: AsyncConnection, company_id: UUID, supplier_id: UUID, iban: str) -> Row[Any] | None:
    """The supplier's account of that IBAN, as it is stored."""
    query = select(accounts).where(
        accounts.c.company_id == company_id, accounts.c.supplier_id == supplier_id, accounts.c.iban == iban
    )
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    return row


async def locked(db: AsyncConnection, company_id: UUID, supplier_id: UUID, account_id: UUID) -> Row[Any]:
    """One account as it is stored; nobody else changes it until the transaction ends. Raises AccountNotFound."""
    query = select(accounts).where(
        accounts.c.company_id == company_id, accounts.c.supplier_id == supplier_id, accounts.c.id == account_id
    )
    row: Row[Any] | None = (await db.execute(query.with_for_update(key_share=True))).one_or_none()
    if row is None:
        raise AccountNotFound(account_id)
    return row


async def one(db: AsyncConnection, company_id: UUID, supplier_id: UUID, account_id: UUID) -> Account:
    """One account. Raises AccountNotFound."""
    query = _shown(company_id).where(accounts.c.supplier_id == supplier_id, accounts.c.id == account_id)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise AccountNotFound(account_id)
    return _account(row)


async def of_supplier(db: AsyncConnection, company_id: UUID, supplier_id: UUID) -> tuple[Account, ...]:
    """All accounts of one supplier, oldest first."""
    query = _shown(company_id).where(accounts.c.supplier_id == supplier_id).order_by(accounts.c.id)
    return tuple(_account(row) for row in await db.execute(query))


async def page(
    db: AsyncConnection, company_id: UUID, *, state: AccountState | None, after: UUID | None, most: int
) -> list[Account]:
    """Of all suppliers, oldest first."""
    query = _shown(company_id)
    if state is not None:
        query = query.where(accounts.c.state == state)
    if after is not None:
        query = query.where(accounts.c.id > after)
    return [_account(row) for row in await db.execute(query.order_by(accounts.c.id).limit(most))]


async def shown_by(db: AsyncConnection, company_id: UUID, bill_id: UUID, account_id: UUID, *, at: datetime) -> None:
    """Remember that a bill shows an account, once."""
    row = {"company_id": company_id, "bill_id": bill_id, "account_id": account_id, "at": at}
    await db.execute(insert(account_bills).values(row).on_conflict_do_nothing())


async def proposed_by_bill(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> list[Row[Any]]:
    """The accounts that wait for release and that a bill shows, locked."""
    bills = account_bills
    query = (
        select(accounts)
        .join(bills, (bills.c.company_id == accounts.c.company_id) & (bills.c.account_id == accounts.c.id))
        .where(accounts.c.company_id == company_id, bills.c.bill_id == bill_id)
        .where(accounts.c.state == AccountState.PROPOSED)
        .order_by(accounts.c.id)
        .with_for_update(key_share=True, of=accounts)
    )
    return list((await db.execute(query)).all())


async def releasers(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> list[UUID]:
    """Who released the accounts that a bill showed while they waited."""
    bills = account_bills
    query = (
        select(accounts.c.decided_person)
        .join(bills, (bills.c.company_id == accounts.c.company_id) & (bills.c.account_id == accounts.c.id))
        .where(accounts.c.company_id == company_id, bills.c.bill_id == bill_id)
        .where(accounts.c.state == AccountState.RELEASED)
    )
    return list((await db.execute(query)).scalars())


def _shown(company_id: UUID) -> Select[Any]:
    twin = accounts.alias("twin")
    bills = (
        select(account_bills.c.bill_id)
        .where(account_bills.c.company_id == accounts.c.company_id, account_bills.c.account_id == accounts.c.id)
        .order_by(account_bills.c.bill_id)
        .limit(_FEW)
        .scalar_subquery()
    )
    shared = (
        select(twin.c.supplier_id)
        .where(
            twin.c.company_id == accounts.c.company_id,
            twin.c.iban == accounts.c.iban,
            twin.c.supplier_id != accounts.c.supplier_id,
            twin.c.state.in_([AccountState.PROPOSED, AccountState.RELEASED]),
        )
        .order_by(twin.c.supplier_id)
        .limit(_FEW)
        .scalar_subquery()
    )
    return (
        select(
            accounts,
            suppliers.c.name.label("supplier"),
            func.array(bills).label("bills"),
            func.array(shared).label("shared_with"),
        )
        .join(suppliers, (suppliers.c.company_id == accounts.c.company_id) & (suppliers.c.id == accounts.c.supplier_id))
        .where(accounts.c.company_id == company_id)
    )


def _account(row: Row[Any]) -> Account:
    values = {name: row._mapping[name] for name in Account.__struct_fields__}
    return msgspec.convert(values, Account)


async def add_makers(db: AsyncConnection, company_id: UUID, account_id: UUID, people: Collection[UUID]) -> None:
    """These people can't release a proposed account either. Its row is locked."""
    mine = (accounts.c.company_id == company_id) & (accounts.c.id == account_id)
    makers = set((await db.execute(select(accounts.c.makers).where(mine))).scalar_one())
    if not makers.issuperset(people):
        await db.execute(update(accounts).where(mine).values(makers=sorted(makers.union(people))))


async def released(db: AsyncConnection, company_id: UUID, supplier_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The IBANs that may be paid to, by supplier."""
    query = (
        select(accounts.c.supplier_id, accounts.c.iban)
        .where(accounts.c.company_id == company_id, accounts.c.supplier_id.in_(supplier_ids))
        .where(accounts.c.state == AccountState.RELEASED)
        .order_by(accounts.c.id)
    )
    found: dict[UUID, list[str]] = {}
    for row in await db.execute(query):
        found.setdefault(row.supplier_id, []).append(row.iban)
    return found
