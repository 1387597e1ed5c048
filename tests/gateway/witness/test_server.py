"""The witness as a process of its own: real HTTP, bounded bodies, killed at the worst moment."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from ledger.cosignature import check_cosignatures
from tests.gateway.witness.process import KILLED_AFTER_KEEPING, WitnessProcess
from tests.ledger.logs import SmallLog


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessProcess]:
    process = WitnessProcess(tmp_path_factory.mktemp("witness") / "w1")
    yield process.start()
    process.kill()


@pytest.fixture
def log(witness: WitnessProcess, request: pytest.FixtureRequest) -> SmallLog:
    log = SmallLog(f"gateway.example/ledger/{request.node.name}").grow(10)
    witness.knows(log.key)
    return log


def test_it_cosigns_over_http_and_shows_what_it_saw(witness: WitnessProcess, log: SmallLog) -> None:
    answer = witness.add(log.asks(0, 4).encode())
    assert answer.status_code == 200
    (line,) = check_cosignatures(log.note(4) + answer.content, [witness.key])
    kept = httpx.get(f"{witness.url}/checkpoints/{sha256(log.origin.encode()).hexdigest()}", trust_env=False)
    assert kept.content == log.note(4) + answer.content
    assert line.witness.name == witness.name


def test_a_size_that_is_not_the_last_one_is_answered_with_the_last_one(witness: WitnessProcess, log: SmallLog) -> None:
    witness.add(log.asks(0, 4).encode())
    answer = witness.add(log.asks(0, 10).encode())
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (409, "text/x.tlog.size", b"4\n")
    assert witness.add(log.asks(4, 10).encode()).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404), ("GET", "/add-checkpoint", 405), ("PUT", "/key", 405),
        ("GET", "/checkpoints/" + "0" * 64, 404), ("GET", "/checkpoints/" + "A" * 64, 404),
        ("GET", "/checkpoints/%2e%2e%2fkey", 404),
    ],
)  # fmt: skip
def test_there_is_nothing_else_to_see(witness: WitnessProcess, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, witness.url + path, trust_env=False)
    assert answer.status_code == status
    assert b"PRIVATE" not in answer.content


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"old 0\n\nnothing", 400), (b"\xff" * 100, 400), (b"x" * 70_000, 413)]
)
def test_a_bad_body_is_refused(witness: WitnessProcess, body: bytes, status: int) -> None:
    assert witness.add(body).status_code == status


def test_who_hangs_up_in_the_middle_disturbs_nobody(witness: WitnessProcess, log: SmallLog) -> None:
    with socket.create_connection(("127.0.0.1", witness.port)) as rude:
        rude.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 5000\r\n\r\nold 0\n")
    assert witness.add(log.asks(0).encode()).status_code == 200


def test_killed_between_keeping_and_answering_it_remembers(tmp_path: Path) -> None:
    log = SmallLog().grow(10)
    witness = WitnessProcess(tmp_path / "w1")
    witness.knows(log.key)
    witness.start(before=KILLED_AFTER_KEEPING)
    with pytest.raises(httpx.TransportError):
        witness.add(log.asks(0, 4).encode())
    assert witness.ended() == -signal.SIGKILL
    witness.start()
    try:
        other = log.rewritten(keep=0, count=4)
        assert witness.add(other.asks(0).encode()).content == b"4\n", "nobody else's history in between"
        assert witness.add(log.asks(4, 4).encode()).status_code == 200, "the same again, to have its line"
        assert witness.add(log.asks(4).encode()).status_code == 200
    finally:
        assert witness.stop() == 0


def test_a_witness_says_why_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "w1").mkdir()
    (tmp_path / "w1" / "logs").write_text("nonsense\n")
    with pytest.raises(AssertionError, match="line 1: a key is written"):
        WitnessProcess(tmp_path / "w1").start()
