"""Merkle trees as in RFC 9162, section 2.1: root, inclusion and consistency proofs.

A leaf is `SHA-256(0x00 | entry hash)`, a node `SHA-256(0x01 | left | right)`; a tree of n leaves is split at the
largest power of two below n. Everything here works on lists of leaf hashes and is pure; a `Frontier` follows the root
of a growing tree in memory of its logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from ledger.errors import ProofMalformed

STORED = 8
"""Roots of full subtrees are stored at every eighth level, so a proof reads at most 255 neighbours there."""

EMPTY = sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf(entry_hash: bytes) -> bytes:
    """Leaf hash of an entry."""
    return sha256(b"\x00" + entry_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Subtree(NamedTuple):
    """A full subtree: the leaves from `idx * 2**level` on, `2**level` of them."""

    level: int
    idx: int
    hash: bytes


class Frontier:
    """The roots of the full subtrees on the right edge: all that is needed to go on."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        """Go on behind `size` leaves; `peaks`: as `peaks()` gave them. Raises `ProofMalformed`."""
        if size < 0 or len(peaks) != 32 * size.bit_count():
            raise ProofMalformed(f"{len(peaks)} bytes are not the frontier of a tree of {size} leaves")
        self.size = size
        self._peaks = [peaks[start : start + 32] for start in range(0, len(peaks), 32)]

    def append(self, leaf_hash: bytes, stored: list[Subtree] | None = None) -> None:
        """Add the next leaf; `stored` receives the subtrees that it completes at the levels `STORED` divides."""
        size, level = self.size, 0
        while size & 1:
            leaf_hash = node(self._peaks.pop(), leaf_hash)
            size >>= 1
            level += 1
            if stored is not None and level % STORED == 0:
                stored.append(Subtree(level, size, leaf_hash))
        self._peaks.append(leaf_hash)
        self.size += 1

    def peaks(self) -> bytes:
        """The frontier, largest subtree first, 32 bytes each."""
        return b"".join(self._peaks)

    def root(self) -> bytes:
        """Root over the leaves so far."""
        if not self._peaks:
            return EMPTY
        value = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            value = node(peak, value)
        return value


class Place(NamedTuple):
    """A subtree of a tree of `size` leaves: from leaf `idx * 2**level` on, `2**level` of them or what is left."""

    level: int
    idx: int


class Span(NamedTuple):
    """Stored hashes that stand beside each other: of full subtrees of a level, or of leaves where it is 0."""

    level: int
    first: int
    end: int
    """The first one that doesn't belong."""


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH(leaves), section 2.1.1; also over the roots of equally large subtrees, of which the last may be smaller."""
    if not leaves:
        return EMPTY
    row = list(leaves)
    while len(row) > 1:
        odd = row[-1:] if len(row) & 1 else []
        row = [node(left, right) for left, right in zip(row[::2], row[1::2], strict=False)] + odd
    return row[0]


def top(size: int) -> Place:
    """The whole tree."""
    return Place((size - 1).bit_length(), 0)


def inclusion_places(index: int, size: int) -> list[Place]:
    """The subtrees whose hashes are the inclusion proof of a leaf, in its order. Raises `ProofMalformed`."""
    if not 0 <= index < size:
        raise ProofMalformed(f"no leaf {index} in a tree of {size}")
    beside = [Place(level, index >> level ^ 1) for level in range((size - 1).bit_length())]
    return [place for place in beside if place.idx << place.level < size]


def consistency_places(old_size: int, size: int) -> list[Place]:
    """The subtrees whose hashes are the consistency proof, in its order. Raises `ProofMalformed`."""
    if not 0 < old_size <= size:
        raise ProofMalformed(f"no tree of {old_size} leaves came before one of {size}")
    places: list[Place] = []
    first, end, whole = 0, size, True
    while old_size < end:
        level = (end - first - 1).bit_length() - 1
        split = first + (1 << level)
        if old_size <= split:
            places.append(Place(level, split >> level))
            end = split
        else:
            places.append(Place(level, first >> level))
            first, whole = split, False
    if not whole:
        places.append(Place((end - first - 1).bit_length(), first >> (end - first - 1).bit_length()))
    return places[::-1]


def spans(place: Place, size: int) -> list[Span]:
    """The stored hashes that a subtree's hash is computed from: lowest level first, at most 256 of each level."""
    first, end = place.idx << place.level, min((place.idx + 1) << place.level, size)
    found: list[Span] = []
    for level in range(0, place.level + 1, STORED):
        above = level + STORED
        begin = max(first, end >> above << above if above <= place.level else first)
        if begin >> level < end >> level:
            found.append(Span(level, begin >> level, end >> level))
    return found


def subtree(stored: Sequence[Sequence[bytes]]) -> bytes:
    """A subtree's hash from the hashes of its `spans`, in their order."""
    rest: list[bytes] = []
    for row in stored:
        rest = [root([*row, *rest])]
    return rest[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves), section 2.1.3.1: the hashes beside the way from the leaf up. Raises `ProofMalformed`."""
    if not 0 <= index < len(leaves):
        raise ProofMalformed(f"no leaf {index} in a tree of {len(leaves)}")
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        if index < split:
            path.append(root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(root(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return path[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether the leaf stands at `index` in the tree of `size` leaves with this root, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    here, last, value = index, size - 1, leaf_hash
    for hash_ in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            value = node(hash_, value)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = node(value, hash_)
        here, last = here >> 1, last >> 1
    return last == 0 and value == root_hash


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF(old_size, leaves), section 2.1.4.1: that the tree only grew. Raises `ProofMalformed`."""
    if not 0 < old_size <= len(leaves):
        raise ProofMalformed(f"no tree of {old_size} leaves came before one of {len(leaves)}")
    path: list[bytes] = []
    whole = True
    while old_size < len(leaves):
        split = _split(len(leaves))
        if old_size <= split:
            path.append(root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(root(leaves[:split]))
            leaves, old_size, whole = leaves[split:], old_size - split, False
    if not whole:
        path.append(root(leaves))
    return path[::-1]


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree with `new_root` grew out of the one with `old_root`, section 2.1.4.2."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = hashes[0]
    for hash_ in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node(hash_, old), node(hash_, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node(new, hash_)
        here, last = here >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
