"""One RapidOCR for all tests of this process: loading its models takes seconds."""

from __future__ import annotations

import pytest

from ingestion.ocr.engines import Engines, Settings


@pytest.fixture(scope="session")
def rapid() -> Engines:
    engines = Engines(Settings(recipes=("rapidocr",), tesseract="/nowhere/tesseract"))
    engines.of("rapidocr")
    return engines
