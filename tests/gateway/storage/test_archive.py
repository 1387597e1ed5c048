"""Evidence is left once: what every archive promises, told to a folder and to a real S3 server process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from gateway.storage import StorageUnavailable
from gateway.storage.archive import Archive, BucketArchive, FolderArchive
from gateway.storage.bucket import Bucket
from tests.gateway.storage.s3 import bucket, s3_process


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with s3_process() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    if request.param == "folder":
        return FolderArchive(tmp_path)
    return BucketArchive(bucket(request.getfixturevalue("s3_server"), prefix=f"heads/{os.urandom(4).hex()}"))


async def test_what_was_left_first_stays(archive: Archive) -> None:
    assert await archive.put_once("log/0001.note", b"first") == b"first"
    assert await archive.put_once("log/0001.note", b"first") == b"first"
    assert await archive.put_once("log/0001.note", b"other") == b"first", "and is told to whoever comes later"


async def test_it_knows_what_lies_behind(archive: Archive) -> None:
    assert await archive.behind("log", "0001.note") is None
    for name in ("0003.note", "0001.note", "0002.note"):
        await archive.put_once(f"log/{name}", b"x")
    await archive.put_once("other/0009.note", b"x")
    assert await archive.behind("log", "0001.note") == "0002.note"
    assert await archive.behind("log", "0003.note") is None


async def test_a_file_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "0001.note").write_bytes(b"fir")
    assert await FolderArchive(tmp_path).put_once("log/0001.note", b"first") == b"first"
    assert (tmp_path / "log" / "0001.note").read_bytes() == b"first"


async def test_a_disk_that_is_not_mounted_is_not_made_up(tmp_path: Path) -> None:
    away = FolderArchive(tmp_path / "nowhere")
    with pytest.raises(StorageUnavailable, match="can't leave"):
        await away.put_once("log/0001.note", b"first")
    with pytest.raises(StorageUnavailable, match="can't look"):
        await away.behind("log", "0001.note")


async def test_a_bucket_out_of_reach_says_so_without_secrets() -> None:
    lost = Bucket("evidence", "http://127.0.0.1:9", "us-east-1", "an-id", "a-secret")
    away = BucketArchive(lost, patience=timedelta(milliseconds=200))
    for attempt in (away.put_once("log/1", b"x"), away.behind("log", "1")):
        with pytest.raises(StorageUnavailable) as caught:
            await attempt
        assert "a-secret" not in str(caught.value)


async def test_nobody_writes_over_an_object_in_between(s3_server: str) -> None:
    """Two gateways at once: the condition is the server's, so one of them is told what the other left."""
    here = BucketArchive(bucket(s3_server, prefix="race"))
    await obstore.put_async(here._store, "log/1", b"the other's")
    assert await here.put_once("log/1", b"ours") == b"the other's"
