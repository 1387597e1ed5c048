"""No log line holds a secret, and people's data only so far that they can be told apart.

>>> mask("adil@acme.ae called +971501234567 about TRN 123456789012789")
'adi***@acme.ae called +971***567 about TRN 123***789'
"""

from __future__ import annotations

import re
from collections.abc import Mapping

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(
    r"pass(word|phrase|wd)|secret|token|authoriz|cookie|private|credential|api_?key|backup_?code|^code$|otp|^kek$|session_?key"
    r"|dsn|signature_key",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+%-]{1,64})@([\w-]+(?:\.[\w-]+)+)")
_TRN = re.compile(r"(?<![\w])(1\d\d)\d{9}(\d{3})(?![\w])")
_PHONE = re.compile(r"(\+971|\b00971)[ -]?(?:\d[ -]?){5,6}(\d{3})(?!\d)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=:-]+", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_IN_ADDRESS = re.compile(r"(\w+://[^\s:/@]+:)[^\s@]+@")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def mask(text: str) -> str:
    """The text with addresses, TRNs and phone numbers shortened; tokens, passwords in URLs and private keys gone."""
    if "PRIVATE KEY" in text:
        text = _PEM.sub(REDACTED, text)
    if "://" in text:
        text = _IN_ADDRESS.sub(rf"\1{REDACTED}@", text)
    text = _JWT.sub(REDACTED, _BEARER.sub(rf"\1 {REDACTED}", text))
    if "@" in text:
        text = _EMAIL.sub(_short_email, text)
    return _PHONE.sub(r"\1***\2", _TRN.sub(r"\1***\2", text))


def mask_value(name: str, value: object) -> object:
    """A value of a log line or an error report, masked by its name and its content, however deep."""
    if _SECRET_NAME.search(name) and not isinstance(value, bool | None):
        return REDACTED
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {str(key): mask_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(name, inner) for inner in value]
    if isinstance(value, int | float | bool | None):
        return mask_value(name, str(value)) if isinstance(value, int) and value >= 10**14 else value
    return mask(str(value))


def _short_email(found: re.Match[str]) -> str:
    name = found[1]
    return f"{name[:3] if len(name) > 3 else name[:1]}***@{found[2]}"
