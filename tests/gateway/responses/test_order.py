"""The order of answers, walked code by code; and the words for each."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pages.texts import TEXTS
from gateway.responses import words
from gateway.responses.order import COMMITTING, FOLLOWS, Standing, standing
from gateway.responses.states import EVIDENCED, TRANSITIONS, State
from peppol.statuses import MEANINGS, Corner, Outcome
from ubl.response import CODES, Clarification, Code, Condition, Kind

# Written out a second time on purpose: the whole answer to each question "may this follow that?".
MAY = {
    "silent": "AB IP UQ CA AP RE",
    "AB": "IP UQ CA AP RE",
    "IP": "UQ CA AP RE",
    "UQ": "IP UQ CA AP RE",
    "CA": "UQ CA AP RE PD",
    "AP": "PD",
    "RE": "",
    "PD/PPD": "PD",
    "PD": "",
}
PART = Clarification(kind=Kind.REASON, code="PPD", text="Half of it.")


@pytest.mark.parametrize(("present", "code"), list(itertools.product(Standing, Code)))
def test_what_may_follow_what(present: Standing, code: Code) -> None:
    assert (code in FOLLOWS[present]) is (code.value in MAY[present.value].split())


def test_every_standing_has_its_row_and_every_code_leads_to_one() -> None:
    assert set(FOLLOWS) == set(Standing)
    assert {standing(code, ()) for code in Code} == set(Standing) - {Standing.SILENT, Standing.PARTLY_PAID}
    assert standing(Code.PAID, (PART,)) is Standing.PARTLY_PAID


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(Code), max_size=12))
def test_no_walk_says_anything_after_the_last_word(codes: list[Code]) -> None:
    present, told = Standing.SILENT, list[Code]()
    for code in codes:
        if code in FOLLOWS[present]:
            present = standing(code, ())
            told.append(code)
    if Code.REJECTED in told:
        assert told[-1] is Code.REJECTED
    if Code.PAID in told:
        assert told[-1] is Code.PAID
        assert told[-2] in {Code.ACCEPTED, Code.CONDITIONALLY_ACCEPTED}
    if Code.ACCEPTED in told:
        assert set(told[told.index(Code.ACCEPTED) + 1 :]) <= {Code.PAID}


def test_what_is_owed_is_decided_by_these() -> None:
    assert {Code.CONDITIONALLY_ACCEPTED, Code.ACCEPTED, Code.REJECTED} == COMMITTING


def test_every_code_is_one_word_of_the_buyer() -> None:
    assert set(words.OUTCOMES) == set(Code)
    told = {outcome for outcome, meaning in MEANINGS.items() if meaning.corner is Corner.BUYER}
    assert set(words.OUTCOMES.values()) == told


def test_every_code_has_words_in_both_languages() -> None:
    wanted = {f"answer.{code}" for code in Code} | {f"state.answer.{state}" for state in State}
    wanted |= {f"reason.{code}" for code in CODES[Kind.REASON]} | {f"action.{code}" for code in CODES[Kind.ACTION]}
    wanted |= {f"step.asked.{code}" for code in CODES[Kind.ACTION] - {"NOA"}}
    assert wanted <= set(TEXTS)


def test_an_answer_is_told_in_plain_words() -> None:
    told = (
        Clarification(
            kind=Kind.REASON, code="QTY", text="Eight came", conditions=(Condition(term="IBT-129", value="8"),)
        ),
        Clarification(kind=Kind.ACTION, code="CNP"),
    )
    said = words.reason(told, "Sorry.")
    assert said == "Quantity: Eight came (IBT-129: 8); Credit a part of it; Sorry."
    assert words.reason((), None) == ""
    assert "Quantity" not in words.reason(told, None, "ar")


@pytest.mark.parametrize(
    ("code", "actions", "step"),
    [
        (Code.REJECTED, ("NIN",), "step.asked.NIN"),
        (Code.REJECTED, ("CNF",), "step.asked.CNF"),
        (Code.REJECTED, (), "do.buyer_rejected"),
        (Code.REJECTED, ("NOA",), "do.buyer_rejected"),
        (Code.UNDER_QUERY, ("PIN",), "step.asked.PIN"),
        (Code.UNDER_QUERY, (), "do.buyer_queries"),
        (Code.CONDITIONALLY_ACCEPTED, (), "do.buyer_accepted_conditionally"),
        (Code.ACCEPTED, (), None),
        (Code.PAID, (), None),
        (Code.ACKNOWLEDGED, (), None),
        (Code.IN_PROCESS, (), None),
    ],
)
def test_the_next_step_is_what_the_buyer_asks_for(code: Code, actions: tuple[str, ...], step: str | None) -> None:
    asked = tuple(Clarification(kind=Kind.ACTION, code=action) for action in actions)
    assert words.next_step(code, asked) == (TEXTS[step].en if step else "")


def test_a_rejection_that_asks_for_two_things_says_both() -> None:
    asked = tuple(Clarification(kind=Kind.ACTION, code=code) for code in ("CNF", "NIN", "CNF"))
    step = words.next_step(Code.REJECTED, asked)
    assert step == f"{TEXTS['step.asked.CNF'].en} {TEXTS['step.asked.NIN'].en}"


def test_a_response_that_was_taken_is_never_sent_again() -> None:
    assert set(TRANSITIONS) == set(State)
    assert TRANSITIONS[State.SENT] == frozenset()
    assert {before for before, after in TRANSITIONS.items() if State.QUEUED in after} == {State.FAILED}
    assert {State.SENT, State.FAILED} == EVIDENCED


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if MEANINGS[outcome].corner is Corner.BUYER])
def test_each_word_of_the_buyer_has_a_code(outcome: Outcome) -> None:
    assert words.OUTCOMES[Code(MEANINGS[outcome].code)] is outcome
