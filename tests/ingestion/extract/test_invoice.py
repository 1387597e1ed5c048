"""One invoice from top to bottom, and what changes in the reading when the paper changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ingestion.document import Column, Extraction, Kind, Reading, Term
from ingestion.extract import Supplier, extract
from tests.ingestion.extract.papers import INVOICE, Placed, paper, right

PALM = Supplier("Palm Trading LLC", ("100123456700003",))


def read(texts: list[Placed], *known: Supplier) -> Extraction:
    (only,) = extract(paper(texts), known)
    return only


def swapped(old: str, new: str) -> list[Placed]:
    assert any(old in text for _, _, text in INVOICE)
    return [(x, y, text.replace(old, new)) for x, y, text in INVOICE]


def without(*starts: str) -> list[Placed]:
    return [each for each in INVOICE if not each[2].startswith(starts)]


def values(extraction: Extraction) -> dict[Term, object]:
    return {term: reading.value for term, reading in extraction.header.items()}


def test_every_value_of_a_plain_invoice() -> None:
    extraction = read(INVOICE, PALM)
    assert extraction.kind is Kind.INVOICE
    assert values(extraction) == {
        Term.SUPPLIER_NAME: "Palm Trading LLC",
        Term.SUPPLIER_TAX_ID: "100123456700003",
        Term.BUYER_NAME: "Oasis Stores LLC",
        Term.BUYER_TAX_ID: "100765432100003",
        Term.INVOICE_NUMBER: "PT-2024/117",
        Term.ISSUE_DATE: date(2024, 5, 13),
        Term.DUE_DATE: date(2024, 6, 12),
        Term.CURRENCY: "AED",
        Term.NET: Decimal("1355.00"),
        Term.TAX: Decimal("67.75"),
        Term.TOTAL: Decimal("1422.75"),
        Term.PAYABLE: Decimal("1422.75"),
        Term.PO_NUMBER: "4500017",
        Term.IBAN: "AE070331234567890123456",
    }
    assert [[line[column].value for column in Column if column in line] for line in extraction.lines] == [
        ["Office chair", Decimal(4), Decimal("250.00"), Decimal("1000.00")],
        ["Desk lamp", Decimal(10), Decimal("35.50"), Decimal("355.00")],
    ]
    assert extraction.doubts == ()


def test_every_value_says_where_it_stands_and_what_was_printed_there() -> None:
    extraction = read(INVOICE, PALM)
    texts = {text for _, _, text in INVOICE}
    readings: list[Reading] = [
        *extraction.header.values(),
        *(each for line in extraction.lines for each in line.values()),
    ]
    for reading in readings:
        assert reading.evidence
        for evidence in reading.evidence:
            assert evidence.page == 1 and evidence.box is not None
            assert any(evidence.text in text for text in texts), evidence.text
    assert extraction.header[Term.NET].evidence[0].text == "AED 1,355.00"
    box = extraction.header[Term.INVOICE_NUMBER].evidence[0].box
    assert box is not None and (box.x0, box.y0) == (420, 80)


def test_what_is_not_printed_is_absent() -> None:
    extraction = read(without("IBAN", "PO", "4500017", "Due", "12/06", "Subtotal", "AED 1,355.00", "VAT", "AED 67.75"))
    assert not {Term.IBAN, Term.PO_NUMBER, Term.DUE_DATE, Term.NET, Term.TAX} & extraction.header.keys()
    assert extraction.header[Term.TOTAL].value == Decimal("1422.75")


def test_a_net_total_that_no_label_names_is_found_because_it_adds_up() -> None:
    extraction = read(swapped("Subtotal", "Carried over"))
    assert extraction.header[Term.NET].value == Decimal("1355.00")


def test_totals_that_do_not_add_up_are_given_as_printed_and_trusted_little() -> None:
    right_one, wrong_one = read(INVOICE), read(swapped("AED 67.75", "AED 76.75"))
    assert wrong_one.header[Term.TAX].value == Decimal("76.75")
    assert wrong_one.header[Term.TOTAL].value == Decimal("1422.75")
    assert wrong_one.header[Term.TOTAL].confidence < 0.5 < right_one.header[Term.TOTAL].confidence


def test_a_tax_printed_per_rate_supports_the_totals_and_its_sum_is_not_invented() -> None:
    texts = [each for each in INVOICE if each[1] < 330 or each[1] > 365]
    texts += [
        (360, 330, "Net amount"), right(540, 330, "AED 1,355.00"),
        (360, 345, "VAT 5%"), right(540, 345, "AED 50.00"),
        (360, 360, "VAT 15%"), right(540, 360, "AED 53.25"),
        (360, 375, "Grand total"), right(540, 375, "AED 1,458.25"),
    ]  # fmt: skip
    header = read(texts).header
    assert Term.TAX not in header
    assert (header[Term.NET].value, header[Term.TOTAL].value) == (Decimal("1355.00"), Decimal("1458.25"))
    assert header[Term.TOTAL].confidence > 0.8


def test_totals_under_their_headings() -> None:
    texts = [each for each in INVOICE if each[1] < 330 or each[1] > 365]
    texts += [(100, 330, "Total HT"), (250, 330, "Total TVA"), (400, 330, "Total TTC")]
    texts += [(100, 345, "1.355,00"), (250, 345, "67,75"), (400, 345, "1.422,75")]
    texts = [
        (x, y, {"1,000.00": "1.000,00", "250.00": "250,00", "35.50": "35,50", "355.00": "355,00"}.get(t, t))
        for x, y, t in texts
    ]
    header = read(texts).header
    assert [header[term].value for term in (Term.NET, Term.TAX, Term.TOTAL)] == [
        Decimal("1355.00"), Decimal("67.75"), Decimal("1422.75"),
    ]  # fmt: skip


def test_of_several_sums_that_add_up_the_one_with_the_better_labels_counts() -> None:
    texts = [
        (100, 330, "Nettobetrag"), (250, 330, "MwSt-Betrag"), (400, 330, "Endbetrag"),
        (100, 345, "1.000,00"), (250, 345, "190,00"), (400, 345, "1.190,00"),
        (100, 360, "355,00"), (250, 360, "24,85"), (400, 360, "379,85"),
        (100, 375, "1.355,00"), (250, 375, "214,85"), (400, 375, "1.569,85"),
    ]  # fmt: skip
    header = read(texts).header
    assert [header[term].value for term in (Term.NET, Term.TAX, Term.TOTAL)] == [
        Decimal("1355.00"), Decimal("214.85"), Decimal("1569.85"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("issue", "due", "read_as", "doubts"),
    [
        ("13/05/2024", "12/06/2024", date(2024, 5, 13), ()),
        ("05/13/2024", "06/12/2024", date(2024, 5, 13), ()),
        ("04/01/2025", "04/08/2025", date(2025, 4, 1), ()),
        ("04/01/2025", "08/01/2025", date(2025, 1, 4), ()),
        ("05/06/2024", "20 June 2024", date(2024, 6, 5), ()),
        ("05/06/2024", "", date(2024, 6, 5), ("ambiguous_issue_date",)),
        ("5 June 2024", "05.07.2024", date(2024, 6, 5), ()),
        ("2024-06-05", "2024-07-05", date(2024, 6, 5), ()),
    ],
)
def test_day_and_month_by_evidence(issue: str, due: str, read_as: date, doubts: tuple[str, ...]) -> None:
    texts = [(x, y, {"13/05/2024": issue, "12/06/2024": due}.get(t, t)) for x, y, t in INVOICE]
    extraction = read([each for each in texts if each[2]])
    assert extraction.header[Term.ISSUE_DATE].value == read_as
    assert extraction.doubts == doubts


def test_a_supplier_is_known_by_its_tax_id_where_the_name_is_a_picture() -> None:
    extraction = read(without("Palm"), PALM)
    assert extraction.header[Term.SUPPLIER_NAME].value == "Palm Trading LLC"
    assert [each.text for each in extraction.header[Term.SUPPLIER_NAME].evidence] == ["100123456700003"]


def test_a_supplier_on_the_list_that_is_addressed_is_the_buyer() -> None:
    oasis = Supplier("Oasis Stores LLC", ("100765432100003",))
    header = read(INVOICE, oasis, PALM).header
    assert header[Term.SUPPLIER_NAME].value == "Palm Trading LLC"
    assert header[Term.BUYER_TAX_ID].value == "100765432100003"


def test_without_a_list_the_names_are_those_printed() -> None:
    header = read(INVOICE).header
    assert header[Term.SUPPLIER_NAME].value == "Palm Trading LLC"
    assert header[Term.SUPPLIER_TAX_ID].value == "100123456700003"


def test_a_wrong_iban_is_doubted_not_mended() -> None:
    extraction = read(swapped("AE07", "AE08"))
    assert extraction.header[Term.IBAN].value == "AE080331234567890123456"
    assert extraction.doubts == ("iban_check",)
    assert extraction.header[Term.IBAN].confidence < 0.5


def test_a_bare_dollar_is_doubted_and_a_named_one_is_not() -> None:
    bare = read([(x, y, text.replace("AED ", "$")) for x, y, text in INVOICE])
    assert (bare.header[Term.CURRENCY].value, bare.doubts) == ("USD", ("dollar",))
    named = read([*((x, y, t.replace("AED ", "$")) for x, y, t in INVOICE), (40, 420, "Currency: AUD")])
    assert (named.header[Term.CURRENCY].value, named.doubts) == ("AUD", ())


def test_arabic_indic_digits_are_read_and_doubted() -> None:
    western, indic = "1234567890.,", "١٢٣٤٥٦٧٨٩٠٫٬"
    texts = [(x, y, t.translate(str.maketrans(western, indic)) if y >= 330 and y < 400 else t) for x, y, t in INVOICE]
    extraction = read(texts)
    assert extraction.header[Term.TOTAL].value == Decimal("1422.75")
    assert "arabic_digits" in extraction.doubts


def test_nothing_is_made_of_nothing() -> None:
    (empty,) = extract(paper([]))
    assert (empty.kind, dict(empty.header), empty.lines) == (Kind.OTHER, {}, ())
    (prose,) = extract(paper([(40, 40, "Dear all, the office is closed on Monday."), (40, 60, "Kind regards")]))
    assert prose.kind is Kind.OTHER
    assert not {Term.NET, Term.TAX, Term.TOTAL, Term.INVOICE_NUMBER, Term.ISSUE_DATE} & prose.header.keys()
