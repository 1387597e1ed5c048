"""How each line stands, kept where everybody can read it, and told when it changes (`standing` judges).

`provider_health (company_id, account_id, condition, since, detail, looked_at)` holds the accounts of companies, one
row each from the first look on. The installation's own provider belongs to no company: `installation_health` is its
one row. `of_company` reads both as a company sees them. An outage is `unreachable` from `since` on; it ends at the
`since` of the condition that follows.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events
from gateway.providers import queries
from gateway.providers.models import Registered
from gateway.providers.standing import News, Standing, judged, news
from peppol.message import Condition, Health

_COLUMNS = "condition, since, detail, looked_at, doubted_at, look_at"
_OF = text(f"select {_COLUMNS} from provider_health where company_id = :company_id and account_id = :account_id")
_OF_ALL = text(f"""
    select h.account_id, {", ".join("h." + name for name in _COLUMNS.split(", "))} from provider_health h
    join provider_accounts a on a.company_id = h.company_id and a.id = h.account_id
    where h.company_id = :company_id and a.removed_at is null
""")
_KEEP = text(f"""
    insert into provider_health (company_id, account_id, {_COLUMNS})
    values (:company_id, :account_id, :condition, :since, :detail, :looked_at, :doubted_at, :look_at)
    on conflict (company_id, account_id) do update set condition = excluded.condition, since = excluded.since,
        detail = excluded.detail, looked_at = excluded.looked_at, doubted_at = excluded.doubted_at,
        look_at = excluded.look_at
""")
_INSTALLATION = text(f"select adapter, base_url, {_COLUMNS} from installation_health(:lock)")
_KEEP_INSTALLATION = text("""
    select installation_health_keep(:adapter, :base_url, :condition, :since, :detail, :looked_at, :doubted_at, :look_at)
""")
_DUE = text("select company_id, account_id from provider_looks_due(:now, :most)")
_LESS = text("select provider_less_companies()")
_CENSUS = text("select adapter, condition, sum(lines)::bigint as lines from provider_census() group by 1, 2")


async def keep(
    db: AsyncConnection, company_id: UUID, account_id: UUID, found: Health, *, version: int, now: datetime
) -> Standing | None:
    """Keep what a look at an account found, and emit the event of a change; in the company's transaction.

    Looks at one account come one after the other, whoever looks. None, and nothing is kept, where the account has
    changed since it was in that `version`, or is gone.
    """
    account = await queries.one(db, company_id, account_id, lock="row")
    if account is None or account.version != version:
        return None
    before = await of_account(db, company_id, account_id)
    after = judged(before, found, now=now)
    values = {"company_id": company_id, "account_id": account_id}
    await db.execute(_KEEP, values | _values(after))
    if news(before, after):
        told = News.of(after, provider=account.adapter, label=account.label)
        await events.emit(db, company_id, told.event(account_id, now=now))
    return after


async def of_account(db: AsyncConnection, company_id: UUID, account_id: UUID) -> Standing | None:
    """How an account stands; None before the first look."""
    row = (await db.execute(_OF, {"company_id": company_id, "account_id": account_id})).one_or_none()
    return None if row is None else _standing(row)


async def of_company(
    db: AsyncConnection, company_id: UUID, accounts: tuple[Registered, ...]
) -> dict[UUID | None, Standing]:
    """How each of the company's lines stands, None the installation's; without those nobody has looked at yet."""
    given = await db.execute(_OF_ALL, {"company_id": company_id})
    known = {account.id for account in accounts}
    found: dict[UUID | None, Standing] = {row.account_id: _standing(row) for row in given if row.account_id in known}
    installation = await of_installation(db)
    return found if installation is None else {**found, None: installation}


async def of_installation(db: AsyncConnection) -> Standing | None:
    """How the installation's provider stands, whatever it is called; None before the first look."""
    row = (await db.execute(_INSTALLATION, {"lock": False})).one()
    return None if row.condition is None else _standing(row)


async def keep_installation(
    db: AsyncConnection, adapter: str, base_url: str, found: Health, *, now: datetime
) -> News | None:
    """Keep what a look at the installation's provider found; in a transaction of the platform.

    Another adapter or address than at the last look begins anew. What is to be told to the companies, if anything.
    """
    row = (await db.execute(_INSTALLATION, {"lock": True})).one()
    known = row.condition is not None and (row.adapter, row.base_url) == (adapter, base_url)
    before = _standing(row) if known else None
    after = judged(before, found, now=now)
    await db.execute(_KEEP_INSTALLATION, {"adapter": adapter, "base_url": base_url} | _values(after))
    return News.of(after, provider=adapter) if news(before, after) else None


async def installation_due(db: AsyncConnection, adapter: str, base_url: str, *, now: datetime) -> bool:
    """Whether it is time to look at the installation's provider."""
    row = (await db.execute(_INSTALLATION, {"lock": False})).one()
    return (row.adapter, row.base_url) != (adapter, base_url) or row.look_at <= now


async def due(db: AsyncConnection, *, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Company and id of enabled accounts that are due for a look; in a transaction of the platform."""
    return [(row.company_id, row.account_id) for row in await db.execute(_DUE, {"now": now, "most": most})]


async def companies_without(db: AsyncConnection) -> list[UUID]:
    """Companies that have no account of their own; in a transaction of the platform."""
    return list((await db.execute(_LESS)).scalars())


async def census(db: AsyncConnection) -> dict[tuple[str, str], int]:
    """How many lines of each adapter stand how; `unknown` before the first look."""
    return {(row.adapter, row.condition): row.lines for row in await db.execute(_CENSUS)}


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    kept = row._mapping
    return Standing(
        condition=Condition(kept["condition"]),
        since=kept["since"],
        detail=kept["detail"],
        looked_at=kept["looked_at"],
        doubted_at=kept["doubted_at"],
        look_at=kept["look_at"],
    )


def _values(standing: Standing) -> dict[str, object]:
    return msgspec.structs.asdict(standing) | {"condition": standing.condition.value}
