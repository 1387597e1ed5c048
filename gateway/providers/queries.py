"""Rows of `provider_accounts` and `provider_routes`, of the company whose transaction it is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.providers.models import Registered, accounts
from gateway.providers.routes import Rule

Lock = Literal["share", "change", "row"]
"""`share`: it mayn't change or go before the transaction ends, as with a foreign key; `change`: to change it;
`row`: to be alone with what hangs on it, such as its health, without holding up the former."""

_RULES = text("select rules::text from provider_routes where company_id = :company_id")
_KEEP_RULES = text("""
    insert into provider_routes (company_id, rules, changed_at) values (:company_id, cast(:rules as json), :now)
    on conflict (company_id) do update set rules = excluded.rules, changed_at = excluded.changed_at
""")
_COMPANY = text("select provider_account_company(:account_id)")


async def every(db: AsyncConnection, company_id: UUID, *, lock: bool = False) -> tuple[Registered, ...]:
    """All that weren't removed, in the order of fallback."""
    query = _standing(company_id).order_by(accounts.c.position, accounts.c.id)
    rows = await db.execute(query.with_for_update() if lock else query)
    return tuple(_registered(row) for row in rows)


async def one(
    db: AsyncConnection, company_id: UUID, account_id: UUID, *, lock: Lock | None = None
) -> Registered | None:
    """None where the company has no such account (any more)."""
    query = _standing(company_id).where(accounts.c.id == account_id)
    if lock is not None:
        query = query.with_for_update(read=lock == "share", key_share=lock != "change")
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _registered(row)


async def add(db: AsyncConnection, company_id: UUID, account: Registered) -> None:
    """IntegrityError for a label that another account has."""
    values = msgspec.structs.asdict(account) | {"credentials": list(account.credentials)}
    await db.execute(insert(accounts).values(company_id=company_id, **values))


async def change(db: AsyncConnection, company_id: UUID, account_id: UUID, **values: object) -> None:
    """Set columns. IntegrityError as above."""
    query = update(accounts).where(accounts.c.company_id == company_id, accounts.c.id == account_id)
    await db.execute(query.values(**values))


async def rules(db: AsyncConnection, company_id: UUID) -> tuple[Rule, ...]:
    """The company's rules in their order."""
    kept = await db.scalar(_RULES, {"company_id": company_id})
    return msgspec.json.decode(kept, type=tuple[Rule, ...]) if kept else ()


async def keep_rules(db: AsyncConnection, company_id: UUID, chosen: tuple[Rule, ...], *, now: datetime) -> None:
    """Replace them."""
    await db.execute(_KEEP_RULES, {"company_id": company_id, "rules": msgspec.json.encode(chosen).decode(), "now": now})


async def company_of(db: AsyncConnection, account_id: UUID) -> UUID | None:
    """Whose account it is; a transaction of the platform may ask."""
    company_id: UUID | None = await db.scalar(_COMPANY, {"account_id": account_id})
    return company_id


def _standing(company_id: UUID) -> Select[tuple[object, ...]]:
    columns = [accounts.c[name] for name in Registered.__struct_fields__]
    return select(*columns).where(accounts.c.company_id == company_id, accounts.c.removed_at.is_(None))


def _registered(row: Row[tuple[object, ...]]) -> Registered:
    return msgspec.convert(row, Registered, from_attributes=True)
