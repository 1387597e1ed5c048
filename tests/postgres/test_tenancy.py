"""The finished database, looked at as a whole: who may do what, whichever slice made the table."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

import gateway
import migrations
from gateway.db import Database, metadata, new_id
from gateway.postgres import Server
from gateway.wiring import _TRACES

PLATFORM = {
    "api_keys", "certificate_watch", "dead_jobs", "idempotency_keys", "invitations", "jobs", "mailbox_lines",
    "memberships", "platform_events", "provider_lines", "sessions", "transmission_keys",
}  # fmt: skip
"""Tables with a company_id outside the tenant policies: the app reaches them through functions only."""
OF_NOBODY = {"retention_policies": ["select"]}
"""Tables without a company that the app reads: what the law says to all."""
APPEND_ONLY = {
    "ledger_entries", "ledger_contents", "ledger_nodes", "ledger_checkpoints", "ledger_closes", "ledger_replays",
    "personal_contents", "signing_keys", "tax_period_admissions", "tax_periods", "transmission_events",
    "unreadable_arrivals", "witness_answers", "ledger_timestamps", "bill_rereadings", "bill_rereading_items",
}  # fmt: skip

_RIGHTS = """
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as fenced,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id') as tenant,
           array(select p from unnest('{select,insert,update,delete,truncate,references,trigger}'::text[]) p
                 where has_table_privilege('involinks_app', c.oid, p)
                    or (p in ('select', 'insert', 'update', 'references')
                        and has_any_column_privilege('involinks_app', c.oid, p))) as rights
    from pg_class c where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace
      and c.relname <> 'alembic_version'
"""
_POLICIES = """
    select c.relname, array(
        select format('%s %s %s %s %s', polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid),
                      pg_get_expr(polwithcheck, polrelid)) from pg_policy where polrelid = c.oid)
    from pg_class c where c.relrowsecurity
"""
_TENANT_KEYS = """
    select i.indexrelid::regclass::text,
           (select attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0])
    from pg_index i join pg_class c on c.oid = i.indrelid where c.relrowsecurity and i.indisunique
"""
_FUNCTIONS = """
    select p.oid::regprocedure::text, p.prosecdef, p.proconfig,
           exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) where grantee = 0) as open
    from pg_proc p where p.pronamespace = 'public'::regnamespace
"""


async def ask(database: Database, query: str) -> list[tuple]:
    async with database.platform() as db:
        return [tuple(row) for row in await db.execute(text(query))]


async def test_every_table_of_a_company_is_fenced_in(module_database: Database) -> None:
    open_tables = {name for name, fenced, tenant, _ in await ask(module_database, _RIGHTS) if tenant and not fenced}
    assert open_tables == PLATFORM


async def test_what_is_not_fenced_in_is_out_of_the_apps_reach(module_database: Database) -> None:
    within_reach = {
        name: rights for name, fenced, _, rights in await ask(module_database, _RIGHTS) if rights and not fenced
    }
    assert within_reach == OF_NOBODY


async def test_the_app_never_gets_more_than_rows(module_database: Database) -> None:
    for name, _, _, rights in await ask(module_database, _RIGHTS):
        assert not {"truncate", "references", "trigger"} & set(rights), name
        if name in APPEND_ONLY:
            assert set(rights) == {"select", "insert"}, name


async def test_one_policy_holds_everywhere(module_database: Database) -> None:
    expected = ["tenancy * t (company_id = involinks_company()) (company_id = involinks_company())"]
    policies = dict(await ask(module_database, _POLICIES))
    assert policies
    assert {name: found for name, found in policies.items() if found != expected} == {}


async def test_the_company_comes_first_in_every_key(module_database: Database) -> None:
    keys = await ask(module_database, _TENANT_KEYS)
    assert keys
    assert [key for key, first in keys if first != "company_id"] == []


async def test_no_function_is_open_to_everybody_or_led_astray(module_database: Database) -> None:
    functions = await ask(module_database, _FUNCTIONS)
    assert functions
    assert [name for name, _, _, open_ in functions if open_] == []
    astray = [
        name
        for name, definer, config, _ in functions
        if definer and not any(line.startswith("search_path=") for line in config or ())
    ]
    assert astray == []


@pytest.mark.parametrize("table", ["users", "sessions", "jobs", "api_keys", "memberships", "companies"])
async def test_the_app_reads_no_platform_table(module_database: Database, table: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        await ask(module_database, f"select * from {table}")


async def test_a_new_function_is_closed_from_the_start(owner: Database, database: Database) -> None:
    await ask_owner(owner, "create function f() returns int language sql return 1")
    with pytest.raises(DBAPIError, match="permission denied for function"):
        await ask(database, "select f()")


async def ask_owner(owner: Database, statement: str) -> None:
    async with owner.platform() as db:
        await db.execute(text(statement))


async def test_the_code_knows_the_database_as_it_is(module_owner: Database) -> None:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if module.name.rpartition(".")[2] in {"models", "queries", "events"}:
            importlib.import_module(module.name)
    assert metadata.tables

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "include_object": known}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        # Indexes, keys and comments serve the database; the code doesn't name them.
        changes = [change for one in found for change in (one if isinstance(one, list) else [one])]
        return [change for change in changes if change[0].partition("_")[2] in {"table", "column", "type", "nullable"}]

    def known(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
        return not (kind == "table" and reflected and name not in metadata.tables)

    async with module_owner.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_the_newest_revision_is_alembics_head() -> None:
    assert ScriptDirectory.from_config(migrations.configuration()).get_heads() == [migrations.newest()]


async def test_migrating_twice_changes_nothing(pg_server: Server, database_name: str, database: Database) -> None:
    migrations.upgrade(pg_server.dsn("owner", database_name))
    assert await ask(database, "select version_num from alembic_version") == [(migrations.newest(),)]


async def test_development_leaves_traces_that_live_mode_finds(database: Database, admin: Database) -> None:
    async def traces() -> list[str]:
        async with database.platform() as db:
            return list((await db.execute(_TRACES)).scalars())

    assert await traces() == []
    company = new_id()
    async with admin.platform() as db:
        await db.execute(text("set session_replication_role = replica"))  # no triggers, no foreign keys: just the rows
        for email in ("finance@acme.ae", "boss@buyer.example", "x@example.com", "someone@bestexample.com"):
            await db.execute(
                text("insert into users (id, email, name, password_hash, created_at) values (:i, :e, '', '', now())"),
                {"i": new_id(), "e": email},
            )
        await db.execute(
            text(
                "insert into companies (id, state, profile, admin_email, created_at)"
                " values (:i, 'ACTIVE', :p, '', now())"
            ),
            {"i": company, "p": '{"legal_name": "x", "trn": "1", "tin": "1"}'},
        )
        await db.execute(
            text("insert into sealed_keys values (:c, '12345678', 'dev-1', '123456789012', 'x')"), {"c": company}
        )
    people, keys = await traces()
    assert people.startswith("the database holds 2 demo user(s)")
    assert keys.startswith("the database holds 1 key(s) sealed under a development key")
