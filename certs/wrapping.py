"""Keys for content: 32 random bytes, wrapped under a key-encryption key for as long as the content may be read.

The wrapped form is AES-256-GCM (NIST SP 800-38D) with a random nonce of 12 bytes; the associated data binds company,
subject and key-encryption key, so that a wrapped key moved to another row doesn't open. Where the wrapped form is
destroyed, nothing that was encrypted under the key is ever read again.
"""

from __future__ import annotations

import secrets
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from certs.errors import KeyDamaged
from certs.kek import KeyRing

_AAD_DOMAIN = b"involinks-content-key/v1\0"


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A content key as it is stored."""

    company_id: UUID
    subject: UUID
    """Whose content it is: a document."""
    kek_id: str
    nonce: bytes
    """12 bytes."""
    ciphertext: bytes
    """The key, encrypted, with the tag of 16 bytes behind; or another store's handle."""


def wrap(ring: KeyRing, company_id: UUID, subject: UUID, secret: bytes) -> WrappedKey:
    """Wrap a content key under the ring's current key."""
    kek, nonce = ring.current, secrets.token_bytes(12)
    ciphertext = AESGCM(kek.secret).encrypt(nonce, secret, _associated(company_id, subject, kek.id))
    return WrappedKey(company_id=company_id, subject=subject, kek_id=kek.id, nonce=nonce, ciphertext=ciphertext)


def unwrap(ring: KeyRing, key: WrappedKey) -> bytes:
    """The content key. Raises `KeyDamaged`, `KekUnknown`."""
    associated = _associated(key.company_id, key.subject, key.kek_id)
    try:
        return AESGCM(ring[key.kek_id].secret).decrypt(key.nonce, key.ciphertext, associated)
    except (InvalidTag, ValueError):
        raise KeyDamaged(
            f"the content key of {key.subject} of company {key.company_id} doesn't open: it was altered, moved, or "
            "wrapped under another key-encryption key"
        ) from None


def _associated(company_id: UUID, subject: UUID, kek_id: str) -> bytes:
    return _AAD_DOMAIN + company_id.bytes + subject.bytes + kek_id.encode("utf-8")
