"""A host that fails is left alone for a while, then tried by one call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.providers.circuits import FAILURES, FIRST, LONGEST, TRIAL, Circuits

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
HOST, ACCOUNT = "provider.example", "one"


@pytest.fixture
def circuits() -> Circuits:
    return Circuits()


def failing(circuits: Circuits, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        circuits.enter(HOST, now)
        circuits.failed(HOST, now)


def test_it_opens_after_so_many_failures_in_a_row(circuits: Circuits) -> None:
    failing(circuits, FAILURES - 1)
    assert circuits.wait(HOST, ACCOUNT, NOW) is None
    failing(circuits, 1)
    wait = circuits.wait(HOST, ACCOUNT, NOW)
    assert wait is not None
    assert FIRST <= wait <= FIRST * 1.25
    assert circuits.wait("other.example", ACCOUNT, NOW) is None


def test_an_answer_in_between_begins_the_count_anew(circuits: Circuits) -> None:
    failing(circuits, FAILURES - 1)
    circuits.answered(HOST)
    failing(circuits, FAILURES - 1)
    assert circuits.wait(HOST, ACCOUNT, NOW) is None


def test_one_call_tries_it_and_the_others_wait_for_its_outcome(circuits: Circuits) -> None:
    failing(circuits, FAILURES)
    later = NOW + FIRST
    assert circuits.wait(HOST, ACCOUNT, later) is None
    circuits.enter(HOST, later)
    assert circuits.wait(HOST, ACCOUNT, later) is not None
    circuits.answered(HOST)
    assert circuits.wait(HOST, ACCOUNT, later) is None


def test_a_failed_trial_opens_it_for_longer_up_to_a_bound(circuits: Circuits) -> None:
    failing(circuits, FAILURES)
    now, waits = NOW, []
    for _ in range(8):
        now += LONGEST
        failing(circuits, 1, now)
        waits.append(circuits.wait(HOST, ACCOUNT, now))
    assert waits[0] is not None
    assert waits[-1] is not None
    assert waits[0] >= FIRST * 2
    assert LONGEST <= waits[-1] <= LONGEST * 1.25


def test_a_trial_that_never_told_its_outcome_is_forgotten(circuits: Circuits) -> None:
    failing(circuits, FAILURES)
    circuits.enter(HOST, NOW + FIRST)
    assert circuits.wait(HOST, ACCOUNT, NOW + FIRST + TRIAL) is None


def test_a_pause_is_one_accounts_business(circuits: Circuits) -> None:
    circuits.pause(ACCOUNT, NOW + timedelta(seconds=30))
    circuits.pause(ACCOUNT, NOW + timedelta(seconds=10))
    wait = circuits.wait(HOST, ACCOUNT, NOW)
    assert wait is not None
    assert wait >= timedelta(seconds=30)
    assert circuits.wait(HOST, "two", NOW) is None
    assert circuits.wait(HOST, ACCOUNT, NOW + timedelta(seconds=30)) is None
