"""The tree of RFC 9162: known roots, and proofs that prove nothing else."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import ProofMalformed


def _defined(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1.1 writes it down, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + _defined(leaves[:split]) + _defined(leaves[split:])).digest()


def _leaves(count: int) -> list[bytes]:
    return [merkle.leaf(index.to_bytes(2, "big")) for index in range(count)]


# The inputs and roots that certificate-transparency implementations share as test vectors.
_DATA = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_known_roots() -> None:
    leaves = [merkle.leaf(bytes.fromhex(text)) for text in _DATA]
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle.root(leaves[: size + 1]).hex() for size in range(8)] == _ROOTS


def test_the_frontier_follows_the_definition() -> None:
    leaves, frontier = _leaves(130), merkle.Frontier()
    assert frontier.root() == merkle.EMPTY
    for size, leaf in enumerate(leaves, 1):
        frontier.append(leaf)
        assert frontier.size == size
        assert frontier.root() == _defined(leaves[:size])


@given(st.integers(1, 70), st.data())
@settings(max_examples=120, deadline=None)
def test_inclusion(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root, path = merkle.root(leaves), merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, size, path, root)
    other = data.draw(st.integers(0, size + 3).filter(lambda value: value != index))
    assert not merkle.verify_inclusion(leaves[index], other, size, path, root), "the leaf stands at one place only"
    assert not merkle.verify_inclusion(merkle.leaf(b"other"), index, size, path, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, path, merkle.leaf(b"other"))
    assert not merkle.verify_inclusion(leaves[index], index, size, [*path, root], root)
    if path:
        assert not merkle.verify_inclusion(leaves[index], index, size, path[:-1], root)
        place = data.draw(st.integers(0, len(path) - 1))
        altered = [*path]
        altered[place] = bytes(byte ^ 1 for byte in altered[place])
        assert not merkle.verify_inclusion(leaves[index], index, size, altered, root)


@given(st.integers(1, 70), st.data())
@settings(max_examples=120, deadline=None)
def test_consistency(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    old = data.draw(st.integers(1, size))
    old_root, root, path = merkle.root(leaves[:old]), merkle.root(leaves), merkle.consistency_proof(leaves, old)
    assert merkle.verify_consistency(old, size, old_root, root, path)
    assert not merkle.verify_consistency(old, size, merkle.leaf(b"x"), root, path)
    assert not merkle.verify_consistency(old, size, old_root, merkle.leaf(b"x"), path)
    assert not merkle.verify_consistency(old, size, old_root, root, [*path, root])
    rewritten = [*leaves]
    rewritten[data.draw(st.integers(0, old - 1))] = merkle.leaf(b"rewritten")
    forged = merkle.consistency_proof(rewritten, old)
    assert not merkle.verify_consistency(old, size, old_root, merkle.root(rewritten), forged)


def test_a_proof_of_nothing_proves_nothing() -> None:
    leaves = _leaves(4)
    root = merkle.root(leaves)
    for index, size in ((-1, 4), (4, 4), (0, 0)):
        assert not merkle.verify_inclusion(leaves[0], index, size, [], root)
    for old, new in ((0, 4), (5, 4), (-1, 4)):
        assert not merkle.verify_consistency(old, new, root, root, [])
    assert not merkle.verify_consistency(3, 4, merkle.root(leaves[:3]), root, [])
    for index in (-1, 4):
        with pytest.raises(ProofMalformed):
            merkle.inclusion_proof(leaves, index)
    for old in (0, 5):
        with pytest.raises(ProofMalformed):
            merkle.consistency_proof(leaves, old)
