"""What both confined processes share: a process that rests is ended, and one that is asked again starts anew."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
import pytest

from ingestion.confinement import Confinement, Role
from ingestion.readers.confined import Confined
from tests.ingestion.readers.papers import pdf


def eventually(true: object) -> bool:
    until = time.monotonic() + 60
    while not true() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.02)
    return bool(true())  # type: ignore[operator]


class Resting(Confined):
    """Ended after so many seconds without a document."""

    def __init__(self, idle: float) -> None:
        super().__init__()
        self._role = Role(
            module=self._role.module, argument=self._role.argument, does="rests", patience=60, uses=2, idle=idle
        )


@pytest.fixture
def resting() -> Iterator[Resting]:
    with Resting(0.2) as confined:
        yield confined


def pid_of(confined: Confinement) -> int | None:
    return confined._process._process.pid if confined._process is not None else None


def test_an_idle_process_is_ended_and_the_next_question_starts_another(resting: Resting) -> None:
    resting.read(pdf())
    (first,) = {each.pid for each in psutil.Process().children()} & {pid_of(resting)} or {None}
    assert first is not None or resting._process is None
    assert eventually(lambda: resting._process is None)
    assert first is None or not psutil.pid_exists(first)
    assert resting.read(pdf()).transcript.pages


def test_a_process_that_is_asked_again_goes_on() -> None:
    with Resting(3_600) as confined:
        confined.read(pdf())
        first = pid_of(confined)
        watch = confined._watch
        assert watch is not None
        confined.read(pdf())
        assert (pid_of(confined), confined._watch) == (first, watch)
        confined.read(pdf())
        assert pid_of(confined) != first  # two uses are its last
    assert confined._watch is None


def test_resting_waits_from_the_last_question() -> None:
    with Resting(3_600) as confined:
        confined.read(pdf())
        confined._rest_later(0)  # the watch ends early, and finds that the process was asked meanwhile
        assert eventually(lambda: confined._watch is not None and confined._watch.interval > 1)
        assert confined._process is not None
