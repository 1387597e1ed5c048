"""The pages of a TIFF by its directories alone (TIFF 6.0, section 2): their size, and where their pixels end."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

_WIDTH, _HEIGHT = 256, 257
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_TAGS = frozenset({_WIDTH, _HEIGHT, _STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES})
_FORMS = {3: "H", 4: "I"}
"""Types a size or place has: 16 or 32 bits."""


class Frame(msgspec.Struct, frozen=True):
    """One page."""

    width: int
    height: int
    end: int
    """Bytes of the file that its pixels need."""


def frames(data: bytes) -> Iterator[Frame]:
    """Each page, lazily: there may be very many. Raises `ValueError` where a directory is broken or comes twice."""
    order = "<" if data.startswith(b"II") else ">"
    (place,) = _unpacked(order + "I", data, 4)
    seen: set[int] = set()
    while place:
        if place in seen:
            raise ValueError("the directories run in a circle")
        seen.add(place)
        (count,) = _unpacked(order + "H", data, place)
        values = dict(_tags(data, order, place + 2, count))
        yield _frame(values)
        (place,) = _unpacked(order + "I", data, place + 2 + 12 * count)


def _tags(data: bytes, order: str, place: int, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    for index in range(count):
        start = place + 12 * index
        tag, form, number = _unpacked(order + "HHI", data, start)
        if tag not in _TAGS:
            continue
        if form not in _FORMS or not number:
            raise ValueError(f"tag {tag} has no number")
        letter = _FORMS[form]
        if number * struct.calcsize(letter) <= 4:
            there = start + 8
        else:
            (there,) = _unpacked(order + "I", data, start + 8)
            if number > len(data):
                raise ValueError(f"tag {tag} is longer than the file")
        yield tag, _unpacked(f"{order}{number}{letter}", data, there)


def _frame(values: dict[int, tuple[int, ...]]) -> Frame:
    if _WIDTH not in values or _HEIGHT not in values or not (values[_WIDTH][0] and values[_HEIGHT][0]):
        raise ValueError("a page has no size")
    ends = [
        start + size
        for starts, sizes in ((_STRIPS, _STRIP_SIZES), (_TILES, _TILE_SIZES))
        for start, size in zip(values.get(starts, ()), values.get(sizes, ()), strict=False)
    ]
    if not ends:
        raise ValueError("a page has no pixels")
    return Frame(values[_WIDTH][0], values[_HEIGHT][0], max(ends))


def _unpacked(form: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, data, place)
    except struct.error as error:
        raise ValueError("a directory lies outside the file") from error
