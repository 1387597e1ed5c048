"""What a file is, whatever it is called; what isn't read is refused with a word on what to send."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingestion.bounds import Bounds
from ingestion.detect import Contradiction, FileKind, detect
from ingestion.errors import Refused
from tests.ingestion.readers.papers import pdf


def picture(kind, size=(40, 30), **options):
    buffer = io.BytesIO()
    Image.new("L", size, 200).save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG of any size in 60 bytes: a header, one empty chunk of data, the end."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


FILES = {
    FileKind.PDF: pdf(),
    FileKind.JPEG: picture("JPEG"),
    FileKind.PNG: picture("PNG"),
    FileKind.GIF: picture("GIF"),
    FileKind.TIFF: picture("TIFF"),
    FileKind.XML: b'\xef\xbb\xbf\n<?xml version="1.0"?><Invoice/>',
}


@pytest.mark.parametrize("kind", FileKind)
def test_the_content_decides(kind):
    found = detect(FILES[kind])
    assert (found.kind, found.contradictions) == (kind, ())
    if kind.startswith("image/"):
        assert (found.width, found.height, found.frames) == (40, 30, 1)


@pytest.mark.parametrize(
    ("name", "media_type", "contradictions"),
    [
        ("bill.pdf", "application/pdf", ()),
        ("BILL.PDF", "Application/PDF; name=bill.pdf", ()),
        ("bill.pdf", "application/octet-stream", ()),
        ("bill", "", ()),
        ("فاتورة.pdf", "application/x-pdf", ()),
        ("bill.jpg", "", (Contradiction.NAME,)),
        ("bill.pdf.exe", "", (Contradiction.NAME,)),
        ("folder.png\\bill.pdf", "", ()),
        ("bill.pdf", "image/jpeg", (Contradiction.MEDIA_TYPE,)),
        ("bill.xml", "text/xml", (Contradiction.NAME, Contradiction.MEDIA_TYPE)),
    ],
)
def test_a_wrong_name_is_told_and_tolerated(name, media_type, contradictions):
    found = detect(FILES[FileKind.PDF], name=name, media_type=media_type)
    assert (found.kind, found.contradictions) == (FileKind.PDF, contradictions)


def test_what_stands_before_a_pdf_is_tolerated():
    assert detect(b"\r\n junk of a gateway\n" + FILES[FileKind.PDF]).kind is FileKind.PDF


def test_xml_in_utf_16_is_xml():
    assert detect("<Invoice/>".encode("utf-16")).kind is FileKind.XML


def test_every_page_of_a_tiff_is_measured():
    pages = [Image.new("1", (20, 20)), Image.new("1", (50, 60))]
    data = picture("TIFF", save_all=True, append_images=pages)
    found = detect(data)
    assert (found.frames, found.width, found.height) == (3, 50, 60)
    assert refusal(data, Bounds(pages=2)) == "too_many_pages"
    assert refusal(data, Bounds(pixels=2_000)) == "too_many_pixels"


def refusal(data, bounds=None):
    with pytest.raises(Refused) as refused:
        detect(data, bounds=bounds)
    assert str(refused.value).endswith(".")
    return refused.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"x" * 2_000, "unknown_kind"),
        (b"PK\x03\x04 a zip, or a spreadsheet", "archive"),
        (b"Rar!\x1a\x07\x01", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
        (b"{\\rtf1", "office"),
        (b"\0\0\0\x18ftypheic", "heic"),
        (b"RIFF1234WEBPVP8 ", "webp"),
        (b"BM1234", "bmp"),
        (b"II+\0", "big_tiff"),
        (b"MZ\x90\0", "program"),
        (b"#!/bin/sh\n", "program"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"  <HTML><body>", "html"),
        (b"Received: from mail.example\r\n by mx.example\r\nSubject: Bill\r\n\r\n", "mail"),
        (b"X-Something: 1\r\nMIME-Version: 1.0\r\n\r\n", "mail"),
        (b"PK\x03\x04" + pdf(), "archive"),
        (png_header(20_001, 10), "too_many_pixels"),
        (png_header(20_000, 20_000), "too_many_pixels"),
        (png_header(2_000_000_000, 2_000_000_000), "too_many_pixels"),
        (picture("PNG")[:-14], "truncated"),
        (picture("JPEG", (800, 800))[:-100], "truncated"),
        (picture("GIF")[:-1], "truncated"),
        (picture("TIFF", (800, 800))[:200], "truncated"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"II*\0\xff\xff\xff\xff", "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:12].hex(),
)
def test_what_is_not_read_is_refused_in_words(data, code):
    assert refusal(data) == code


def test_a_tiff_whose_pixels_are_cut_off_is_truncated():
    """Its directory comes first here, so that the header is whole."""
    data = bytearray(b"II*\0\x08\0\0\0")
    tags = [(256, 3, 1, 100), (257, 3, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 200),
            (277, 3, 1, 1), (278, 3, 1, 100), (279, 4, 1, 10_000)]  # fmt: skip
    data += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + b"\0\0\0\0"
    data = bytes(data).ljust(200, b"\0")
    assert detect(data + bytes(10_000)).width == 100
    assert refusal(data + bytes(5_000)) == "truncated"


def test_a_tiff_whose_pages_run_in_a_circle_ends():
    data = (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", 4)
        + b"".join(struct.pack("<HHII", tag, 3, 1, 9) for tag in (256, 257, 273, 279))
    )
    assert refusal(data + struct.pack("<I", 8)) == "damaged"
    assert detect(data + struct.pack("<I", 0)).width == 9


def test_too_large_is_said_with_both_figures():
    with pytest.raises(Refused, match="200 bytes; at most 100"):
        detect(b"x" * 200, bounds=Bounds(size=100))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=40), st.integers(0, 400), st.integers(0, 60))
def test_any_damage_is_detected_or_refused(kind, noise, place, removed):
    whole = FILES[kind]
    try:
        detect(whole[:place] + noise + whole[place + removed :])
    except Refused as refused:
        assert refused.code  # anything but `Refused` fails
