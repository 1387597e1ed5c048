"""The tamper matrix: every column of every table altered by someone who owns the database, every time found."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from certs import LocalKeyStore
from gateway.audit.flow import verify_company
from gateway.db import Database
from ledger.entry import decode, encode
from ledger.report import Level, Reason, Report
from ledger.store import batch
from tests.gateway.audit.ledgers import TABLES, Hands, free_hands

COUNT = 10
OTHER_UUID = "'00000000-0000-0000-0000-00000000abcd'"
FLIP_FIRST = "set_byte({c}, 0, get_byte({c}, 0) # 1)"
FLIP_LAST = "set_byte({c}, octet_length({c}) - 1, get_byte({c}, octet_length({c}) - 1) # 128)"
BY_TYPE = {
    "uuid": [OTHER_UUID],
    "bigint": ["{c} + 1", "{c} - 1", "{c} + 1000000"],
    "smallint": ["{c} + 1", "200"],
    "integer": ["{c} + 1"],
    "text": ["{c} || 'x'", "''", "'فاتورة'"],
    "bytea": [FLIP_FIRST, FLIP_LAST, "{c} || '\\x00'", "''"],
}
# Seq named for an altered row, as a function of the row's own; rows are chosen by a condition.
ROWS = {
    "ledger_entries": [(f"seq = {seq}", seq) for seq in (0, 2, 4, 6, 9)],
    "ledger_contents": [(f"seq = {seq}", seq) for seq in (0, 1, 4, 5, 9)],
    "signing_keys": [("added_seq = 0", 0), ("added_seq = 5", 5)],
    "sealed_keys": [
        ("key_id = (select key_id from signing_keys where added_seq = 0)", 0),
        ("key_id = (select key_id from signing_keys where added_seq = 5)", 5),
    ],
    "ledger_heads": [("true", -1)],
}
HEAD_SEQ = {"company_id": 0, "created_us": 0, "hash": COUNT - 1, "key_id": COUNT - 1, "count": None}


async def judged(hands: Hands, company_id: UUID, keys: LocalKeyStore | None = None) -> Report:
    return await verify_company(hands.database, company_id, level=Level.SEALS, keys=keys)


async def test_the_ledger_holds_before_anyone_touches_it(
    module_database: Database, module_admin: Database, ledger_of: UUID, keys: LocalKeyStore
) -> None:
    report = await verify_company(module_database, ledger_of, keys=keys)
    assert (report.status, report.head_count, report.failures) == ("ok", COUNT, ())
    assert msgspec.structs.astuple(report.checked) == (10, 10, 5, 8)
    async with free_hands(module_admin) as hands:
        assert (await judged(hands, ledger_of, keys)).status == "ok", "the hands alone change nothing"


@pytest.mark.parametrize("table", TABLES)
async def test_every_column_of(module_admin: Database, ledger_of: UUID, keys: LocalKeyStore, table: str) -> None:
    tried = 0
    async with free_hands(module_admin) as hands:
        columns = (
            await hands.db.execute(
                text(
                    "select attname, format_type(atttypid, null) as type from pg_attribute "
                    f"where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped"
                )
            )
        ).all()
        for column, type_ in columns:
            changes = [change.format(c=column) for change in BY_TYPE[type_]]
            changes.append("null")
            for where, seq in ROWS[table]:
                for change in changes:
                    nested = await hands.db.begin_nested()
                    touched = await hands.run(
                        f"update {table} set {column} = {change} "
                        f"where company_id = :c and {where} and ({column} is distinct from {change})",
                        c=ledger_of,
                    )
                    if touched:
                        tried += 1
                        report = await judged(hands, ledger_of, keys)
                        what = f"{table}.{column} = {change} where {where}: {report.failures}"
                        assert report.status == "failed", what
                        expected = seq if table != "ledger_heads" else HEAD_SEQ[column]
                        if column == "seq" and change.endswith("- 1") and seq > 0:
                            assert report.first_bad_seq in (seq - 1, seq), what  # two stand at the place before
                        elif expected is not None:
                            assert report.first_bad_seq == expected, what
                    await nested.rollback()
    assert tried >= len(columns) * len(ROWS[table]), "every column of every chosen row was altered at least once"


@pytest.mark.parametrize("seq", range(COUNT))
@pytest.mark.parametrize("table", ["ledger_entries", "ledger_contents"])
async def test_a_deleted_row(module_admin: Database, ledger_of: UUID, table: str, seq: int) -> None:
    async with free_hands(module_admin) as hands:
        assert await hands.run(f"delete from {table} where company_id = :c and seq = {seq}", c=ledger_of) == 1
        report = await judged(hands, ledger_of)
        assert (report.status, report.first_bad_seq) == ("failed", seq)
        expected = Reason.ENTRY_MISSING if table == "ledger_entries" else Reason.CONTENT_MISSING
        assert report.reason is expected


@pytest.mark.parametrize("table", ["signing_keys", "sealed_keys"])
async def test_a_deleted_key(module_admin: Database, ledger_of: UUID, keys: LocalKeyStore, table: str) -> None:
    async with free_hands(module_admin) as hands:
        where = "key_id = (select key_id from signing_keys where added_seq = 5)"
        assert await hands.run(f"delete from {table} where company_id = :c and {where}", c=ledger_of) == 1
        report = await judged(hands, ledger_of, keys)
        assert (report.status, report.first_bad_seq) == ("failed", 5)


async def test_a_smuggled_key(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        for added_seq, named in ((3, 3), (10, 10), (999, 999)):
            nested = await hands.db.begin_nested()
            await hands.run(
                "insert into signing_keys select company_id, 'stranger', 7, purpose, algorithm, spki, "
                f"{added_seq} from signing_keys where company_id = :c and added_seq = 0",
                c=ledger_of,
            )
            report = await judged(hands, ledger_of)
            assert (report.status, report.first_bad_seq, report.reason) == ("failed", named, Reason.KEY_TABLE_DIFFERS)
            await nested.rollback()


async def test_rows_exchanged(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        for table, reason in (("ledger_entries", Reason.COLUMN_DIFFERS), ("ledger_contents", Reason.CONTENT_ALTERED)):
            nested = await hands.db.begin_nested()
            await hands.run(f"update {table} set seq = 3 - seq where company_id = :c and seq in (1, 2)", c=ledger_of)
            report = await judged(hands, ledger_of)
            assert (report.status, report.first_bad_seq, report.reason) == ("failed", 1, reason)
            await nested.rollback()


async def test_rows_behind_the_head(module_admin: Database, ledger_of: UUID) -> None:
    async with free_hands(module_admin) as hands:
        before = "(select entry_hash from ledger_entries where company_id = :c and seq = 8)"
        await hands.run(f"update ledger_heads set count = 9, hash = {before} where company_id = :c", c=ledger_of)
        report = await judged(hands, ledger_of)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 9, Reason.BEYOND_HEAD)


async def relink(hands: Hands, company_id: UUID, first: int, *, renumber: int = 0) -> None:
    """Make the chain fit again from `first` on, as anyone can who may write to the tables."""
    records = await batch(hands.db, company_id, 0)
    previous = records[first - 1].entry_hash
    for record in records[first:]:
        seq = record.seq + renumber
        entry = msgspec.structs.replace(decode(record.body), seq=seq, previous=previous)
        previous = sha256(encode(entry)).digest()
        await hands.run(
            "update ledger_entries set seq = :new, body = :b, entry_hash = :h where company_id = :c and seq = :old",
            new=seq, b=encode(entry), h=previous, c=company_id, old=record.seq,
        )  # fmt: skip
        await hands.run("update ledger_contents set seq = :new where company_id = :c and seq = :old",
                        new=seq, c=company_id, old=record.seq)  # fmt: skip
    count = records[-1].seq + renumber + 1
    await hands.run("update ledger_heads set count = :n, hash = :h where company_id = :c",
                    n=count, h=previous, c=company_id)  # fmt: skip


async def test_a_document_rewritten_and_the_chain_repaired_shows_at_its_seal(
    module_admin: Database, ledger_of: UUID
) -> None:
    async with free_hands(module_admin) as hands:
        (record,) = await batch(hands.db, ledger_of, 2, 2)
        assert record.canonical
        assert record.attached
        canonical = record.canonical.replace(b"105.00", b"905.00")
        attached = record.attached.replace(b"105.00", b"905.00")
        entry = msgspec.structs.replace(
            decode(record.body), invoice_hash=sha256(canonical).digest(), xml_hash=sha256(attached).digest()
        )
        given = {"c": ledger_of, "canonical": canonical, "attached": attached, "b": encode(entry), "h": entry.hash}
        await hands.run(
            "update ledger_contents set canonical = :canonical, attached = :attached where company_id = :c and seq = 2",
            **{name: given[name] for name in ("c", "canonical", "attached")},
        )
        await hands.run("update ledger_entries set body = :b, entry_hash = :h where company_id = :c and seq = 2",
                        **{name: given[name] for name in ("c", "b", "h")})  # fmt: skip
        links = await verify_company(hands.database, ledger_of, level=Level.LINKS)
        assert (links.first_bad_seq, links.reason) == (3, Reason.LINK_BROKEN), "unrepaired, the next link breaks"
        await relink(hands, ledger_of, 3)
        report = await judged(hands, ledger_of)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 2, Reason.SEAL_WRONG)
        links = await verify_company(hands.database, ledger_of, level=Level.CONTENTS)
        assert links.status == "ok", "without the seals nobody could tell: that is what they are for"


async def test_a_seal_replayed_for_another_number_shows_in_the_facts(module_admin: Database, ledger_of: UUID) -> None:
    """Content, hashes and seal of INV-1 put in the place of INV-2: every hash and seal holds, the number doesn't."""
    async with free_hands(module_admin) as hands:
        one, two = await batch(hands.db, ledger_of, 1, 2)
        source = decode(one.body)
        entry = msgspec.structs.replace(
            decode(two.body), invoice_hash=source.invoice_hash, xml_hash=source.xml_hash,
            key_id=source.key_id, signature_hash=source.signature_hash,
        )  # fmt: skip
        await hands.run(
            "update ledger_entries set body = :b, entry_hash = :h, signature = :s where company_id = :c and seq = 2",
            b=encode(entry), h=entry.hash, s=one.signature, c=ledger_of,
        )  # fmt: skip
        await hands.run(
            "update ledger_contents set canonical = :canonical, attached = :attached where company_id = :c and seq = 2",
            canonical=one.canonical, attached=one.attached, c=ledger_of,
        )  # fmt: skip
        await relink(hands, ledger_of, 3)
        report = await judged(hands, ledger_of)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 2, Reason.FACTS_DIFFER)


