"""How a page is prepared and read: one table. Which recipe serves a page is decided by what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import cv2
import msgspec
import numpy as np

from ingestion.ocr.engine import Gray


class Engine(StrEnum):
    """What reads."""

    RAPIDOCR = "rapidocr"
    TESSERACT = "tesseract"


class Recipe(msgspec.Struct, frozen=True):
    """One way to read a page."""

    engine: Engine
    prepare: Callable[[Gray], Gray]
    """Keeps the size."""
    segmentation: int = 0
    """Tesseract's page segmentation mode: 3 finds columns by itself, 4 one column of varying sizes, 6 one block."""


def as_it_is(gray: Gray) -> Gray:
    """The picture untouched."""
    return gray


def without_background(gray: Gray) -> Gray:
    """Shadows and tinted paper divided away: each pixel by the paper around it (the brightest, smoothed)."""
    paper = cv2.medianBlur(cv2.dilate(gray, np.ones((15, 15), np.uint8)), 51)
    return cv2.divide(gray, paper, scale=255).astype(np.uint8, copy=False)


def black_and_white(gray: Gray) -> Gray:
    """OpenCV's adaptive Gaussian threshold over 31 pixels, 10 below the mean."""
    made = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 31, 10)
    return made.astype(np.uint8, copy=False)


RECIPES = {
    "rapidocr": Recipe(Engine.RAPIDOCR, as_it_is),
    "background": Recipe(Engine.TESSERACT, without_background, 4),
    "plain": Recipe(Engine.TESSERACT, as_it_is, 4),
    "adaptive": Recipe(Engine.TESSERACT, black_and_white, 3),
    "original": Recipe(Engine.TESSERACT, black_and_white, 6),
}
"""By name, the best first. `original` is kept to be chosen by name: it measures among the worst."""
