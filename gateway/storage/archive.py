"""Write once, under a chosen name: what is left with somebody else as evidence and never written over.

Unlike `Storage`, names are the caller's. A folder may be a disk that only takes, a bucket may hold its objects under
Object Lock: retention is set there by whoever keeps it, and nothing here could lift it.
"""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import obstore
from obstore import exceptions
from obstore.store import S3Store

from gateway.storage import StorageUnavailable
from gateway.storage.bucket import Bucket
from gateway.storage.durable import sync_folder


class Archive(Protocol):
    """A place for evidence. Every method raises `StorageUnavailable`."""

    async def put_once(self, name: str, data: bytes) -> bytes:
        """Leave the bytes under this name and return what lies there now: these, or what was there already."""
        ...

    async def behind(self, folder: str, name: str) -> str | None:
        """The first name in this folder that sorts behind `name`; None where there is none."""
        ...


class FolderArchive:
    """A folder, such as a mounted disk."""

    def __init__(self, root: Path) -> None:
        """`root` must be there: an archive that isn't mounted is not made anew in its place."""
        self._root = root

    async def put_once(self, name: str, data: bytes) -> bytes:
        """See `Archive`; synced before it returns."""
        return await asyncio.to_thread(self._put_once, name, data)

    async def behind(self, folder: str, name: str) -> str | None:
        """See `Archive`."""
        return await asyncio.to_thread(self._behind, folder, name)

    def _put_once(self, name: str, data: bytes) -> bytes:
        place = self._root / name
        try:
            place.parent.mkdir(exist_ok=True)
            kept = place.read_bytes() if place.exists() else None
            if kept is not None and (kept == data or not data.startswith(kept)):
                return kept
            if kept is not None:
                place.unlink()  # cut short by a crash: it says nothing that this doesn't
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            for folder in (place.parent, self._root):
                sync_folder(folder)
        except OSError as error:
            raise StorageUnavailable(f"can't leave {name} in {self._root}: {error.strerror}") from error
        return data

    def _behind(self, folder: str, name: str) -> str | None:
        place = self._root / folder
        try:
            if not place.exists() and self._root.is_dir():
                return None
            return min((entry.name for entry in os.scandir(place) if entry.name > name), default=None)
        except OSError as error:
            raise StorageUnavailable(f"can't look into {place}: {error.strerror}") from error


class BucketArchive:
    """A bucket; an object is put only where none is (`If-None-Match: *`)."""

    def __init__(self, bucket: Bucket, *, patience: timedelta = timedelta(seconds=30)) -> None:
        """`patience`: how long one call may take, its retries included."""
        self._name = bucket.name
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.access_key_id,
            secret_access_key=bucket.secret_access_key,
            checksum_algorithm="sha256",  # a bucket with Object Lock asks for it
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={"max_retries": 3, "retry_timeout": patience},
        )

    async def put_once(self, name: str, data: bytes) -> bytes:
        """See `Archive`."""
        try:
            try:
                await obstore.put_async(self._store, name, data, mode="create", use_multipart=False)
            except (exceptions.AlreadyExistsError, FileExistsError):
                found = await obstore.get_async(self._store, name)
                return bytes(await found.bytes_async())
        except exceptions.BaseError as error:
            raise self._unavailable(error) from None
        return data

    async def behind(self, folder: str, name: str) -> str | None:
        """See `Archive`."""
        try:
            listed = obstore.list(self._store, prefix=f"{folder}/", offset=f"{folder}/{name}", chunk_size=10)
            async for chunk in listed:
                for found in chunk:
                    return str(found["path"]).rpartition("/")[2]
        except exceptions.BaseError as error:
            raise self._unavailable(error) from None
        return None

    def _unavailable(self, error: Exception) -> StorageUnavailable:
        """In our words: the client's own texts may hold signed addresses."""
        return StorageUnavailable(f"the bucket {self._name} can't be used just now ({type(error).__name__})")
