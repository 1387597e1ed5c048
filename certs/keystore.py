"""Where private keys live: sealed in a row under a key-encryption key, or behind another `KeyStore`.

A private key leaves this module only as a `Signer`. The sealed form is AES-256-GCM (NIST SP 800-38D) over PKCS #8 DER
with a random nonce of 12 bytes; the associated data binds company, key id and key-encryption key, so that a sealed
key moved to another row or company doesn't open.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from threading import Lock
from typing import Protocol
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from certs import pss, wrapping
from certs.algorithm import Algorithm, algorithm_of, spki_of
from certs.errors import KeyDamaged, KeyRefused
from certs.kek import KeyRing
from certs.wrapping import WrappedKey

_AAD_DOMAIN = b"involinks-key/v1\0"
_SIZES = (2048, 3072, 4096)
_OPEN_KEYS = 3_000

PlainKey = rsa.RSAPrivateKey | Ed25519PrivateKey
"""A private key in the clear. What leaves this package is a `Signer`."""


class Purpose(StrEnum):
    """What a key may sign. One key, one purpose."""

    DOCUMENT = "document"
    """Seals over the hashes of a document and its XML, and the entries about keys."""
    LEDGER = "ledger"
    """Checkpoints: the line that C2SP readers and witnesses check."""
    LEDGER_RSA = "ledger-rsa"
    """Checkpoints: a second line, for whoever is bound to RSA."""


ALGORITHMS: Mapping[Purpose, Algorithm] = {
    Purpose.DOCUMENT: Algorithm.RSA_PSS_SHA256,
    Purpose.LEDGER: Algorithm.ED25519,
    Purpose.LEDGER_RSA: Algorithm.RSA_PSS_SHA256,
}
"""What a key of each purpose signs with."""


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
        """A new key pair of the purpose's algorithm.

        Slow (tenths of a second): call it in a thread, before any lock is taken.
        """
        ...

    def signer(self, key: SealedKey) -> Signer:
        """Open a key; it may block. Raises `KeyDamaged`, `KekUnknown`."""
        ...

    def opened(self, key: SealedKey) -> Signer | None:
        """What `signer` would return, where it is at hand at once."""
        ...

    def known(self, company_id: UUID, key_id: bytes) -> Signer | None:
        """The company's key of this id, where it was opened before and is at hand still."""
        ...

    def keep(self, company_id: UUID, purpose: Purpose, key: PlainKey) -> SealedKey:
        """Take over a key that was made elsewhere. Raises `KeyRefused` where the store takes none, or not this one."""
        ...

    def reseal(self, key: SealedKey) -> SealedKey:
        """The same key under the current key-encryption key; the same object if it already is."""
        ...

    def wrap(self, company_id: UUID, subject: UUID, secret: bytes) -> WrappedKey:
        """Wrap the 32 bytes under which a subject's content is encrypted (`certs.wrapping`)."""
        ...

    def unwrap(self, key: WrappedKey) -> bytes:
        """The same 32 bytes. Raises `KeyDamaged`, `KekUnknown`."""
        ...

    def rewrap(self, key: WrappedKey) -> WrappedKey:
        """The same key under the current key-encryption key; the same object if it already is."""
        ...


class LocalSigner:
    """A private key held in memory."""

    __slots__ = ("_key", "algorithm", "key_id", "spki")

    def __init__(self, key: PlainKey) -> None:
        """Raises `KeyRefused` for a key of a kind or size that doesn't sign here."""
        if not isinstance(key, PlainKey):
            raise KeyRefused("a private key here is neither an RSA nor an Ed25519 key")
        if isinstance(key, rsa.RSAPrivateKey):
            pss.check_size(key.key_size)
        self._key = key
        self.algorithm = algorithm_of(key)
        self.spki = spki_of(key.public_key())
        self.key_id = pss.key_id_of(self.spki)

    def sign(self, message: bytes) -> bytes:
        """RSA-PSS (see `certs.pss`) or Ed25519; both let go of the GIL."""
        return pss.sign(self._key, message) if isinstance(self._key, rsa.RSAPrivateKey) else self._key.sign(message)

    def __repr__(self) -> str:
        return f"LocalSigner({self.key_id.hex()})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is never pickled")


