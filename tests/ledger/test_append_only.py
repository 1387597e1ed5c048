"""What the database itself refuses: by grants to the app, by triggers to everyone else, and rows that don't follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import LocalKeyStore
from gateway.db import Database
from ledger.checkpoint import origin
from ledger.entry import NO_KEY, ZERO_HASH, Entry, Kind, NewEntry, encode, genesis, microseconds
from ledger.merkle import Frontier, leaf
from ledger.record import Head
from ledger.store import append, head
from ledger.store.append import _APPEND
from tests.ledger.chains import NOW, OPENING, OpenLedger, sealed_documents

TABLES = [
    "ledger_heads", "ledger_entries", "ledger_contents", "ledger_nodes", "ledger_checkpoints", "signing_keys",
    "sealed_keys",
]  # fmt: skip
FIXED = {
    "ledger_heads": "created_us = created_us + 1",
    "ledger_entries": "at_us = at_us + 1",
    "ledger_contents": "attached = null",
    "ledger_nodes": "hash = hash",
    "ledger_checkpoints": "note = note",
    "signing_keys": "version = version + 1",
    "sealed_keys": "nonce = nonce",
}


@pytest.fixture(scope="module")
async def company_id(module_database: Database, keys: LocalKeyStore) -> AsyncIterator[UUID]:
    from gateway.db import new_id
    from ledger.store import open_ledger, rotate_key

    company_id = new_id()
    async with module_database.company(company_id) as db:
        await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await rotate_key(db, company_id, keys, now=NOW)
    news = await sealed_documents(module_database, company_id, keys, ["INV-1", "INV-2"])
    async with module_database.company(company_id) as db:
        await append(db, company_id, [*news, *[NewEntry(kind=Kind.STATUS, canonical=b"{}")] * 256], now=NOW, keys=keys)
    yield company_id


async def refused(db: AsyncConnection, statement: str, why: str, **given: Any) -> None:
    """The statement fails for this reason, and the transaction goes on."""
    with pytest.raises(DBAPIError, match=why):
        async with db.begin_nested():
            await db.execute(text(statement), given)


@pytest.mark.parametrize("table", TABLES)
async def test_the_app_has_no_right_to_change_what_is_written(
    module_database: Database, company_id: UUID, table: str
) -> None:
    async with module_database.company(company_id) as db:
        assert (await db.execute(text(f"select count(*) from {table}"))).scalar_one() > 0
        await refused(db, f"delete from {table}", "permission denied")
        await refused(db, f"truncate {table} cascade", "permission denied")
        if table == "sealed_keys":
            await refused(db, f"update {table} set {FIXED[table]}", "only ever sealed anew")
            await refused(db, f"update {table} set key_id = key_id", "permission denied")
        else:
            await refused(db, f"update {table} set {FIXED[table]}", "permission denied")
        await refused(db, f"alter table {table} disable trigger all", "must be owner")
        await refused(db, f"drop table {table}", "must be owner")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("who", ["owner", "superuser"])
async def test_triggers_refuse_the_owner_and_a_superuser_too(
    module_owner: Database, module_admin: Database, company_id: UUID, table: str, who: str
) -> None:
    database = module_owner if who == "owner" else module_admin
    async with database.company(company_id) as db:
        if who == "superuser":
            # The way replication, and those who know it, step around ordinary triggers.
            await db.execute(text("set local session_replication_role = replica"))
        change = "moves forward only" if table == "ledger_heads" else "sealed anew|only grows"
        await refused(db, f"update {table} set {FIXED[table]}", change)
        await refused(db, f"delete from {table}", "only grows")
        await refused(db, f"truncate {table} cascade", "only grows")


async def test_the_head_moves_forward_and_to_its_last_entry_only(module_database: Database, company_id: UUID) -> None:
    async with module_database.company(company_id) as db:
        for change in (
            "count = count - 1",
            "count = count + 1",
            "hash = hash",
            "key_id = decode(repeat('01', 8), 'hex')",
        ):
            await refused(db, f"update ledger_heads set {change}", "moves forward only")


async def test_a_head_begins_empty_at_its_genesis(module_database: Database) -> None:
    company_id = uuid4()
    good = {"c": company_id, "t": 5, "n": 0, "h": genesis(company_id, 5), "k": NO_KEY}
    statement = "insert into ledger_heads values (:c, :t, :n, :h, :k, 'ledger.test', '')"
    async with module_database.company(company_id) as db:
        for change in ({"n": 1}, {"h": bytes(32)}, {"k": b"12345678"}, {"t": 6}):
            await refused(db, statement, "begins empty", **{**good, **change})
        await refused(db, statement, "row-level security", **{**good, "c": uuid4()})
        await db.execute(text(statement), good)


def status(company_id: UUID, seq: int, previous: bytes, *, number: str = "", payload: bytes = b"{}") -> Entry:
    """An entry made by hand."""
    return Entry(
        company_id=company_id,
        seq=seq,
        kind=Kind.STATUS,
        at_us=microseconds(NOW),
        series="",
        number=number,
        previous=previous,
        invoice_hash=sha256(payload).digest(),
        xml_hash=ZERO_HASH,
        key_id=NO_KEY,
        signature_hash=ZERO_HASH,
    )


def statement_of(entries: list[Entry], contents: list[bytes], *, seen: Head) -> dict[str, Any]:
    """Parameters of the store's own statement, for entries made by hand."""
    bodies = [encode(entry) for entry in entries]
    frontier = Frontier(seen.count, seen.peaks)
    for entry in entries:
        frontier.append(leaf(entry.hash))
    return {
        "company_id": entries[0].company_id,
        "seqs": [entry.seq for entry in entries],
        "kinds": [int(entry.kind) for entry in entries],
        "times": [entry.at_us for entry in entries],
        "series": [entry.series for entry in entries],
        "numbers": [entry.number for entry in entries],
        "bodies": bodies,
        "hashes": [sha256(body).digest() for body in bodies],
        "signatures": [None for _ in entries],
        "canonicals": contents,
        "attachments": [None for _ in entries],
        "count": seen.count + len(entries),
        "hash": sha256(bodies[-1]).digest(),
        "key_id": NO_KEY,
        "levels": [],
        "indexes": [],
        "nodes": [],
        "peaks": frontier.peaks(),
        "root": frontier.root(),
        "note": b"unsigned",
        "at_us": entries[-1].at_us,
        "seen_count": seen.count,
        "seen_hash": seen.hash,
    }


