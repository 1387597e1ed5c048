"""Two readings of one document: which value stands, and why. No value stands that no printed word carries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.comparison import Why, compare, grounded
from ingestion.document import Column, Evidence, Extraction, Kind, Reading, Source, Term, Value


def reading(value: Value, text: str | None = None, confidence: float = 0.8) -> Reading:
    quote = str(value) if text is None else text
    return Reading(value, (Evidence(source=Source.TEXT, engine="hand", text=quote, page=1),), confidence)


def extraction(lines: tuple[str, ...] = (), **values: str | Reading) -> Extraction:
    header = {}
    for name, value in values.items():
        term = Term(name)
        amount = term in (Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE)
        header[term] = value if isinstance(value, Reading) else reading(Decimal(value) if amount else value)
    return Extraction(
        kind=Kind.INVOICE,
        header=header,
        lines=tuple({Column.NET_AMOUNT: reading(Decimal(each))} for each in lines),
        extractor="hand",
    )


def test_values_that_both_give_are_surer_and_keep_both_places() -> None:
    both = compare(extraction(invoice_number="INV-7"), extraction(invoice_number="inv 7"))
    (found,) = both.extraction.header.values()
    assert (found.value, found.confidence, len(found.evidence)) == ("INV-7", pytest.approx(0.96), 2)
    assert both.disagreements == ()


def test_what_one_alone_gives_is_taken() -> None:
    both = compare(extraction(net="10.00"), extraction(po_number="4500"))
    assert set(both.extraction.header) == {Term.NET, Term.PO_NUMBER}


@pytest.mark.parametrize(
    ("ours", "theirs", "stands", "why"),
    [
        ({"net": "100", "tax": "5", "total": "150"}, {"net": "100", "tax": "5", "total": "105"}, "105", Why.ADDS_UP),
        ({"net": "100", "tax": "5", "total": "105"}, {"net": "100", "tax": "5", "total": "150"}, "105", Why.ADDS_UP),
        ({"net": "100", "tax": "5", "total": "106"}, {"net": "100", "tax": "5", "total": "150"}, "106", Why.FIRST),
    ],
)
def test_arithmetic_decides_between_totals(ours: dict, theirs: dict, stands: str, why: Why) -> None:
    both = compare(extraction(**ours), extraction(**theirs))
    assert both.extraction.header[Term.TOTAL].value == Decimal(stands)
    assert [(each.term, each.why) for each in both.disagreements] == [(Term.TOTAL, why)]


def test_check_digits_decide_between_accounts_and_tax_ids() -> None:
    both = compare(
        extraction(iban="DE88370400440532013000", supplier_tax_id="DE136695976"),
        extraction(iban="DE89370400440532013000", supplier_tax_id="DE136695975"),
    )
    assert both.extraction.header[Term.IBAN].value == "DE89370400440532013000"
    assert both.extraction.header[Term.SUPPLIER_TAX_ID].value == "DE136695976"
    assert {each.why for each in both.disagreements} == {Why.PROVEN}


def test_lines_that_make_the_net_total_stand() -> None:
    sums = {"net": "30", "tax": "0", "total": "30"}
    both = compare(extraction(("10", "19"), **sums), extraction(("10", "20"), **sums))
    assert [line[Column.NET_AMOUNT].value for line in both.extraction.lines] == [10, 20]
    (told,) = both.disagreements
    assert (told.line, told.stands, told.other, told.why) == (1, 20, 19, Why.ADDS_UP)
    fewer = compare(extraction(("10",), **sums), extraction(("10", "20"), **sums))
    assert len(fewer.extraction.lines) == 2


def test_a_kind_that_differs_is_told() -> None:
    other = Extraction(kind=Kind.CREDIT_NOTE, header={}, extractor="x")
    assert compare(extraction(net="1"), other).extraction.doubts == ("kinds_differ",)


@pytest.mark.parametrize(
    ("value", "text", "term", "true"),
    [
        (Decimal("1234.50"), "Total: 1.234,50 EUR", Term.TOTAL, True),
        (Decimal("-1234.50"), "(1,234.50)", Term.TOTAL, True),
        (Decimal("1234567.89"), "1 234 567,89", Term.TOTAL, True),
        (Decimal("1234.51"), "1,234.50", Term.TOTAL, False),
        (Decimal("34.50"), "1,234.50", Term.TOTAL, False),
        (date(2024, 5, 13), "13. Mai 2024", Term.ISSUE_DATE, True),
        (date(2024, 5, 14), "13/05/2024", Term.ISSUE_DATE, False),
        ("EUR", "12,00 €", Term.CURRENCY, True),
        ("USD", "12,00 €", Term.CURRENCY, False),
        ("INV 7", "No. INV-7 of May", Term.INVOICE_NUMBER, True),
        ("INV 8", "No. INV-7 of May", Term.INVOICE_NUMBER, False),
        ("", "anything", Term.PO_NUMBER, False),
    ],
)
def test_a_value_stands_in_the_words_it_points_at_or_not_at_all(
    value: Value, text: str, term: Term, true: bool
) -> None:
    assert grounded(reading(value, text), term) is true


def test_what_points_nowhere_is_dropped() -> None:
    nowhere = Reading("4500", (), 0.9)
    both = compare(extraction(), extraction(po_number=nowhere))
    assert both.extraction.header == {}
    assert [each.why for each in both.disagreements] == [Why.UNGROUNDED]


@settings(max_examples=60, deadline=None)
@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
def test_no_amount_is_grounded_in_another(value: Decimal, printed: Decimal) -> None:
    assert grounded(reading(value, f"{printed:,}"), Term.NET) is (value == printed)
