"""Proofs from stored hashes are those of the whole list of leaves."""

from __future__ import annotations

from hashlib import sha256
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from certs import LocalKeyStore
from gateway.db import Database
from ledger import merkle
from ledger.entry import Kind, NewEntry
from ledger.errors import LedgerMissing, ProofMalformed, TreeDamaged
from ledger.merkle import Frontier, Place, Subtree, leaf
from ledger.store import append, head, tree
from tests.ledger.chains import NOW, OPENING, OpenLedger

LARGEST = 70_000
"""More than 256 * 256, so that a third level of nodes is there."""


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [sha256(n.to_bytes(4, "big")).digest() for n in range(LARGEST)]


@pytest.fixture(scope="module")
def nodes(leaves: list[bytes]) -> dict[Place, bytes]:
    """What the store keeps of them, with the leaves as level 0."""
    frontier, stored = Frontier(), list[Subtree]()
    for each in leaves:
        frontier.append(each, stored)
    assert {node.level for node in stored} == {8, 16}
    kept = {Place(node.level, node.idx): node.hash for node in stored}
    return kept | {Place(0, index): value for index, value in enumerate(leaves)}


def hashes(nodes: dict[Place, bytes], places: list[Place], size: int) -> list[bytes]:
    return [
        merkle.subtree(
            [
                [nodes[Place(span.level, idx)] for idx in range(span.first, span.end)]
                for span in merkle.spans(place, size)
            ]
        )
        for place in places
    ]


def test_every_proof_of_every_tree_up_to_600_leaves(leaves: list[bytes], nodes: dict[Place, bytes]) -> None:
    """All sizes; of each tree a leaf and an older size at every distance from both ends that matters."""
    frontier = Frontier()
    for size in range(1, 601):
        frontier.append(leaves[size - 1])
        whole = leaves[:size]
        assert hashes(nodes, [merkle.top(size)], size) == [frontier.root()] == [merkle.root(whole)]
        for index in {size * 7 // 11, size - 1, min(size - 1, 255)}:
            path = hashes(nodes, merkle.inclusion_places(index, size), size)
            assert path == merkle.inclusion_proof(whole, index)
            assert merkle.verify_inclusion(leaves[index], index, size, path, frontier.root())
        for old in {size * 7 // 11 or 1, size, min(size, 256)}:
            path = hashes(nodes, merkle.consistency_places(old, size), size)
            assert path == merkle.consistency_proof(whole, old)
            assert merkle.verify_consistency(old, size, merkle.root(leaves[:old]), frontier.root(), path)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_proofs_of_large_trees(leaves: list[bytes], nodes: dict[Place, bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LARGEST))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    (root,) = hashes(nodes, [merkle.top(size)], size)
    (older,) = hashes(nodes, [merkle.top(old)], old)
    path = hashes(nodes, merkle.inclusion_places(index, size), size)
    assert merkle.verify_inclusion(leaves[index], index, size, path, root)
    path = hashes(nodes, merkle.consistency_places(old, size), size)
    assert merkle.verify_consistency(old, size, older, root, path)
    for places in (merkle.inclusion_places(index, size), merkle.consistency_places(old, size)):
        read = [span for place in places for span in merkle.spans(place, size)]
        for level in (0, 8, 16):
            assert sum(span.end - span.first for span in read if span.level == level) <= 2 * 256


@pytest.mark.parametrize("place", [(0, 0), (1, 1), (-1, 5)])
def test_no_such_leaf(place: tuple[int, int]) -> None:
    with pytest.raises(ProofMalformed, match="no leaf"):
        merkle.inclusion_places(*place)


@pytest.mark.parametrize("sizes", [(0, 5), (6, 5), (-1, 5)])
def test_no_such_older_tree(sizes: tuple[int, int]) -> None:
    with pytest.raises(ProofMalformed, match="came before"):
        merkle.consistency_places(*sizes)


async def test_proofs_from_the_database(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        for count in (1, 251, 1, 1, 1, 300, 9):
            news = [NewEntry(kind=Kind.STATUS, canonical=b'{"n":%d}' % n) for n in range(count)]
            await append(db, company_id, news, now=NOW, keys=keys)
        stored = await db.execute(text("select entry_hash from ledger_entries order by seq"))
        whole = [leaf(value) for value in stored.scalars()]
        total = OPENING + 564
        assert len(whole) == total
        for size in (1, 2, OPENING, 255, 256, 257, 511, 512, 513, total):
            assert await tree.root_at(db, company_id, size) == merkle.root(whole[:size])
            for seq in {0, size // 2, size - 1}:
                assert await tree.inclusion(db, company_id, seq, size) == merkle.inclusion_proof(whole[:size], seq)
            for old in {1, (size + 1) // 2, size}:
                assert await tree.consistency(db, company_id, old, size) == merkle.consistency_proof(whole[:size], old)
        now = await head(db, company_id)
        assert Frontier(now.count, now.peaks).root() == await tree.root_at(db, company_id, total)
        assert await tree.root_at(db, company_id, 0) == merkle.EMPTY
        for wrong in (
            tree.root_at(db, company_id, total + 1),
            tree.inclusion(db, company_id, 0, total + 1),
            tree.inclusion(db, company_id, total, total),
            tree.consistency(db, company_id, 0, total),
            tree.consistency(db, company_id, 1, total + 300),
        ):
            with pytest.raises(ProofMalformed):
                await wrong
    async with module_database.company(uuid4()) as db:
        with pytest.raises(LedgerMissing):
            await tree.root_at(db, company_id, 1)


@pytest.mark.parametrize(
    "change,missing",
    [("delete from ledger_nodes", "node 0 of level 8"), ("delete from ledger_entries where seq = 256", "entry 256")],
)
async def test_what_is_not_stored_is_named(
    module_database: Database, module_admin: Database, open_company: OpenLedger, keys: LocalKeyStore, change: str,
    missing: str,
) -> None:  # fmt: skip
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        await append(db, company_id, [NewEntry(kind=Kind.STATUS, canonical=b"{}")] * 300, now=NOW, keys=keys)
    async with module_admin.engine.connect() as db:
        for table in ("ledger_nodes", "ledger_entries"):
            await db.execute(text(f"alter table {table} disable trigger all"))
        await db.execute(text(change))
        with pytest.raises(TreeDamaged, match=missing):
            await tree.root_at(db, company_id, 300)
        await db.rollback()
