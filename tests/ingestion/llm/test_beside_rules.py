"""Beside our rules: a model adds to a reading; it never changes one that could go on by itself without a word."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from ingestion.comparison import Compared, Why, compare
from ingestion.confidence import DECISIVE, Confidence, judge
from ingestion.document import Column, Extraction, Term, Value
from ingestion.extract import Supplier, extract
from ingestion.extract.llm import LlmExtractor
from ingestion.extract.llm.answer import Answer
from ingestion.extract.llm.reading import Answered, extraction
from ingestion.reasons import Reason
from tests.ingestion.extract.papers import INVOICE, paper
from tests.ingestion.llm.stub import Stub, answer
from tests.ingestion.llm.test_extractor import HONEST, ITEMS
from tests.ingestion.llm.test_grounding import CREDIT, LINES, PART, VIEW, answers
from tests.ingestion.llm.test_lies import LIES

PALM = Supplier("Palm Trading LLC", ("100123456700003",))
TODAY = date(2024, 6, 1)
(OURS,) = extract(paper(INVOICE), (PALM,))
PAID = (Column.QUANTITY, Column.UNIT_PRICE, Column.NET_AMOUNT, Column.TAX_RATE)


def judged(both: Compared) -> Confidence:
    return judge(
        both.extraction,
        supplier_known=True,
        today=TODAY,
        doubts=both.extraction.doubts,
        disagreements=both.disagreements,
    )


def deciding(made: Extraction) -> list[Any]:
    """What is paid, when and to whom."""
    header: list[Value | None] = [made.header[Term(term)].value if term in made.header else None for term in DECISIVE]
    lines = [{column: cell.value for column, cell in line.items() if column in PAID} for line in made.lines]
    return [header, lines]


def test_the_rules_alone_would_accept_it() -> None:
    assert judged(Compared(OURS, ())).acceptable


def test_an_honest_model_makes_it_no_worse(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(answer("invoice", HONEST, ITEMS))
    both = compare(OURS, llm.extract(paper(INVOICE), (PALM,))[0])
    assert both.disagreements == ()
    assert judged(both).acceptable
    assert deciding(both.extraction) == deciding(OURS)


WRONG: dict[str, dict[str, Any]] = {
    "the net as the total": {"total": ("1,355.00", [13])},
    "all three exchanged": {"net": ("67.75", [14]), "tax": ("1,355.00", [13]), "total": ("1,422.75", [15])},
    "a line's amount as the total": {"total": ("355.00", [12]), "net": ("355.00", [12]), "tax": ("5", [14])},
    "the order as the number": {"invoice_number": ("4500017", [6])},
    "the due date as the issue date": {"issue_date": ("12/06/2024", [5])},
    "the buyer as the supplier": {"supplier_tax_id": ("100765432100003", [9])},
}


@pytest.mark.parametrize("lie", [*WRONG, *LIES])
def test_a_lie_changes_nothing_that_decides(stub: Stub, llm: LlmExtractor, lie: str) -> None:
    values = WRONG[lie] if lie in WRONG else LIES[lie][0]
    stub.order(answer("invoice", HONEST | values, ITEMS))
    theirs = llm.extract(paper(INVOICE), (PALM,))[0]
    both = compare(OURS, theirs)
    assert deciding(both.extraction) == deciding(OURS)
    if lie in WRONG:
        assert both.disagreements
    else:
        assert theirs.doubts


@settings(max_examples=150, deadline=None)
@given(answers)
def test_whatever_it_answers_nothing_changes_silently(said: Answer) -> None:
    theirs = extraction(VIEW, LINES, [Answered(PART, said)], CREDIT, "llm/1")
    both = compare(OURS, theirs)
    if judged(both).acceptable:
        assert deciding(both.extraction)[0] == deciding(OURS)[0]
        for made, ours in zip(both.extraction.lines, OURS.lines, strict=True):
            assert all(made[column].value == ours[column].value for column in PAID if column in ours)
    told = {each.term for each in both.disagreements if each.term is not None}
    for term, reading in OURS.header.items():
        assert both.extraction.header[term].value == reading.value or term in told


@pytest.mark.parametrize("term", ["invoice_number", "issue_date", "currency"])
def test_a_value_that_decides_and_that_the_model_alone_gives_is_left_to_a_person(
    stub: Stub, llm: LlmExtractor, term: str
) -> None:
    stub.order(answer("invoice", HONEST, ITEMS))
    theirs = llm.extract(paper(INVOICE), (PALM,))[0]
    ours = msgspec.structs.replace(OURS, header={each: OURS.header[each] for each in OURS.header if each != term})
    both = compare(ours, theirs)
    assert both.extraction.header[Term(term)].value == OURS.header[Term(term)].value
    assert [each.why for each in both.disagreements] == [Why.ALONE]
    assert Reason.READINGS_DIFFER in judged(both).reasons
