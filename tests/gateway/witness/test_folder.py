"""What a witness keeps: its key, the logs it knows, the last it cosigned; and that no two requests pass at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.witness.folder import WitnessFolder, WitnessRefuses
from ledger.cosignature import LOG, NoteKey, check_cosignatures
from ledger.errors import WitnessMalformed
from ledger.witness import AddCheckpoint, Answer
from tests.ledger.logs import SmallLog

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
NAME = "witness.example/w1"


@pytest.fixture
def log() -> SmallLog:
    return SmallLog().grow(10)


@pytest.fixture
def folder(tmp_path: Path, log: SmallLog) -> Iterator[WitnessFolder]:
    (tmp_path / "logs").write_text(f"# known\n{log.key.text()}  # the gateway's\n")
    made = WitnessFolder(tmp_path, NAME)
    yield made
    made.close()


def add(folder: WitnessFolder, asked: AddCheckpoint, offered: str = "") -> Answer:
    return folder.add_checkpoint(asked.encode(), offered, now=NOW)


def kept(path: Path, log: SmallLog) -> bytes:
    return (path / "seen" / sha256(log.origin.encode()).hexdigest()).read_bytes()


def test_what_it_cosigned_is_kept_before_it_answers(folder: WitnessFolder, tmp_path: Path, log: SmallLog) -> None:
    got = add(folder, log.asks(0, 4))
    assert got.status == 200
    assert kept(tmp_path, log) == log.note(4) + got.body == folder.last(sha256(log.origin.encode()).hexdigest())
    assert check_cosignatures(kept(tmp_path, log), [folder.cosigner.key])
    assert add(folder, log.asks(0, 10)).body == b"4\n"
    assert add(folder, log.asks(4, 10)).status == 200


def test_it_remembers_when_it_is_opened_again(folder: WitnessFolder, tmp_path: Path, log: SmallLog) -> None:
    add(folder, log.asks(0, 4))
    key = folder.cosigner.key
    folder.close()
    (tmp_path / ".arriving-0011").write_bytes(b"left by one that was killed")
    again = WitnessFolder(tmp_path, NAME)
    assert again.cosigner.key == key
    assert add(again, log.rewritten(keep=0, count=4).asks(0)).body == b"4\n"
    assert not list(tmp_path.glob(".arriving*"))
    again.close()


def test_of_many_at_once_only_one_passes(folder: WitnessFolder, log: SmallLog) -> None:
    """Two histories of one log by its own key, from the same size, 16 times each, all at the same moment."""
    assert add(folder, log.asks(0, 4)).status == 200
    other = log.rewritten(keep=4, count=10)
    together = threading.Barrier(16)
    answers: list[Answer] = []

    def ask(asked: AddCheckpoint) -> None:
        together.wait()
        answers.append(add(folder, asked))

    threads = [threading.Thread(target=ask, args=[(log if n % 2 else other).asks(4, 10)]) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [409] * 15


def test_only_known_logs_are_cosigned(folder: WitnessFolder, tmp_path: Path) -> None:
    stranger = SmallLog("gateway.example/ledger/2").grow(3)
    assert add(folder, stranger.asks(0), stranger.key.text()).status == 404
    with (tmp_path / "logs").open("a") as file:
        file.write(stranger.key.text())
    assert add(folder, stranger.asks(0)).status == 200, "told of it while it runs"


def test_a_replaced_key_is_a_second_line(folder: WitnessFolder, tmp_path: Path, log: SmallLog) -> None:
    assert add(folder, log.asks(0, 4)).status == 200
    fresh = SmallLog(log.origin)
    fresh.leaves = log.leaves
    assert add(folder, fresh.asks(4)).status == 403
    with (tmp_path / "logs").open("a") as file:
        file.write(fresh.key.text())
    assert add(folder, fresh.asks(4)).status == 200


def test_a_log_is_learned_only_when_told_so_only_once_and_only_by_its_own_key(tmp_path: Path) -> None:
    log, thief = SmallLog().grow(5), SmallLog().grow(5)
    elsewhere = SmallLog("other.example/ledger/1").grow(5)
    folder = WitnessFolder(tmp_path, NAME, learn="gateway.example/")
    assert add(folder, log.asks(0)).status == 404, "no key was offered"
    assert add(folder, log.asks(0), elsewhere.key.text()).status == 404, "another log's key"
    assert add(folder, log.asks(0), thief.key.text()).status == 403, "a key that didn't sign"
    assert add(folder, elsewhere.asks(0), elsewhere.key.text()).status == 404, "not what it was told to learn"
    assert not (tmp_path / "learned").exists()
    assert add(folder, log.asks(0, 3), log.key.text()).status == 200
    assert add(folder, thief.asks(3), thief.key.text()).status == 403, "the first key counts"
    folder.close()
    again = WitnessFolder(tmp_path, NAME)
    assert add(again, log.asks(3)).status == 200, "learned for good"
    again.close()


def test_a_disk_that_fails_means_no_answer_and_no_change(
    folder: WitnessFolder, tmp_path: Path, log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(folder, log.asks(0, 4))
    before = kept(tmp_path, log)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        add(folder, log.asks(4))
    monkeypatch.undo()
    assert kept(tmp_path, log) == before
    assert not list(tmp_path.glob(".arriving*"))
    assert add(folder, log.asks(4)).status == 200


def test_a_damaged_memory_is_not_taken_for_none(folder: WitnessFolder, tmp_path: Path, log: SmallLog) -> None:
    add(folder, log.asks(0, 4))
    (tmp_path / "seen" / sha256(log.origin.encode()).hexdigest()).write_bytes(b"")
    with pytest.raises(OSError, match="damaged"):
        add(folder, log.asks(0))


def test_its_key_is_its_own(folder: WitnessFolder, tmp_path: Path, log: SmallLog) -> None:
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    add(folder, log.asks(0))
    folder.close()
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(WitnessRefuses, match="can be read by others"):
        WitnessFolder(tmp_path, NAME)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "key").rename(tmp_path / "elsewhere")
    with pytest.raises(WitnessRefuses, match="is gone"):
        WitnessFolder(tmp_path, NAME)
    (tmp_path / "key").write_bytes(b"nothing")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(WitnessRefuses, match="no private key"):
        WitnessFolder(tmp_path, NAME)


def test_two_processes_never_share_a_memory(folder: WitnessFolder, tmp_path: Path) -> None:
    with pytest.raises(WitnessRefuses, match="another witness has the folder"):
        WitnessFolder(tmp_path, NAME)


def test_a_slip_in_the_list_of_logs_is_told_at_the_start(tmp_path: Path, log: SmallLog) -> None:
    (tmp_path / "logs").write_text(f"{log.key.text()}\n{log.key.text()[:-8]}\n")
    with pytest.raises(WitnessRefuses, match="logs, line 2: a key is written"):
        WitnessFolder(tmp_path, NAME)
    (tmp_path / "logs").write_text("")
    with pytest.raises(WitnessMalformed, match="can't name a witness"):
        WitnessFolder(tmp_path, "two words")


def test_a_key_of_a_witness_is_no_key_of_a_log(tmp_path: Path, log: SmallLog) -> None:
    (tmp_path / "logs").write_text(NoteKey(log.origin, 4, log.key.public).text())
    with pytest.raises(WitnessRefuses, match=f"a log's has {LOG:#04x}"):
        WitnessFolder(tmp_path, NAME)
