"""What can go wrong with a key.

    CertsError
    ├── KekInvalid          the text of a key-encryption key can't be used
    ├── KekUnknown          a private key is sealed under a key-encryption key that was not given
    ├── KeyDamaged          a sealed private key doesn't open, or doesn't fit its public part
    └── KeyRefused          a key that this program will not make or use: too short, wrong kind

No message ever holds key material; key ids are public.
"""

from __future__ import annotations


class CertsError(Exception):
    """The root: every error this package raises on purpose."""


class KekInvalid(CertsError):
    """The given text is no key-encryption key."""


class KekUnknown(CertsError):
    """The key-encryption key with this id is not in the ring."""


class KeyDamaged(CertsError):
    """The sealed bytes were altered, belong to another company or key, or the key-encryption key is wrong."""


class KeyRefused(CertsError):
    """Not a key this program works with."""
