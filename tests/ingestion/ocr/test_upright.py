"""A page that lies askew is set upright for reading, and places are told on the page as it came."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ingestion.document import Box
from ingestion.ocr.upright import skew, upright
from tests.ingestion.ocr.drawings import drawn, gray

LINES = [f"Item number {n} of this delivery 1,{n}50.00 AED" for n in range(1, 9)]


@pytest.mark.parametrize("angle", [-6.0, -2.3, -0.7, 0.0, 0.4, 1.5, 5.0])
def test_skew_is_found(angle: float) -> None:
    page = drawn(LINES, size=(1000, 600)).rotate(angle, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert skew(gray(page)) == pytest.approx(-angle, abs=0.25 if abs(angle) > 0.5 else 0.5)


def test_an_empty_page_has_no_skew() -> None:
    assert skew(np.full((600, 400), 255, np.uint8)) == 0
    assert skew(gray(drawn(["Invoice 7"], size=(1654, 2339)))) == 0
    assert skew(np.random.default_rng(1).integers(0, 255, (600, 400), np.uint8)) == 0


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("angle", [0, 3])
def test_a_place_leads_back_to_the_page_as_it_came(quarters: int, angle: float) -> None:
    lying = drawn(LINES, size=(800, 500), height=20).rotate(angle, fillcolor=255)
    page = np.maximum(gray(lying), 130)
    page[100:120, 600:640] = 0
    made = upright(page, quarters)
    rows, columns = np.nonzero(made.picture < 60)
    box = made.origin(Box(float(columns.min()), float(rows.min()), float(columns.max()) + 1, float(rows.max()) + 1))
    ink_rows, ink_columns = np.nonzero(page < 60)
    ink = (ink_columns.min(), ink_rows.min(), ink_columns.max() + 1, ink_rows.max() + 1)
    middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    assert middle == pytest.approx(((ink[0] + ink[2]) / 2, (ink[1] + ink[3]) / 2), abs=4)
    assert box.x0 <= ink[0] + 2 and box.x1 >= ink[2] - 2
    assert box.y0 <= ink[1] + 2 and box.y1 >= ink[3] - 2