class LocalKeyStore:
    """Keys sealed under a ring of key-encryption keys; opened keys stay in memory, the 3,000 last used."""

    def __init__(self, ring: KeyRing, *, bits: int = 2048) -> None:
        """`bits`: size of new RSA keys, 2048, 3072 or 4096. Raises `KeyRefused` for another."""
        if bits not in _SIZES:
            raise KeyRefused(f"RSA keys of {bits} bits are not made here; choose 2048, 3072 or 4096")
        self.ring = ring
        self._bits = bits
        self._open: OrderedDict[SealedKey, LocalSigner] = OrderedDict()
        self._known: dict[tuple[UUID, bytes], LocalSigner] = {}
        self._lock = Lock()

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        """A new key of the purpose's algorithm, sealed; RSA with the public exponent 65537."""
        if ALGORITHMS[purpose] is Algorithm.ED25519:
            return self.keep(company_id, purpose, Ed25519PrivateKey.generate())
        return self.keep(company_id, purpose, rsa.generate_private_key(public_exponent=65537, key_size=self._bits))

    def keep(self, company_id: UUID, purpose: Purpose, key: PlainKey) -> SealedKey:
        """Seal a key that was made elsewhere. Raises `KeyRefused` where it can't serve the purpose."""
        signer = LocalSigner(key)
        if signer.algorithm is not ALGORITHMS[purpose]:
            raise KeyRefused(f"a key for {purpose.value} signs with {ALGORITHMS[purpose]}, not {signer.algorithm}")
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self._seal(plain, company_id=company_id, purpose=purpose, spki=signer.spki)

    def signer(self, key: SealedKey) -> LocalSigner:
        """Open a key, or take it from memory."""
        if (signer := self.opened(key)) is not None:
            return signer
        private = load_der_private_key(self._unseal(key), None)
        if not isinstance(private, PlainKey):
            raise KeyRefused(f"the sealed key {key.key_id.hex()} is neither an RSA nor an Ed25519 key")
        signer = LocalSigner(private)
        if signer.algorithm is not key.algorithm or signer.spki != key.spki or signer.key_id != key.key_id:
            raise KeyDamaged(f"the private key sealed for {key.key_id.hex()} belongs to another public key")
        with self._lock:
            self._open[key] = self._known[key.company_id, key.key_id] = signer
            if len(self._open) > _OPEN_KEYS:
                least, _ = self._open.popitem(last=False)
                self._known.pop((least.company_id, least.key_id), None)
        return signer

    def known(self, company_id: UUID, key_id: bytes) -> LocalSigner | None:
        """From memory."""
        with self._lock:
            return self._known.get((company_id, key_id))

    def opened(self, key: SealedKey) -> LocalSigner | None:
        """From memory."""
        with self._lock:
            signer = self._open.get(key)
            if signer is not None:
                self._open.move_to_end(key)
            return signer

    def reseal(self, key: SealedKey) -> SealedKey:
        """Open under the old key-encryption key, close under the current one."""
        if key.kek_id == self.ring.current.id:
            return key
        return self._seal(self._unseal(key), company_id=key.company_id, purpose=key.purpose, spki=key.spki)

    def wrap(self, company_id: UUID, subject: UUID, secret: bytes) -> WrappedKey:
        """Under the ring's current key."""
        return wrapping.wrap(self.ring, company_id, subject, secret)

    def unwrap(self, key: WrappedKey) -> bytes:
        """Under whichever key of the ring."""
        return wrapping.unwrap(self.ring, key)

    def rewrap(self, key: WrappedKey) -> WrappedKey:
        """Open under the old key-encryption key, close under the current one."""
        if key.kek_id == self.ring.current.id:
            return key
        return self.wrap(key.company_id, key.subject, self.unwrap(key))

    def _seal(self, plain: bytes, *, company_id: UUID, purpose: Purpose, spki: bytes) -> SealedKey:
        kek = self.ring.current
        nonce = secrets.token_bytes(12)
        key_id = pss.key_id_of(spki)
        ciphertext = AESGCM(kek.secret).encrypt(nonce, plain, _associated(company_id, key_id, purpose, kek.id))
        return SealedKey(
            company_id=company_id,
            key_id=key_id,
            purpose=purpose,
            algorithm=ALGORITHMS[purpose],
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
