"""The envelope under an invoice hash: the document, and all that is needed to make it again.

`{document, generator, ruleset, ruleset_digest, salt}` in canonical JSON. The salt keeps the hash from telling a
guessed content; generator and rule set let a later reader rebuild the XML and the verdict, byte for byte.
"""

from __future__ import annotations

import secrets

import msgspec

from ledger import canonical
from ledger.errors import NotCanonical

SALT_BYTES = 16


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `wrap` wrote."""

    salt: bytes
    """16 random bytes."""
    document: msgspec.Raw
    """JSON of the document, for instance of `ubl.Invoice`."""
    generator: str
    """Name and version of the code that wrote the XML."""
    ruleset: str
    """Name and version of the rules it was checked by."""
    ruleset_digest: str
    """SHA-256 of the rules, lower-case hex."""


_DECODER = msgspec.json.Decoder(Envelope)


def wrap(document: object, *, generator: str, ruleset: str, ruleset_digest: str, salt: bytes | None = None) -> bytes:
    """The canonical bytes to seal. `salt`: 16 bytes, fresh ones if None. Raises `NotCanonical`.

    `document`: a Struct or plain values; decimals keep their digits, what a Struct omits is left out.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    if len(salt) != SALT_BYTES:
        raise NotCanonical("the salt of an envelope is 16 bytes")
    return canonical.dumps(
        {
            "document": document,
            "generator": generator,
            "ruleset": ruleset,
            "ruleset_digest": ruleset_digest,
            "salt": salt,
        }
    )


def unwrap(raw: bytes) -> Envelope:
    """Read an envelope. Raises `NotCanonical` if it is none."""
    try:
        envelope = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotCanonical(f"no envelope: {error}") from error
    if len(envelope.salt) != SALT_BYTES:
        raise NotCanonical("the salt of an envelope is 16 bytes")
    return envelope
