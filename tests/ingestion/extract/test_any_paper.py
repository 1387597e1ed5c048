"""Whatever words stand wherever: an answer, each value's words on the page, and the same answer again."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.document import Source, Term
from ingestion.extract import Supplier, extract
from tests.ingestion.extract.papers import INVOICE, paper

SNIPPETS = [
    *sorted({text for _, _, text in INVOICE}), "Total", "VAT", "5%", "#", ":", "-", "Date", "Pos", "1", "1,5",
    "12/11/10", "رقم الفاتورة", "الإجمالي", "١٢٫٥", "Invoice", "Net", "Summe", "x" * 80, "OM-", "9" * 40, "§ % & /",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(SNIPPETS), st.text(min_size=1, max_size=20).filter(str.strip))
PLACED = st.tuples(st.integers(-20, 700), st.integers(0, 60).map(lambda step: 12.0 * step), TEXTS)
PAGES = st.lists(st.lists(PLACED.map(lambda each: (float(each[0]), each[1], each[2])), max_size=40), max_size=3)


@settings(max_examples=60, deadline=None)
@given(PAGES)
def test_any_words_give_an_answer_whose_evidence_is_on_the_page(pages: list[list[tuple[float, float, str]]]) -> None:
    transcript = paper(*pages)
    known = [Supplier("Palm Trading LLC", ("100123456700003",))]
    found = extract(transcript, known)
    assert found == extract(transcript, known)
    printed = {page.number: " ".join(word.text for word in page.words) for page in transcript.pages}
    signs = {number: set(text) for number, text in printed.items()}
    for extraction in found:
        readings = [*extraction.header.values(), *(each for line in extraction.lines for each in line.values())]
        for reading in readings:
            assert 0 <= reading.confidence <= 1
            assert reading.evidence
            for evidence in reading.evidence:
                assert evidence.page is not None and evidence.box is not None
                assert set(evidence.text) <= signs[evidence.page] | {" "}


def test_misread_signs_of_a_name_are_forgiven_only_where_the_page_was_recognised() -> None:
    misread = {"Palm Trading LLC": "PaIm Trading LLC", "TRN: 100123456700003": "TRN: 1OO1234567OOOO3"}
    texts = [(x, y, misread.get(text, text)) for x, y, text in INVOICE]
    read = paper(texts)
    known = [Supplier("Palm Trading LLC", ("100123456700003",))]
    recognised = msgspec.structs.replace(
        read, pages=tuple(msgspec.structs.replace(page, source=Source.OCR) for page in read.pages)
    )
    names = [each.header[Term.SUPPLIER_NAME].value for each in (*extract(read, known), *extract(recognised, known))]
    assert names == ["PaIm Trading LLC", "Palm Trading LLC"]
