"""The recipes by name, and what each makes of a page in shadow."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ingestion.ocr.engines import Settings
from ingestion.ocr.recipes import RECIPES, Engine
from tests.ingestion.ocr.drawings import drawn, gray

PAGE = gray(drawn())
SHADE = np.linspace(90, 230, PAGE.shape[1])
SHADED = (PAGE / 255 * SHADE).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "engine", "segmentation"),
    [
        ("rapidocr", Engine.RAPIDOCR, 0),
        ("background", Engine.TESSERACT, 4),
        ("plain", Engine.TESSERACT, 4),
        ("adaptive", Engine.TESSERACT, 3),
        ("original", Engine.TESSERACT, 6),
    ],
)
def test_the_table(name: str, engine: Engine, segmentation: int) -> None:
    recipe = RECIPES[name]
    assert (recipe.engine, recipe.segmentation) == (engine, segmentation)
    made = recipe.prepare(SHADED)
    assert made.shape == SHADED.shape and made.dtype == np.uint8
    assert len(RECIPES) == 5


def test_the_original_recipe_is_an_adaptive_gaussian_threshold() -> None:
    made = RECIPES["original"].prepare(SHADED)
    assert set(np.unique(made)) == {0, 255}
    gaussian = cv2.adaptiveThreshold(SHADED, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 31, 10)
    assert np.array_equal(made, gaussian)


def test_the_background_is_divided_away() -> None:
    made = RECIPES["background"].prepare(SHADED)
    assert np.percentile(SHADED[PAGE == 255], 1) < 100
    assert np.percentile(made[PAGE == 255], 1) > 235
    assert made[PAGE == 0].max() < 60


@pytest.mark.parametrize("names", [(), ("rapidocr", "psm 6")])
def test_a_recipe_that_is_none_is_named(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="there are rapidocr, background, plain, adaptive, original"):
        Settings(recipes=names)
