"""Tesseract is a program somebody may have installed, wholly, in part, or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from ingestion.document import Box
from ingestion.errors import Missing, Unavailable
from ingestion.ocr.engine import Exhausted
from ingestion.ocr.engines import Engines, Settings
from ingestion.ocr.tesseract import Tesseract, installed, passes
from tests.ingestion.ocr.drawings import drawn, gray, pretended_tesseract

PAGE = np.full((320, 640), 255, np.uint8)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="TESSERACT_CMD") as missing:
        installed(str(tmp_path / "tesseract"))
    assert missing.value.what == "tesseract"
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o755)
    with pytest.raises(Missing, match="isn't a Tesseract"):
        installed(str(other))


@pytest.mark.parametrize(
    ("language", "expected"),
    [("eng", ("eng",)), ("eng+ara", ("eng", "ara")), ("ara+eng+deu", ("eng+deu", "ara")), ("ara", ("ara",))],
)
def test_arabic_is_a_pass_of_its_own(language: str, expected: tuple[str, ...]) -> None:
    assert passes(language, frozenset({"eng", "ara", "deu"})) == expected


def test_a_language_without_data_is_named() -> None:
    with pytest.raises(Missing, match="install tesseract-ocr-ara") as missing:
        passes("eng+ara", frozenset({"eng"}))
    assert missing.value.what == "ara"


@pytest.mark.parametrize("language", ["", "eng;rm", "eng+", "eng ara", "../eng", "eng\n", "-l"])
def test_a_language_is_a_code_and_nothing_else(language: str) -> None:
    with pytest.raises(ValueError, match="DEFAULT_OCR_LANGUAGE"):
        passes(language, frozenset({"eng"}))


def test_words_come_with_boxes_and_confidence(tmp_path: Path) -> None:
    there = installed(pretended_tesseract(tmp_path, {"eng": "Total 1,250.00"}))
    assert (there.version, there.languages) == ("5.3.0", {"eng", "ara"})
    engine = Tesseract(there, language="eng", segmentation=6)
    read = engine.recognise(PAGE)
    assert [(word.text, word.box) for word in read.words] == [
        ("Total", Box(40, 40, 240, 70)),
        ("1,250.00", Box(40, 100, 240, 130)),
    ]
    assert read.words[0].confidence == pytest.approx(0.91, abs=0.01)
    assert re.search(r"-l eng .*--psm 6\b", (tmp_path / "calls").read_text())
    assert engine.name == "tesseract 5.3.0 eng psm 6"


def test_a_program_that_fails_is_told_from_a_page_that_ends_it(tmp_path: Path) -> None:
    failing = installed(pretended_tesseract(tmp_path / "a", {"eng": "x"}, then="echo no data >&2; exit 1"))
    with pytest.raises(Unavailable, match="no data"):
        Tesseract(failing, language="eng", segmentation=4).recognise(PAGE)
    ended = installed(pretended_tesseract(tmp_path / "b", {"eng": "x"}, then="kill -XCPU $$"))
    with pytest.raises(Exhausted):
        Tesseract(ended, language="eng", segmentation=4).recognise(PAGE)


def test_recipes_without_an_engine_are_passed_over(tmp_path: Path) -> None:
    assert Engines(Settings(tesseract="/nowhere")).recipes == ("rapidocr",)
    assert Engines(Settings(tesseract="/nowhere")).arabic is None
    with pytest.raises(Missing, match="no program '/nowhere'"):
        Engines(Settings(recipes=("original",), tesseract="/nowhere"))
    english = pretended_tesseract(tmp_path, {"eng": "x"}, languages="eng")
    assert Engines(Settings(tesseract=english)).arabic is None
    assert Engines(Settings(tesseract=english, language="eng+ara")).arabic_asked
    with pytest.raises(Missing, match="tesseract-ocr-deu"):
        Engines(Settings(recipes=("original",), tesseract=english, language="deu"))


def test_the_program_itself_reads_a_drawn_bill() -> None:
    try:
        there = installed(os.environ.get("TESSERACT_CMD", "tesseract"))
    except Missing as missing:
        pytest.skip(str(missing))
    if "eng" not in there.languages:
        pytest.skip("Tesseract has no data for English: install tesseract-ocr-eng")
    words = Tesseract(there, language="eng", segmentation=4).recognise(gray(drawn())).words
    assert {"Invoice", "INV-2041", "1,250.00", "62.50", "1,312.50", "AED"} <= {word.text for word in words}