def _set(name: str, index: int, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda given: given[name].__setitem__(index, value)


SPOILS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "nothing": (lambda given: None, ""),
    "a column that differs from the bytes: kind": (_set("kinds", 1, 9), "does not follow"),
    "time": (_set("times", 0, 1), "does not follow"),
    "series": (_set("series", 1, "T"), "does not follow"),
    "number": (_set("numbers", 1, "9"), "does not follow"),
    "place": (_set("seqs", 1, 9_999), "does not follow"),
    "two of one place": (_set("seqs", 1, 3), "duplicate key|does not follow"),
    "the hash of a middle entry": (_set("hashes", 0, bytes(32)), "does not follow"),
    "the hash of the last entry": (_set("hashes", 2, bytes(32)), "does not follow|forward only"),
    "a link to something else": (
        lambda given: given["bodies"].__setitem__(1, given["bodies"][1].replace(given["hashes"][0], bytes(32))),
        "does not follow",
    ),
    "a signature nobody named": (_set("signatures", 1, b"x"), "does not follow"),
    "another version string": (
        lambda given: given["bodies"].__setitem__(1, b"einv-ledger/v2\0" + given["bodies"][1][15:]),
        "does not follow",
    ),
    "other content": (_set("canonicals", 1, b'{"a":2}'), "not what the entry names"),
    "more content": (_set("attachments", 2, b""), "not what the entry names"),
    "a head elsewhere": (lambda given: given.update(hash=bytes(32)), "not moved|forward only"),
    "a head too far": (lambda given: given.update(count=99), "not moved|forward only"),
    "a head that was not moved": (lambda given: given.update(seen_count=77), "not moved|as it stands"),
    "a frontier of another size": (lambda given: given.update(peaks=b""), "frontier"),
    "a frontier of other entries": (lambda given: given.update(peaks=bytes(len(given["peaks"]))), "as it stands"),
    "a checkpoint of another root": (lambda given: given.update(root=bytes(32)), "as it stands"),
    "a node that no entries complete": (
        lambda given: given.update(levels=[8], indexes=[1], nodes=[bytes(32)]),
        "not what the entries give",
    ),
    "a seal left out": (_set("kinds", 1, 1), "ledger_entries_sealed"),
}


