"""Where a text stands that a language model gives: in the very lines it names, as whole words, or nowhere.

Only letters and digits are compared, without case, in any script's digits, so that a lost comma does no harm: what
counts is parsed from the printed words afterwards, never from the model's text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from ingestion.document import Evidence
from ingestion.extract.layout import Cell

_BEFORE, _AFTER = frozenset(":#([{\"'«“‘*=°№|"), frozenset(")]},;:.!?\"'»”’*|")
"""Signs that may stand at a number of something without being part of it."""


class Place(msgspec.Struct, frozen=True):
    """A stretch of a cell's text."""

    cell: Cell
    start: int
    end: int

    @property
    def text(self) -> str:
        """As printed."""
        return self.cell.text[self.start : self.end]

    @property
    def evidence(self) -> Evidence:
        """Page, box and words."""
        return self.cell.evidence(self.start, self.end)

    @property
    def digits(self) -> tuple[int, ...]:
        """Where in the cell its digits stand."""
        return digits(self.cell.text, self.start, self.end)

    @property
    def whole(self) -> bool:
        """Nothing is cut off: around it stands a gap, or a sign that doesn't belong to a number of something."""
        text = self.cell.text
        before, after = text[: self.start], text[self.end :]
        return (not before or before[-1].isspace() or before[-1] in _BEFORE) and (
            not after
            or after[0].isspace()
            or (after[0] in _AFTER and not after[1:2].isalnum() and after[1:2] not in ("-", "/"))
        )


def digits(text: str, start: int, end: int) -> tuple[int, ...]:
    """Indexes of the digits in a stretch."""
    return tuple(index for index in range(start, end) if text[index].isdecimal())


@lru_cache(maxsize=4_096)
def _signs(text: str) -> tuple[str, tuple[int, ...]]:
    """Letters and digits as they are compared, and the index that each comes from."""
    signs: list[str] = []
    places: list[int] = []
    for index, sign in enumerate(text):
        plain = str(unicodedata.decimal(sign)) if sign.isdecimal() else unicodedata.normalize("NFKC", sign).casefold()
        for each in plain:
            if each.isalnum():
                signs.append(each)
                places.append(index)
    return "".join(signs), tuple(places)


def key(text: str) -> str:
    """What of a text is compared.

    >>> key("AED 1,422.75") == key("aed ١٤٢٢٫٧٥")
    True
    """
    return _signs(text)[0]


def find(text: str, cells: Iterable[Cell]) -> Iterator[Place]:
    """Every place in these cells where the text stands as whole words; none for a text without letters and digits."""
    wanted = key(text)
    if not wanted:
        return
    for cell in cells:
        signs, places = _signs(cell.text)
        at = signs.find(wanted)
        while at >= 0:
            if _begins(places, at) and _begins(places, at + len(wanted)):
                yield Place(cell, places[at], places[at + len(wanted) - 1] + 1)
            at = signs.find(wanted, at + 1)


def follow(text: str, cells: Iterable[Cell]) -> tuple[Place, ...]:
    """A text that goes on from cell to cell, each piece as long as possible; empty unless all of it is printed so."""
    wanted, through = key(text), list(cells)
    for first in range(len(through) if wanted else 0):
        rest, found = wanted, list[Place]()
        for cell in through[first:]:
            place = _longest(rest, cell)
            if place is not None:
                found.append(place)
                rest = rest[len(key(place.text)) :]
            if not rest:
                return tuple(found)
            if not found:
                break
    return ()


def _longest(rest: str, cell: Cell) -> Place | None:
    """The longest whole words of a cell with which the rest begins."""
    signs, places = _signs(cell.text)
    best: Place | None = None
    for at, start in enumerate(places):
        if not _begins(places, at):
            continue
        length = 0
        while at + length < len(signs) and length < len(rest) and signs[at + length] == rest[length]:
            length += 1
            end = places[at + length - 1] + 1
            if _begins(places, at + length) and (best is None or end - start > best.end - best.start):
                best = Place(cell, start, end)
    return best


def _begins(places: tuple[int, ...], at: int) -> bool:
    """Whether a word begins at the compared sign `at`: what is compared before it isn't next to it, or nothing is."""
    return at in (0, len(places)) or places[at] - places[at - 1] > 1
