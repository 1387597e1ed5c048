"""What the database itself holds to: no commit without its checkpoint, no block of entries without its nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certs import LocalKeyStore
from gateway.db import Database
from ledger.entry import NO_KEY, ZERO_HASH, Entry, Kind, NewEntry, encode, microseconds
from ledger.merkle import Frontier, Subtree, leaf
from ledger.record import Head
from ledger.signing import content_hashes
from ledger.store import append, head
from ledger.store.append import _APPEND
from tests.ledger.chains import NOW, OPENING, OpenLedger

STATUS = NewEntry(kind=Kind.STATUS, canonical=b"{}")
MOVE = """
    with e as (insert into ledger_entries values (:c, :s, 8, :t, '', '', :b, :h, null)),
        c as (insert into ledger_contents values (:c, :s, '{}', null))
    update ledger_heads set count = :s + 1, hash = :h, peaks = :p where company_id = :c
"""
NOTE = "insert into ledger_checkpoints values (:c, :size, :root, 'x', 1)"


def next_entry(head: Head) -> dict[str, Any]:
    """One entry behind the head, as parameters of `MOVE`."""
    invoice_hash, xml_hash = content_hashes(b"{}", None)
    entry = Entry(
        company_id=head.company_id, seq=head.count, kind=Kind.STATUS, at_us=microseconds(NOW), series="", number="",
        previous=head.hash, invoice_hash=invoice_hash, xml_hash=xml_hash, key_id=NO_KEY, signature_hash=ZERO_HASH,
    )  # fmt: skip
    frontier = Frontier(head.count, head.peaks)
    frontier.append(leaf(entry.hash))
    return {
        "c": head.company_id, "s": entry.seq, "t": entry.at_us, "b": encode(entry), "h": entry.hash,
        "p": frontier.peaks(), "size": frontier.size, "root": frontier.root(),
    }  # fmt: skip


async def run(database: Database, company_id: UUID, *statements: str, **changes: Any) -> None:
    """Each statement on its own, in one transaction that commits."""
    async with database.company(company_id) as db:
        given = {**next_entry(await head(db, company_id)), **changes}
        for statement in statements:
            names = {name: value for name, value in given.items() if f":{name}" in statement}
            await db.execute(text(statement), names)


async def test_no_commit_moves_a_head_without_its_checkpoint(
    module_database: Database, module_owner: Database, module_admin: Database, open_company: OpenLedger
) -> None:
    company_id = await open_company(module_database)
    for database in (module_database, module_owner, module_admin):
        for late in ((), ("set constraints all immediate",), ("set constraints all deferred",)):
            with pytest.raises(DBAPIError, match=f"moved to {OPENING + 1} without a checkpoint"):
                await run(database, company_id, MOVE, *late)
    with pytest.raises(DBAPIError, match="without a checkpoint"):
        await run(module_admin, company_id, "set session_replication_role = replica", MOVE)
    await run(module_database, company_id, MOVE, NOTE)
    async with module_database.company(company_id) as db:
        assert (await head(db, company_id)).count == OPENING + 1


@pytest.mark.parametrize("changes", [{"size": OPENING}, {"size": OPENING + 2}, {"root": bytes(32)}])
async def test_a_checkpoint_is_of_the_head_as_it_stands(
    module_database: Database, open_company: OpenLedger, changes: dict[str, Any]
) -> None:
    company_id = await open_company(module_database)
    with pytest.raises(DBAPIError, match=r"as it stands|duplicate key"):
        await run(module_database, company_id, MOVE, NOTE, **changes)
    with pytest.raises(DBAPIError, match="as it stands"):
        await run(module_database, company_id, NOTE)


SPOILS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "nothing": (lambda given: None, ""),
    "no node": (lambda given: given.update(levels=[], indexes=[], nodes=[]), "lack their nodes of level 8"),
    "another hash": (lambda given: given.update(nodes=[bytes(32)]), "not what the entries give"),
    "another place": (lambda given: given.update(indexes=[1]), "not what the entries give|lack their nodes"),
    "another level": (lambda given: given.update(levels=[16]), "not what the entries give|lack their nodes"),
    "one too many": (
        lambda given: given.update(levels=[8, 8], indexes=[0, 1], nodes=given["nodes"] * 2),
        "not what the entries give",
    ),
    "a level between": (lambda given: given.update(levels=[9]), "check constraint"),
}


@pytest.mark.parametrize("spoil", SPOILS)
async def test_a_block_of_entries_comes_with_its_node(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore, spoil: str
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        await append(db, company_id, [STATUS] * (255 - OPENING), now=NOW, keys=keys)
        now = await head(db, company_id)
    entry = next_entry(now)
    frontier, subtrees = Frontier(now.count, now.peaks), list[Subtree]()
    frontier.append(leaf(entry["h"]), subtrees)
    assert [(node.level, node.idx) for node in subtrees] == [(8, 0)]
    given = {
        "company_id": company_id, "seqs": [now.count], "kinds": [int(Kind.STATUS)], "times": [entry["t"]],
        "series": [""], "numbers": [""], "bodies": [entry["b"]], "hashes": [entry["h"]], "signatures": [None],
        "canonicals": [b"{}"], "attachments": [None], "levels": [8], "indexes": [0], "nodes": [subtrees[0].hash],
        "root": frontier.root(), "note": b"x", "at_us": 1, "count": 256, "hash": entry["h"], "key_id": now.key_id,
        "peaks": frontier.peaks(), "seen_count": now.count, "seen_hash": now.hash,
    }  # fmt: skip
    change, why = SPOILS[spoil]
    change(given)
    async with module_database.company(company_id) as db:
        if not why:
            assert (await db.execute(_APPEND, given | {"places": given["seqs"]})).rowcount == 1
        else:
            nested = await db.begin_nested()
            with pytest.raises(DBAPIError, match=why):
                await db.execute(_APPEND, given | {"places": given["seqs"]})
            await nested.rollback()


async def test_the_database_counts_with_the_same_tree(module_database: Database) -> None:
    """The two functions in SQL and the one in Python, over the same hashes."""
    async with module_database.platform() as db:
        for size in (1, 2, 3, 7, 8, 255, 256, 1000):
            frontier, leaves = Frontier(), [leaf(bytes([n % 256, n // 256])) for n in range(size)]
            for each in leaves:
                frontier.append(each)
            given = {"peaks": frontier.peaks(), "leaves": leaves}
            assert await db.scalar(text("select ledger_root(:peaks)"), given) == frontier.root()
            if size & (size - 1) == 0:
                folded = await db.scalar(text("select ledger_fold(cast(:leaves as bytea[]))"), given)
                assert folded == frontier.root()
