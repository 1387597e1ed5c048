"""The public keys of a company's ledger and the certificates that came with them, for auditors to take along."""

from __future__ import annotations

import base64
import textwrap

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import chain
from certs.chain import Certificate
from ledger import store
from ledger.record import Head, PublicKey, in_force


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A public key of the company. Which entries it may sign is told by the entries that added and retired it."""

    key_id: str
    """16 hexadecimal digits: the first 8 bytes of SHA-256 over `spki`."""
    version: int
    purpose: str
    """`document` seals documents; `ledger` and `ledger-rsa` sign checkpoints."""
    algorithm: str
    spki: bytes
    """DER SubjectPublicKeyInfo."""
    added_seq: int
    in_force: bool
    certificate: Certificate | None = None
    """Of an imported key: what its own certificate says."""
    certificates: list[bytes] = []
    """DER: the key's own first, each next one the issuer's."""


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """All public keys the company ever had, oldest first."""

    keys: list[KeyView]


async def key_list(db: AsyncConnection, head: Head) -> KeyList:
    """As stored. What the table says is held against the entries by a verification."""
    keys, chains = await store.public_keys(db, head.company_id), await store.certificates(db, head.company_id)
    signing = in_force(keys, head)
    return KeyList(keys=[_view(key, key.key_id in signing, chains.get(key.key_id, ())) for key in keys])


def as_pem(keys: KeyList) -> str:
    """One file (RFC 7468): each key under a line that says which it is, its certificates behind it."""
    parts = []
    for key in keys.keys:
        state = "in force" if key.in_force else "retired"
        parts.append(f"# {key.purpose} key {key.key_id}, version {key.version}, {key.algorithm}, {state}")
        parts.append(_pem("PUBLIC KEY", key.spki))
        parts.extend(_pem("CERTIFICATE", der) for der in key.certificates)
    return "\n".join(parts) + "\n"


def _view(key: PublicKey, signing: bool, chained: tuple[bytes, ...]) -> KeyView:
    return KeyView(
        key_id=key.key_id.hex(),
        version=key.version,
        purpose=key.purpose,
        algorithm=key.algorithm,
        spki=key.spki,
        added_seq=key.added_seq,
        in_force=signing,
        certificate=chain.describe(chained[0]) if chained else None,
        certificates=list(chained),
    )


def _pem(label: str, der: bytes) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"
