"""The five truths and the line over them, over everything that can be known about a document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from gateway.outbound.facts import Known, Mark, Station, judge
from gateway.outbound.headlines import HEADLINES, Tone, headline
from gateway.outbound.states import State
from gateway.outbox.sending import NEXT_STEPS
from gateway.pages.texts import TEXTS
from gateway.sandbox.faults import EFFECTS, Fault
from gateway.sandbox.outcomes import COURSES
from peppol.statuses import MEANINGS, Corner, Outcome


def told(corner: Corner) -> list[Outcome | None]:
    return [None, *(outcome for outcome, meaning in MEANINGS.items() if meaning.corner is corner)]


PROBLEMS = [None, *(problem for problem, _ in NEXT_STEPS.values())]


def unsure(known: Known) -> bool:
    return known.uncertain or known.problem == "unknown"


def everything() -> Iterator[Known]:
    """The whole product, also what can't come about: the functions know no impossible case."""
    for state, uncertain, problem, given_up, predefined, c3, c5, buyer in product(
        State,
        [False, True],
        PROBLEMS,
        [False, True],
        [False, True],
        told(Corner.C3),
        told(Corner.C5),
        told(Corner.BUYER),
    ):
        yield Known(
            state=state, uncertain=uncertain, problem=problem, given_up=given_up, predefined=predefined,
            c3=c3, c5=c5, buyer=buyer,
        )  # fmt: skip


def test_every_combination_is_judged_and_silence_is_never_a_yes() -> None:
    for known in everything():
        five = judge(known)
        marks = {station: truth.mark for station, truth in five}
        assert marks[Station.SEALED] is (Mark.OPEN if known.state is State.DRAFT else Mark.YES)
        if marks[Station.SENDER] is Mark.YES:
            assert known.state is State.SENT or known.spoken, known
        if marks[Station.RECEIVER] is Mark.YES:
            assert known.c3 in {Outcome.TAKEN, Outcome.DELIVERED} or (known.c3 is None and known.buyer is not None)
        if marks[Station.AUTHORITY] is Mark.YES:
            assert known.c5 is Outcome.REPORTED, known
        if marks[Station.BUYER] is Mark.YES:
            assert known.buyer is not None and not MEANINGS[known.buyer].negative


def test_silence_is_never_a_no_either() -> None:
    """A document may be called not sent only where that is sure: else somebody might send or issue it again."""
    for known in everything():
        marks = {station: truth.mark for station, truth in judge(known)}
        if marks[Station.SENDER] is Mark.NO:
            assert known.state is State.FAILED and not unsure(known) and not known.spoken, known
        for station, word in (
            (Station.RECEIVER, known.c3),
            (Station.AUTHORITY, known.c5),
            (Station.BUYER, known.buyer),
        ):
            if marks[station] is Mark.NO:
                assert word is not None and MEANINGS[word].negative, known
            if word is not None and MEANINGS[word].negative:
                assert marks[station] is Mark.NO, "bad news is never hidden"
        if unsure(known) and known.state is not State.SENT and not known.spoken:
            assert marks[Station.SENDER] is Mark.UNKNOWN, known


def test_a_predefined_address_has_no_receiver_and_no_buyer_who_could_answer() -> None:
    for known in everything():
        marks = {station: truth.mark for station, truth in judge(known)}
        if known.predefined and known.c3 is None and known.buyer is None:
            assert (marks[Station.RECEIVER], marks[Station.BUYER]) == (Mark.NOT_APPLICABLE, Mark.NOT_APPLICABLE)
            if known.state is not State.REJECTED or known.spoken or unsure(known):
                assert marks[Station.AUTHORITY] is not Mark.NOT_APPLICABLE, "it is reported all the same"


def test_a_headline_says_no_yes_that_is_not_one_of_the_five() -> None:
    needs = {
        "paid": Station.BUYER,
        "accepted": Station.BUYER,
        "accepted-conditionally": Station.BUYER,
        "delivered": Station.RECEIVER,
        "taken": Station.RECEIVER,
        "reported": Station.AUTHORITY,
        "reported-only": Station.AUTHORITY,
        "sent": Station.SENDER,
        "sent-to-authority": Station.SENDER,
    }
    seen = set()
    for known in everything():
        five, line = judge(known), headline(known)
        seen.add(line.code)
        marks = {station: truth.mark for station, truth in five}
        if (station := needs.get(line.code)) is not None:
            assert marks[station] is Mark.YES, (known, line)
        if line.addition is not None:
            assert line.addition == f"headline.and.{marks[Station.AUTHORITY]}"
        if line.tone is Tone.GOOD:
            assert Mark.NO not in (marks[Station.AUTHORITY], marks[Station.SENDER], marks[Station.BUYER]), (known, line)
    assert seen == set(HEADLINES), "no headline that never stands, none that has no row"


def test_wherever_something_went_wrong_a_next_step_is_named() -> None:
    for known in everything():
        five = judge(known)
        if any(truth.mark is Mark.NO for _, truth in five):
            assert five.step is not None, known
        if headline(known).tone is Tone.BAD:
            assert five.step is not None, known


def test_every_word_stands_in_both_languages() -> None:
    for known in everything():
        line = headline(known)
        keys = [f"headline.{line.code}", line.addition]
        for station, truth in judge(known):
            keys += [f"station.{station}", f"mark.{truth.mark}", truth.why, truth.step]
        for key in keys:
            assert key is None or (TEXTS[key].en and TEXTS[key].ar), key


def test_no_word_of_the_facts_is_left_over() -> None:
    used = {
        key
        for known in everything()
        for _, truth in judge(known)
        for key in (truth.why, truth.step)
        if key is not None
    }  # fmt: skip
    assert {key for key in TEXTS if key.startswith("why.")} <= used
    assert {key for key in TEXTS if key.startswith("headline.") and ".and." not in key} == {
        f"headline.{code}" for code in HEADLINES
    }


@pytest.mark.parametrize(
    ("known", "marks", "code"),
    [
        (Known(state=State.DRAFT), "open open open open open", "draft"),
        (Known(state=State.SENDING, uncertain=True), "yes unknown open open open", "asking"),
        (Known(state=State.SENT), "yes yes open open open", "sent"),
        (
            Known(state=State.SENT, predefined=True, c5=Outcome.REPORTED),
            "yes yes not_applicable yes not_applicable",
            "reported-only",
        ),
        (Known(state=State.SENT, c3=Outcome.REFUSED), "yes yes no open not_applicable", "refused"),
        (Known(state=State.REJECTED), "yes not_applicable not_applicable not_applicable not_applicable", "rejected"),
        (Known(state=State.REJECTED, c3=Outcome.DELIVERED), "yes yes yes open open", "rejected-but-out"),
        (
            Known(state=State.FAILED, problem="temporary", given_up=True, c5=Outcome.REPORTED),
            "yes yes open yes open",
            "reported",
        ),
    ],
)
def test_examples(known: Known, marks: str, code: str) -> None:
    assert " ".join(truth.mark for _, truth in judge(known)) == marks
    assert headline(known).code == code


def test_every_fault_has_a_course_and_none_of_them_lies() -> None:
    assert set(COURSES) == set(Fault)
    for fault, course in COURSES.items():
        for known in (course.meanwhile, course.lasting):
            assert judge(known).sealed.mark is Mark.YES, "what was sealed stays so, whatever the network does"
        takes = EFFECTS[fault].takes
        if takes:
            assert judge(course.meanwhile).sender.mark is Mark.UNKNOWN, "an answer that was lost is neither yes nor no"
            assert judge(course.lasting).sender.mark is Mark.YES, "it is asked for, and found"
