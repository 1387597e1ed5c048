"""Objects in a local folder, durable against a power cut: file and folder are synced before `put` returns.

An object of digest `abcd...` lies at `ab/cd/abcd...`, readable by its owner only. It is written beside its place and
renamed into it, so that a reader sees all of it or nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gateway.storage import CHUNK, ObjectDamaged, ObjectMissing, StorageUnavailable, checked, is_digest
from gateway.storage.durable import sync_folder


class FolderStorage:
    """`Storage` below one folder; several processes may share it."""

    def __init__(self, root: Path) -> None:
        """`root`: made if it isn't there, closed to everybody else."""
        self.root = root
        self._arriving = root / "arriving"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._arriving.mkdir(mode=0o700, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Where an object lies; for backups."""
        checked(digest)
        return self.root / digest[:2] / digest[2:4] / digest

    async def put(self, data: bytes | AsyncIterable[bytes]) -> str:
        """See `Storage.put`."""
        if isinstance(data, bytes):
            digest = hashlib.sha256(data).hexdigest()
            if not await self.exists(digest):
                await asyncio.to_thread(self._keep_whole, data, digest)
            return digest
        return await self._keep_stream(data)

    async def get(self, digest: str) -> bytes:
        """See `Storage.get`."""
        path = self.path(digest)
        data = await asyncio.to_thread(self._read, path)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ObjectDamaged(f"object {digest} has other content than its name says")
        return data

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        """See `Storage.stream`."""
        path, seen = self.path(digest), hashlib.sha256()
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            raise ObjectMissing(f"no object {digest}") from None
        with file:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                seen.update(piece)
                yield piece
        if seen.hexdigest() != digest:
            raise ObjectDamaged(f"object {digest} has other content than its name says")

    async def exists(self, digest: str) -> bool:
        """See `Storage.exists`."""
        return await asyncio.to_thread(self.path(digest).is_file)

    async def remove(self, digest: str) -> None:
        """See `Storage.remove`."""
        await asyncio.to_thread(self._remove, self.path(digest))

    async def digests(self) -> AsyncIterator[str]:
        """See `Storage.digests`."""
        for first in range(256):
            for name in await asyncio.to_thread(self._names, f"{first:02x}"):
                yield name

    async def close(self) -> None:
        """Nothing is held open."""

    def _names(self, first: str) -> list[str]:
        return [path.name for path in self.root.glob(f"{first}/*/*") if is_digest(path.name)]

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise ObjectMissing(f"no object {path.name}") from None
        except OSError as error:
            raise StorageUnavailable(f"can't read {path}: {error.strerror}") from error

    def _remove(self, path: Path) -> None:
        with self._translated():
            if path.parent.is_dir():
                path.unlink(missing_ok=True)
                sync_folder(path.parent)

    def _keep_whole(self, data: bytes, digest: str) -> None:
        arriving, sink = self._open_arriving()
        with sink:
            try:
                self._write(sink, data)
                self._settle(sink, arriving, digest)
            finally:
                arriving.unlink(missing_ok=True)

    async def _keep_stream(self, data: AsyncIterable[bytes]) -> str:
        arriving, sink = await asyncio.to_thread(self._open_arriving)
        seen = hashlib.sha256()
        with sink:
            try:
                async for piece in data:
                    seen.update(piece)
                    await asyncio.to_thread(self._write, sink, piece)
                await asyncio.to_thread(self._settle, sink, arriving, seen.hexdigest())
            finally:
                arriving.unlink(missing_ok=True)
        return seen.hexdigest()

    def _open_arriving(self) -> tuple[Path, BinaryIO]:
        path = self._arriving / secrets.token_hex(16)
        with self._translated():
            return path, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)

    def _write(self, sink: BinaryIO, data: bytes) -> None:
        with self._translated():
            view = memoryview(data)
            while view:
                view = view[sink.write(view) :]

    def _settle(self, sink: BinaryIO, arriving: Path, digest: str) -> None:
        """Sync, rename into place, and sync the folders, innermost first: a new folder is an entry in its parent."""
        place = self.path(digest)
        with self._translated():
            os.fsync(sink.fileno())
            place.parent.parent.mkdir(mode=0o700, exist_ok=True)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            arriving.replace(place)
            for folder in (place.parent, place.parent.parent, self.root):
                sync_folder(folder)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """What the disk says, in our words; errors of the sender of a stream stay theirs."""
        try:
            yield
        except OSError as error:
            raise StorageUnavailable(f"can't change an object below {self.root}: {error.strerror}") from error
