"""The second factor: time-based codes (RFC 6238: SHA-1, 30 seconds, 6 digits) and ten backup codes.

A code belongs to a step of 30 seconds. The caller remembers the highest step accepted and asks for a later one only,
so a code counts once; the compare-and-set for that is `access_count_totp` in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import pyotp
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode

from certs import sealing
from certs.errors import KeyDamaged
from certs.kek import KeyRing

ISSUER = "InvoLinks"
PERIOD = 30
"""Seconds a code is shown."""
WINDOW = 1
"""Steps before and after the present one that are taken too, for clocks that differ (RFC 6238, section 5.2)."""
BACKUP_CODES = 10

_DOMAIN = b"involinks-totp/v1\0"
_SIX_DIGITS = re.compile(r"[0-9]{6}\Z")
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No sign that reads like another; 30 signs, 10 of them make 49 bits."""


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226, section 4, R6)."""
    return pyotp.random_base32(32)


def seal(secret: str, user_id: UUID, ring: KeyRing) -> bytes:
    """See `certs.sealing`; bound to the account."""
    return sealing.seal(ring, secret.encode("ascii"), owner=_DOMAIN + user_id.bytes)


def unseal(sealed: bytes, user_id: UUID, ring: KeyRing) -> str:
    """The secret. Raises `KekUnknown`, and `KeyDamaged` where it was altered or belongs to another account."""
    try:
        return sealing.unseal(ring, sealed, owner=_DOMAIN + user_id.bytes).decode("ascii")
    except KeyDamaged:
        raise KeyDamaged(f"the second factor sealed for user {user_id} doesn't open: altered or moved") from None


def enrolment_uri(secret: str, email: str) -> str:
    """What authenticator apps scan.

    >>> enrolment_uri("ABC", "finance@seller.example")
    'otpauth://totp/InvoLinks:finance@seller.example?secret=ABC&issuer=InvoLinks&algorithm=SHA1&digits=6&period=30'
    """
    label = quote(email, safe="@")
    return f"otpauth://totp/{ISSUER}:{label}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits=6&period={PERIOD}"


def enrolment_svg(uri: str) -> str:
    """The address as a QR code: one SVG element with one path, no script, to be put into a page as it is."""
    code = QRCode(image_factory=SvgPathImage, box_size=20)
    code.add_data(uri)  # type: ignore[no-untyped-call]
    drawing: str = code.make_image().to_string(encoding="unicode")  # type: ignore[no-untyped-call]
    return drawing


def step_at(now: datetime) -> int:
    """The number of the step (RFC 6238, section 4.2)."""
    return int(now.timestamp()) // PERIOD


def matching_step(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The step later than `after` whose code this is, or None. Compares every candidate, in constant time each."""
    if not _SIX_DIGITS.match(code):
        return None
    generator, present, found = pyotp.TOTP(secret), step_at(now), None
    for step in range(present - WINDOW, present + WINDOW + 1):
        fits = hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())
        if fits and step > after and found is None:
            found = step
    return found


def new_backup_codes() -> list[str]:
    """Ten codes to write down, such as `K7QPD-3MXRA`; each counts once."""
    return [f"{_five()}-{_five()}" for _ in range(BACKUP_CODES)]


def _five() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))


def backup_digest(code: str) -> bytes:
    """SHA-256 of the code without hyphen and spaces, in capitals.

    >>> backup_digest("k7qpd 3mxra") == backup_digest("K7QPD-3MXRA")
    True
    """
    return hashlib.sha256(re.sub(r"[\s-]", "", code).upper().encode("utf-8", "surrogatepass")).digest()
