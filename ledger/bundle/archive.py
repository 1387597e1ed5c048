"""A ZIP file of stored members, each with its length and digest; the same input gives the same bytes."""

from __future__ import annotations

import zipfile
from hashlib import sha256
from typing import IO

from ledger.bundle.forms import Member

PIECE = 2**20
"""Bytes that are copied at once."""
_WHEN = (1980, 1, 1, 0, 0, 0)


class Archive:
    """Writes one member after the other, each of any size."""

    def __init__(self, file: IO[bytes]) -> None:
        """`file`: empty and seekable; it stays open."""
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._writing: IO[bytes] | None = None
        self._name, self._size, self._digest = "", 0, sha256()
        self.members: dict[str, Member] = {}

    def begin(self, name: str) -> None:
        """The next member; the one before ends here."""
        self.end()
        info = zipfile.ZipInfo(name, _WHEN)
        info.create_system, info.external_attr = 3, 0o644 << 16
        self._writing = self._zip.open(info, "w", force_zip64=True)
        self._name, self._size, self._digest = name, 0, sha256()

    def write(self, piece: bytes) -> None:
        """More of the member that was begun."""
        if self._writing is None:
            raise ValueError("no member was begun")
        self._writing.write(piece)
        self._size += len(piece)
        self._digest.update(piece)

    def add(self, name: str, whole: bytes) -> None:
        """A small member."""
        self.begin(name)
        self.write(whole)

    def copy(self, name: str, file: IO[bytes]) -> None:
        """A member out of a file, from its beginning."""
        file.seek(0)
        self.begin(name)
        while piece := file.read(PIECE):
            self.write(piece)

    def end(self) -> None:
        """End the member that was begun, if one was."""
        if self._writing is not None:
            self._writing.close()
            self._writing = None
            self.members[self._name] = Member(self._size, self._digest.hexdigest())

    def finish(self) -> None:
        """Write the directory; nothing can be added any more."""
        self.end()
        self._zip.close()

    def discard(self) -> None:
        """Let go of the file without finishing it; nothing happens after `finish`."""
        if self._writing is not None:
            self._writing.close()
            self._writing = None
        self._zip.close()
