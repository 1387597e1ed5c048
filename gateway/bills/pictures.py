"""Pages of originals as pictures, and what stands at one place of them.

A stranger's file is opened in a process that may fail, never in this one, and nothing is recognised in it. One page is
drawn at a time, in a thread of its own, so that no hostile file keeps the threads that sign; who has to wait too long
is told so. Nothing is kept: the same page is drawn again when it is asked for again.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from gateway.http.problems import Invalid, NotFound, Unavailable
from ingestion import errors
from ingestion.bounds import Bounds
from ingestion.document import Box
from ingestion.readers.confined import Confined, Picture

LEAST_DPI, USUAL_DPI, MOST_DPI = 36, 110, 220
MOST_WAITING: Final = 24
"""Pages of one process that wait to be drawn; a page takes some 50 ms."""
_BOUNDS: Final = Bounds(pixels=40_000_000, seconds=8, patience=60.0)
_IDLE: Final = 120.0
"""Seconds after which the process that draws is ended."""
_MARGIN: Final = 3.0
"""Points around a value, so that it can be read as what it is."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


class NotDrawn(Invalid):
    """The page can't be shown: the file is damaged, or built to do harm."""

    code = "page-not-drawn"


class Pictures:
    """Draws for this process. `close` ends what is under way."""

    def __init__(self, *, bounds: Bounds = _BOUNDS, idle: float = _IDLE) -> None:
        self._confined = Confined(bounds, idle=idle)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._waiting = 0

    async def page(self, data: bytes, number: int, *, dpi: int = USUAL_DPI, box: Box | None = None) -> bytes:
        """A page of a PDF or a file of pictures, from 1, as PNG; with `box`, in points, that part of it.

        Raises NotFound for a page that isn't there, NotDrawn, Unavailable.
        """
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Too many pages are being drawn just now; ask for this one again.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._drawn, data, number, dpi, box)
        except errors.Refused as refused:
            if refused.code in {"no_such_page", "no_pages"}:
                raise NotFound(str(refused)) from None
            raise NotDrawn(str(refused), facts={"reason": refused.code}) from None
        except errors.Unavailable as error:
            raise Unavailable(str(error)) from None
        finally:
            self._waiting -= 1

    def _drawn(self, data: bytes, number: int, dpi: int, box: Box | None) -> bytes:
        picture = self._confined.picture(data, number, dpi=dpi)
        return png(picture if box is None else cut(picture, box, dpi))

    async def close(self) -> None:
        """End the process; what still waits isn't drawn."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._confined.close()


def cut(picture: Picture, box: Box, dpi: int) -> Picture:
    """A part of a page, with a little around it; at least one pixel.

    >>> cut(Picture(4, 4, bytes(range(16))), Box(1, 1, 1, 1), 72).pixels == bytes(range(16))
    True
    >>> cut(Picture(9, 1, bytes(range(9))), Box(99, 0, 999, 1), 72).pixels
    b'\\x08'
    """
    scale = dpi / 72
    left, top = (min(max(int((low - _MARGIN) * scale), 0), most - 1) for low, most in _lows(picture, box))
    right, bottom = (
        min(max(int((high + _MARGIN) * scale) + 1, start + 1), most)
        for high, start, most in ((box.x1, left, picture.width), (box.y1, top, picture.height))
    )
    rows = (picture.pixels[row * picture.width + left : row * picture.width + right] for row in range(top, bottom))
    return Picture(right - left, bottom - top, b"".join(rows))


def _lows(picture: Picture, box: Box) -> tuple[tuple[float, int], tuple[float, int]]:
    return (box.x0, picture.width), (box.y0, picture.height)


def png(picture: Picture) -> bytes:
    """The picture as PNG (ISO/IEC 15948): eight bits of grey, one stream, no filter."""
    width = picture.width
    rows = b"".join(b"\0" + picture.pixels[at : at + width] for at in range(0, len(picture.pixels), width))
    head = struct.pack("!IIBBBBB", width, picture.height, 8, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 3)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))
