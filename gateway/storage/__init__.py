"""Objects by their content: originals, attachments and evidence, named by their SHA-256 and never changed.

`FolderStorage` keeps them in a local folder, `ObjectStorage` in an S3-compatible bucket; one contract test runs over
both. What was put is durable when `put` returns, and what `get` returns is what was put: the digest is checked.

StorageError
├── ObjectMissing        nothing of this digest is kept
├── ObjectDamaged        what lies there isn't what its name says
└── StorageUnavailable   the disk or the bucket can't be reached just now; trying again may help
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol

__all__ = ["ObjectDamaged", "ObjectMissing", "Storage", "StorageError", "StorageUnavailable", "checked", "is_digest"]

CHUNK = 256 * 1024
"""Bytes of one piece of a stream."""

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class StorageError(Exception):
    """What can go wrong with an object."""


class ObjectMissing(StorageError):
    """Nothing of this digest is kept."""


class ObjectDamaged(StorageError):
    """The bytes kept under a digest have another one: a broken disk or a meddler. Restore it from the backup."""


class StorageUnavailable(StorageError):
    """The place where objects are kept can't be reached or refuses us; nothing was kept."""


class Storage(Protocol):
    """Where objects are kept. Digests are SHA-256 in lower-case hex; anything else is a ValueError."""

    async def put(self, data: bytes | AsyncIterable[bytes]) -> str:
        """Keep these bytes and return their digest. Durable on return; putting the same again changes nothing."""
        ...

    async def get(self, digest: str) -> bytes:
        """The bytes of this digest, whole and checked."""
        ...

    def stream(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes of this digest in pieces; raises ObjectDamaged after the last piece if they don't add up."""
        ...

    async def exists(self, digest: str) -> bool:
        """Whether bytes are kept under this digest; their content isn't read."""
        ...

    async def remove(self, digest: str) -> None:
        """Destroy the bytes of this digest, durably on return; nothing happens where there are none.

        For erasures only. Raises StorageUnavailable, also where the bucket's Object Lock still keeps them.
        """
        ...

    def digests(self) -> AsyncIterator[str]:
        """The digest of every object, in no order, each once; for backups. Content isn't read."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def is_digest(name: str) -> bool:
    """Whether this is a SHA-256 in lower-case hex; a folder or bucket may hold other things as well."""
    return _DIGEST.match(name) is not None


def checked(digest: str) -> str:
    """The digest itself if it is one; so that no path or key ever holds anything else."""
    if not _DIGEST.match(digest):
        raise ValueError("not a SHA-256 digest in lower-case hex")
    return digest
