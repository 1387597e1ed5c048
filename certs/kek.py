"""Key-encryption keys: the secrets that seal private keys at rest.

The text form is `live:<base64>` or `development:<base64>`, 32 bytes each. The word in front is part of the key's id,
and the id is bound into everything sealed: a development key can't be passed off as a live one by renaming it, and
what was sealed under it stays recognisable in the database (`kek_id` begins with `dev-`).
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterator
from hashlib import sha256

from certs.errors import KekInvalid, KekUnknown

_ID_DOMAIN = b"involinks-kek/v1\0"


class Kek:
    """One key-encryption key of 256 bits; its `repr` shows the id only."""

    __slots__ = ("development", "id", "secret")

    def __init__(self, secret: bytes, *, development: bool) -> None:
        """`secret`: 32 random bytes."""
        if len(secret) != 32 or len(set(secret)) < 8:
            raise KekInvalid("a key-encryption key is 32 random bytes; make one with `involinks make-kek`")
        self.secret = secret
        self.development = development
        word = b"development" if development else b"live"
        self.id = ("dev-" if development else "kek-") + sha256(_ID_DOMAIN + word + b"\0" + secret).hexdigest()[:16]

    @classmethod
    def parse(cls, text: str) -> Kek:
        """Read the text form. Raises `KekInvalid` with a message that doesn't repeat the text."""
        word, _, encoded = text.strip().partition(":")
        if word not in ("live", "development"):
            raise KekInvalid("a key-encryption key is written live:<base64> or development:<base64>")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise KekInvalid("the part of the key-encryption key after the colon is no base64") from None
        return cls(secret, development=word == "development")

    @classmethod
    def make(cls, *, development: bool) -> Kek:
        """A new random key."""
        return cls(secrets.token_bytes(32), development=development)

    def text(self) -> str:
        """The text form, for a settings file or a secret store. A secret: never log it."""
        return f"{'development' if self.development else 'live'}:{base64.b64encode(self.secret).decode('ascii')}"

    def __repr__(self) -> str:
        return f"Kek({self.id})"


class KeyRing:
    """The key that seals from now on, and older ones that still open what they sealed."""

    def __init__(self, current: Kek, *older: Kek) -> None:
        self.current = current
        self._by_id = {kek.id: kek for kek in (current, *older)}

    def __getitem__(self, kek_id: str) -> Kek:
        """Raises `KekUnknown`."""
        try:
            return self._by_id[kek_id]
        except KeyError:
            raise KekUnknown(f"the key-encryption key {kek_id} was not given; add it as an older key") from None

    def __iter__(self) -> Iterator[Kek]:
        """The current one first."""
        return iter(self._by_id.values())

    @property
    def development(self) -> bool:
        """Whether any key of the ring is a development key: reason enough to refuse it in live mode."""
        return any(kek.development for kek in self._by_id.values())

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._by_id)})"
