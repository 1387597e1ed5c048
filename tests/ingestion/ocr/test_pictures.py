"""Every kind of picture becomes the same grey page; what is hostile or broken is refused in words."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingestion.bounds import Bounds
from ingestion.errors import Refused
from ingestion.ocr.pictures import fitted, sheet
from tests.ingestion.ocr.drawings import drawn, gray, saved

PAGE = drawn(size=(1600, 900))


def _transparent() -> Image.Image:
    ink = PAGE.point(lambda value: 255 - value)
    picture = Image.new("RGBA", PAGE.size, (0, 0, 0, 0))
    picture.putalpha(ink)
    return picture


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("png", saved(PAGE)),
        ("png of one bit", saved(PAGE.convert("1"))),
        ("png of sixteen bits", saved(Image.fromarray(gray(PAGE).astype(np.uint16) * 257))),
        ("png on nothing", saved(_transparent())),
        ("png with a palette", saved(PAGE.convert("RGB").convert("P"))),
        ("jpeg", saved(PAGE, "JPEG", quality=90)),
        ("jpeg of print colours", saved(PAGE.convert("CMYK"), "JPEG", quality=90)),
        ("gif", saved(PAGE, "GIF")),
        ("tiff", saved(PAGE, "TIFF")),
        ("tiff as a fax", saved(PAGE.convert("1"), "TIFF", compression="group4")),
    ],
)
def test_every_kind_of_picture_is_black_on_white(name: str, data: bytes) -> None:
    made = sheet(data).picture
    assert made.shape == (900, 1600)
    assert np.abs(made.astype(int) - gray(PAGE)).mean() < 3


def test_a_picture_stands_as_its_camera_was_held() -> None:
    for orientation, turned in {
        1: PAGE,
        2: PAGE.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: PAGE.transpose(Image.Transpose.ROTATE_180),
        4: PAGE.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: PAGE.transpose(Image.Transpose.TRANSPOSE),
        6: PAGE.transpose(Image.Transpose.ROTATE_90),
        7: PAGE.transpose(Image.Transpose.TRANSVERSE),
        8: PAGE.transpose(Image.Transpose.ROTATE_270),
    }.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        made = sheet(saved(turned, "PNG", exif=exif)).picture
        assert made.shape == (900, 1600), orientation
        assert np.abs(made.astype(int) - gray(PAGE)).mean() < 3, orientation


def test_each_page_of_a_fax_is_a_page() -> None:
    pages = [drawn([text], size=(1600, 400)) for text in ("one", "two", "three")]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    for index, page in enumerate(pages):
        assert np.array_equal(sheet(data, index).picture, gray(page))
    with pytest.raises(Refused, match="no page 4"):
        sheet(data, 3)
    with pytest.raises(Refused, match="more than 2 pages"):
        sheet(data, 0, Bounds(pages=2))


@pytest.mark.parametrize(
    ("pixels", "dpi", "points", "read"),
    [
        ((1654, 2339), (200, 200), (595, 842), (1654, 2339)),  # a scanner says so
        ((2480, 3508), (300, 300), (595, 842), (1723, 2437)),
        ((1200, 1800), (72, 72), (561, 842), (1200, 1800)),  # a camera's 72 would be a poster: A4 is taken
        ((827, 1169), (100, 100), (595, 842), (1654, 2338)),  # coarse: enlarged
        ((600, 800), None, (631, 842), (1200, 1600)),
        ((800, 3000), None, (225, 842), (800, 3000)),  # a receipt keeps its width
    ],
)
def test_a_page_has_the_size_of_paper(
    pixels: tuple[int, int], dpi: tuple[int, int] | None, points: tuple[int, int], read: tuple[int, int]
) -> None:
    made = sheet(saved(Image.new("L", pixels, 255), "PNG", **({"dpi": dpi} if dpi else {})))
    assert made.size == pytest.approx(points, abs=1.5)
    assert made.picture.shape[::-1] == pytest.approx(read, abs=2)


def test_what_was_drawn_too_large_is_reduced_and_keeps_its_size_in_points() -> None:
    large = fitted(np.full((4000, 3000), 255, np.uint8), 0.36)
    assert large.picture.size < 4_300_000
    assert large.size == pytest.approx((1080, 1440), abs=1)


def _png_of(width: int, height: int) -> bytes:
    """A few bytes that claim and unpack to very many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))

    row = zlib.compress(b"\0" * 1_000_000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", row)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "no_picture"),
        (b"<Invoice/>", "no_picture"),
        (b"hello", "unknown_kind"),
        (_png_of(20_000, 20_000), "too_many_pixels"),
        (_png_of(2_000_000, 10), "too_many_pixels"),
        (_png_of(900, 900)[:60], "truncated"),
        (_png_of(4_000, 4_000), "damaged"),
        (saved(PAGE, "JPEG")[:2_000], "truncated"),
        (saved(Image.new("L", (8, 400), 255)), "too_small"),
        (saved(PAGE)[:3_000] + bytes(200) + saved(PAGE)[3_200:], "damaged"),
    ],
)
def test_what_cannot_be_a_page_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        sheet(data)
    assert refused.value.code == code


def test_twenty_thousand_pixels_a_side_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(Refused, match="20,000 by 20,000"):
        sheet(_png_of(20_000, 20_000))


_SMALL = {form: saved(drawn(size=(200, 200)), form) for form in ("PNG", "JPEG", "GIF", "TIFF")}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(_SMALL)), st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_picture_is_read_or_refused(form: str, place: int, rubbish: bytes) -> None:
    data = io.BytesIO(_SMALL[form])
    data.seek(place % len(_SMALL[form]))
    data.write(rubbish)
    try:
        made = sheet(data.getvalue())
    except Refused as refused:
        assert str(refused)
    else:
        assert made.picture.dtype == np.uint8
