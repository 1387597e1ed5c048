"""Which words a person sees: those with ink in their place when the page is drawn.

One small grey picture of the page answers for every way of hiding at once: the colour of the paper, full transparency,
a cover drawn later, a clip, a layer that is off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pypdfium2 import PdfPage

from ingestion.document import Box

_SCALE = 1.0
"""Pixels per point: a digit of six points is three pixels wide."""
_PIXELS = 1_500_000
"""Of the picture at most; larger pages are drawn smaller."""
_CONTRAST = 10
"""Least difference of neighbouring pixels, of 255, that is ink: print in a light grey (#D0D0D0) leaves 20."""

Numbers = np.ndarray[Any, np.dtype[Any]]


class Ink:
    """Where there is contrast on one page."""

    def __init__(self, page: PdfPage) -> None:
        width, height = page.get_size()
        self._scale = min(_SCALE, math.sqrt(_PIXELS / max(1.0, width * height)))
        bitmap = page.render(scale=self._scale, grayscale=True, may_draw_forms=False)
        try:
            grey: Numbers = bitmap.to_numpy().reshape(bitmap.height, bitmap.width)
            edge = np.zeros((bitmap.height, bitmap.width + 1), np.bool_)
            edge[:, 2:] = _differ(grey[:, 1:], grey[:, :-1])
            edge[1:, 1:] |= _differ(grey[1:], grey[:-1])
        finally:
            bitmap.close()
        self._sums: Numbers = np.cumsum(edge, axis=1, dtype=np.int32)
        """In each row, how much contrast there is left of each pixel."""

    @property
    def none(self) -> bool:
        """Whether the page is blank."""
        return not self._sums[:, -1].any()

    def within(self, boxes: Sequence[Box]) -> list[bool]:
        """For each place whether anything shows there; rules and frames above and below don't count."""
        if not boxes:
            return []
        left, top, right, bottom = self._sides(boxes)
        return self._inked(np.floor(left), np.ceil(right), top, bottom)

    def of_each(self, boxes: Sequence[Box]) -> list[bool]:
        """The same for single signs, without their neighbours; one below seven points, too narrow to tell, is seen."""
        if not boxes:
            return []
        left, top, right, bottom = self._sides(boxes)
        first, last = np.ceil(left) + 1, np.floor(right)  # contrast is held against the pixel before
        narrow = last - first < 2
        return [seen or thin for seen, thin in zip(self._inked(first, last, top, bottom), narrow.tolist(), strict=True)]

    def _sides(self, boxes: Sequence[Box]) -> Numbers:
        sides: Numbers = np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes]).T * self._scale
        inset = 0.15 * (sides[3] - sides[1])
        sides[1] += inset
        sides[3] -= inset
        return sides

    def _inked(self, left: Numbers, right: Numbers, top: Numbers, bottom: Numbers) -> list[bool]:
        rows, columns = self._sums.shape[0], self._sums.shape[1] - 1
        x0, x1 = (np.clip(side, 0, columns).astype(int) for side in (left, right))
        y0, y1 = (np.clip(side, 0, rows).astype(int) for side in (np.floor(top), np.ceil(bottom)))
        heights = np.maximum(y1 - y0, 0)
        box = np.repeat(np.arange(len(heights)), heights)
        row = y0[box] + np.arange(len(box)) - np.repeat(np.cumsum(heights) - heights, heights)
        shows = self._sums[row, x1[box]] > self._sums[row, x0[box]]
        result: list[bool] = (np.bincount(box, shows, len(heights)) > 0).tolist()
        return result


def _differ(one: Numbers, other: Numbers) -> Numbers:
    result: Numbers = np.maximum(one, other) - np.minimum(one, other) > _CONTRAST
    return result
