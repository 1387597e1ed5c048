"""RSA-PSS with its parameters in one place: SHA-256, MGF1 with SHA-256, a salt of 32 bytes (RFC 8017, section 8.1).

Everything that signs or checks a signature in this project calls these functions; there are no other parameters.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from certs.errors import KeyRefused

SALT_BYTES = 32
_PADDING = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SALT_BYTES)
_HASH = SHA256()


class Algorithm(StrEnum):
    """How a key signs. More members may follow (P-256, ML-DSA); none is ever given another meaning."""

    RSA_PSS_SHA256 = "RSA-PSS-SHA256"


def sign(key: rsa.RSAPrivateKey, message: bytes) -> bytes:
    """The signature over `message`; as long as the modulus (256 bytes for 2048 bits). Lets go of the GIL."""
    return key.sign(message, _PADDING, _HASH)


def verify(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is this key's over `message`; never raises for bytes that are merely wrong."""
    try:
        key.verify(signature, message, _PADDING, _HASH)
    except InvalidSignature:
        return False
    return True


def public_key(spki: bytes) -> rsa.RSAPublicKey:
    """Read a DER SubjectPublicKeyInfo (RFC 5280, section 4.1). Raises `KeyRefused` for anything but RSA >= 2048."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError) as error:
        raise KeyRefused("the public key is no DER SubjectPublicKeyInfo") from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise KeyRefused("only RSA keys of 2048 bits or more sign documents")
    return key


def spki_of(key: rsa.RSAPublicKey) -> bytes:
    """The DER SubjectPublicKeyInfo of a public key."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id_of(spki: bytes) -> bytes:
    """The name of a key: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo."""
    return sha256(spki).digest()[:8]
