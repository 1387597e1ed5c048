"""Pictures that people send: JPEG, PNG, GIF and TIFF, as grey pages that stand as they were meant to be seen.

Bounds are kept before anything is decoded. To be called where a crash does no harm: `ingestion.ocr.confined`.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import msgspec
import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from ingestion.bounds import Bounds
from ingestion.errors import Refused
from ingestion.ocr.engine import Gray

DPI = 200
"""That pages are read at. More brought nothing."""
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "MPO")
"""MPO: what some telephones call a JPEG with a second, smaller picture."""
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


def frames(data: bytes, bounds: Bounds) -> int:
    """Number of pages in a file of pictures: a TIFF may have several; of other kinds only the first is one.

    Raises `Refused`: `unknown_picture`, `too_many_pages`.
    """
    with _opened(data) as image:
        return _count(image, bounds)


def sheet(data: bytes, frame: int, bounds: Bounds) -> Sheet:
    """One page, from 0. Raises `Refused`: `unknown_picture`, `damaged`, `too_many_pixels`, `too_many_pages`."""
    with _opened(data) as image:
        if frame >= _count(image, bounds):
            raise Refused("no_pages", f"The picture has no page {frame + 1}.")
        try:
            image.seek(frame)
        except (EOFError, OSError, ValueError, SyntaxError, TypeError, KeyError) as error:
            _damaged(error)
        width, height = image.size
        if width * height > bounds.pixels or max(width, height) > bounds.side:
            raise Refused(
                "too_many_pixels",
                f"The picture has {width:,} by {height:,} pixels; at most {bounds.pixels:,} in all and {bounds.side:,} "
                "a side are read. Send it smaller: 200 dots an inch are enough.",
            )
        if min(width, height) < 16:
            raise Refused("too_small", f"The picture has {width} by {height} pixels: there can't be a bill on it.")
        try:
            return _sheet(image)
        except MemoryError:
            raise
        except Exception as error:  # each of Pillow's decoders fails in its own way
            _damaged(error)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata; size has a bound of our own
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except UnidentifiedImageError:
            raise Refused(
                "unknown_picture", "The file is no JPEG, PNG, GIF or TIFF, or breaks off at its start. Send it again."
            ) from None
        except Image.DecompressionBombError:
            raise Refused(
                "too_many_pixels", "The picture has far more pixels than any page. Send it smaller."
            ) from None
        except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, OverflowError) as error:
            _damaged(error)
        with image:
            yield image


def _count(image: Image.Image, bounds: Bounds) -> int:
    if image.format != "TIFF":
        return 1
    count = 0
    try:
        for _ in ImageSequence.Iterator(image):
            count += 1
            if count > bounds.pages:
                raise Refused(
                    "too_many_pages",
                    f"The TIFF has more than {bounds.pages} pages. Send each bill as a file of its own.",
                )
    except (OSError, ValueError, SyntaxError, TypeError, KeyError) as error:
        _damaged(error)
    return count


def _damaged(error: Exception) -> NoReturn:
    raise Refused("damaged", "The picture is damaged or not whole. Save or scan it again and send that.") from error


def _sheet(image: Image.Image) -> Sheet:
    resolution = _resolution(image)
    width, height = image.size
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
