"""Where private keys live: sealed in a row under a key-encryption key, or behind another `KeyStore`.

A private key leaves this module only as a `Signer`. The sealed form is AES-256-GCM (NIST SP 800-38D) over PKCS #8 DER
with a random nonce of 12 bytes; the associated data binds company, key id and key-encryption key, so that a sealed
key moved to another row or company doesn't open.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from enum import StrEnum
from threading import Lock
from typing import Protocol
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from certs import pss
from certs.errors import KeyDamaged, KeyRefused
from certs.kek import KeyRing
from certs.pss import Algorithm

_AAD_DOMAIN = b"involinks-key/v1\0"
_SIZES = (2048, 3072, 4096)
_OPEN_KEYS = 1_000


class Purpose(StrEnum):
    """What a key may sign. One key, one purpose."""

    DOCUMENT = "document"
    """Seals over the hashes of a document and its XML, and the entries about keys."""


class SealedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair as it is stored: the public part in the clear, the private part sealed."""

    company_id: UUID
    key_id: bytes
    """8 bytes: SHA-256 of `spki`, cut."""
    purpose: Purpose
    algorithm: Algorithm
    spki: bytes
    """DER SubjectPublicKeyInfo."""
    kek_id: str
    """Which key-encryption key sealed it; `dev-` in front marks a development key."""
    nonce: bytes
    """12 bytes."""
    ciphertext: bytes
    """PKCS #8 DER, encrypted, with the tag of 16 bytes behind."""


class Signer(Protocol):
    """A private key that can be used and not be read."""

    @property
    def key_id(self) -> bytes:
        """8 bytes."""
        ...

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo of the public part."""
        ...

    @property
    def algorithm(self) -> Algorithm:
        """How it signs."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`. Blocks (0.3 ms for RSA-2048): call it through `certs.sign_all`."""
        ...


class KeyStore(Protocol):
    """Makes keys and turns stored ones into signers; an HSM or KMS can stand behind it (`ciphertext` is its handle)."""

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        """A new key pair. Slow (tenths of a second): call it in a thread, before any lock is taken."""
        ...

    def signer(self, key: SealedKey) -> Signer:
        """Open a key. Raises `KeyDamaged`, `KekUnknown`."""
        ...

    def reseal(self, key: SealedKey) -> SealedKey:
        """The same key under the current key-encryption key; the same object if it already is."""
        ...


class LocalSigner:
    """An RSA private key held in memory."""

    __slots__ = ("_key", "key_id", "spki")

    algorithm = Algorithm.RSA_PSS_SHA256

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        """Raises `KeyRefused` under 2048 bits."""
        if key.key_size < 2048:
            raise KeyRefused("only RSA keys of 2048 bits or more sign documents")
        self._key = key
        self.spki = pss.spki_of(key.public_key())
        self.key_id = pss.key_id_of(self.spki)

    def sign(self, message: bytes) -> bytes:
        """RSA-PSS, see `certs.pss`."""
        return pss.sign(self._key, message)

    def __repr__(self) -> str:
        return f"LocalSigner({self.key_id.hex()})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is never pickled")


class LocalKeyStore:
    """Keys sealed under a ring of key-encryption keys; opened keys stay in memory, the 1,000 last used."""

    def __init__(self, ring: KeyRing, *, bits: int = 2048) -> None:
        """`bits`: size of new keys, 2048, 3072 or 4096. Raises `KeyRefused` for another."""
        if bits not in _SIZES:
            raise KeyRefused(f"RSA keys of {bits} bits are not made here; choose 2048, 3072 or 4096")
        self.ring = ring
        self._bits = bits
        self._open: OrderedDict[SealedKey, LocalSigner] = OrderedDict()
        self._lock = Lock()

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        """A new RSA key with the public exponent 65537, sealed."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=self._bits)
        spki = pss.spki_of(private.public_key())
        plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self._seal(plain, company_id=company_id, purpose=purpose, spki=spki)

    def signer(self, key: SealedKey) -> LocalSigner:
        """Open a key, or take it from memory."""
        with self._lock:
            signer = self._open.get(key)
            if signer is not None:
                self._open.move_to_end(key)
                return signer
        private = load_der_private_key(self._unseal(key), None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise KeyRefused("the sealed key is no RSA key")
        signer = LocalSigner(private)
        if signer.spki != key.spki or signer.key_id != key.key_id:
            raise KeyDamaged(f"the private key sealed for {key.key_id.hex()} belongs to another public key")
        with self._lock:
            self._open[key] = signer
            if len(self._open) > _OPEN_KEYS:
                self._open.popitem(last=False)
        return signer

    def reseal(self, key: SealedKey) -> SealedKey:
        """Open under the old key-encryption key, close under the current one."""
        if key.kek_id == self.ring.current.id:
            return key
        return self._seal(self._unseal(key), company_id=key.company_id, purpose=key.purpose, spki=key.spki)

    def _seal(self, plain: bytes, *, company_id: UUID, purpose: Purpose, spki: bytes) -> SealedKey:
        kek = self.ring.current
        nonce = secrets.token_bytes(12)
        key_id = pss.key_id_of(spki)
        ciphertext = AESGCM(kek.secret).encrypt(nonce, plain, _associated(company_id, key_id, purpose, kek.id))
        return SealedKey(
            company_id=company_id,
            key_id=key_id,
            purpose=purpose,
            algorithm=Algorithm.RSA_PSS_SHA256,
            spki=spki,
            kek_id=kek.id,
            nonce=nonce,
            ciphertext=ciphertext,
        )

    def _unseal(self, key: SealedKey) -> bytes:
        associated = _associated(key.company_id, key.key_id, key.purpose, key.kek_id)
        try:
            return AESGCM(self.ring[key.kek_id].secret).decrypt(key.nonce, key.ciphertext, associated)
        except (InvalidTag, ValueError):
            raise KeyDamaged(
                f"the sealed private key {key.key_id.hex()} of company {key.company_id} doesn't open: it was altered, "
                "moved, or sealed under another key-encryption key"
            ) from None


def _associated(company_id: UUID, key_id: bytes, purpose: Purpose, kek_id: str) -> bytes:
    return _AAD_DOMAIN + company_id.bytes + key_id + purpose.encode("ascii") + b"\0" + kek_id.encode("utf-8")