@pytest.mark.parametrize("spoil", SPOILS)
async def test_only_rows_that_follow_are_taken(module_database: Database, company_id: UUID, spoil: str) -> None:
    change, why = SPOILS[spoil]
    async with module_database.company(company_id) as db:
        now = await head(db, company_id)
        entries, previous = [], now.hash
        for seq in range(now.count, now.count + 3):
            entries.append(status(company_id, seq, previous, number=f"فاتورة {seq}", payload=b'{"a":1}'))
            previous = entries[-1].hash
        given = statement_of(entries, [b'{"a":1}'] * 3, seen=now)
        change(given)
        nested = await db.begin_nested()
        if not why:
            assert (await db.execute(_APPEND, given | {"places": given["seqs"]})).rowcount == 1
        else:
            with pytest.raises(DBAPIError, match=why):
                await db.execute(_APPEND, given | {"places": given["seqs"]})
        await nested.rollback()


async def test_entries_come_with_their_content_and_their_head(module_database: Database, company_id: UUID) -> None:
    async with module_database.company(company_id) as db:
        now = await head(db, company_id)
        entry = status(company_id, now.count, now.hash)
        given = {"c": company_id, "s": entry.seq, "t": entry.at_us, "b": encode(entry), "h": entry.hash}
        insert = "insert into ledger_entries values (:c, :s, 8, :t, '', '', :b, :h, null)"
        await refused(db, insert, "was not moved", **given)
        moving = f"with e as ({insert}) update ledger_heads set count = count + 1, hash = :h"
        await refused(db, moving, "lacks its content", **given)
        content = "insert into ledger_contents values (:c, :s, '{}', null)"
        await refused(db, content, "not what the entry names", c=company_id, s=entry.seq)
        await refused(db, content, "duplicate key", c=company_id, s=0)
        await db.execute(text("insert into ledger_entries select * from ledger_entries where false"))


async def test_a_chain_is_not_mixed_from_two_companies(
    module_database: Database, module_admin: Database, open_company: OpenLedger, company_id: UUID
) -> None:
    other = await open_company(module_database)
    async with module_admin.company(company_id) as db:
        now = await head(db, company_id)
        first = status(company_id, now.count, now.hash)
        second = msgspec.structs.replace(first, company_id=other, seq=now.count + 1, previous=first.hash)
        given = {
            "c": company_id, "o": other, "s": first.seq, "b1": encode(first), "b2": encode(second),
            "h1": first.hash, "h2": second.hash, "t": first.at_us,
        }  # fmt: skip
        statement = (
            "with e as (insert into ledger_entries values (:c, :s, 8, :t, '', '', :b1, :h1, null), "
            "(:o, cast(:s as bigint) + 1, 8, :t, '', '', :b2, :h2, null)) "
            "update ledger_heads set count = count + 1, hash = :h1 where company_id = :c"
        )
        await refused(db, statement, "does not follow", **given)


async def test_sealed_keys_are_sealed_anew_only(module_owner: Database, company_id: UUID) -> None:
    async with module_owner.company(company_id) as db:
        await refused(db, "update sealed_keys set ciphertext = 'x'", "only ever sealed anew")
        await refused(db, "update sealed_keys set kek_id = 'kek-x', company_id = gen_random_uuid()", "sealed anew")
        nested = await db.begin_nested()
        await db.execute(text("update sealed_keys set kek_id = 'kek-x', ciphertext = 'x'"))
        await nested.rollback()


async def test_a_public_key_has_its_own_id(module_database: Database, company_id: UUID) -> None:
    async with module_database.company(company_id) as db:
        statement = (
            "insert into signing_keys values (:c, decode(repeat('01', 8), 'hex'), 9, 'document', 'x', 'spki', 0)"
        )
        await refused(db, statement, "check constraint", c=company_id)


async def test_the_ledger_is_as_it_was_after_all_this(
    module_database: Database, company_id: UUID, keys: LocalKeyStore
) -> None:
    async with module_database.company(company_id) as db:
        assert (await head(db, company_id)).count == OPENING + 258
        assert len(await append(db, company_id, [NewEntry(kind=Kind.STATUS, canonical=b"{}")], now=NOW, keys=keys)) == 1
