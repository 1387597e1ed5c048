"""What can go wrong with a key.

    CertsError
    ├── KekInvalid          the text of a key-encryption key can't be used
    ├── KekUnknown          a private key is sealed under a key-encryption key that was not given
    ├── KeyDamaged          a sealed private key doesn't open, or doesn't fit its public part
    ├── KeyRefused          a key that this program will not make or use: too short, wrong kind
    ├── FileRefused         a key file that doesn't open, or costs too much to open
    └── ChainRefused        certificates that don't belong to the key, or don't form a sound chain

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


class FileRefused(CertsError):
    """Not opened; the message is for whoever sent the file."""


class ChainRefused(CertsError):
    """Not a chain for this key; the message is for whoever brought it."""
