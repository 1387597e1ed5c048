"""Pictures that people send: JPEG, PNG, GIF and TIFF, as grey pages that stand as they were meant to be seen.

Bounds are kept before anything is decoded. To be called where a crash does no harm: `ingestion.ocr.confined`.
"""

from __future__ import annotations

import io
import math
import warnings

import msgspec
import numpy as np
from PIL import Image, ImageOps

from ingestion.bounds import Bounds
from ingestion.detect import FileKind, detect
from ingestion.errors import Refused
from ingestion.ocr.engine import Gray

DPI = 200
"""That pages are read at. More brought nothing."""
FORMATS = {
    FileKind.JPEG: ("JPEG", "MPO"),  # MPO: a telephone's JPEG with a second picture behind it
    FileKind.PNG: ("PNG",),
    FileKind.GIF: ("GIF",),
    FileKind.TIFF: ("TIFF",),
}
_PAPER = 842.0
"""Points of the longer side of A4, which a picture without a believable resolution is taken to be."""
_AREA = 4_200_000
"""Pixels to read at most, a little more than A4 at 200 dpi."""
_SMALL = 1_400
"""Pixels of the longer side, below which a picture is doubled."""


class Sheet(msgspec.Struct, frozen=True):
    """A page to recognise."""

    picture: Gray
    points: float
    """Size of a pixel, in points."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        height, width = self.picture.shape
        return width * self.points, height * self.points


def sheet(data: bytes, frame: int = 0, bounds: Bounds | None = None) -> Sheet:
    """One page, from 0: a TIFF may have several, of other kinds only the first picture is a page.

    Raises `Refused`: what `ingestion.detect.detect` refuses, `no_picture`, `no_pages`, `too_small`, `damaged`.
    """
    bounds = bounds or Bounds()
    found = detect(data, bounds=bounds)
    if found.kind not in FORMATS:
        raise Refused("no_picture", f"The file is {found.kind}, and no picture.")
    if not 0 <= frame < found.frames:
        raise Refused("no_pages", f"The picture has no page {frame + 1}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of a size that has a bound of our own
            with Image.open(io.BytesIO(data), formats=FORMATS[found.kind]) as image:
                image.seek(frame)
                return _sheet(image, bounds)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # each of Pillow's decoders fails in its own way
        raise Refused("damaged", "The picture is damaged or not whole. Save or scan it again and send that.") from error


def fitted(picture: Gray, points: float) -> Sheet:
    """A page that was drawn, not larger than is read. `points`: size of a pixel as drawn."""
    height, width = picture.shape
    ratio = min(1.0, math.sqrt(_AREA / (width * height)))
    if ratio == 1:
        return Sheet(picture, points)
    image = Image.fromarray(picture)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    return Sheet(np.asarray(image.resize(size, Image.Resampling.BOX), np.uint8), points * width / size[0])


def _sheet(image: Image.Image, bounds: Bounds) -> Sheet:
    width, height = image.size
    if width * height > bounds.pixels or max(width, height) > bounds.side:  # as the decoder sees it
        raise Refused("too_many_pixels", f"The picture has {width:,} by {height:,} pixels. Scan at 300 dpi or less.")
    if min(width, height) < 16:
        raise Refused("too_small", f"The picture has {width} by {height} pixels: there can't be a bill on it.")
    resolution = _resolution(image)
    ratio = _ratio(width, height, resolution)
    if ratio < 1:  # a JPEG decodes straight to a smaller size, and to grey
        image.draft("L", (math.ceil(width * ratio), math.ceil(height * ratio)))
    upright = ImageOps.exif_transpose(image)
    gray = _on_white(upright).convert("L")
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    if (upright.width > upright.height) != (width > height):
        size = size[::-1]
    if gray.size != size:
        gray = gray.resize(size, Image.Resampling.LANCZOS if ratio > 1 else Image.Resampling.BOX)
    points = 72 / resolution / ratio if resolution else _PAPER / max(size)
    return Sheet(np.asarray(gray, np.uint8), points)


def _ratio(width: int, height: int, resolution: float | None) -> float:
    """How much to shrink or enlarge."""
    most = math.sqrt(_AREA / (width * height))
    if resolution:
        return min(most, 2.0, DPI / resolution) if resolution < 150 else min(most, 1.0)
    return min(most, 2.0) if max(width, height) < _SMALL else min(most, 1.0)


def _resolution(image: Image.Image) -> float | None:
    """Dots an inch, if stated and the page then has the size of paper: the 72 of a camera means nothing."""
    stated = image.info.get("dpi")
    try:
        across, down = (float(value) for value in stated) if stated else (0.0, 0.0)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not 60 <= across <= 1_300 or abs(across - down) > 1:
        return None
    longer = max(image.size) / across
    return across if 4 <= longer <= 20 else None


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, as on paper."""
    if image.mode in ("1", "L", "RGB", "CMYK", "YCbCr"):
        return image
    if image.mode.startswith("I") or image.mode == "F":  # sixteen bits and more, of which few are in use
        values = np.asarray(image, np.float32)
        low, high = float(values.min()), float(values.max())
        return Image.fromarray(((values - low) / max(high - low, 1.0) * 255).astype(np.uint8))
    whole = image.convert("RGBA")
    paper = Image.new("RGBA", whole.size, "white")
    paper.alpha_composite(whole)
    return paper
