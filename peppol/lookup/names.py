"""A participant's name in the Service Metadata Locator's DNS zone (SML 1.3.0, section 3.1)."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256

from peppol.identifiers import ParticipantId


def dns_name(participant: ParticipantId, zone: str) -> str:
    """The name to ask for, in lower case, without a final dot.

    Base32 of SHA-256 over the lower-case value (the scheme isn't hashed), then the scheme, then the zone.

    >>> dns_name(ParticipantId("9915:test"), "zone.example")
    'eh5boavaktmbgzyh2a63dz4qov33fvp5nsdvqklucfraayoodw6a.iso6523-actorid-upis.zone.example'
    """
    digest = sha256(participant.value.lower().encode("ascii")).digest()
    label = b32encode(digest).decode("ascii").rstrip("=").lower()
    return f"{label}.{ParticipantId.SCHEME}.{zone.strip('.').lower()}"
