"""The document seal: RSA-PSS over `hex(invoice hash)|hex(xml hash)`, 129 ASCII bytes, lower case, `|` is 0x7C.

A document key signs nothing else, so no other protocol's message can be mistaken for a seal. The parameters of
RSA-PSS stand in `certs.pss`. A seal doesn't bind an entry's place, only its content: the chain and, over it, signed
checkpoints bind the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from certs import Signer, pss
from certs.pool import spread


class Seal(msgspec.Struct, frozen=True):
    """A signature and who made it."""

    key_id: bytes
    """8 bytes."""
    signature: bytes


def message(invoice_hash: bytes, xml_hash: bytes) -> bytes:
    """The 129 bytes that are signed; both hashes are 32 bytes, zeros where there is no XML."""
    return invoice_hash.hex().encode("ascii") + b"|" + xml_hash.hex().encode("ascii")


def content_hashes(canonical: bytes, attached: bytes | None) -> tuple[bytes, bytes]:
    """Invoice hash and XML hash of stored content."""
    return sha256(canonical).digest(), bytes(32) if attached is None else sha256(attached).digest()


def make_seal(signer: Signer, canonical: bytes, attached: bytes | None) -> Seal:
    """Hash and sign one content; for threads, since it blocks."""
    return Seal(signer.key_id, signer.sign(message(*content_hashes(canonical, attached))))


async def make_seals(
    signer: Signer, contents: Sequence[tuple[bytes, bytes | None]], executor: Executor | None = None
) -> list[Seal]:
    """Hash and sign `(canonical, attached)` pairs in threads; call it before the ledger's head is taken."""
    return await spread(lambda content: make_seal(signer, *content), contents, executor)


def check_seal(key: rsa.RSAPublicKey, signature: bytes, invoice_hash: bytes, xml_hash: bytes) -> bool:
    """Whether the signature is this key's over these hashes."""
    return pss.verify(key, signature, message(invoice_hash, xml_hash))
