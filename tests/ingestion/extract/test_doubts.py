"""Papers that add up and are still no bill to pay as read: each is left to a person, and its plain sister isn't."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from ingestion.confidence import Confidence, judge, known_by_tax_id
from ingestion.document import Extraction, Source, Transcript
from ingestion.extract import Supplier, extract
from ingestion.extract.doubts import Doubt
from tests.ingestion.extract.papers import INVOICE, Placed, paper, right

PALM = Supplier("Palm Trading LLC", ("100123456700003",))


def judged(transcript: Transcript) -> tuple[Extraction, Confidence]:
    (only,) = extract(transcript, [PALM])
    known = known_by_tax_id(only, [PALM])
    return only, judge(only, supplier_known=known, today=date(2024, 6, 1), doubts=only.doubts)


def entitled(title: str, label: str = "Invoice No:", x: float = 400) -> list[Placed]:
    changed = {"TAX INVOICE": (x, 25.0, title), "Invoice No:": (300.0, 80.0, label)}
    return [changed.get(each[2], each) for each in INVOICE]


def told(texts: list[Placed]) -> tuple[str, ...]:
    extraction, confidence = judged(paper(texts))
    assert confidence.acceptable is not bool(extraction.doubts)
    return extraction.doubts


def test_a_plain_invoice_goes_on_by_itself() -> None:
    assert told(INVOICE) == ()


@pytest.mark.parametrize(
    "title",
    [
        "PURCHASE ORDER", "Local Purchase Order", "Quotation", "STATEMENT OF ACCOUNT", "Delivery Note", "DEBIT NOTE",
        "PRO FORMA INVOICE", "Pro-forma invoice", "Proforma Invoice", "DRAFT INVOICE", "CANCELLED INVOICE",
        "Credit Note Request", "Payment Reminder", "INTERIM PAYMENT CERTIFICATE", "Angebot", "Mahnung", "DEVIS",
        "كشف حساب", "عرض سعر",
    ],
)  # fmt: skip
@pytest.mark.parametrize("x", [40, 400])
def test_another_kind_of_document_is_none_whatever_its_numbers_are_called(title: str, x: float) -> None:
    extraction, confidence = judged(paper(entitled(title, x=x)))
    assert not confidence.acceptable
    assert Doubt.OTHER_TITLE in extraction.doubts or "no_bill" in confidence.reasons


@pytest.mark.parametrize("title", ["INVOICE", "Tax Invoice 4711", "VAT INVOICE", "Original Tax Invoice", "Rechnung"])
def test_titles_of_invoices_stay_what_they_are(title: str) -> None:
    assert told(entitled(title)) == ()


def test_the_name_of_another_document_beside_a_value_is_a_label() -> None:
    assert told([*INVOICE, (40, 200, "Purchase Order"), (160, 200, "4500017")]) == ()
    assert told([*INVOICE, (40, 200, "Delivery Note No."), (160, 200, "8812")]) == ()


@pytest.mark.parametrize(
    "rows",
    [
        [("Arrears", "AED 500.00"), ("Please pay this amount", "AED 1,922.75")],
        [("Amount received", "AED 1,422.75"), ("Please pay this amount", "AED 0.00")],
        [("Municipality fee", "AED 94.85"), ("All together", "AED 1,517.60")],
        [("Contract net", "AED 2,710.00"), ("Contract total", "AED 2,845.50")],
        [("Retention 10%", "AED -142.28"), ("Now", "AED 1,280.47")],
        [("Equivalent USD", "USD 387.17")],
        [("Less: deposit", "AED 711.375"), ("Please pay this amount", "AED 711.375")],
        [("Advance paid", "AED 1,355.00"), ("Please pay this amount", "AED 67.75")],
    ],
)
def test_an_amount_beside_the_totals_that_nothing_explains(rows: list[tuple[str, str]]) -> None:
    below = [each for y, (label, amount) in enumerate(rows) for each in
             ((360.0, 378.0 + 15 * y, label), right(540, 378.0 + 15 * y, amount))]  # fmt: skip
    assert Doubt.UNEXPLAINED in told([*INVOICE, *below])


def test_whole_amounts_count_where_the_currency_has_no_decimals() -> None:
    yen = {"1,000.00": "1,000", "355.00": "350", "35.50": "35", "250.00": "250"}
    sums = {"AED 1,355.00": "1,350", "AED 67.75": "0", "AED 1,422.75": "1,350"}
    plain = [(x, y, (yen | sums).get(text, text)) for x, y, text in INVOICE]
    plain = [right(540, y, text) if text in sums.values() else (x, y, text) for x, y, text in plain]
    paid = [(360.0, 375.0, "Received"), right(540, 375, "-675"), (360.0, 390.0, "Please pay"), right(540, 390, "675")]
    assert told([*plain, (40, 420, "Currency: JPY")]) == ()
    assert Doubt.UNEXPLAINED in told([*plain, *paid, (40, 420, "Currency: JPY")])


def test_taxes_per_rate_explain_themselves() -> None:
    table = [(360, 378, "5% of"), right(540, 378, "40.00"), (360, 393, "5% of"), right(540, 393, "27.75")]
    assert told([*INVOICE, *table]) == ()


def test_what_is_paid_before_and_what_is_left_are_no_parts_of_a_net_without_tax() -> None:
    free = {"AED 67.75": "AED 0.00", "AED 1,422.75": "AED 1,355.00"}
    texts = [right(540, y, free[text]) if text in free else (x, y, text) for x, y, text in INVOICE]
    paid = [(360, 378, "Received"), right(540, 378, "AED 300.00"), (360, 393, "Now"), right(540, 393, "AED 1,055.00")]
    assert told(texts) == ()
    assert Doubt.UNEXPLAINED in told([*texts, *paid])


def test_a_total_after_a_discount_is_no_remainder_of_the_total_before() -> None:
    texts = [each for each in INVOICE if each[1] < 330]
    for y, (label, amount) in enumerate(
        [("Gross amount", "1,355.00"), ("Discount", "(135.50)"), ("VAT", "0.00"), ("Total", "1,219.50"),
         ("Total due", "1,219.50"), ("Currency: AED", "")]
    ):  # fmt: skip
        texts += [(360, 330 + 15 * y, label), *([right(540, 330 + 15 * y, amount)] if amount else [])]
    extraction, confidence = judged(paper(texts))
    assert Doubt.UNEXPLAINED in extraction.doubts
    assert not confidence.acceptable


def test_freight_without_tax_is_not_the_tax() -> None:
    free = {"AED 67.75": "AED 0.00", "AED 1,422.75": "AED 1,380.00"}
    texts = [right(540, y, free[text]) if text in free else (x, y, text) for x, y, text in INVOICE]
    extraction, confidence = judged(paper([*texts, (360, 318, "Freight"), right(540, 318, "AED 25.00")]))
    assert not confidence.acceptable
    assert Doubt.TAX_UNNAMED in extraction.doubts


def test_the_currency_is_that_of_the_totals() -> None:
    other = [(x, y, text.replace("AED ", "SAR ")) for x, y, text in INVOICE]
    assert Doubt.CURRENCY_ELSEWHERE in told([*other, (40, 420, "Currency: AED")])
    bare = [(x, y, text.replace("AED ", "")) for x, y, text in INVOICE]
    bare = [right(540, y, text) if x > 440 and y > 325 else (x, y, text) for x, y, text in bare]
    rate = (40.0, 420.0, "1 USD = 3.6725 AED")
    assert told([*bare, (40, 420, "Currency: AED")]) == ()
    assert Doubt.CURRENCY_ELSEWHERE in told([*bare, rate])


@pytest.mark.parametrize(("sign", "doubted"), [("Rs.", True), ("¥", True), ("€", False), ("INR ", False)])
def test_a_sign_of_several_currencies_is_doubted(sign: str, doubted: bool) -> None:
    shown = [(x, y, text.replace("AED ", sign)) for x, y, text in INVOICE]
    assert (Doubt.CURRENCY_SIGN in told(shown)) is doubted


@pytest.mark.parametrize(
    ("currency", "total", "doubted"),
    [("KWD", "110.000", False), ("KWD", "110,000", True), ("JPY", "110.000", True), ("AED", "110.00", False)],
)
def test_separators_that_do_not_fit_the_currency(currency: str, total: str, doubted: bool) -> None:
    row = [(40, 270, "Chair"), right(300, 270, "1"), right(400, 270, total), right(540, 270, total)]
    texts = [each for each in INVOICE if each[1] < 270]
    for y, (label, amount) in enumerate([("Subtotal", total), ("VAT 0%", "0"), ("Total", total)]):
        row += [(360, 330 + 15 * y, label), right(540, 330 + 15 * y, f"{currency} {amount}")]
    extraction, _ = judged(paper([*texts, *row, (40, 420, "Fee 12.00")]))
    assert (Doubt.DECIMALS in extraction.doubts) is doubted


def test_a_picture_goes_on_only_where_every_check_holds() -> None:
    priceless = [each for each in INVOICE if each[2] not in ("Qty", "Unit Price", "4", "250.00", "10", "35.50")]
    for texts, acceptable in ((INVOICE, True), (priceless, False)):
        read = paper(texts)
        pages = tuple(msgspec.structs.replace(page, source=Source.OCR) for page in read.pages)
        assert judged(msgspec.structs.replace(read, pages=pages))[1].acceptable is acceptable
