"""Every way around an append-only table, by the app, the tables' owner and a superuser: refused, or found.

What a role may do to its own tables no trigger can prevent for good. For each such way this table says which level of
verification finds what was done with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from ledger.report import Level, Reason
from tests.gateway.audit.ledgers import COUNT, Hands

ROLES = ("app", "owner", "superuser")


class Found(msgspec.Struct, frozen=True):
    """The database let it pass; the first level that doesn't, and what it names."""

    level: Level
    seq: int
    reason: Reason


class Bypass(msgspec.Struct, frozen=True):
    """A way, and what becomes of it: a part of the refusal, or what finds it."""

    statements: tuple[str, ...]
    app: str
    owner: str | Found
    superuser: str | Found


NOT_OWNER = "must be owner"
GROWS = "only grows"
DENIED = "permission denied"
ALTERED = Found(Level.CONTENTS, 3, Reason.CONTENT_ALTERED)
REWRITTEN = Found(Level.LINKS, 0, Reason.COLUMN_DIFFERS)
UPDATE = "update ledger_contents set attached = attached || 'x' where seq = 3"
NEXT = """
    insert into ledger_entries
    select company_id, 15, kind, at_us, series, number, body, entry_hash, signature from ledger_entries where seq = 11
"""
BYPASSES: dict[str, Bypass] = {
    "update": Bypass((UPDATE,), DENIED, GROWS, GROWS),
    "delete": Bypass(("delete from ledger_entries where seq = 13",), DENIED, GROWS, GROWS),
    "truncate": Bypass(("truncate ledger_entries cascade",), DENIED, GROWS, GROWS),
    "truncate of content alone": Bypass(("truncate ledger_contents",), DENIED, GROWS, GROWS),
    "update of a checkpoint": Bypass(("update ledger_checkpoints set at_us = 1",), DENIED, GROWS, GROWS),
    "update of a node's table": Bypass(("update ledger_nodes set hash = ''",), DENIED, GROWS, GROWS),
    "upsert": Bypass(
        (
            "insert into ledger_contents select * from ledger_contents where seq = 3 "
            "on conflict (company_id, seq) do update set attached = 'x'",
        ),
        DENIED,
        GROWS,
        GROWS,
    ),
    "merge": Bypass(
        (
            "merge into ledger_contents c using (select 3 as at) s on c.seq = s.at "
            "when matched then update set attached = 'x'",
        ),
        DENIED,
        GROWS,
        GROWS,
    ),
    "a head that goes back": Bypass(
        ("update ledger_heads set count = count - 1",), "forward only", "forward only", "forward only"
    ),
    "a skipped number": Bypass((NEXT,), "does not follow", "does not follow", "does not follow"),
    "a skipped number, behind switched-off triggers": Bypass(
        ("alter table ledger_entries disable trigger user", NEXT),
        NOT_OWNER,
        Found(Level.LINKS, COUNT, Reason.BEYOND_HEAD),
        Found(Level.LINKS, COUNT, Reason.BEYOND_HEAD),
    ),
    "triggers switched off": Bypass(
        ("alter table ledger_contents disable trigger user", UPDATE), NOT_OWNER, ALTERED, ALTERED
    ),
    "triggers dropped": Bypass(("drop trigger refuse on ledger_contents", UPDATE), NOT_OWNER, ALTERED, ALTERED),
    "the triggers' function replaced": Bypass(
        (
            "create or replace function public.ledger_refuse() returns trigger language plpgsql "
            "as 'begin return new; end'",
            UPDATE,
        ),
        "permission denied|must be owner",
        ALTERED,
        ALTERED,
    ),
    "a session that says it replicates": Bypass(
        ("set local session_replication_role = replica", UPDATE), DENIED, DENIED, GROWS
    ),
    "triggers made ordinary, and a session that replicates": Bypass(
        (
            "alter table ledger_contents enable trigger refuse",
            "set local session_replication_role = replica",
            UPDATE,
        ),
        NOT_OWNER,
        DENIED,
        ALTERED,
    ),
    "a column rewritten by ALTER TYPE": Bypass(
        ("alter table ledger_entries alter column at_us type bigint using at_us + 1",), NOT_OWNER, REWRITTEN, REWRITTEN
    ),
    "hashes rewritten by ALTER TYPE": Bypass(
        ("alter table ledger_checkpoints alter column root type bytea using sha256(root)",),
        NOT_OWNER,
        Found(Level.CHECKPOINTS, 2, Reason.CHECKPOINT_WRONG),
        Found(Level.CHECKPOINTS, 2, Reason.CHECKPOINT_WRONG),
    ),
    "a view in the table's place": Bypass(
        (
            "alter table ledger_contents rename to kept",
            "create view ledger_contents as select company_id, seq, canonical, "
            "case when seq = 3 then 'x'::bytea else attached end as attached from kept",
        ),
        NOT_OWNER,
        ALTERED,
        ALTERED,
    ),
    "a table dropped, and another in its place": Bypass(
        (
            "create table other as select * from ledger_checkpoints where size < 7",
            "drop table ledger_checkpoints cascade",
            "alter table other rename to ledger_checkpoints",
        ),
        "permission denied|must be owner",
        Found(Level.CHECKPOINTS, 6, Reason.CHECKPOINT_MISSING),
        Found(Level.CHECKPOINTS, 6, Reason.CHECKPOINT_MISSING),
    ),
    "rows smuggled in through an inheriting table": Bypass(
        (
            "create table more () inherits (ledger_entries)",
            "insert into more select * from ledger_entries where seq = 3",
        ),
        "permission denied|must be owner",
        Found(Level.LINKS, 3, Reason.ENTRY_REPEATED),
        Found(Level.LINKS, 3, Reason.ENTRY_REPEATED),
    ),
    "row-level security not forced": Bypass(
        ("alter table ledger_contents no force row level security", UPDATE), NOT_OWNER, GROWS, GROWS
    ),
    "row-level security switched off": Bypass(
        ("alter table ledger_contents disable row level security", UPDATE), NOT_OWNER, GROWS, GROWS
    ),
    "constraints dropped and a row twice": Bypass(
        (
            "alter table ledger_checkpoints drop constraint ledger_checkpoints_pkey",
            "alter table ledger_checkpoints disable trigger user",
            "insert into ledger_checkpoints select * from ledger_checkpoints where size = 7",
        ),
        NOT_OWNER,
        Found(Level.CHECKPOINTS, 6, Reason.CHECKPOINT_WRONG),
        Found(Level.CHECKPOINTS, 6, Reason.CHECKPOINT_WRONG),
    ),
    "a role taken on": Bypass(("set local role involinks_owner", UPDATE), DENIED, GROWS, GROWS),
    "a right given to oneself": Bypass(
        ("grant update on ledger_contents to involinks_app", UPDATE), DENIED, GROWS, GROWS
    ),
}


