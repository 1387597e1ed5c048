"""The machine of a bill, over every pair of states, and what the database itself refuses."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.bills.models import MACHINE
from gateway.bills.states import ACCEPTED, EVIDENCED, OPEN, TRANSITIONS, UNACCEPTED, State

TABLE = """
              RECEIVED NEEDS_REVIEW FAILED READ MATCHED EXCEPTION APPROVED REFUSED PAID DISCARDED
RECEIVED         -          x         x     x      -        -        -        -     -      x
NEEDS_REVIEW     x          -         -     x      -        -        -        -     -      x
FAILED           x          -         -     -      -        -        -        -     -      x
READ             -          -         -     -      x        x        -        -     -      -
MATCHED          -          -         -     -      x        x        x        x     -      -
EXCEPTION        -          -         -     -      x        x        x        x     -      -
APPROVED         -          -         -     -      -        -        -        -     x      -
REFUSED          -          -         -     -      -        -        -        -     -      -
PAID             -          -         -     -      -        -        -        -     -      -
DISCARDED        x          -         -     -      -        -        -        -     -      -
"""


def _allowed() -> set[tuple[str, str]]:
    head, *rows = TABLE.strip().splitlines()
    names = head.split()
    return {
        (row.split()[0], name) for row in rows for name, sign in zip(names, row.split()[1:], strict=True) if sign == "x"
    }


@pytest.mark.parametrize(("present", "wanted"), list(product(State, State)))
def test_a_state_follows_another_exactly_where_the_table_says(present: State, wanted: State) -> None:
    assert MACHINE.allows(present, wanted) == ((present, wanted) in _allowed())


def test_every_state_is_in_the_table_and_reached_from_the_first() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {State.RECEIVED}
    while more := {State(to) for state in reached for to in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(State)


def test_whatever_counts_for_money_is_evidenced() -> None:
    assert set(State) - UNACCEPTED == EVIDENCED
    assert not UNACCEPTED & ACCEPTED
    assert OPEN < ACCEPTED
