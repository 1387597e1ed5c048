"""Objects in an S3-compatible bucket: Amazon S3, Cloudflare R2 or any server that speaks the same.

The key of an object is its digest, so that writing is idempotent. The server is told the SHA-256 of what it receives
and refuses what was damaged on the way; a bucket with Object Lock asks for that in any case.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO

import msgspec
import obstore
from obstore import exceptions
from obstore.store import S3Store

from gateway.storage import CHUNK, ObjectDamaged, ObjectMissing, StorageUnavailable, checked, is_digest

_IN_MEMORY = 4 * 1024 * 1024
"""Bytes of an arriving stream that are held in memory before they go to an unnamed temporary file."""


class Bucket(msgspec.Struct, frozen=True):
    """Where the bucket is and who we are there."""

    name: str
    endpoint: str
    """`https://<account>.r2.cloudflarestorage.com`; plain http is for loopback and test networks."""
    region: str
    access_key_id: str
    secret_access_key: str
    prefix: str = ""

    def __repr__(self) -> str:
        return f"Bucket({self.name!r} at {self.endpoint!r})"


class BucketStorage:
    """`Storage` in one bucket."""

    def __init__(self, bucket: Bucket, *, patience: timedelta = timedelta(seconds=30)) -> None:
        """`patience`: how long one call may take, its retries included."""
        self._bucket = bucket
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.access_key_id,
            secret_access_key=bucket.secret_access_key,
            checksum_algorithm="sha256",
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={"max_retries": 3, "retry_timeout": patience},
        )

    async def put(self, data: bytes | AsyncIterable[bytes]) -> str:
        """See `Storage.put`. A stream goes through a temporary file, since the key is known at its end only."""
        if isinstance(data, bytes):
            digest = hashlib.sha256(data).hexdigest()
            await self._upload(digest, data)
            return digest
        seen = hashlib.sha256()
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
            async for piece in data:
                seen.update(piece)
                spool.write(piece)
            spool.seek(0)
            await self._upload(seen.hexdigest(), spool)
        return seen.hexdigest()

    async def get(self, digest: str) -> bytes:
        """See `Storage.get`."""
        with self._translated(digest):
            answer = await obstore.get_async(self._store, checked(digest))
            data = bytes(await answer.bytes_async())
        if hashlib.sha256(data).hexdigest() != digest:
            raise ObjectDamaged(f"object {digest} has other content than its name says")
        return data

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        """See `Storage.stream`."""
        seen = hashlib.sha256()
        with self._translated(digest):
            answer = await obstore.get_async(self._store, checked(digest))
            async for piece in answer.stream(min_chunk_size=CHUNK):
                data = bytes(piece)
                seen.update(data)
                yield data
        if seen.hexdigest() != digest:
            raise ObjectDamaged(f"object {digest} has other content than its name says")

    async def exists(self, digest: str) -> bool:
        """See `Storage.exists`."""
        try:
            with self._translated(digest):
                await obstore.head_async(self._store, checked(digest))
        except ObjectMissing:
            return False
        return True

    async def remove(self, digest: str) -> None:
        """See `Storage.remove`. A bucket with versions keeps the old one until its own rules let it go."""
        if await self.exists(digest):
            with self._translated(digest):
                await obstore.delete_async(self._store, checked(digest))

    async def digests(self) -> AsyncIterator[str]:
        """See `Storage.digests`."""
        with self._translated("list"):
            async for chunk in obstore.list(self._store, chunk_size=1000):
                for found in chunk:
                    if is_digest(found["path"]):
                        yield found["path"]

    async def close(self) -> None:
        """The client keeps no connection that would have to be closed."""

    async def _upload(self, digest: str, data: bytes | IO[bytes]) -> None:
        if await self.exists(digest):
            return  # a bucket with versions or Object Lock would keep a second copy for years
        with self._translated(digest):
            await obstore.put_async(self._store, digest, data)

    @contextmanager
    def _translated(self, digest: str) -> Iterator[None]:
        """The client's exceptions in our words; its own texts may hold signed addresses."""
        try:
            yield
        except (exceptions.NotFoundError, FileNotFoundError) as error:
            raise ObjectMissing(f"no object {digest}") from error
        except exceptions.BaseError as error:
            name = type(error).__name__
            raise StorageUnavailable(f"the bucket {self._bucket.name} can't be used just now ({name})") from None
