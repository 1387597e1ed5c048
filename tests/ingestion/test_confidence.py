"""Who a supplier is, whom a bill is for, and what a measured share may look like."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ingestion.calibration import DOCUMENTS, FIELDS, document_share, group, share
from ingestion.confidence import Addressee, judge, known_by_tax_id
from ingestion.document import Column, Evidence, Extraction, Kind, Reading, Source, Term
from ingestion.extract import Supplier
from ingestion.ocr.doubts import Doubt as OcrDoubt
from ingestion.readers.doubts import Doubt
from ingestion.reasons import Reason


def extraction(**values: str) -> Extraction:
    evidence = (Evidence(source=Source.TEXT, engine="hand", text="x", page=1),)
    return Extraction(
        kind=Kind.INVOICE,
        header={Term(name): Reading(value, evidence, 0.9) for name, value in values.items()},
        extractor="hand",
    )


def reasons(found: Extraction, own: Addressee | None = None, *doubts: str) -> set[Reason]:
    return set(judge(found, supplier_known=True, today=date(2026, 1, 1), own=own, doubts=doubts).reasons)


@pytest.mark.parametrize(
    ("listed", "read", "known"),
    [
        ("NL809561074B01", "NL8095.61.074.B.01", True),
        ("DE 136 695 976", "de136695976", True),
        ("100123456700003", "100123456700004", False),
        ("", "", False),
        ("---", "---", False),
    ],
)
def test_a_supplier_is_known_by_tax_id_of_any_country(listed: str, read: str, known: bool) -> None:
    assert known_by_tax_id(extraction(supplier_tax_id=read), [Supplier("Any", (listed,))]) is known
    assert not known_by_tax_id(extraction(supplier_name="Any"), [Supplier("Any", (listed,))])


OWN = Addressee(("Oasis Stores LLC", "متاجر الواحة"), ("100765432100003",))


@pytest.mark.parametrize(
    ("values", "other"),
    [
        ({"buyer_tax_id": "100 7654 3210 0003", "buyer_name": "Somebody Else Ltd"}, False),
        ({"buyer_tax_id": "100999999900003", "buyer_name": "Oasis Stores LLC"}, True),
        ({"buyer_name": "OASIS STORES L.L.C., Dubai"}, False),
        ({"buyer_name": "متاجر الواحة ذ.م.م"}, False),
        ({"buyer_name": "Desert Rose Catering"}, True),
        ({}, False),
    ],
)
def test_a_bill_to_another_company_is_found_by_tax_id_else_by_name(values: dict[str, str], other: bool) -> None:
    assert (Reason.OTHER_BUYER in reasons(extraction(**values), OWN)) is other
    assert Reason.OTHER_BUYER not in reasons(extraction(**values))


@pytest.mark.parametrize(
    ("number", "plausible"),
    [
        ("INV-7", True), ("7", True), ("2026/001", True), ("20260131", True), ("1,250.00", False),
        ("31/01/2026", False), ("Rechnung", False), ("100123456700003", False), ("7" * 61, False),
    ],
)  # fmt: skip
def test_a_number_that_is_something_else_is_implausible(number: str, plausible: bool) -> None:
    assert (Reason.NUMBER_IMPLAUSIBLE in reasons(extraction(invoice_number=number))) is not plausible


def test_every_doubt_that_forbids_going_on_has_a_reason() -> None:
    only_told = {Doubt.ARABIC, Doubt.SIDEWAYS, Doubt.BLANK, OcrDoubt.TURNED}
    without = reasons(extraction())
    assert {doubt for doubt in (*Doubt, *OcrDoubt) if reasons(extraction(), None, doubt) == without} == only_told


def test_shares_are_measured_for_every_value_and_never_fall_as_the_score_rises() -> None:
    for source in (Source.TEXT, Source.OCR):
        for key in (*Term, *Column):
            shares = [share(source, key, step / 20) for step in range(21)]
            assert shares == sorted(shares) and all(0 < each < 1 for each in shares)
            assert (source, group(key)) in FIELDS
        documents = [document_share(source, checks) for checks in range(5)]
        assert documents == sorted(documents) and all(0 < each < 1 for each in documents)
        assert source in DOCUMENTS
    assert share(Source.XML, Term.NET, 0.1) == 1 and document_share(Source.XML, 0) == Decimal(1)


@pytest.mark.parametrize(("total", "open_"), [("-105.00", True), ("105.00", False)])
def test_a_total_below_zero_is_for_a_person(total: str, open_: bool) -> None:
    """The same print may be a credit, whose amounts are positive with us, or a correction, whose are not."""
    assert (Reason.SIGN_OPEN in reasons(extraction(total=total))) is open_
