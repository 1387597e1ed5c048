"""What a file holds: kinds of documents, several in one file, and what corrections teach."""

from __future__ import annotations

import msgspec
import pytest

from ingestion.document import Evidence, Extraction, Kind, Reading, Source, Term
from ingestion.extract import Anchor, Supplier, extract, learn
from tests.ingestion.extract.papers import INVOICE, Placed, paper


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("TAX INVOICE", Kind.INVOICE), ("فاتورة ضريبية", Kind.INVOICE), ("Rechnung", Kind.INVOICE),
        ("Facture", Kind.INVOICE),
        ("Tax Credit Note", Kind.CREDIT_NOTE), ("إشعار دائن", Kind.CREDIT_NOTE), ("Gutschrift", Kind.CREDIT_NOTE),
        ("Avoir", Kind.CREDIT_NOTE), ("Receipt", Kind.RECEIPT), ("Quittung", Kind.RECEIPT),
        ("Purchase Order", Kind.ORDER), ("أمر شراء", Kind.ORDER), ("Bestellung", Kind.ORDER),
        ("Delivery Note", Kind.DELIVERY_NOTE), ("Lieferschein", Kind.DELIVERY_NOTE),
        ("Bon de livraison", Kind.DELIVERY_NOTE),
        ("Statement of Account", Kind.STATEMENT), ("كشف حساب", Kind.STATEMENT), ("Relevé de compte", Kind.STATEMENT),
        ("Minutes of a meeting", Kind.OTHER),
    ],
)  # fmt: skip
def test_a_document_is_what_its_title_says(title: str, kind: Kind) -> None:
    (extraction,) = extract(paper([(200, 40, title), (40, 80, "Palm Trading LLC"), (40, 120, "Thank you")]))
    assert extraction.kind is kind


def test_an_order_named_on_an_invoice_makes_no_order_of_it() -> None:
    (extraction,) = extract(
        paper([(200, 40, "Invoice"), (40, 80, "Purchase Order: 4711"), (40, 95, "Delivery Note: 12")])
    )
    assert extraction.kind is Kind.INVOICE


def test_amounts_below_zero_stay_so_on_a_credit_note() -> None:
    swaps = {"TAX INVOICE": "TAX CREDIT NOTE", "AED 1,355.00": "-AED 1,355.00", "AED 1,422.75": "-AED 1,422.75"}
    (extraction,) = extract(paper([(x, y, swaps.get(text, text)) for x, y, text in INVOICE]))
    assert extraction.kind is Kind.CREDIT_NOTE
    found = [str(extraction.header[term].value) for term in (Term.NET, Term.TAX, Term.TOTAL)]
    assert found == ["-1355.00", "-67.75", "-1422.75"]


def numbered(number: str) -> list[Placed]:
    return [(x, y, number if text == "PT-2024/117" else text) for x, y, text in INVOICE]


def test_two_invoices_in_one_file_are_two() -> None:
    found = extract(paper(numbered("A-1"), numbered("A-2")))
    assert [each.header[Term.INVOICE_NUMBER].value for each in found] == ["A-1", "A-2"]
    assert {evidence.page for reading in found[1].header.values() for evidence in reading.evidence} == {2}


def test_pages_of_one_invoice_stay_together() -> None:
    terms = [(40, 40, "Terms and conditions"), (40, 60, "Goods remain our property until paid.")]
    assert len(extract(paper(numbered("A-1"), terms, []))) == 1
    assert len(extract(paper(numbered("A-1"), numbered("A-1")))) == 1


def test_pages_that_count_themselves() -> None:
    counted = [[(40, 40, "Letter"), (40, 800, f"Page {page} of {pages}")] for page, pages in ((1, 2), (2, 2), (1, 1))]
    assert len(extract(paper(*counted))) == 2


def corrected(extraction: Extraction, term: Term, value: str, evidence: Evidence) -> Extraction:
    return msgspec.structs.replace(extraction, header={**extraction.header, term: Reading(value, (evidence,), 1.0)})


ODD: list[Placed] = [
    (40, 40, "Palm Trading LLC"), (40, 55, "TRN: 100123456700003"),
    (300, 80, "Vorgang 12"), (420, 80, "77-A"), (300, 95, "Rechnung Nr."), (420, 95, "9"),
]  # fmt: skip


def test_a_correction_teaches_where_the_next_document_has_the_value() -> None:
    palm = Supplier("Palm Trading LLC", ("100123456700003",))
    (first,) = extract(paper(ODD), [palm])
    assert first.header[Term.INVOICE_NUMBER].value == "9"
    (place,) = [cell for cell in paper(ODD).pages[0].words if cell.text == "77-A"]
    evidence = Evidence(source=Source.TEXT, engine="hand", text="77-A", page=1, box=place.box)
    anchors = learn(paper(ODD), first, corrected(first, Term.INVOICE_NUMBER, "77-A", evidence))
    assert anchors[Term.INVOICE_NUMBER][0].words == "vorgang"
    taught = msgspec.structs.replace(palm, anchors=anchors)
    following = [(x, y, {"77-A": "78-B", "9": "10", "Vorgang 12": "Vorgang 13"}.get(text, text)) for x, y, text in ODD]
    (second,) = extract(paper(following), [taught])
    assert second.header[Term.INVOICE_NUMBER].value == "78-B"
    assert second.header[Term.INVOICE_NUMBER].evidence[0].text == "78-B"


def test_a_correction_that_changes_nothing_teaches_nothing() -> None:
    (extraction,) = extract(paper(ODD))
    assert learn(paper(ODD), extraction, extraction) == {}


def test_the_newest_lesson_comes_first_and_old_ones_are_forgotten() -> None:
    (extraction,) = extract(paper(INVOICE))
    old = tuple(Anchor(f"old{n}") for n in range(3))
    (place,) = [word for word in paper(INVOICE).pages[0].words if word.text == "4500017"]
    evidence = Evidence(source=Source.TEXT, engine="hand", text="4500017", page=1, box=place.box)
    fixed = corrected(extraction, Term.INVOICE_NUMBER, "4500017", evidence)
    anchors = learn(paper(INVOICE), extraction, fixed, {Term.INVOICE_NUMBER: old})[Term.INVOICE_NUMBER]
    assert [anchor.words for anchor in anchors] == ["ponumber", "old0", "old1"]
