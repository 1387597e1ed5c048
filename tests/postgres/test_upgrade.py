"""An installation that has documents already is brought to the newest revision, by an owner who sees no rows."""

from __future__ import annotations

from uuid import uuid4

from alembic import command
from sqlalchemy import text

import migrations
from gateway.db import Database
from gateway.postgres import Server
from tests.conftest import opened

AT = "2026-11-21T08:30:00+00:00"


async def old_rows(database: Database, company: str) -> None:
    """A sealed document of each kind and one that is on its way, as revision 0014 wrote them."""
    series = uuid4()
    async with database.platform() as db:
        await db.execute(
            text(
                "insert into series (company_id, id, name, numbering, created_at, created_by) "
                f"values ('{company}', '{series}', 'MAIN', 'given', '{AT}', 'user:x')"
            )
        )
        for number, endpoint, body in [
            ("1", "1123456789", '{"issue_date": "2026-11-21"}'),
            ("2", "9900000098", '{"issue_date": "2026-11-21", "tax_point_date": "2026-11-10"}'),
            ("3", None, "{}"),
        ]:
            document, issued = uuid4(), "2026-11-21" if endpoint else None
            await db.execute(
                text(
                    "insert into issued_documents (company_id, id, state, version, series_id, number, type_code, "
                    "issue_date, buyer_endpoint, body, valid, findings, ruleset, makers, created_at, created_by, "
                    "changed_at, sealed_at, sealed_by, xml_hash) values "
                    "(:company, :id, 'SENDING', 2, :series, :number, "
                    "'380', cast(:issued as text)::date, :endpoint, convert_to(:body, 'UTF8'), true, '[]', 'r', "
                    f"array[cast(:id as uuid)], '{AT}', 'user:x', '{AT}', '{AT}', 'user:x', '\\x00')"
                ),
                {
                    "company": company,
                    "id": document,
                    "series": series,
                    "number": number,
                    "issued": issued,
                    "endpoint": endpoint,
                    "body": body,
                },
            )
            await db.execute(
                text(
                    "insert into transmissions (company_id, id, document_id, provider, begun_at, attempts, "
                    f"attempted_at, uncertain) values (:company, :key, :id, 'sandbox', '{AT}', 1, '{AT}', true)"
                ),
                {"company": company, "key": uuid4(), "id": document},
            )


async def test_what_was_there_gets_its_deadline_and_its_order(pg_server: Server) -> None:
    company, upgraded = str(uuid4()), f"t_{uuid4().hex}"
    pg_server.sql(f"create database {upgraded} owner involinks_owner")
    try:
        owner = pg_server.dsn("owner", upgraded)
        command.upgrade(migrations.configuration(owner), "0014")
        async with opened(pg_server.dsn("admin", upgraded)) as admin:
            await old_rows(admin, company)
        migrations.upgrade(owner)
        async with opened(pg_server.dsn("admin", upgraded)) as admin, admin.platform() as db:
            rows = (
                await db.execute(
                    text(
                        "select d.number, cast(d.transmit_by as text), d.predefined, t.ordered_at = t.begun_at "
                        "from issued_documents d join transmissions t on t.document_id = d.id order by 1"
                    )
                )
            ).all()
            fixed = (
                await db.execute(
                    text(
                        "select relforcerowsecurity from pg_class "
                        "where relname in ('issued_documents', 'transmissions')"
                    )
                )
            ).scalars()
            assert [tuple(row) for row in rows] == [
                ("1", "2026-12-05", False, True),
                ("2", "2026-11-24", True, True),
                ("3", None, False, True),
            ]
            assert set(fixed) == {True}, "the tenant policies bind the owner again"
    finally:
        pg_server.sql(f"drop database {upgraded} with (force)")