@asynccontextmanager
async def hands_of(database: Database, company_id: UUID) -> AsyncIterator[Hands]:
    """One transaction of a role, bound to the company; never committed."""
    async with database.engine.connect() as db:
        hands = Hands(db)
        await db.execute(text("select set_config('involinks.company', :c, true)"), {"c": str(company_id)})
        try:
            yield hands
        finally:
            await db.rollback()


async def first_level(hands: Hands, company_id: UUID) -> Found | None:
    for level in (Level.LINKS, Level.CONTENTS, Level.SEALS, Level.CHECKPOINTS):
        report = await verify_company(hands.database, company_id, Ask(level=level))
        if report.first_bad_seq is not None and report.reason is not None:
            return Found(level, report.first_bad_seq, report.reason)
        assert report.status == "ok"
    return None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", BYPASSES)
async def test_is_refused_or_found(
    module_database: Database,
    module_owner: Database,
    module_admin: Database,
    ledger_of: UUID,
    name: str,
    role: str,
) -> None:
    bypass = BYPASSES[name]
    databases = {"app": module_database, "owner": module_owner, "superuser": module_admin}
    expected: str | Found = getattr(bypass, role)
    async with hands_of(databases[role], ledger_of) as hands:
        if isinstance(expected, str):
            with pytest.raises(DBAPIError, match=expected):
                for statement in bypass.statements:
                    await hands.run(statement)
        else:
            for statement in bypass.statements:
                await hands.run(statement)
            assert await first_level(hands, ledger_of) == expected


async def test_the_app_is_no_owner_and_gets_no_more_than_it_needs(
    module_database: Database, module_owner: Database
) -> None:
    """SELECT and INSERT; of the head and of sealed keys also the columns that move. Nothing else, on no table."""
    allowed = {
        "ledger_heads": {"SELECT", "INSERT", "UPDATE"},
        "sealed_keys": {"SELECT", "INSERT", "UPDATE"},
        "ledger_entries": {"SELECT", "INSERT"},
        "ledger_contents": {"SELECT", "INSERT"},
        "ledger_nodes": {"SELECT", "INSERT"},
        "ledger_checkpoints": {"SELECT", "INSERT"},
        "signing_keys": {"SELECT", "INSERT"},
    }
    columns = {
        "ledger_heads": {"count", "hash", "key_id", "peaks"},
        "sealed_keys": {"kek_id", "nonce", "ciphertext"},
    }
    async with module_owner.platform() as db:
        for table, rights in allowed.items():
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
                held = await db.execute(
                    text("select has_table_privilege('involinks_app', :t, :r)"), {"t": table, "r": right}
                )
                assert held.scalar_one() == (right in rights and right != "UPDATE"), (table, right)
            named = await db.execute(
                text(
                    "select column_name from information_schema.column_privileges "
                    "where grantee = 'involinks_app' and table_name = :t and privilege_type = 'UPDATE'"
                ),
                {"t": table},
            )
            assert set(named.scalars()) == columns.get(table, set())
            security = await db.execute(
                text(
                    "select relrowsecurity and relforcerowsecurity and pg_get_userbyid(relowner) <> 'involinks_app' "
                    "from pg_class where oid = cast(:t as regclass)"
                ),
                {"t": table},
            )
            assert security.scalar_one()
            triggers = await db.execute(
                text(
                    "select count(*) filter (where tgenabled <> 'A'), count(*) from pg_trigger "
                    "where tgrelid = cast(:t as regclass) and not tgisinternal"
                ),
                {"t": table},
            )
            lax, all_ = triggers.one()
            assert (lax, all_ > 0) == (0, True), f"every trigger of {table} is ENABLE ALWAYS"
    del module_database
