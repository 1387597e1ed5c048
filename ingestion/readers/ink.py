"""Which words a person sees: those with ink in their place when the page is drawn.

One small grey picture of the page answers for every way of hiding at once: the colour of the paper, full transparency,
a cover drawn later, a clip, a layer that is off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pypdfium2 import PdfPage

from ingestion.document import Box

_SCALE = 0.5
"""Pixels per point: letters of four points are two pixels high, and leave a grey trace."""
_PIXELS = 1_500_000
"""Of the picture at most; larger pages are drawn smaller."""
_CONTRAST = 10
"""Least difference of neighbouring pixels, of 255, that is ink: print in a light grey (#D0D0D0) leaves 20."""

Edges = np.ndarray[tuple[int, int], np.dtype[np.int32]]


class Ink:
    """Where there is contrast on one page."""

    def __init__(self, page: PdfPage) -> None:
        width, height = page.get_size()
        self._scale = min(_SCALE, math.sqrt(_PIXELS / max(1.0, width * height)))
        bitmap = page.render(scale=self._scale, grayscale=True, may_draw_forms=False)
        try:
            grey = bitmap.to_numpy().reshape(bitmap.height, bitmap.width).astype(np.int16)
        finally:
            bitmap.close()
        edge = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1), np.int32)
        edge[1:, 2:] = np.abs(np.diff(grey, axis=1)) > _CONTRAST
        edge[2:, 1:] |= np.abs(np.diff(grey, axis=0)) > _CONTRAST
        self._sums: Edges = edge.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)

    @property
    def none(self) -> bool:
        """Whether the page is blank."""
        return not self._sums[-1, -1]

    def within(self, boxes: Sequence[Box]) -> list[bool]:
        """For each place whether anything shows there; rules and frames along its edge don't count."""
        if not boxes:
            return []
        sides = np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes])
        inset = 0.15 * (sides[:, 3] - sides[:, 1])
        rows, columns = self._sums.shape[0] - 1, self._sums.shape[1] - 1
        left = np.clip(np.floor(sides[:, 0] * self._scale), 0, columns).astype(int)
        right = np.clip(np.ceil(sides[:, 2] * self._scale), 0, columns).astype(int)
        top = np.clip(np.floor((sides[:, 1] + inset) * self._scale), 0, rows).astype(int)
        bottom = np.clip(np.ceil((sides[:, 3] - inset) * self._scale), 0, rows).astype(int)
        sums = self._sums
        inked = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return [bool(count) for count in inked > 0]
