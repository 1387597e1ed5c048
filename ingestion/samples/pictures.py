"""Pictures of a sample: as a scanner gives its pages, and as a telephone does.

scan    grey, 200 dpi, a little askew, uneven paper, noise and specks of dust, JPEG
photo   the sheet on a table, seen from the side: perspective, shadow, warm light, blur, noise, JPEG
"""

from __future__ import annotations

import io
import time

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image

_DPI = 200
Pixels = npt.NDArray[np.float32]
Dice = np.random.Generator


def scans(pdf: bytes, seed: int) -> tuple[bytes, ...]:
    """A JPEG for each page, grey."""
    dice = np.random.default_rng([seed, 1])
    return tuple(_scan(page, dice) for page in _drawn(pdf))


def photos(pdf: bytes, seed: int) -> tuple[bytes, ...]:
    """A JPEG for each page, in colour and without a resolution, as cameras leave it."""
    dice = np.random.default_rng([seed, 2])
    return tuple(_photo(page, dice) for page in _drawn(pdf))


def bound(pages: tuple[bytes, ...]) -> bytes:
    """A PDF of pictures alone, one JPEG a page, as scanners send it."""
    images = [Image.open(io.BytesIO(page)) for page in pages]
    target = io.BytesIO()
    now = time.gmtime(1_767_225_600)  # the same pages give the same bytes
    images[0].save(
        target, "PDF", save_all=True, append_images=images[1:], resolution=_DPI, creationDate=now, modDate=now
    )
    return target.getvalue()


def _drawn(pdf: bytes) -> list[Pixels]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.render(scale=_DPI / 72, grayscale=True).to_numpy() for page in document]
        return [page.reshape(page.shape[:2]).astype(np.float32) for page in pages]
    finally:
        document.close()


def _scan(page: Pixels, dice: Dice) -> bytes:
    rows, columns = page.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(dice.uniform(-1.4, 1.4)), 1.0)
    page = _floats(cv2.warpAffine(page, turn, (columns, rows), flags=cv2.INTER_CUBIC, borderValue=(250.0,)))
    page = _floats(cv2.GaussianBlur(page, (0, 0), float(dice.uniform(0.4, 0.8))))
    page = page * np.float32(0.86) + np.float32(dice.uniform(12, 28)) + _uneven(page.shape, dice, 6)
    page += dice.normal(0, dice.uniform(3, 7), page.shape).astype(np.float32)
    for x, y in zip(dice.integers(0, columns, 60), dice.integers(0, rows, 60), strict=True):
        page[y : y + 2, x : x + 2] = dice.uniform(40, 160)
    return _jpeg(page, int(dice.integers(55, 80)), dpi=(_DPI, _DPI))


def _photo(page: Pixels, dice: Dice) -> bytes:
    rows, columns = page.shape
    table = _floats(np.full((rows, columns), dice.uniform(60, 120), np.float32)) + _uneven(page.shape, dice, 18)
    corners = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32)
    reach = dice.uniform(0.015, 0.06, (4, 2)).astype(np.float32) * np.array((columns, rows), np.float32)
    way = cv2.getPerspectiveTransform(corners, (corners + inward * reach).astype(np.float32))
    seen = _floats(cv2.warpPerspective(page, way, (columns, rows), flags=cv2.INTER_CUBIC))
    cover = _floats(cv2.warpPerspective(np.ones_like(page), way, (columns, rows)))
    page = table * (1 - cover) + np.clip(seen, 0, 255) * np.float32(0.92) * cover
    page = _floats(cv2.GaussianBlur(page, (0, 0), float(dice.uniform(0.7, 1.1))))
    page *= _light(page.shape, dice)
    page += dice.normal(0, dice.uniform(4, 8), page.shape).astype(np.float32)
    warm = np.stack(
        [page * np.float32(tint) for tint in (1.0, dice.uniform(0.94, 0.99), dice.uniform(0.84, 0.94))], axis=-1
    )
    return _jpeg(warm, int(dice.integers(60, 82)))


def _light(shape: tuple[int, ...], dice: Dice) -> Pixels:
    """Brightness over the page: a lamp from one side, and the soft edge of a shadow."""
    rows, columns = shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    angle = float(dice.uniform(0, 2 * np.pi))
    along = (x / columns - 0.5) * np.cos(angle) + (y / rows - 0.5) * np.sin(angle)
    shade = 1 / (1 + np.exp((along - float(dice.uniform(-0.3, 0.3))) * float(dice.uniform(8, 25))))
    return _floats(0.95 + 0.2 * along - float(dice.uniform(0.15, 0.4)) * shade)


def _uneven(shape: tuple[int, ...], dice: Dice, strength: float) -> Pixels:
    rough = dice.normal(0, strength, (9, 7)).astype(np.float32)
    return _floats(cv2.resize(rough, shape[::-1], interpolation=cv2.INTER_CUBIC))


def _floats(values: object) -> Pixels:
    return np.asarray(values, np.float32)


def _jpeg(page: Pixels, quality: int, **more: tuple[int, int]) -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.clip(page, 0, 255).astype(np.uint8)).save(target, "JPEG", quality=quality, **more)
    return target.getvalue()
