"""RSA-PSS with its parameters in one place: SHA-256, MGF1 with SHA-256, a salt of 32 bytes (RFC 8017, section 8.1).

Everything that makes or checks an RSA signature in this project calls these functions; there are no other parameters.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certs.errors import KeyRefused

SALT_BYTES = 32
LEAST_BITS, MOST_BITS = 2048, 4096
"""Sizes of RSA keys; beyond the greater one a single check takes so long that a hostile file could use it."""
_PADDING = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SALT_BYTES)
_HASH = SHA256()


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
    """Read a DER SubjectPublicKeyInfo (RFC 5280, section 4.1). Raises `KeyRefused` for all but RSA of 2048-4096 bit."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError) as error:
        raise KeyRefused("the public key is no DER SubjectPublicKeyInfo") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyRefused("the public key is no RSA key")
    check_size(key.key_size)
    return key


def check_size(bits: int) -> None:
    """Raises `KeyRefused` for a size that doesn't sign here."""
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise KeyRefused(f"only RSA keys of {LEAST_BITS} to {MOST_BITS} bits sign here, this one has {bits}")


def key_id_of(spki: bytes) -> bytes:
    """The name of a key: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo."""
    return sha256(spki).digest()[:8]
