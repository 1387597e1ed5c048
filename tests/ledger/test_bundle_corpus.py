"""Every bad bundle fails, names its entry and its reason; the honest ones hold."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ledger.verifier import verify
from tests.ledger.bundles import corpus
from tests.ledger.bundles.defects import TABLE, Expected

COMMITTED = msgspec.json.decode(corpus.STATED.read_bytes(), type=list[Expected])


def named(expected: Expected) -> str:
    return expected.file.removesuffix(".zip")


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as they are committed."""
    folder = tmp_path_factory.mktemp("committed")
    corpus.unpack(folder)
    return folder


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, made now with today's writer and other keys."""
    folder = tmp_path_factory.mktemp("fresh")
    corpus.make(folder)
    return folder


def judge(folder: Path, expected: Expected) -> None:
    since = (folder / expected.since).read_bytes() if expected.since else None
    wish = verify.Wish(level=int(expected.level[1]), deep=expected.deep, since=since)
    report = verify.as_json(verify.verify(str(folder / expected.file), wish))
    first = report["first_bad"] or {"reason": None, "seq": None}
    assert (report["status"], first["reason"], first["seq"]) == (expected.status, expected.reason, expected.seq), report


@pytest.mark.parametrize("expected", COMMITTED, ids=named)
def test_the_committed(committed: Path, expected: Expected) -> None:
    judge(committed, expected)


@pytest.mark.parametrize("expected", [expected for expected, _ in TABLE], ids=named)
def test_made_now(fresh: Path, expected: Expected) -> None:
    judge(fresh, expected)


def test_the_committed_are_those_of_the_table_and_small() -> None:
    assert [expected for expected, _ in TABLE] == COMMITTED
    assert corpus.ARCHIVE.stat().st_size < 400_000


def test_exit_codes_say_it_too(committed: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for name, code, word in (
        ("good", 0, b"OK"),
        ("amount", 1, b"entry 4: CONTENT_ALTERED"),
        ("no-manifest", 2, b"UNUSABLE"),
    ):
        assert verify.main([str(committed / f"{name}.zip"), "--processes", "1"]) == code
        assert word in capfdbinary.readouterr().out
