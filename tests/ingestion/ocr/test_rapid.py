"""RapidOCR alone: words where they were drawn, and what it can't read told as unread."""

from __future__ import annotations

import logging
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ingestion.document import Box
from ingestion.ocr import reading
from ingestion.ocr.engine import Gray, Recognition
from ingestion.ocr.engines import Engines
from ingestion.ocr.merge import overlap
from ingestion.ocr.pictures import Sheet
from ingestion.ocr.quality import quality, unread
from tests.ingestion.ocr.drawings import BILL, drawn, gray

ARABIC_FONT = next(
    (
        path
        for path in map(
            Path,
            (
                "/usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf",
                "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
            ),
        )
        if path.is_file()
    ),
    None,
)


@pytest.fixture(scope="module")
def read(rapid: Engines) -> Recognition:
    return rapid.of("rapidocr").recognise(gray(drawn()))


def test_each_word_is_read_where_it_was_drawn(read: Recognition) -> None:
    pen = ImageDraw.Draw(drawn())
    font = ImageFont.load_default(30)
    for row, line in enumerate(BILL):
        for match in re.finditer(r"\S+", line):
            left = 40 + pen.textlength(line[: match.start()], font)
            place = Box(left, 40 + 60 * row, left + pen.textlength(match[0], font), 76 + 60 * row)
            found = [word for word in read.words if word.text == match[0] and overlap(word.box, place) > 0.7]
            assert found, (match[0], place, [(word.text, word.box) for word in read.words])
            assert found[0].confidence > 0.8


def test_a_clean_page_is_read_whole(read: Recognition) -> None:
    assert unread(read) < reading.FOREIGN
    assert quality(read) > reading.GOOD


def test_the_engine_is_named_and_silent(rapid: Engines, capfd: pytest.CaptureFixture[str]) -> None:
    engine = rapid.of("rapidocr")
    assert engine.name == f"rapidocr {version('rapidocr')} PP-OCRv6"
    assert engine.peak < 1_500_000_000
    assert engine.recognise(np.full((200, 300), 255, np.uint8)) == Recognition(())
    assert capfd.readouterr() == ("", "")
    assert not logging.getLogger("RapidOCR").isEnabledFor(logging.ERROR)


@pytest.mark.parametrize("shape", [(300, 16), (20, 20)])
def test_odd_shapes_are_no_error(rapid: Engines, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    noise: Gray = rng.integers(0, 2, shape, np.uint8) * 255
    assert isinstance(rapid.of("rapidocr").recognise(noise), Recognition)


def test_arabic_is_seen_to_be_there_and_sends_the_page_to_a_person(rapid: Engines) -> None:
    if ARABIC_FONT is None:
        pytest.skip("there is no font with Arabic letters: install fonts-noto-core or fonts-dejavu-core")
    page = Image.new("L", (640, 320), 255)
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(ARABIC_FONT), 30)
    for row, text in enumerate(("ﺔﻴﺒﻳﺮﺿ ﺓﺭﻮﺗﺎﻓ", "ﻲﻟﺎﻤﺟﻹﺍ ﻎﻠﺒﻤﻟﺍ", "Total 1,250.00 AED")):
        pen.text((40, 40 + 60 * row), text, fill=0, font=font)
    made = reading.read(Sheet(gray(page), 0.36), 1, rapid)
    assert "arabic_missing" in made.doubts
    assert "1,250.00" in [word.text for word in made.words]
