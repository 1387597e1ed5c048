"""Pages of a PDF with a text layer, written through PDFium: text, lines and filled boxes, from the top left corner.

Latin letters are set in the viewer's Helvetica and Courier, which need no font file; Arabic needs a font with its
presentation forms, which is looked for where systems keep theirs. The same calls give the same bytes.
"""

from __future__ import annotations

import ctypes
import io
import os
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from ingestion.errors import Missing
from ingestion.samples import arabic

WIDTH, HEIGHT = 595.0, 842.0
"""A4 in points."""
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_FILES = ("NotoNaskhArabic-Regular.ttf", "NotoKufiArabic-Regular.ttf", "Amiri-Regular.ttf", "DejaVuSans.ttf")
_CHANGING = (
    (re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\]"), b"/ID[<" + b"0" * 32 + b"><" + b"0" * 32 + b">]"),
    (re.compile(rb"/CreationDate\(D:\d{14}"), b"/CreationDate(D:20260101000000"),
)
"""What PDFium writes anew each time, and what stands there instead: of the same length, for the table of places."""


class Face(StrEnum):
    """A font every viewer has. The value is its name in PDF (ISO 32000-1, 9.6.2.2)."""

    PLAIN = "Helvetica"
    BOLD = "Helvetica-Bold"
    FIXED = "Courier"
    SERIF = "Times-Roman"


class Side(StrEnum):
    """Where a text stands to its x."""

    LEFT = "left"
    """It begins there."""
    RIGHT = "right"
    """It ends there."""
    MIDDLE = "middle"


@cache
def arabic_font() -> bytes:
    """A font for Arabic: the file that INVOLINKS_ARABIC_FONT names, else the first known one of this machine.

    Raises `Missing` where there is none.
    """
    stated = os.environ.get("INVOLINKS_ARABIC_FONT")
    places = (
        [Path(stated)]
        if stated
        else [path for name in _FILES for folder in _FOLDERS for path in Path(folder).rglob(name)]
    )
    for path in places:
        if path.is_file():
            return path.read_bytes()
    raise Missing(
        "arabic_font",
        "No font with Arabic letters was found. Install fonts-dejavu-core or fonts-noto-core, or name a TrueType file "
        "in INVOLINKS_ARABIC_FONT; English samples need none.",
    )


class Canvas:
    """A document that is being drawn. Use as a context manager; `pdf` closes the last page."""

    def __init__(self) -> None:
        self._document = pypdfium2.PdfDocument.new()
        self._faces = {face: raw.FPDFText_LoadStandardFont(self._document.raw, face.value.encode()) for face in Face}
        self._arabic: object = None
        self._page: pypdfium2.PdfPage | None = None
        self.pages = 0

    def __enter__(self) -> Canvas:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended()
        for font in self._faces.values():
            raw.FPDFFont_Close(font)
        if self._arabic is not None:
            raw.FPDFFont_Close(self._arabic)
        self._document.close()

    def page(self) -> None:
        """Begin a page."""
        self._ended()
        self._page = self._document.new_page(WIDTH, HEIGHT)
        self.pages += 1

    def text(
        self, x: float, y: float, text: str, size: float = 9, *, face: Face = Face.PLAIN, side: Side = Side.LEFT,
        gray: int = 0,
    ) -> None:  # fmt: skip
        """One line; `y` is its base line. Arabic letters are shaped and set from right to left."""
        runs = [(font, part, self._width(font, part, size)) for font, part in self._runs(text, face)]
        whole = sum(width for _, _, width in runs)
        x -= {Side.LEFT: 0.0, Side.RIGHT: whole, Side.MIDDLE: whole / 2}[side]
        for font, part, width in runs:
            signs = part.rstrip(" ")
            if signs.strip():
                written = raw.FPDFPageObj_CreateTextObj(self._document.raw, font, ctypes.c_float(size))
                encoded = (signs + "\0").encode("utf-16-le")
                raw.FPDFText_SetText(written, (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded))
                raw.FPDFPageObj_SetFillColor(written, gray, gray, gray, 255)
                raw.FPDFPageObj_Transform(written, 1, 0, 0, 1, x, HEIGHT - y)
                self._put(written)
            x += width

    def width(self, text: str, size: float = 9, face: Face = Face.PLAIN) -> float:
        """Of a text, in points."""
        return sum(self._width(font, part, size) for font, part in self._runs(text, face))

    def wrapped(self, text: str, room: float, size: float = 9, face: Face = Face.PLAIN) -> list[str]:
        """Cut into lines that fit."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width(longer, size, face) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.6) -> None:
        """A stroke."""
        path = raw.FPDFPageObj_CreateNewPath(x0, HEIGHT - y0)
        raw.FPDFPath_LineTo(path, x1, HEIGHT - y1)
        raw.FPDFPageObj_SetStrokeWidth(path, width)
        raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_NONE, True)
        self._put(path)

    def box(self, x0: float, y0: float, x1: float, y1: float, *, gray: int | None = None) -> None:
        """A frame, or an area filled with a gray."""
        path = raw.FPDFPageObj_CreateNewRect(x0, HEIGHT - y1, x1 - x0, y1 - y0)
        if gray is None:
            raw.FPDFPageObj_SetStrokeWidth(path, 0.6)
            raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_NONE, True)
        else:
            raw.FPDFPageObj_SetFillColor(path, gray, gray, gray, 255)
            raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_WINDING, False)
        self._put(path)

    def pdf(self) -> bytes:
        """The document."""
        self._ended()
        target = io.BytesIO()
        self._document.save(target)
        data = target.getvalue()
        for changing, instead in _CHANGING:
            data = changing.sub(instead, data)
        return data

    def _ended(self) -> None:
        if self._page is not None:
            raw.FPDFPage_GenerateContent(self._page.raw)
            self._page.close()
            self._page = None

    def _put(self, thing: object) -> None:
        if self._page is None:
            raise RuntimeError("begin a page first")
        raw.FPDFPage_InsertObject(self._page.raw, thing)

    def _runs(self, text: str, face: Face) -> Sequence[tuple[object, str]]:
        """Parts with one font, from left to right."""
        if not arabic.is_arabic(text) and not any("٠" <= sign <= "٩" for sign in text):
            return [(self._faces[face], text)]
        runs: list[tuple[object, str]] = []
        for sign in arabic.visual(text):
            font = self._arabic_font() if ord(sign) > 0x5FF else self._faces[face]
            if sign == " " and runs:
                font = runs[-1][0]
            if runs and runs[-1][0] is font:
                runs[-1] = (font, runs[-1][1] + sign)
            else:
                runs.append((font, sign))
        return runs

    def _arabic_font(self) -> object:
        if self._arabic is None:
            data = arabic_font()
            self._kept = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
            self._arabic = raw.FPDFText_LoadFont(
                self._document.raw, self._kept, len(data), raw.FPDF_FONT_TRUETYPE, True
            )
        return self._arabic

    def _width(self, font: object, text: str, size: float) -> float:
        room = ctypes.c_float()
        whole = 0.0
        for sign in text:
            raw.FPDFFont_GetGlyphWidth(font, ord(sign), ctypes.c_float(size), ctypes.byref(room))
            whole += room.value
        return whole
