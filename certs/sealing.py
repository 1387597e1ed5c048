"""Secrets that are stored and needed again: sealed under the current key-encryption key, bound to what they belong to.

The sealed form is the key-encryption key's id, NUL, a nonce of 12 bytes, the ciphertext of AES-256-GCM (NIST SP
800-38D). The associated data binds owner and key: moved to another row, or renamed, it doesn't open.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from certs.errors import KeyDamaged
from certs.kek import KeyRing


def seal(ring: KeyRing, secret: bytes, *, owner: bytes) -> bytes:
    """Seal. `owner`: a domain of the caller's and the id of the row."""
    kek, nonce = ring.current, secrets.token_bytes(12)
    ciphertext = AESGCM(kek.secret).encrypt(nonce, secret, owner + kek.id.encode("ascii"))
    return kek.id.encode("ascii") + b"\0" + nonce + ciphertext


def unseal(ring: KeyRing, sealed: bytes, *, owner: bytes) -> bytes:
    """The secret. Raises `KekUnknown`, and `KeyDamaged` where it was altered or belongs to another owner."""
    kek_id, _, rest = sealed.partition(b"\0")
    kek = ring[kek_id.decode("ascii", "replace")]
    try:
        return AESGCM(kek.secret).decrypt(rest[:12], rest[12:], owner + kek.id.encode("ascii"))
    except (InvalidTag, ValueError):
        raise KeyDamaged("what is sealed doesn't open: altered, or moved from another owner") from None


def sealed_under(ring: KeyRing, sealed: bytes) -> bool:
    """Whether this was sealed under the ring's current key."""
    return sealed.partition(b"\0")[0] == ring.current.id.encode("ascii")
