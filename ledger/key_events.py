"""The life of a key as entries: who vouched for it, from which place it counts, and until which.

One document key is in force at a time. A `KEY_ADDED` entry is sealed by the key in force and carries, as attached
bytes, the new key's own seal over the payload alone (proof that whoever added it holds it); the first key of a ledger
seals its own entry. `KEY_RETIRED` is sealed by the successor, which is in force from this entry on.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from ledger import canonical
from ledger.errors import NotCanonical


class KeyAdded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Payload of `KEY_ADDED`."""

    algorithm: str
    key_id: str
    """16 hex digits."""
    purpose: str
    spki: str
    """DER SubjectPublicKeyInfo, base64."""
    version: int

    def spki_bytes(self) -> bytes:
        """The public key. Raises `NotCanonical`."""
        try:
            return base64.b64decode(self.spki, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotCanonical("the public key is no base64") from error


class KeyRetired(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Payload of `KEY_RETIRED`."""

    key_id: str
    """16 hex digits."""
    successor: str
    """The key in force from here, 16 hex digits."""


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
