"""The supplier of the story: its papers are read as the story tells it, whichever telling it is."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.demo import cast
from gateway.demo.paper import Paper, papers
from ingestion.detect import detect
from ingestion.document import Term
from ingestion.extract import Supplier
from ingestion.instruments import Readers
from ingestion.read import ReadDocument, read
from ingestion.reasons import Reason

TODAY = date(2026, 11, 22)


def told(telling: str) -> tuple[Paper, Paper]:
    buyer = cast.example("tax-invoice.json").buyer
    assert buyer is not None
    return papers(telling, buyer, today=TODAY, order=f"PO-{telling.upper()}-2")


def as_read(paper: Paper, tax_ids: tuple[str, ...]) -> ReadDocument:
    seller = paper.invoice.seller
    assert seller is not None
    known = Supplier(seller.name or "", tax_ids)
    with Readers() as readers:
        (document,) = read(paper.pdf, detect(paper.pdf), (known,), readers, today=TODAY).documents
    return document


@pytest.mark.parametrize("telling", ["ed8aed", "000000", "7c19b2"])
def test_the_first_paper_waits_for_a_person_and_the_second_for_nobody(telling: str) -> None:
    first, second = told(telling)
    seller = first.invoice.seller
    assert seller is not None and second.invoice.seller == seller
    waits = as_read(first, ())
    assert Reason.SUPPLIER_UNKNOWN in waits.confidence.reasons
    assert Term.PO_NUMBER not in waits.extraction.header
    passes = as_read(second, (seller.trn or "",))
    assert (passes.confidence.acceptable, passes.confidence.reasons) == (True, ())
    header = passes.extraction.header
    assert second.invoice.totals is not None
    assert header[Term.TOTAL].value == second.invoice.totals.tax_inclusive
    assert header[Term.PO_NUMBER].value == f"PO-{telling.upper()}-2"
    assert len(passes.extraction.lines) == 3


def test_each_telling_has_papers_of_its_own_and_always_the_same() -> None:
    assert told("ed8aed") == told("ed8aed")
    (ours, _), (theirs, _) = told("ed8aed"), told("ed8aee")
    assert ours.invoice.seller != theirs.invoice.seller
    assert ours.invoice.number != theirs.invoice.number
