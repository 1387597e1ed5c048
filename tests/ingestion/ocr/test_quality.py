"""Quality ranks readings of one page without knowing what the page says."""

from __future__ import annotations

import pytest

from ingestion.document import Box
from ingestion.ocr.engine import Recognition
from ingestion.ocr.quality import found, plausible, quality, unread
from tests.ingestion.ocr.drawings import seen


def _read(text: str, confidence: float = 0.95, *, lost: float = 0) -> Recognition:
    words = tuple(seen(word, 100 * n, 0, 100 * n + 90, 20, confidence) for n, word in enumerate(text.split()))
    return Recognition(words, (Box(0, 50, lost, 70),) if lost else ())


@pytest.mark.parametrize(
    "token",
    [
        *("1,250.00", "(62.50)", "-5%", "31/01/2026", "AED1,312.50", "€5", "INV-2041", "F20260023", "100123456700003"),
        *("TRN:", "Total:", "IBAN", "d'échéance", "LTD", "kg", "seller@seller.com", "المجموع", "درهم."),
    ],
)
def test_what_stands_on_bills_is_plausible(token: str) -> None:
    assert plausible(token)


@pytest.mark.parametrize("token", ["~;|", "dY1l)s", "qwrtz", "|||", "a|b", "—", "ا8غ70", "Тоtal", "#@!"])
def test_noise_is_not(token: str) -> None:
    assert not plausible(token)


def test_readings_are_ranked() -> None:
    good = quality(_read("Invoice INV-2041 Total 1,312.50 AED"))
    unsure = quality(_read("Invoice INV-2041 Total 1,312.50 AED", 0.6))
    noisy = quality(_read("lnv0!ce |NV~2Oal T0t@l 1,312.50 AED"))
    missing = quality(_read("Invoice INV-2041", lost=400))
    assert good > 0.9 > unsure > noisy
    assert good > missing > 0
    assert quality(Recognition(())) == 0


def test_a_reading_that_found_more_is_better_though_less_sure() -> None:
    whole = _read("Invoice INV-2041 Subtotal 1,250.00 VAT 62.50 Total 1,312.50 AED", 0.8)
    clearest = _read("Invoice INV-2041", 0.95)
    assert quality(whole) < quality(clearest)
    assert found(whole) > found(clearest)


def test_unread_writing_is_measured_by_its_length() -> None:
    assert unread(_read("Total 1.00")) == 0
    assert unread(_read("Total 1.00", lost=180)) == pytest.approx(0.5)
    assert unread(Recognition((), (Box(0, 0, 10, 5),))) == 1
