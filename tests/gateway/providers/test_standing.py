"""How a line stands after looks at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.providers.standing import Standing, judged, news
from peppol.message import Condition, Health

START = datetime(2026, 11, 21, 8, tzinfo=UTC)
WELL, REFUSES, GONE = Condition.WELL, Condition.REFUSES_US, Condition.UNREACHABLE


def stories(*looks: Condition) -> list[Standing]:
    """Looks a minute apart, and what each came to."""
    told: list[Standing] = []
    for minute, condition in enumerate(looks):
        now = START + timedelta(minutes=minute)
        told.append(judged(told[-1] if told else None, Health(condition, f"at {minute}"), now=now))
    return told


@pytest.mark.parametrize(
    ("looks", "conditions", "since"),
    [
        ([WELL, WELL], [WELL, WELL], 0),
        ([WELL, GONE], [WELL, WELL], 0),
        ([WELL, GONE, GONE], [WELL, WELL, GONE], 1),
        ([WELL, GONE, WELL, GONE], [WELL, WELL, WELL, WELL], 0),
        ([WELL, GONE, REFUSES], [WELL, WELL, REFUSES], 2),
        ([GONE], [GONE], 0),
        ([REFUSES, REFUSES], [REFUSES, REFUSES], 0),
        ([WELL, GONE, GONE, GONE, WELL], [WELL, WELL, GONE, GONE, WELL], 4),
        ([REFUSES, GONE, GONE], [REFUSES, REFUSES, GONE], 1),
    ],
)
def test_one_silence_is_a_doubt_and_the_second_an_outage(
    looks: list[Condition], conditions: list[Condition], since: int
) -> None:
    told = stories(*looks)
    assert [one.condition for one in told] == conditions
    assert told[-1].since == START + timedelta(minutes=since)


def test_a_doubt_is_looked_at_again_soon_and_keeps_what_is_known() -> None:
    well, doubted = stories(WELL, GONE)
    assert doubted.detail == well.detail
    assert doubted.look_at - doubted.looked_at < well.look_at - well.looked_at


def test_an_older_look_changes_nothing() -> None:
    *_, last = stories(WELL, WELL, WELL)
    assert judged(last, Health(REFUSES), now=START + timedelta(minutes=1)) is last


def test_a_long_answer_is_cut_and_holds_nothing_that_cant_be_kept() -> None:
    told = judged(None, Health(REFUSES, "no\0" * 1000), now=START)
    assert "\0" not in told.detail
    assert len(told.detail) == 500


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([WELL, REFUSES, GONE]), min_size=1, max_size=12))
def test_news_is_told_once_for_each_change(looks: list[Condition]) -> None:
    told = stories(*looks)
    heard = [WELL]
    for before, after in pairwise([None, *told]):
        assert after is not None
        assert after.since <= after.looked_at < after.look_at
        if news(before, after):
            assert after.condition is not heard[-1]
            heard.append(after.condition)
    assert heard[-1] is told[-1].condition
