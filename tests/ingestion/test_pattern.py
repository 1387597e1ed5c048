"""Amounts out of a supplier's pattern: what is far off is said with its figures, what always varied isn't."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.pattern import FEWEST, MOST, Oddity, Past, unusual


def aed(*amounts: object) -> list[Past]:
    return [Past(Decimal(str(amount)), "AED") for amount in amounts]


RENT = aed(*[10500] * 10)
DELIVERIES = aed(1000, 1100, 950, 1200, 1050, 990, 1020, 1130, 1080)
PROJECTS = aed(800, 25_000, 3_000, 90_000, 1_500, 12_000, 400, 45_000, 7_000)


@pytest.mark.parametrize(
    ("history", "amount", "kind"),
    [
        (RENT, 10500, None),
        (RENT, 11025, None),  # a rent that rose by a twentieth
        (RENT, 15600, None),
        (RENT, 15700, Oddity.HIGH),  # e to the 0.4 is 1.4918
        (RENT, 7100, None),
        (RENT, 7000, Oddity.LOW),
        (DELIVERIES, 1400, None),
        (DELIVERIES, 10_000, Oddity.HIGH),  # a nought too many
        (DELIVERIES, 105, Oddity.LOW),
        (PROJECTS, 120_000, None),
        (PROJECTS, 400, None),
        (DELIVERIES[: FEWEST - 1], 1_000_000, None),
        (DELIVERIES, -1050, None),
        (DELIVERIES, -105_000, Oddity.HIGH),
        (DELIVERIES, 0, None),
        ([], 5, None),
    ],
)
def test_what_is_far_off_is_said(history: list[Past], amount: int, kind: Oddity | None) -> None:
    found = unusual(aed(amount)[0], history)
    assert [each.kind for each in found] == ([kind] if kind else [])


def test_it_is_explained_in_figures() -> None:
    (found,) = unusual(aed("12600")[0], DELIVERIES)
    assert found.usual == Decimal("1050.00")
    assert found.lowest is not None and found.highest is not None and found.lowest < 950 < 1200 < found.highest < 12600
    assert found.words.startswith("12,600.00 AED is 12.0 times the usual 1,050.00 of this supplier's last 9 bills")


def test_a_few_odd_ones_in_the_past_hide_nothing() -> None:
    """The mean of these is 12,000; the median doesn't care."""
    history = DELIVERIES + aed(100_000, 1)
    assert [each.kind for each in unusual(aed(10_000)[0], history)] == [Oddity.HIGH]


def test_a_currency_that_never_was_is_said_and_amounts_are_compared_in_their_own() -> None:
    dollars = Past(Decimal(280), "USD")
    (found,) = unusual(dollars, DELIVERIES)
    assert found.kind is Oddity.CURRENCY and "they were in AED" in found.words
    assert unusual(dollars, [*DELIVERIES, dollars]) == ()
    assert unusual(dollars, DELIVERIES[: FEWEST - 1]) == ()


def test_what_was_usual_long_ago_is_not_any_more() -> None:
    assert unusual(aed(9000)[0], aed(*[9000] * MOST) + aed(*[90] * 500)) == ()
    assert unusual(aed(90)[0], aed(*[9000] * MOST) + aed(*[90] * 500)) != ()


amounts = st.decimals(Decimal("0.01"), Decimal(10) ** 12, places=2)
histories = st.lists(amounts, min_size=FEWEST, max_size=30).map(lambda many: aed(*many))


@settings(max_examples=100, deadline=None)
@given(amounts, histories, st.randoms(use_true_random=False))
def test_order_says_nothing_and_the_bounds_are_those_told(amount: Decimal, history: list[Past], chance) -> None:
    found = unusual(Past(amount, "AED"), history)
    shuffled = history.copy()
    chance.shuffle(shuffled)
    assert unusual(Past(amount, "AED"), shuffled) == found
    for each in found:
        assert each.lowest is not None and each.highest is not None and each.usual is not None
        assert each.lowest <= each.usual <= each.highest
        cent = Decimal("0.01")
        assert amount >= each.highest - cent if each.kind is Oddity.HIGH else amount <= each.lowest + cent


@settings(max_examples=100, deadline=None)
@given(histories, st.sampled_from([10, 100, 1000]))
def test_the_unit_of_money_makes_no_difference(history: list[Past], by: int) -> None:
    amount = Past(Decimal(5000), "AED")
    bigger = [Past(past.amount * by, "AED") for past in history]
    kinds = [each.kind for each in unusual(amount, history)]
    assert [each.kind for each in unusual(Past(amount.amount * by, "AED"), bigger)] == kinds


@settings(max_examples=100, deadline=None)
@given(histories)
def test_the_median_of_the_past_is_never_unusual_nor_what_lies_in_the_middle(history: list[Past]) -> None:
    ordered = sorted(past.amount for past in history)
    assert unusual(Past(ordered[len(ordered) // 2], "AED"), history) == ()


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=True, allow_infinity=True), st.lists(st.decimals(allow_nan=True), max_size=12))
def test_no_amount_upsets_it(amount: Decimal, history: list[Decimal]) -> None:
    unusual(Past(amount, "AED"), [Past(each, "AED") for each in history])
