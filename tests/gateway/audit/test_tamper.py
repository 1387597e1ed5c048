"""The tamper matrix: every column of every table altered by someone who owns the database, every time found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from certs import LocalKeyStore
from gateway.audit.flow import Ask, copy_company, verify_company, verify_copy
from gateway.db import Database, new_id
from ledger import store
from ledger.entry import Kind, NewEntry
from ledger.report import Level, Reason, Report
from ledger.store import append, scan
from ledger.verify import Verification
from tests.gateway.audit.ledgers import (
    CHECKPOINTS,
    COUNT,
    NOW,
    SEALED,
    TABLES,
    Hands,
    free_hands,
    issue,
    lengthen,
    make_ledger,
)

BLOCK = 256
PERSONAL = COUNT
"""Seq of a document about a natural person."""
FILLED = COUNT + 251
"""Entries with those that complete a node of the tree."""
APART = {
    "ledger_bundles": "what was asked for, and where the file lies for a day; entries of kind EXPORT are the record",
    "ledger_books": "where the closing job goes on; made anew when lost",
    "ledger_closes": "finds the entries of kind PERIOD_CLOSE",
    "ledger_replays": "a copy of reports: the entries are the record",
    "ledger_timestamps": "tokens of outside authorities, each sound or not by itself",
    "ledger_verifications": "what was asked, and a copy of reports: the entries of kind VERIFICATION are the record",
}
"""Tables of the ledger's name that no verification looks at, and why none needs to."""

OTHER_UUID = "'00000000-0000-0000-0000-00000000abcd'"
FLIP_FIRST = "set_byte({c}, 0, get_byte({c}, 0) # 1)"
FLIP_LAST = "set_byte({c}, octet_length({c}) - 1, get_byte({c}, octet_length({c}) - 1) # 128)"
BY_TYPE = {
    "uuid": [OTHER_UUID],
    "bigint": ["coalesce({c}, 7) + 1", "{c} - 1", "{c} + 1000000"],
    "smallint": ["{c} + 1", "200"],
    "integer": ["{c} + 1"],
    "text": ["{c} || 'x'", "''", "'فاتورة'"],
    "bytea": [FLIP_FIRST, FLIP_LAST, "{c} || '\\x00'", "''"],
}
# The rows that are altered, and the seq that must be named for each.
ROWS = {
    "ledger_entries": [(f"seq = {seq}", seq) for seq in (0, 3, 6, 8, 13)],
    "ledger_contents": [(f"seq = {seq}", seq) for seq in (0, 1, 6, 9, 11)],
    "ledger_nodes": [("idx = 0", BLOCK - 1)],
    "ledger_checkpoints": [(f"size = {size}", size - 1) for size in (3, 7, FILLED)],
    "signing_keys": [(f"added_seq = {seq}", seq) for seq in (0, 1, 2, 7, 12)],
    "sealed_keys": [
        (f"key_id = (select key_id from signing_keys where added_seq = {seq} and company_id = :c)", seq)
        for seq in (0, 2, 12)
    ],
    "ledger_heads": [("true", 0)],
    "personal_keys": [("true", PERSONAL)],
    "personal_contents": [("true", PERSONAL)],
}
# A head that says another company or another beginning has the wrong entries from the first on.
HEAD_SEQ = {"company_id": 0, "created_us": 0, "count": None, "origin": 2}
# A row moved elsewhere is missing where it was, or stands where another should be.
MOVED = {"ledger_entries": {"seq"}, "ledger_contents": {"seq"}, "ledger_checkpoints": {"size"}}


@pytest.fixture(scope="module")
async def ledger_of(module_database: Database, keys: LocalKeyStore) -> UUID:
    """A ledger with a document about a person, and with a stored node of its tree."""
    company_id = await make_ledger(module_database, keys)
    await issue(module_database, company_id, keys, "INV-6", now=NOW + timedelta(hours=1), personal=new_id())
    await lengthen(module_database, company_id, keys, FILLED - COUNT - 1, now=NOW + timedelta(hours=2))
    return company_id


