"""The life of a key as entries: who vouched for it, from which place it counts, and until which.

For each purpose (`certs.Purpose`) one key is in force at a time.

`KEY_ADDED` holds a public key as canonical JSON (`KeyAdded`). The entry is sealed by the document key in force; the
very first one, of the first document key, is sealed by the key it adds. Its attached bytes are signatures (`Proofs`)
over the message that a seal over this payload without XML would have, `hex(SHA-256(payload))|00...00`, 129 bytes:

    possession   by the new key: whoever added it holds it. Always, but in the very first entry, whose seal it is
    outgoing     by the key it replaces, for the purposes of the ledger. A document key's word is the entry's seal

The first key of a purpose is in force from its `KEY_ADDED` on; a later one from the `KEY_RETIRED` on that names it as
successor. `KEY_RETIRED` (`KeyRetired`) is sealed by the document key in force behind it: of a document key this is
the successor. No key retires without a successor, since a ledger without a key could record nothing more.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from uuid import UUID

import msgspec

from ledger import canonical
from ledger.errors import NotCanonical
from ledger.signing import message


class KeyAdded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Payload of `KEY_ADDED`."""

    algorithm: str
    certificates: tuple[str, ...] = ()
    """DER certificates of an imported key in base64, its own first, each next one the issuer's; absent if none."""
    company_id: UUID
    """Whose key: the proofs in this entry count in no other ledger."""
    key_id: str
    """16 hex digits."""
    purpose: str
    replaces: str = ""
    """The key of this purpose that will be retired for it, 16 hex digits; absent for the first one."""
    spki: str
    """DER SubjectPublicKeyInfo, base64."""
    version: int
    """1, 2, 3 ... for each purpose."""

    def spki_bytes(self) -> bytes:
        """The public key. Raises `NotCanonical`."""
        return _bytes(self.spki, "public key")

    def chain(self) -> tuple[bytes, ...]:
        """The certificates, DER. Raises `NotCanonical`."""
        return tuple(_bytes(certificate, "certificate") for certificate in self.certificates)


class Proofs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Attached to `KEY_ADDED`: signatures over `proof_message`, base64."""

    outgoing: str = ""
    """By the ledger key that is replaced; absent for document keys and first keys."""
    possession: str
    """By the new key."""


class KeyRetired(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Payload of `KEY_RETIRED`."""

    key_id: str
    """16 hex digits."""
    successor: str
    """The key of the same purpose in force from here, 16 hex digits."""


def proof_message(payload: bytes) -> bytes:
    """What the proofs of a `KEY_ADDED` entry sign: `ledger.signing.message` over its payload and no XML."""
    return message(sha256(payload).digest(), bytes(32))


def dump_proofs(*, possession: bytes, outgoing: bytes | None) -> bytes:
    """The attached bytes."""
    return canonical.dumps(
        Proofs(
            outgoing="" if outgoing is None else base64.b64encode(outgoing).decode("ascii"),
            possession=base64.b64encode(possession).decode("ascii"),
        )
    )


def read_proofs(raw: bytes) -> tuple[bytes, bytes]:
    """Possession and outgoing (empty where absent). Raises `NotCanonical`."""
    canonical.parse(raw)
    try:
        proofs = msgspec.json.decode(raw, type=Proofs)
    except msgspec.DecodeError as error:
        raise NotCanonical(f"no proofs of a key: {error}") from error
    return _bytes(proofs.possession, "proof of possession"), _bytes(proofs.outgoing, "outgoing key's signature")


def read_added(raw: bytes) -> KeyAdded:
    """Decode the payload. Raises `NotCanonical`."""
    canonical.parse(raw)
    try:
        return msgspec.json.decode(raw, type=KeyAdded)
    except msgspec.DecodeError as error:
        raise NotCanonical(f"no key event: {error}") from error


def read_retired(raw: bytes) -> KeyRetired:
    """Decode the payload. Raises `NotCanonical`."""
    canonical.parse(raw)
    try:
        return msgspec.json.decode(raw, type=KeyRetired)
    except msgspec.DecodeError as error:
        raise NotCanonical(f"no key event: {error}") from error


def _bytes(value: str, what: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotCanonical(f"the {what} is no base64") from error
