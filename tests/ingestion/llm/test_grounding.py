"""Whatever a model answers: a value stands in words that are printed in the lines it named, digit for digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.document import Column, Kind, Reading, Term
from ingestion.extract import Supplier, extract
from ingestion.extract.layout import Sheet
from ingestion.extract.llm.answer import Answer, Said, SaidCell, SaidItem
from ingestion.extract.llm.grounding import find, follow, key
from ingestion.extract.llm.numbering import Lines
from ingestion.extract.llm.reading import Answered, Credit, extraction
from ingestion.extract.marks import View
from tests.ingestion.extract.papers import INVOICE, Placed, paper

CREDIT = Credit("model", "digest")
PRINTED = sorted({word for _, _, text in INVOICE for word in (text, *text.split())})
AROUND = ["1", "4", "1,422.7", "422.75", "1,422.75", "1422.75", "14/05/2024", "PT-2024/118", "AED", "", "-", "5 67.75"]


def cells_of(texts: list[Placed]) -> Sheet:
    return Sheet(paper(texts).pages)


texts = st.one_of(
    st.sampled_from(PRINTED),
    st.sampled_from(AROUND),
    st.text("0123456789.,- /AED", max_size=12),
    st.sampled_from(PRINTED).flatmap(lambda word: st.integers(0, len(word)).map(lambda cut: word[cut:])),
)
cited = st.lists(st.integers(-1, 18), max_size=4).map(tuple)
answers = st.builds(
    Answer,
    kind=st.sampled_from([*Kind, "nonsense"]).map(str),
    values=st.lists(st.builds(Said, st.sampled_from([*Term]).map(str), texts, cited), max_size=12).map(tuple),
    items=st.lists(
        st.builds(
            SaidItem,
            st.lists(st.builds(SaidCell, st.sampled_from([*Column]).map(str), texts, cited), max_size=6).map(tuple),
        ),
        max_size=4,
    ).map(tuple),
)  # fmt: skip
SHEET = cells_of(INVOICE)
VIEW = View(SHEET)
LINES = Lines(SHEET)
(PART,) = LINES.parts()


def figures(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal()).lstrip("0")


def holds(reading: Reading, allowed: set[int], texts_said: set[str]) -> None:
    """The value is in the quoted words, these are printed in a cited line, and the model gave their digits."""
    for one in reading.evidence:
        printed = [cell for number in allowed for cell in LINES.cells(number) if one.text in cell.text]
        assert printed and one.page == 1 and one.box is not None
        assert any(one.box.x0 >= cell.box.x0 and one.box.y0 == cell.box.y0 for cell in printed)
        assert (one.model, one.prompt) == ("model", "digest")
    quoted = " ".join(one.text for one in reading.evidence)
    if isinstance(reading.value, Decimal):
        assert figures(str(abs(reading.value))) == figures(quoted)
        assert figures(quoted) in {figures(said) for said in texts_said}
    elif isinstance(reading.value, date):
        assert str(reading.value.year)[2:] in quoted
        assert figures(quoted) in {figures(said) for said in texts_said}
    else:
        assert key(reading.value) == key(quoted) or reading.value == "AED"


@settings(max_examples=150, deadline=None)
@given(answers)
@example(Answer("invoice", (Said("total", "AED 1,422.75", (15,)),), ()))
def test_no_value_without_its_printed_words(answer: Answer) -> None:
    made = extraction(VIEW, LINES, [Answered(PART, answer)], CREDIT, "llm/1")
    for term, reading in made.header.items():
        mine = [said for said in answer.values if said.term == term.value]
        holds(reading, {number for said in mine for number in said.lines}, {said.text for said in mine})
    for line in made.lines:
        for column, reading in line.items():
            mine_too = [cell for item in answer.items for cell in item.cells if cell.column == column.value]
            holds(reading, {number for cell in mine_too for number in cell.lines}, {cell.text for cell in mine_too})
    given_terms = {said.term for said in answer.values}
    assert {term.value for term in made.header} <= given_terms
    told = {doubt.split("_", 1)[1] for doubt in made.doubts}
    assert given_terms - {term.value for term in made.header} <= told


@settings(max_examples=100, deadline=None)
@given(answers)
def test_an_answer_is_read_the_same_twice(answer: Answer) -> None:
    once, again = (extraction(VIEW, LINES, [Answered(PART, answer)], CREDIT, "llm/1") for _ in range(2))
    assert once == again


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.text(max_size=10))
def test_a_found_text_is_the_same_but_for_signs_and_case(text: str, other: str) -> None:
    sheet = cells_of([(40, 40, " ".join(f"{other} {text} {other}".split()) or "x")])
    for place in find(text, sheet.cells):
        assert key(place.text) == key(text)


FOUND: list[tuple[str, str, str | None]] = [
    ("Total 1,422.75", "1,422.75", "1,422.75"),
    ("Total 1,422.75", "1422.75", "1,422.75"),
    ("Total 21,422.75", "1,422.75", None),
    ("Total 1,422.755", "1,422.75", None),
    ("Total A1,422.75", "1,422.75", None),
    ("المجموع ١٬٤٢٢٫٧٥", "1,422.75", "١٬٤٢٢٫٧٥"),
    ("STRASSE 5", "straße 5", "STRASSE 5"),
    ("Office chair", "fice chair", None),
    ("Office chair", "", None),
    ("Office chair", "...", None),
]


@pytest.mark.parametrize(("printed", "wanted", "place"), FOUND)
def test_whole_words_or_nothing(printed: str, wanted: str, place: str | None) -> None:
    found = list(find(wanted, cells_of([(40, 40, printed)]).cells))
    assert [each.text for each in found] == ([place] if place is not None else [])


WHOLE = {
    "No: PT-7": True, "(PT-7)": True, "PT-7, of today": True, "PT-7.": True, "#PT-7": True, "A-PT-7": False,
    "PT-7-B": False, "PT-7/2": False, "PT-7.2": False, "A/PT-7": False, "PT-7_": False,
}  # fmt: skip


@pytest.mark.parametrize("printed", WHOLE)
def test_a_number_of_something_is_whole(printed: str) -> None:
    (place,) = find("PT-7", cells_of([(40, 40, printed)]).cells)
    assert place.whole is WHOLE[printed]


def test_a_text_that_goes_on_isnt_gathered_from_scattered_words() -> None:
    cells = cells_of([(40, 40, "Blue chair"), (300, 40, "4"), (40, 55, "with arms"), (300, 55, "blue")]).cells
    assert [place.text for place in follow("Blue chair with arms", cells)] == ["Blue chair", "with arms"]
    assert follow("Blue chair with legs", cells) == ()
    assert follow("chair blue with", cells) == ()


@pytest.mark.parametrize("tax_id", ["100123456700003", "100 1234 5670 0003"])
def test_our_rules_and_the_grounding_agree_on_a_tax_id(tax_id: str) -> None:
    texts_ = [(x, y, text.replace("100123456700003", tax_id)) for x, y, text in INVOICE]
    sheet = cells_of(texts_)
    lines = Lines(sheet)
    said = Said("supplier_tax_id", tax_id, (2,))
    known = Supplier("Palm Trading LLC", ("100123456700003",))
    made = extraction(View(sheet), lines, [Answered(lines.parts()[0], Answer("invoice", (said,), ()))], CREDIT, "llm/1")
    ours = extract(paper(texts_), (known,))[0]
    assert key(str(made.header[Term.SUPPLIER_TAX_ID].value)) == key(str(ours.header[Term.SUPPLIER_TAX_ID].value))