async def judged(hands: Hands, company_id: UUID, keys: LocalKeyStore | None = None, **ask: object) -> Report:
    """Without the key store what stands apart stays closed, and the verdict of a sound ledger is `incomplete`."""
    return await verify_company(hands.database, company_id, Ask(**ask), keys=keys)  # type: ignore[arg-type]


async def test_the_ledger_holds_before_anyone_touches_it(
    module_database: Database, module_admin: Database, ledger_of: UUID, keys: LocalKeyStore
) -> None:
    report = await verify_company(module_database, ledger_of, keys=keys)
    assert (report.status, report.head_count, report.failures) == ("ok", FILLED, ())
    assert msgspec.structs.astuple(report.checked) == (FILLED, FILLED, 6, SEALED + 1, CHECKPOINTS + 2, 0, 0, 0, 0, 0)
    async with free_hands(module_admin) as hands:
        assert (await judged(hands, ledger_of, keys)).status == "ok", "the hands alone change nothing"


async def test_no_table_of_the_ledger_is_left_out(module_owner: Database) -> None:
    """Whoever adds a table says here what verification makes of it."""
    statement = (
        "select table_name from information_schema.tables where table_schema = 'public' "
        "and (table_name like 'ledger\\_%' or table_name like 'personal\\_%' "
        "or table_name in ('signing_keys', 'sealed_keys'))"
    )
    async with module_owner.platform() as db:
        found = set((await db.execute(text(statement))).scalars())
    assert found == {*TABLES, *APART}
    assert set(ROWS) == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
async def test_every_column_of(module_admin: Database, ledger_of: UUID, keys: LocalKeyStore, table: str) -> None:
    async with free_hands(module_admin) as hands:
        found = await hands.db.execute(
            text("select column_name, data_type from information_schema.columns where table_name = :t"), {"t": table}
        )
        for column, type_ in found.all():
            changes = [change.format(c=column) for change in BY_TYPE[type_]]
            for where, seq in ROWS[table]:
                touched = 0
                for change in [*changes, "null"]:
                    nested = await hands.db.begin_nested()
                    altered = await hands.run(
                        f"update {table} set {column} = {change} "
                        f"where company_id = :c and {where} and ({column} is distinct from {change})",
                        c=ledger_of,
                    )
                    if altered:
                        touched += 1
                        report = await judged(hands, ledger_of, keys)
                        what = f"{table}.{column} = {change} where {where}: {report.failures}"
                        assert report.status == "failed", what
                        assert report.first_bad_seq in named(table, column, seq), what
                    await nested.rollback()
                assert touched, f"nothing was altered in {table}.{column} where {where}"


def named(table: str, column: str, seq: int) -> range:
    """The seqs that may be named for an altered row: its own, but where it moved, the first place that it spoils."""
    if table == "ledger_heads":
        expected = HEAD_SEQ.get(column, FILLED - 1)
        return range(FILLED + 1) if expected is None else range(expected, expected + 1)
    return range(max(seq - 1, 0) if column in MOVED.get(table, ()) else seq, seq + 1)


@pytest.mark.parametrize("seq", [0, 1, 3, 6, 8, 11, FILLED - 2, FILLED - 1])
@pytest.mark.parametrize("table", ["ledger_entries", "ledger_contents"])
async def test_a_deleted_row(module_admin: Database, ledger_of: UUID, table: str, seq: int) -> None:
    async with free_hands(module_admin) as hands:
        assert await hands.run(f"delete from {table} where company_id = :c and seq = {seq}", c=ledger_of) == 1
        report = await judged(hands, ledger_of)
        expected = Reason.ENTRY_MISSING if table == "ledger_entries" else Reason.CONTENT_MISSING
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", seq, expected)


