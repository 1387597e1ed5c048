"""A log of its own for the tests of witnesses: leaves in a list, a key, and notes over any size of it."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import LocalSigner
from ledger import checkpoint, merkle
from ledger.cosignature import LOG, NoteKey
from ledger.witness import AddCheckpoint, Log


class SmallLog:
    """Grows by `grow`; `rewritten` is the same log by the same key with another history."""

    def __init__(self, origin: str = "gateway.example/ledger/1", key: Ed25519PrivateKey | None = None) -> None:
        self.origin = origin
        self.private = key or Ed25519PrivateKey.generate()
        self.key = NoteKey(origin, LOG, self.private.public_key().public_bytes_raw())
        self.leaves: list[bytes] = []

    def grow(self, count: int, word: str = "entry") -> SmallLog:
        size = len(self.leaves)
        self.leaves += [merkle.leaf(sha256(f"{word} {size + n}".encode()).digest()) for n in range(count)]
        return self

    def rewritten(self, *, keep: int, count: int) -> SmallLog:
        """Another log with the same origin and key, the first `keep` entries the same, `count` in all."""
        other = SmallLog(self.origin, self.private)
        other.leaves = self.leaves[:keep]
        return other.grow(count - keep, "rewritten")

    def root(self, size: int) -> bytes:
        return merkle.root(self.leaves[:size])

    def note(self, size: int | None = None, *, by: Ed25519PrivateKey | None = None) -> bytes:
        size = len(self.leaves) if size is None else size
        return checkpoint.make(self.origin, size, self.root(size), [LocalSigner(by or self.private)])

    def known(self) -> Log:
        return Log(self.origin, (self.key,))

    def asks(self, old: int, size: int | None = None) -> AddCheckpoint:
        """An honest request, as far as this log's leaves allow one."""
        size = len(self.leaves) if size is None else size
        proof = merkle.consistency_proof(self.leaves[:size], old) if 0 < old <= size else []
        return AddCheckpoint(old=old, proof=tuple(proof), note=self.note(size))
