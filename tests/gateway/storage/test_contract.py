"""What every storage promises, told to a folder and to a real S3 server process."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import obstore
import pytest

from gateway.storage import ObjectDamaged, ObjectMissing, Storage, StorageUnavailable
from gateway.storage.bucket import Bucket, BucketStorage
from gateway.storage.folder import FolderStorage
from tests.gateway.storage.s3 import bucket, s3_process


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """An S3 server of its own process, on loopback."""
    with s3_process() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    kept: Storage = (
        FolderStorage(tmp_path / "objects")
        if request.param == "folder"
        else BucketStorage(bucket(request.getfixturevalue("s3_server")))
    )
    yield kept
    await kept.close()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("data", [b"", b"an invoice", bytes(range(256)) * 3000])
async def test_what_was_put_is_what_comes_back(storage: Storage, data: bytes) -> None:
    digest = await storage.put(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert await storage.get(digest) == data
    assert b"".join([piece async for piece in storage.stream(digest)]) == data
    assert await storage.exists(digest)


async def test_a_stream_is_named_by_all_of_its_pieces(storage: Storage) -> None:
    large = b"x" * 6_000_000
    digest = await storage.put(pieces(b"a", large, b"z"))
    assert digest == hashlib.sha256(b"a" + large + b"z").hexdigest()
    assert await storage.get(digest) == b"a" + large + b"z"


async def test_every_object_is_listed_once(storage: Storage) -> None:
    kept = {await storage.put(b"listed %d" % number) for number in range(3)}
    await storage.put(b"listed 0")
    listed = [digest async for digest in storage.digests()]
    assert kept <= set(listed)
    assert len(listed) == len(set(listed))


async def test_putting_twice_changes_nothing(storage: Storage) -> None:
    assert await storage.put(b"same") == await storage.put(pieces(b"sa", b"me"))
    assert await storage.get(hashlib.sha256(b"same").hexdigest()) == b"same"


async def test_what_was_never_put_is_missing(storage: Storage) -> None:
    digest = hashlib.sha256(b"never").hexdigest()
    assert not await storage.exists(digest)
    with pytest.raises(ObjectMissing):
        await storage.get(digest)
    with pytest.raises(ObjectMissing):
        [piece async for piece in storage.stream(digest)]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" * 64])
async def test_only_a_digest_names_an_object(storage: Storage, name: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        await storage.get(name)
    with pytest.raises(ValueError, match="digest"):
        await storage.exists(name)
    with pytest.raises(ValueError, match="digest"):
        [piece async for piece in storage.stream(name)]


async def test_a_stream_that_breaks_off_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError("the sender went away")

    with pytest.raises(ConnectionError):
        await storage.put(broken())
    assert not await storage.exists(hashlib.sha256(b"half").hexdigest())
    assert files_below(tmp_path) == []


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    folder = FolderStorage(tmp_path)
    digest = await folder.put(b"AED 100.00")
    folder.path(digest).write_bytes(b"AED 900.00")
    with pytest.raises(ObjectDamaged):
        await folder.get(digest)
    with pytest.raises(ObjectDamaged):
        [piece async for piece in folder.stream(digest)]


async def test_a_meddled_bucket_is_refused(s3_server: str) -> None:
    kept = BucketStorage(bucket(s3_server))
    digest = await kept.put(b"AED 200.00")
    await obstore.put_async(kept._store, digest, b"AED 900.00")
    with pytest.raises(ObjectDamaged):
        await kept.get(digest)
    with pytest.raises(ObjectDamaged):
        [piece async for piece in kept.stream(digest)]


async def test_a_file_is_its_owners_only(tmp_path: Path) -> None:
    folder = FolderStorage(tmp_path / "objects")
    path = folder.path(await folder.put(b"private"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert all(parent.stat().st_mode & 0o077 == 0 for parent in list(path.parents)[:2])


async def test_a_bucket_out_of_reach_says_so_without_secrets() -> None:
    from datetime import timedelta

    away = BucketStorage(
        Bucket("evidence", "http://127.0.0.1:9", "us-east-1", "an-id", "a-secret"), patience=timedelta(milliseconds=200)
    )
    with pytest.raises(StorageUnavailable) as caught:
        await away.put(b"data")
    assert "a-secret" not in str(caught.value)
    assert "a-secret" not in repr(Bucket("evidence", "http://127.0.0.1:9", "us-east-1", "an-id", "a-secret"))


async def test_a_full_or_missing_disk_says_so(tmp_path: Path) -> None:
    folder = FolderStorage(tmp_path / "objects")
    (tmp_path / "objects" / "arriving").rmdir()
    with pytest.raises(StorageUnavailable):
        await folder.put(b"data")
    with pytest.raises(StorageUnavailable):
        await folder.put(pieces(b"data"))


async def test_what_was_removed_is_gone_and_may_come_again(storage: Storage) -> None:
    digest, other = await storage.put(b"to be removed"), await storage.put(b"to stay")
    for _ in range(2):
        await storage.remove(digest)
        assert not await storage.exists(digest)
    with pytest.raises(ObjectMissing):
        await storage.get(digest)
    with pytest.raises(ValueError, match="digest"):
        await storage.remove("../../etc/passwd")
    assert await storage.get(other) == b"to stay"
    assert await storage.put(b"to be removed") == digest
    assert await storage.exists(digest)
