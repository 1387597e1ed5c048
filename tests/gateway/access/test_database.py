"""What the app's own role can't do, even if the app were taken over: reach a platform table, or make a super admin."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

PLATFORM_TABLES = (
    "users",
    "backup_codes",
    "companies",
    "memberships",
    "invitations",
    "sessions",
    "refresh_tokens",
    "step_ups",
    "api_keys",
    "attempts",
    "platform_events",
)


@pytest.mark.parametrize("table", PLATFORM_TABLES)
@pytest.mark.parametrize("statement", ["select * from {}", "delete from {}", "insert into {} default values"])
async def test_platform_tables_are_out_of_reach(module_database, table, statement):
    with pytest.raises(ProgrammingError, match="permission denied for table"):
        async with module_database.platform() as db:
            await db.execute(text(statement.format(table)))


async def test_only_the_owner_makes_a_super_admin(module_database):
    with pytest.raises(ProgrammingError, match="permission denied for function access_create_super_admin"):
        async with module_database.platform() as db:
            await db.execute(text("select access_create_super_admin(gen_random_uuid(), 'a@b.ae', 'n', 'h', now())"))


async def test_every_function_runs_as_owner_with_its_own_search_path_and_for_the_app_only(module_admin):
    async with module_admin.platform() as db:
        found = await db.execute(
            text(
                "select p.proname, p.prosecdef, p.proconfig,"
                " has_function_privilege('public', p.oid, 'execute') as open,"
                " has_function_privilege('involinks_app', p.oid, 'execute') as app, r.rolsuper as super"
                " from pg_proc p join pg_roles r on r.oid = p.proowner"
                " where p.pronamespace = 'public'::regnamespace and p.proname ~ '^(access|company|platform)_'"
            )
        )
        functions = found.all()
    assert len(functions) > 40
    for function in functions:
        assert function.prosecdef, function.proname
        assert function.proconfig == ["search_path=public, pg_temp"], function.proname
        assert not function.open, function.proname
        assert not function.super, function.proname
        assert function.app is (function.proname != "access_create_super_admin"), function.proname


async def test_without_a_company_its_functions_find_nothing(module_database):
    async with module_database.platform() as db:
        for function in ("access_members", "access_keys", "access_invitations", "company_profile"):
            assert (await db.execute(text(f"select * from {function}()"))).all() == []
