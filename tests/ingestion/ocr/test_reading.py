"""One page: which reading is kept, and why a person is asked. With engines that see what the story needs."""

from __future__ import annotations

import numpy as np
import pytest

from ingestion.document import Box, Source
from ingestion.ocr import reading
from ingestion.ocr.engine import Ocr, Recognition
from ingestion.ocr.pictures import Sheet
from tests.ingestion.ocr.drawings import Fixed, seen

SHEET = Sheet(np.full((800, 600), 255, np.uint8), 0.5)
GOOD = Recognition((seen("Total", 100, 100, 200, 120), seen("1,312.50", 300, 100, 400, 120)))
FAIR = Recognition((seen("Total", 100, 100, 200, 120, 0.7), seen("1,312.50", 300, 100, 400, 120, 0.7)))
NOISE = Recognition((seen("~|;", 100, 100, 200, 120, 0.3), seen("qxz|t", 300, 100, 400, 120, 0.3)))
FOREIGN = Recognition((seen("1,250.00", 300, 100, 400, 120),), (Box(450, 100, 560, 122),))
ARABIC = Recognition((seen("المجموع", 452, 101, 558, 121, 0.9),))


class Hand:
    """Engines at hand: one for each recipe, in order."""

    def __init__(self, *engines: Ocr, arabic: Ocr | None = None, asked: bool = False) -> None:
        self.recipes = ("rapidocr", "background", "original")[: len(engines)]
        self._engines = dict(zip(self.recipes, engines, strict=True))
        self.arabic = arabic
        self.arabic_asked = asked

    def of(self, recipe: str) -> Ocr:
        return self._engines[recipe]


def test_a_good_reading_is_enough() -> None:
    first, second = Fixed(GOOD), Fixed(GOOD)
    page = reading.read(SHEET, 3, Hand(first, second))
    assert (page.number, page.source, page.engine, page.doubts) == (3, Source.OCR, "fixed 1, rapidocr", ())
    assert (page.width, page.height) == (300, 400)
    assert [(word.text, word.box, word.line) for word in page.words] == [
        ("Total", Box(50, 50, 100, 60), 0),
        ("1,312.50", Box(150, 50, 200, 60), 0),
    ]
    assert page.quality > reading.GOOD
    assert not second.asked


@pytest.mark.parametrize(("answers", "kept"), [((FAIR, GOOD), "background"), ((FAIR, NOISE), "rapidocr")])
def test_the_better_of_two_readings_is_kept(answers: tuple[Recognition, Recognition], kept: str) -> None:
    page = reading.read(SHEET, 1, Hand(*map(Fixed, answers)))
    assert page.engine.endswith(kept)
    assert [word.text for word in page.words] == ["Total", "1,312.50"]


def test_a_blank_page_is_looked_at_once() -> None:
    engines = [Fixed(Recognition(())), Fixed(GOOD)]
    page = reading.read(SHEET, 1, Hand(*engines))
    assert (page.words, page.quality, page.doubts) == ((), 0, ())
    assert [len(engine.asked) for engine in engines] == [1, 0]


def test_noise_is_in_doubt() -> None:
    assert reading.read(SHEET, 1, Hand(Fixed(NOISE))).doubts == ("poor_picture",)


def test_a_page_on_its_side_is_read_and_its_places_stay_those_of_the_page() -> None:
    tall = Recognition(tuple(seen("|~|;", x, 100, x + 20, 300, 0.2) for x in (100, 200, 300)))
    page = reading.read(SHEET, 1, Hand(Fixed(tall, GOOD)))
    assert page.doubts == ("turned",)
    assert [word.text for word in page.words] == ["Total", "1,312.50"]
    # turned by a quarter with the clock, the foot of the page is its left: x there is the height above the foot
    assert page.words[0].box == Box(50, 300, 60, 350)
    assert (page.width, page.height) == (300, 400)


def test_arabic_is_read_with_the_engine_that_can() -> None:
    page = reading.read(SHEET, 1, Hand(Fixed(FOREIGN), arabic=Fixed(ARABIC, name="ara 1")))
    assert {word.text for word in page.words} == {"المجموع", "1,250.00"}
    assert page.engine == "fixed 1, rapidocr + ara 1"
    assert page.doubts == ("arabic_unreadable",)  # beside so much Arabic the digits may be misread ones


def test_arabic_without_an_engine_goes_to_a_person() -> None:
    assert "arabic_missing" in reading.read(SHEET, 1, Hand(Fixed(FOREIGN))).doubts
    assert "arabic_missing" in reading.read(SHEET, 1, Hand(Fixed(GOOD), asked=True)).doubts


@pytest.mark.parametrize(
    ("words", "doubtful"),
    [
        ("Total 1,250.00 AED", False),
        ("Total ١٢٥٠ AED", True),
        ("Total ۱۲۵۰", True),
        ("المجموع 1,250.00", True),
        ("Invoice number of the whole delivery فاتورة", False),
    ],
)
def test_digits_that_cannot_be_trusted(words: str, doubtful: bool) -> None:
    read = Recognition(tuple(seen(w, 10 + 60 * n, 10, 60 + 60 * n, 30) for n, w in enumerate(words.split())))
    page = reading.read(SHEET, 1, Hand(Fixed(read), arabic=Fixed(Recognition(()))))
    assert ("arabic_unreadable" in page.doubts) is doubtful


def test_no_place_lies_off_the_page() -> None:
    page = reading.read(SHEET, 1, Hand(Fixed(Recognition((seen("Total", -5, 790, 620, 810),)))))
    assert page.words[0].box == Box(0, 395, 300, 400)
