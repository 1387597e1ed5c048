"""Setting a page upright, and finding the way back to the page as it came."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from ingestion.document import Box
from ingestion.ocr.engine import Gray

_STEEPEST = 8.0
"""Degrees. A page that lies askew by more was photographed in passing."""
_STRAIGHT = 0.25
"""Degrees that no engine minds."""
_CLEAR = 4.0
"""Times that rows differ more at the right angle than at most: noise or a few words reach 2, pages of text 8."""
_WORKING = 900
"""Pixels of the longer side while the angle is sought."""


_Indices = npt.NDArray[np.intp]


class Upright(msgspec.Struct, frozen=True):
    """A page turned for reading."""

    picture: Gray
    back: npt.NDArray[np.float64]
    """Two rows of three: from a point in this picture to the point in the page as it came."""

    def origin(self, box: Box) -> Box:
        """Where a box of this picture stands in the page as it came."""
        corners = np.array([(box.x0, box.y0, 1), (box.x1, box.y0, 1), (box.x0, box.y1, 1), (box.x1, box.y1, 1)])
        points = corners @ self.back.T
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return Box(float(x0), float(y0), float(x1), float(y1))


def upright(page: Gray, quarters: int = 0) -> Upright:
    """The page turned by so many quarters with the clock, and then by its skew where it has one."""
    height, width = page.shape
    turned = np.ascontiguousarray(np.rot90(page, -quarters))
    back = {
        0: ((1, 0, 0), (0, 1, 0)),
        1: ((0, 1, 0), (-1, 0, height)),
        2: ((-1, 0, width), (0, -1, height)),
        3: ((0, -1, width), (1, 0, 0)),
    }[quarters % 4]
    way = np.array(back, np.float64)
    angle = skew(turned)
    if abs(angle) < _STRAIGHT:
        return Upright(turned, way)
    rows, columns = turned.shape
    ahead = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, 1.0)
    straight = cv2.warpAffine(
        turned, ahead, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)
    unskewed = np.vstack([cv2.invertAffineTransform(ahead), (0, 0, 1)])
    return Upright(straight, way @ unskewed)


def skew(page: Gray) -> float:
    """Degrees to turn against the clock until lines of text are level: where the rows differ most in ink."""
    ratio = min(1.0, _WORKING / max(page.shape))
    small = cv2.resize(page, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small.astype(np.uint8), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 15, 12)
    rows, columns = np.nonzero(ink)
    if len(rows) < 200:
        return 0.0
    if len(rows) > 40_000:
        every = len(rows) // 40_000 + 1
        rows, columns = rows[::every], columns[::every]
    angles = np.arange(-_STEEPEST, _STEEPEST + 0.1, 0.5)
    steps = [_steps(rows, columns, angle) for angle in angles]
    rough = float(angles[int(np.argmax(steps))])
    if max(steps) < _CLEAR * float(np.median(steps)) or abs(rough) >= _STEEPEST:
        return 0.0
    fine = np.arange(rough - 0.5, rough + 0.51, 0.1)
    return float(max(sorted(fine, key=abs), key=lambda angle: _steps(rows, columns, angle)))


def _steps(rows: _Indices, columns: _Indices, angle: float) -> float:
    """How much neighbouring rows differ in ink once the page is turned."""
    slope = np.deg2rad(angle)
    level = rows * np.cos(slope) - columns * np.sin(slope)
    counts = np.bincount((level - level.min()).astype(np.intp)).astype(np.float64)
    return float(np.square(np.diff(counts)).sum())
