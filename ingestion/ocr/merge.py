"""Two readings of one page, English and Arabic, made one by their places."""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.document import Box
from ingestion.ocr.engine import Seen
from ingestion.readers.directions import ARABIC

_COVERED = 0.4
"""Of the smaller box; beyond it two words are readings of the same ink."""


def merged(base: Iterable[Seen], arabic: Iterable[Seen]) -> tuple[Seen, ...]:
    """The words of `base`, with those of `arabic` that are Arabic in the place of what they cover.

    An engine without Arabic makes short Latin nonsense of it, and one with Arabic spoils Western digits. So of
    `arabic` only words with more Arabic letters than others count, and of two readings of the same ink

    * a number of `base` that its engine is sure of stays;
    * otherwise the more confident one stays, of equals that of `base`.

    Nothing is invented: each word is one of those given, unchanged, and no two from different sides share their ink.
    """
    kept = list(base)
    added: list[Seen] = []
    for word in arabic:
        if not _is_arabic(word.text):
            continue
        rivals = [other for other in kept if overlap(word.box, other.box) > _COVERED]
        if any(_sure_number(rival) or rival.confidence >= word.confidence for rival in rivals):
            continue
        if rivals:
            kept = [other for other in kept if all(other is not rival for rival in rivals)]
        added.append(word)
    return (*kept, *added)


def overlap(one: Box, other: Box) -> float:
    """Share of the smaller box that lies in the other, 0 to 1.

    >>> overlap(Box(0, 0, 10, 10), Box(6, 0, 14, 5))
    0.5
    """
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    smaller = min((box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other))
    return across * down / smaller if across > 0 and down > 0 and smaller > 0 else 0.0


def _is_arabic(text: str) -> bool:
    letters = len(ARABIC.findall(text))
    return letters > 0 and 2 * letters > sum(map(str.isalnum, text))


def _sure_number(word: Seen) -> bool:
    digits = sum(map(str.isdecimal, word.text))
    return word.confidence >= 0.6 and digits > 0 and 2 * digits >= sum(map(str.isalnum, word.text))
