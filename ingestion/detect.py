"""What kind of file this is, by its content; what its sender calls it is compared, never believed.

Pictures are measured by their headers and never decoded here, so that a small file that unpacks to gigabytes costs
nothing. What bills don't come in is refused with a word on what to send instead.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath

import msgspec
from PIL import ImageFile, JpegImagePlugin, PngImagePlugin

from ingestion import gif, tiff
from ingestion.bounds import Bounds
from ingestion.errors import Refused


class FileKind(StrEnum):
    """What is taken. The value is the media type."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    TIFF = "image/tiff"
    XML = "application/xml"


class Contradiction(StrEnum):
    """Where a sender's word and the content differ. Told, and no reason to refuse: files are often misnamed."""

    NAME = "name"
    MEDIA_TYPE = "media_type"


class Detected(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be read."""

    kind: FileKind
    contradictions: tuple[Contradiction, ...] = ()
    frames: int = 1
    """Pictures in a TIFF; of a GIF only the first is looked at. For PDF see `ingestion.readers.pdf`."""
    width: int = 0
    """Pixels of the largest picture; 0 for PDF and XML."""
    height: int = 0


_EXTENSIONS = {
    FileKind.PDF: {"pdf"},
    FileKind.JPEG: {"jpg", "jpeg", "jpe", "jfif"},
    FileKind.PNG: {"png"},
    FileKind.GIF: {"gif"},
    FileKind.TIFF: {"tif", "tiff"},
    FileKind.XML: {"xml"},
}
_MEDIA_TYPES = {
    FileKind.PDF: {"application/x-pdf"},
    FileKind.JPEG: {"image/jpg", "image/pjpeg"},
    FileKind.PNG: {"image/x-png"},
    FileKind.XML: {"text/xml"},
}
_UNTOLD = {"", "application/octet-stream", "binary/octet-stream", "application/force-download"}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
    (b"II*\0", FileKind.TIFF),
    (b"MM\0*", FileKind.TIFF),
)
_REFUSED = (
    (re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"), "archive", "a ZIP archive or an office document"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x1f\x8b|BZh|\xfd7zXZ"), "archive", "an archive"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "office", "an old office document or an Outlook message"),
    (re.compile(rb"....ftyp(?:heic|heix|heim|heis|hevc|mif1|msf1|avif)", re.DOTALL), "heic", "a HEIC or AVIF picture"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp", "a WebP picture"),
    (re.compile(rb"(?:II\+\0|MM\0\+)"), "big_tiff", "a BigTIFF"),
    (re.compile(rb"BM"), "bmp", "a BMP picture"),
    (re.compile(rb"MZ|\x7fELF|#!"), "program", "a program"),
    (re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE), "html", "a web page"),
    (re.compile(rb"\{\\rtf"), "office", "an RTF document"),
    (
        re.compile(
            rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
            rb"(?:received|return-path|mime-version|message-id|from|delivered-to):",
            re.IGNORECASE,
        ),
        "mail",
        "a mail",
    ),
)
_INSTEAD = {
    "archive": "Unpack it and send the files themselves.",
    "mail": "Send its attachments, or forward it to the mailbox for bills.",
    "program": "It is not taken.",
}
_WIDE = (b"\xff\xfe<\0", b"\xfe\xff\0<")
_PLUGINS: dict[FileKind, type[ImageFile.ImageFile]] = {
    FileKind.JPEG: JpegImagePlugin.JpegImageFile,
    FileKind.PNG: PngImagePlugin.PngImageFile,
}


def detect(data: bytes, *, name: str = "", media_type: str = "", bounds: Bounds | None = None) -> Detected:
    """What `data` is, where it may be read.

    Raises `Refused`: `empty`, `too_large`, `archive`, `office`, `heic`, `webp`, `big_tiff`, `bmp`, `program`, `html`,
    `mail`, `unknown_kind`; for pictures `truncated`, `damaged`, `too_many_pixels`, `too_many_pages`.
    """
    bounds = bounds or Bounds()
    if not data:
        raise Refused("empty", "The file is empty. It was probably not transferred: send it again.")
    if len(data) > bounds.size:
        raise Refused("too_large", f"The file has {len(data):,} bytes; at most {bounds.size:,} are taken.")
    kind = _kind(data)
    contradictions = _contradictions(kind, name, media_type)
    if kind in (FileKind.PDF, FileKind.XML):
        return Detected(kind=kind, contradictions=contradictions)
    sizes = _sizes(data, kind, bounds)
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Detected(kind=kind, contradictions=contradictions, frames=len(sizes), width=width, height=height)


def _kind(data: bytes) -> FileKind:
    head = data[:1024]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    for pattern, code, what in _REFUSED:
        if pattern.match(head):
            instead = _INSTEAD.get(code, "Save it as PDF, JPG or PNG and send that.")
            raise Refused(code, f"The file is {what}. {instead}")
    if b"%PDF-" in head:  # what stands before it is tolerated by every viewer (ISO 32000-1, annex H.3.4.1)
        return FileKind.PDF
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"<") or head.startswith(_WIDE):
        return FileKind.XML
    raise Refused("unknown_kind", "The file is of a kind that isn't read. Send a PDF, a JPG, PNG, GIF or TIFF, or XML.")


def _contradictions(kind: FileKind, name: str, media_type: str) -> tuple[Contradiction, ...]:
    extension = PurePosixPath(name.replace("\\", "/")).suffix[1:].lower()
    stated = media_type.partition(";")[0].strip().lower()
    found = []
    if extension and extension not in _EXTENSIONS[kind]:
        found.append(Contradiction.NAME)
    if stated not in _UNTOLD and stated != kind and stated not in _MEDIA_TYPES.get(kind, ()):
        found.append(Contradiction.MEDIA_TYPE)
    return tuple(found)


def _sizes(data: bytes, kind: FileKind, bounds: Bounds) -> list[tuple[int, int]]:
    """Width and height of each picture, none above its bound."""
    sizes: list[tuple[int, int]] = []
    try:
        for width, height, whole in _pictures(data, kind):
            if len(sizes) == bounds.pages:
                raise Refused("too_many_pages", f"The file has more than {bounds.pages} pages. Send each bill apart.")
            if width * height > bounds.pixels or max(width, height) > bounds.side:
                raise Refused(
                    "too_many_pixels",
                    f"The picture has {width:,} by {height:,} pixels; at most {bounds.pixels:,} in all and "
                    f"{bounds.side:,} on a side are taken. Scan at 300 dpi or less.",
                )
            if not whole:
                raise Refused("truncated", "The picture breaks off before its end. Send it again.")
            sizes.append((width, height))
    except (SyntaxError, OSError, ValueError, OverflowError):
        sizes.clear()
    if not sizes:
        raise Refused("damaged", "The picture is damaged and can't be opened. Send it again.")
    return sizes


def _pictures(data: bytes, kind: FileKind) -> Iterator[tuple[int, int, bool]]:
    """Width and height of each picture, and whether its end is there: a decoder would fill in grey for the total.

    Pillow's classes are asked directly, for the header only: they neither guess the format nor warn of a size, as they
    do for GIF and TIFF.
    """
    if kind is FileKind.TIFF:
        for frame in tiff.frames(data):
            yield frame.width, frame.height, frame.end <= len(data)
        return
    if kind is FileKind.GIF:
        yield *gif.size(data), _ends(data, kind)
        return
    with _PLUGINS[kind](io.BytesIO(data)) as image:
        yield *image.size, _ends(data, kind)


def _ends(data: bytes, kind: FileKind) -> bool:
    if kind is FileKind.JPEG:
        return data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")
    if kind is FileKind.PNG:
        return b"IEND" in data
    return data.rstrip(b"\0").endswith(b";")