async def test_a_deleted_checkpoint_or_node(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        for size in (3, 6, 7, 9, 11, 12, COUNT, COUNT + 1, FILLED):
            nested = await hands.db.begin_nested()
            await hands.run(f"delete from ledger_checkpoints where company_id = :c and size = {size}", c=ledger_of)
            report = await judged(hands, ledger_of)
            assert (report.first_bad_seq, report.reason) == (size - 1, Reason.CHECKPOINT_MISSING)
            await nested.rollback()
        await hands.run("delete from ledger_nodes where company_id = :c", c=ledger_of)
        report = await judged(hands, ledger_of)
        assert (report.first_bad_seq, report.reason) == (BLOCK - 1, Reason.TREE_WRONG)


async def test_rows_that_nobody_asked_for(module_admin: Database, ledger_of: UUID, keys: LocalKeyStore) -> None:
    copied = "insert into ledger_checkpoints select company_id, {size}, root, note, at_us from ledger_checkpoints "
    smuggled = [
        (copied.format(size=5) + "where size = 3 and company_id = :c", 4, Reason.CHECKPOINT_WRONG),
        (copied.format(size=0) + "where size = 3 and company_id = :c", 0, Reason.CHECKPOINT_WRONG),
        (copied.format(size=-7) + "where size = 3 and company_id = :c", 0, Reason.CHECKPOINT_WRONG),
        (copied.format(size=3) + "where size = 3 and company_id = :c", 2, Reason.CHECKPOINT_WRONG),
        (copied.format(size=999) + "where size = 3 and company_id = :c", FILLED, Reason.HISTORY_CUT),
        (
            "update ledger_checkpoints set note = note "
            "|| convert_to(chr(8212) || ' w.example AAAAAAA=' || chr(10), 'UTF8') where size = 7 and company_id = :c",
            6,
            Reason.CHECKPOINT_WRONG,
        ),
        (
            "update personal_contents set canonical = set_byte(canonical, 40, get_byte(canonical, 40) # 1) "
            "where company_id = :c",
            PERSONAL,
            Reason.CONTENT_ALTERED,
        ),
        ("insert into ledger_nodes values (:c, 8, 1, '')", FILLED, Reason.TREE_WRONG),
        ("insert into ledger_nodes values (:c, 7, 0, '')", FILLED, Reason.TREE_WRONG),
    ]
    async with free_hands(module_admin) as hands:
        for statement, seq, reason in smuggled:
            nested = await hands.db.begin_nested()
            assert await hands.run(statement, c=ledger_of) == 1
            report = await judged(hands, ledger_of, keys)
            assert (report.status, report.first_bad_seq, report.reason) == ("failed", seq, reason), statement
            await nested.rollback()


@pytest.mark.parametrize("table", ["signing_keys", "sealed_keys"])
async def test_a_deleted_key(module_admin: Database, ledger_of: UUID, keys: LocalKeyStore, table: str) -> None:
    async with free_hands(module_admin) as hands:
        where = "key_id = (select key_id from signing_keys where added_seq = 7 and company_id = :c)"
        assert await hands.run(f"delete from {table} where company_id = :c and {where}", c=ledger_of) == 1
        report = await judged(hands, ledger_of, keys)
        assert (report.status, report.first_bad_seq) == ("failed", 7)


async def test_a_smuggled_key(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        for added_seq in (3, FILLED, 999):
            nested = await hands.db.begin_nested()
            await hands.run(
                "insert into signing_keys (company_id, key_id, version, purpose, algorithm, spki, added_seq) "
                "select company_id, 'stranger', 7, purpose, algorithm, spki, "
                f"{added_seq} from signing_keys where company_id = :c and added_seq = 0",
                c=ledger_of,
            )
            report = await judged(hands, ledger_of)
            expected = ("failed", added_seq, Reason.KEY_TABLE_DIFFERS)
            assert (report.status, report.first_bad_seq, report.reason) == expected
            await nested.rollback()


async def test_rows_exchanged(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        for table, reason in (("ledger_entries", Reason.COLUMN_DIFFERS), ("ledger_contents", Reason.CONTENT_ALTERED)):
            nested = await hands.db.begin_nested()
            await hands.run(f"update {table} set seq = 7 - seq where company_id = :c and seq in (3, 4)", c=ledger_of)
            report = await judged(hands, ledger_of)
            assert (report.status, report.first_bad_seq, report.reason) == ("failed", 3, reason)
            await nested.rollback()


async def test_rows_behind_the_head(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        before = f"(select entry_hash from ledger_entries where company_id = :c and seq = {FILLED - 2})"
        moved = f"update ledger_heads set count = {FILLED - 1}, hash = {before} where company_id = :c"
        await hands.run(moved, c=ledger_of)
        report = await judged(hands, ledger_of, level=Level.LINKS)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", FILLED - 1, Reason.BEYOND_HEAD)


async def test_a_ledger_taken_away_or_emptied(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        assert (await judged(hands, uuid4())).reason is Reason.LEDGER_MISSING
        nested = await hands.db.begin_nested()
        await hands.run("delete from ledger_heads where company_id = :c", c=ledger_of)
        assert (await judged(hands, ledger_of)).reason is Reason.LEDGER_MISSING
        await nested.rollback()
        for table in ("ledger_entries", "ledger_contents"):
            await hands.run(f"delete from {table} where company_id = :c", c=ledger_of)
        await hands.run("update ledger_heads set count = 0 where company_id = :c", c=ledger_of)
        assert (await judged(hands, ledger_of)).status == "failed"


async def test_content_about_a_person_is_opened_or_said_to_be_closed(
    module_database: Database, ledger_of: UUID, keys: LocalKeyStore, tmp_path: Path
) -> None:
    closed = await verify_company(module_database, ledger_of)
    assert (closed.status, closed.failures) == ("incomplete", ())
    assert (closed.checked.contents, closed.checked.closed, closed.checked.seals) == (FILLED - 1, 1, SEALED + 1)
    opened = await verify_company(module_database, ledger_of, keys=keys)
    assert (opened.status, opened.checked.contents, opened.checked.closed) == ("ok", FILLED, 0)
    for name, opener, status in (("closed", None, "incomplete"), ("open", keys, "ok")):
        await copy_company(module_database, ledger_of, tmp_path / name, keys=opener)
        carried = await verify_copy(tmp_path / name)
        assert (carried.status, carried.failures) == (status, ())


async def test_content_that_was_destroyed_needs_an_entry_that_says_so(
    module_database: Database, module_admin: Database, keys: LocalKeyStore
) -> None:
    company_id = await make_ledger(module_database, keys)
    await issue(module_database, company_id, keys, "INV-6", now=NOW + timedelta(hours=1), personal=new_id())
    destroyed = "update personal_keys set ciphertext = '', nonce = '', erased_seq = 15 where company_id = :c"
    said = NewEntry(kind=Kind.ERASURE, canonical=b"{}", series="S", number="INV-6")
    async with free_hands(module_admin) as hands:
        await hands.run(destroyed, c=company_id)
        report = await judged(hands, company_id, keys)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", PERSONAL, Reason.CONTENT_MISSING)
        for number, expected in (("INV-5", "failed"), ("INV-6", "ok")):
            erasure = msgspec.structs.replace(said, number=number)
            await append(hands.db, company_id, [erasure], now=NOW + timedelta(hours=2, seconds=len(number)), keys=keys)
            report = await judged(hands, company_id, keys)
            assert (report.status, report.checked.erased) == (expected, 1)
        head = await store.head(hands.db, company_id)
        verification = Verification(
            msgspec.structs.replace(head, count=PERSONAL + 1), level=Level.CONTENTS, facts_of=None
        )
        verification.feed(await scan.scan(hands.db, company_id, 0, PERSONAL, Level.CONTENTS, keys))
        ended = await scan.end(hands.db, company_id, PERSONAL + 1)
        reasons = {failure.reason for failure in verification.finish(ended).failures}
        assert Reason.CONTENT_MISSING not in reasons, "the entry that says so was appended while this one ran"
