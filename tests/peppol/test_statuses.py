"""Reports may come twice, late and in any order: the end is the same."""

from __future__ import annotations

from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from peppol.statuses import MEANINGS, Corner, Outcome, stronger


def test_every_outcome_has_a_meaning_and_no_two_of_a_corner_tie() -> None:
    assert set(MEANINGS) == set(Outcome)
    assert len({(row.corner, row.rank) for row in MEANINGS.values()}) == len(Outcome)


def test_whoever_must_act_is_told_how() -> None:
    assert all(row.next_step for row in MEANINGS.values() if row.negative)


def test_bad_news_outranks_good_news_of_the_same_corner() -> None:
    for corner in Corner:
        rows = [row for row in MEANINGS.values() if row.corner is corner]
        assert min(r.rank for r in rows if r.negative) > max(r.rank for r in rows if not r.negative)


def test_the_higher_rank_stands() -> None:
    assert stronger(Outcome.DELIVERED, Outcome.UNDELIVERABLE) is Outcome.UNDELIVERABLE
    assert stronger(Outcome.BUYER_PAID, Outcome.BUYER_RECEIVED) is Outcome.BUYER_PAID
    assert stronger(None, Outcome.REPORTED) is stronger(Outcome.REPORTED, None) is Outcome.REPORTED
    assert stronger(None, None) is None


@settings(max_examples=60, deadline=None)
@given(data=st.data(), corner=st.sampled_from(Corner))
def test_order_and_repetition_make_no_difference(data: st.DataObject, corner: Corner) -> None:
    own = [outcome for outcome in Outcome if MEANINGS[outcome].corner is corner]
    reports = data.draw(st.lists(st.sampled_from(own), min_size=1, max_size=8))
    shuffled = data.draw(st.permutations(reports * 2))
    assert reduce(stronger, shuffled, None) == reduce(stronger, reports, None)
