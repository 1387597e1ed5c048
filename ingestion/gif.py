"""The size of a GIF by its first blocks alone (GIF 89a, sections 18 to 20): screen and first picture."""

from __future__ import annotations

import struct

_EXTENSION, _PICTURE = 0x21, 0x2C


def size(data: bytes) -> tuple[int, int]:
    """Width and height. Raises `ValueError` where no picture comes."""
    try:
        width, height, flags = struct.unpack_from("<HHB", data, 6)
        place = 13 + _table(flags)
        while data[place] == _EXTENSION:
            place += 2
            while data[place]:  # sub-blocks, each with its length before it
                place += 1 + data[place]
            place += 1
        if data[place] != _PICTURE:
            raise ValueError("no picture follows")
        left, top, across, down = struct.unpack_from("<HHHH", data, place + 1)
    except (struct.error, IndexError) as error:
        raise ValueError("the file ends before its picture") from error
    width, height = max(width, left + across), max(height, top + down)
    if not (width and height):
        raise ValueError("the picture has no size")
    return width, height


def _table(flags: int) -> int:
    """Bytes of the table of colours."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
