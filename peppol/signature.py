"""Who posted this body, and when: HMAC-SHA256 over id, time and raw bytes (the Standard Webhooks convention).

    webhook-id: <unique id>      webhook-timestamp: <seconds since 1970>      webhook-signature: v1,<base64> v1,<base64>

Several secrets may be active while one is replaced; comparison takes constant time; a call older or newer than five
minutes is refused, and within them the unique id lets the receiver see a replay.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from peppol.errors import Forged

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)


def sign(secret: bytes, call_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The three headers of a call."""
    seconds = str(int(at.timestamp()))
    return {ID: call_id, TIMESTAMP: seconds, SIGNATURE: _signature(secret, call_id, seconds, body)}


def verify(secrets: Iterable[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The call's unique id; Forged unless one of the secrets signed these very bytes lately.

    `headers`: names in lower case.
    """
    call_id, seconds, given = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (call_id and given and seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise Forged("The call isn't signed: it needs webhook-id, webhook-timestamp and webhook-signature")
    offered = [signature.encode() for signature in given.split()[:8]]
    holds = False
    for secret in secrets:
        expected = _signature(secret, call_id, seconds, body).encode()
        for signature in offered:
            holds |= hmac.compare_digest(expected, signature)
    if not holds:
        raise Forged("The call's signature doesn't hold over its bytes")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise Forged("The call was signed too long ago, or the clocks differ by more than five minutes")
    return call_id


def _signature(secret: bytes, call_id: str, seconds: str, body: bytes) -> str:
    mac = hmac.new(secret, f"{call_id}.{seconds}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()
