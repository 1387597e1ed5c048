"""Proofs over HTTP, verified with nothing but SHA-256 and the answers themselves."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import pytest

from ledger.entry import Kind, NewEntry
from ledger.store import append
from tests.gateway.house import Company, House, Person, ok


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    """A company whose entries came one by one and in batches: not every size has a checkpoint."""
    company = await house.company()
    for count in (1, 4, 1, 7, 2, 300, 3):
        async with house.database.company(company.id) as db:
            news = [NewEntry(kind=Kind.APPROVAL, canonical=b'{"by":"checker"}') for _ in range(count)]
            await append(db, company.id, news, now=house.now, keys=house.wiring.keys)
    return company


@pytest.fixture(scope="module")
async def auditor(company: Company) -> Person:
    return await company.person("AUDITOR")


async def checkpoints_of(auditor: Person) -> list[dict[str, Any]]:
    """All of them, page by page, newest first."""
    found, page = [], ok(await auditor.get("/v1/ledger/checkpoints?limit=3"))
    while True:
        found += page["checkpoints"]
        if page["next"] is None:
            return found
        page = ok(await auditor.get(f"/v1/ledger/checkpoints?limit=3&before={page['next']}"))


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root_by_recursion(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word by word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_by_recursion(leaves[:split]), root_by_recursion(leaves[split:]))


def root_of_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to: from the top down, instead of the bits of section 2.1.3.2."""
    if size == 1:
        assert path == []
        return leaf
    split = 1 << (size - 1).bit_length() - 1
    if index < split:
        return node(root_of_path(index, split, leaf, path[:-1]), path[-1])
    return node(path[-1], root_of_path(index - split, size - split, leaf, path[:-1]))


def roots_of_consistency(
    old: int, new: int, root: bytes, path: list[bytes], *, whole: bool = True
) -> tuple[bytes, bytes]:
    """Old and new root as a consistency proof gives them: SUBPROOF of section 2.1.4.1, read backwards."""
    if old == new:
        if whole:
            assert path == []
            return root, root
        (only,) = path
        return only, only
    split = 1 << (new - 1).bit_length() - 1
    if old <= split:
        before, after = roots_of_consistency(old, split, root, path[:-1], whole=whole)
        return before, node(after, path[-1])
    before, after = roots_of_consistency(old - split, new - split, root, path[:-1], whole=False)
    return node(path[-1], before), node(path[-1], after)


def unhex(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in path]


async def test_every_checkpoint_is_listed_once_newest_first_and_reads_alike_in_both_forms(
    auditor: Person, company: Company
) -> None:
    listed = await checkpoints_of(auditor)
    sizes = [checkpoint["size"] for checkpoint in listed]
    assert sizes == sorted(set(sizes), reverse=True)
    assert sizes[0] == ok(await auditor.get("/v1/ledger/head"))["count"]
    for checkpoint in listed[:3]:
        assert ok(await auditor.get(f"/v1/ledger/checkpoints/{checkpoint['size']}")) == checkpoint
        plain = await auditor.get(f"/v1/ledger/checkpoints/{checkpoint['size']}/note")
        assert plain.headers["content-type"].startswith("text/plain")
        assert plain.text == checkpoint["note"]
        origin, size, root, *_ = plain.text.split("\n")
        assert (origin, int(size)) == (f"gateway.test/ledger/{company.id}", checkpoint["size"])
        assert base64.b64decode(root).hex() == checkpoint["root"]


async def test_proofs_of_places_lead_to_the_signed_root(auditor: Person) -> None:
    head = ok(await auditor.get("/v1/ledger/head"))["count"]
    entries = list[dict[str, Any]]()
    while len(entries) < head:
        page = ok(await auditor.get(f"/v1/ledger/entries?first={len(entries)}&last={head - 1}&limit=200"))
        entries += page["entries"]
    leaves = [sha256(b"\0" + sha256(base64.b64decode(entry["body"])).digest()).digest() for entry in entries]
    for checkpoint in await checkpoints_of(auditor):
        size, root = checkpoint["size"], bytes.fromhex(checkpoint["root"])
        if size > head:
            continue
        assert root_by_recursion(leaves[:size]) == root
        for seq in {0, size // 2, size - 1}:
            proof = ok(await auditor.get(f"/v1/ledger/entries/{seq}/proof?size={size}"))
            assert proof["checkpoint"] == checkpoint
            assert proof["entry_hash"] == entries[seq]["hash"]
            assert root_of_path(seq, size, leaves[seq], unhex(proof["path"])) == root
            assert root_of_path(seq, size, sha256(b"another").digest(), unhex(proof["path"])) != root


async def test_without_a_size_the_newest_checkpoint_is_meant_and_reading_proofs_moves_nothing(auditor: Person) -> None:
    before = ok(await auditor.get("/v1/ledger/head"))
    for path in (
        "/v1/ledger/entries/0/proof",
        "/v1/ledger/consistency?from=3",
        "/v1/ledger/checkpoints",
        "/v1/ledger/keys",
    ):
        ok(await auditor.get(path))
    assert ok(await auditor.get("/v1/ledger/entries/0/proof"))["checkpoint"]["size"] == before["count"]
    assert ok(await auditor.get("/v1/ledger/consistency?from=3"))["new"]["size"] == before["count"]
    assert ok(await auditor.get("/v1/ledger/head")) == before


async def test_every_checkpoint_grew_out_of_every_one_before(auditor: Person) -> None:
    listed = await checkpoints_of(auditor)
    for new in listed[::3]:
        for old in listed:
            if old["size"] > new["size"]:
                continue
            proof = ok(await auditor.get(f"/v1/ledger/consistency?from={old['size']}&to={new['size']}"))
            assert (proof["old"], proof["new"]) == (old, new)
            roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
            assert roots_of_consistency(old["size"], new["size"], roots[0], unhex(proof["path"])) == roots


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("checkpoints/7", 404, "the nearest: 5 and 9"),
        ("checkpoints/7/note", 404, "the nearest: 5 and 9"),
        ("checkpoints/99999", 404, "No checkpoint was signed at 99999"),
        ("entries/0/proof?size=7", 422, "`size`: No checkpoint was signed at 7 entries; the nearest: 5"),
        ("entries/5/proof?size=3", 422, "take a larger one"),
        ("entries/99999/proof", 404, "There is no entry 99999"),
        ("consistency", 422, "findings"),
        ("consistency?from=0", 422, "`from`: No checkpoint was signed at 0"),
        ("consistency?from=7", 422, "`from`: No checkpoint"),
        ("consistency?from=3&to=7", 422, "`to`: No checkpoint"),
        ("consistency?from=9&to=3", 422, "from=3&to=9"),
        ("consistency?from=99999", 422, "entries were cut off"),
        ("consistency?from=-1", 422, "findings"),
    ],
)
async def test_what_cant_be_proven_says_what_to_do(auditor: Person, path: str, status: int, said: str) -> None:
    answer = await auditor.get(f"/v1/ledger/{path}")
    assert answer.status_code == status, answer.text
    assert said in answer.text


async def test_nobody_gets_proofs_of_another_company(house: House, auditor: Person) -> None:
    stranger = await (await house.company()).person("AUDITOR")
    assert (await stranger.get("/v1/ledger/entries/300/proof")).status_code == 404
    theirs = {one["root"] for one in await checkpoints_of(stranger)}
    assert theirs.isdisjoint({one["root"] for one in await checkpoints_of(auditor)})