async def test_the_limit_a_cut_tail_or_a_deleted_middle_needs_an_older_head(
    module_database: Database, module_admin: Database, ledger_of: UUID
) -> None:
    """What no check of the ledger alone can find: kept heads do. This test says so, so that nobody promises more."""
    honest = await verify_company(module_database, ledger_of)
    async with free_hands(module_admin) as hands:
        nested = await hands.db.begin_nested()
        await hands.run("delete from ledger_entries where company_id = :c and seq = 9", c=ledger_of)
        await hands.run("delete from ledger_contents where company_id = :c and seq = 9", c=ledger_of)
        before = "(select entry_hash from ledger_entries where company_id = :c and seq = 8)"
        await hands.run(f"update ledger_heads set count = 9, hash = {before} where company_id = :c", c=ledger_of)
        cut = await judged(hands, ledger_of)
        assert cut.status == "ok"
        assert (cut.head_count, cut.head_hash) != (honest.head_count, honest.head_hash)
        await nested.rollback()

        for table in ("ledger_entries", "ledger_contents"):
            await hands.run(f"delete from {table} where company_id = :c and seq = 8", c=ledger_of)
            await hands.run(f"update {table} set seq = 8 where company_id = :c and seq = 9", c=ledger_of)
        (moved,) = await batch(hands.db, ledger_of, 8, 8)
        (last,) = await batch(hands.db, ledger_of, 7, 7)
        entry = msgspec.structs.replace(decode(moved.body), seq=8, previous=last.entry_hash)
        await hands.run("update ledger_entries set body = :b, entry_hash = :h where company_id = :c and seq = 8",
                        b=encode(entry), h=entry.hash, c=ledger_of)  # fmt: skip
        await hands.run("update ledger_heads set count = 9, hash = :h where company_id = :c", h=entry.hash, c=ledger_of)
        assert (await judged(hands, ledger_of)).head_hash != honest.head_hash


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
