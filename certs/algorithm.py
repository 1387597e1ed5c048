"""How keys sign, and whether a signature is one: the table of algorithms.

An algorithm is named by text wherever it is stored. A name this program doesn't know is refused by that name, so a
ledger written by a newer program fails clearly here and never by accident. A new algorithm is a new member and a line
in `_READERS`; what a member means never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from certs import pss
from certs.errors import KeyRefused


class Algorithm(StrEnum):
    """How a key signs."""

    RSA_PSS_SHA256 = "RSA-PSS-SHA256"
    """RFC 8017 with the parameters of `certs.pss`; 2048, 3072 or 4096 bits."""
    ED25519 = "Ed25519"
    """RFC 8032, pure; 64 bytes."""


class VerifyingKey(Protocol):
    """A public key with its algorithm: all that checking a signature needs."""

    @property
    def algorithm(self) -> Algorithm:
        """How its signatures are made."""
        ...

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is this key's over `message`; never raises for bytes that are merely wrong."""
        ...


class RsaPssKey:
    """An RSA key that checks RSA-PSS signatures."""

    __slots__ = ("key",)

    algorithm = Algorithm.RSA_PSS_SHA256

    def __init__(self, spki: bytes) -> None:
        """Raises `KeyRefused`."""
        self.key = pss.public_key(spki)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """See `VerifyingKey`."""
        return pss.verify(self.key, signature, message)


class Ed25519Key:
    """An Edwards-curve key."""

    __slots__ = ("key",)

    algorithm = Algorithm.ED25519

    def __init__(self, spki: bytes) -> None:
        """Raises `KeyRefused`."""
        try:
            key = load_der_public_key(spki)
        except (ValueError, TypeError) as error:
            raise KeyRefused("the public key is no DER SubjectPublicKeyInfo") from error
        if not isinstance(key, Ed25519PublicKey):
            raise KeyRefused("the public key is no Ed25519 key")
        self.key = key

    def verify(self, signature: bytes, message: bytes) -> bool:
        """See `VerifyingKey`."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def raw(self) -> bytes:
        """The 32 bytes of RFC 8032, as a signed note names the key by."""
        return self.key.public_bytes_raw()


_READERS: Mapping[Algorithm, Callable[[bytes], VerifyingKey]] = {
    Algorithm.RSA_PSS_SHA256: RsaPssKey,
    Algorithm.ED25519: Ed25519Key,
}


def verifying_key(algorithm: str, spki: bytes) -> VerifyingKey:
    """Read a public key for an algorithm named by text.

    Raises `KeyRefused`: the algorithm is unknown here (the message names it), or the key is not one of its kind.
    """
    try:
        known = Algorithm(algorithm)
    except ValueError:
        raise KeyRefused(
            f"the algorithm {algorithm[:40]!r} is not known to this version; it knows {', '.join(Algorithm)}"
        ) from None
    return _READERS[known](spki)


def algorithm_of(key: rsa.RSAPrivateKey | Ed25519PrivateKey) -> Algorithm:
    """How a private key of this type signs here."""
    return Algorithm.ED25519 if isinstance(key, Ed25519PrivateKey) else Algorithm.RSA_PSS_SHA256


def spki_of(key: rsa.RSAPublicKey | Ed25519PublicKey) -> bytes:
    """The DER SubjectPublicKeyInfo of a public key (RFC 5280, section 4.1)."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
