"""Give a role a password without telling the server: what it stores is computed here, so no log can hold it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

_ITERATIONS = 4096


def verifier(password: str, *, salt: bytes | None = None) -> str:
    """The text to write into `alter role ... password '...'` (RFC 5803): SCRAM-SHA-256 of an ASCII password.

    Raises `ValueError` for a password beyond printable ASCII, which would have to be normalised first.
    """
    if not (password.isascii() and password.isprintable() and password):
        raise ValueError("a database password must consist of printable ASCII characters")
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored = base64.b64encode(hashlib.sha256(client).digest()).decode()
    server = base64.b64encode(hmac.digest(salted, b"Server Key", "sha256")).decode()
    return f"SCRAM-SHA-256${_ITERATIONS}:{base64.b64encode(salt).decode()}${stored}:{server}"
