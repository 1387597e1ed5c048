"""Secrets that are shown once and stored as SHA-256: session tokens, refresh tokens, API keys, invitations.

Each carries 256 random bits, so a fast hash is enough, and looking the hash up in an index tells nothing about the
secret by its time. The prefix says what a string is, so that a leaked one is recognised by people and scanners.
"""

from __future__ import annotations

import enum
import hashlib
import secrets
from typing import Self

import msgspec


class TokenKind(enum.StrEnum):
    """The prefix of each kind."""

    SESSION = "ilt_"
    REFRESH = "ilr_"
    API_KEY = "ilk_"
    INVITATION = "ili_"


class Token(msgspec.Struct, frozen=True):
    """A fresh secret: `text` for its holder, `digest` for the database."""

    text: str
    digest: bytes

    @classmethod
    def new(cls, kind: TokenKind) -> Self:
        """32 random bytes, base64url, behind the prefix of `kind`: 47 characters."""
        text = kind.value + secrets.token_urlsafe(32)
        return cls(text, digest(text))

    @property
    def prefix(self) -> str:
        """The visible beginning, by which a person tells keys apart: 12 characters."""
        return self.text[:12]

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"Token({self.text[:4]}…)"


def digest(text: str) -> bytes:
    """SHA-256 of the token as shown.

    >>> digest("ilt_x").hex()[:16]
    '78d1d033854bad01'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
