"""One page, read as well as the engines at hand can: recipe by recipe until the result is good, the best one kept."""

from __future__ import annotations

import msgspec

from ingestion.document import Box, Page, Source, Word
from ingestion.ocr.doubts import Doubt
from ingestion.ocr.engine import Recognition, Seen
from ingestion.ocr.engines import Engines
from ingestion.ocr.flat import flattened
from ingestion.ocr.lines import arranged, plain
from ingestion.ocr.merge import merged, overlap
from ingestion.ocr.pictures import Sheet
from ingestion.ocr.quality import found, quality, unread
from ingestion.ocr.recipes import RECIPES, without_background
from ingestion.ocr.upright import Upright, upright
from ingestion.readers.directions import ARABIC

GOOD = 0.8
"""Quality from which nothing else is tried."""
POOR = 0.45
"""Quality below which the page is tried another way up; if it stays below, the page is in doubt."""
FOREIGN = 0.12
"""Share of unread writing from which Arabic is looked for."""
MUCH = 0.3
"""Share of Arabic among the letters from which Arabic-Indic digits must be feared."""
_INDIC = frozenset("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")


class _Attempt(msgspec.Struct, frozen=True):
    """One way the page was read."""

    read: Recognition
    engine: str
    page: Upright
    quality: float
    foreign: bool
    """There was something to look for Arabic in."""
    quarters: int = 0

    @property
    def promising(self) -> bool:
        """Whether there is anything to read: an empty page stays empty, whatever is tried."""
        return bool(self.read.words or self.read.unread)


def read(sheet: Sheet, number: int, engines: Engines) -> Page:
    """The page with its words in points, reading order and doubts. Raises `Unavailable` where an engine fails."""
    best, doubts = _best(sheet, engines), list[Doubt]()
    if best.quarters:
        doubts.append(Doubt.TURNED)
    if best.foreign and engines.arabic is None:
        doubts.append(Doubt.ARABIC_MISSING)
    if _indic_feared(best.read.words):
        doubts.append(Doubt.ARABIC_UNREADABLE)
    if best.quality < POOR and best.promising:
        doubts.append(Doubt.POOR)
    return _page(sheet, number, best, tuple(doubts))


def _best(sheet: Sheet, engines: Engines) -> _Attempt:
    straight = upright(sheet.picture)
    best = _attempt(straight, engines.recipes[0], engines)
    for recipe in engines.recipes[1:]:
        if best.quality >= GOOD or not best.promising:
            break
        best = max(best, _attempt(straight, recipe, engines), key=lambda attempt: found(attempt.read))
    if best.quality < POOR and best.promising:
        for quarters in _turns(best.read):
            turned = _attempt(upright(sheet.picture, quarters), engines.recipes[0], engines, quarters)
            if turned.quality > best.quality + 0.1:
                best = turned
            if best.quality >= POOR:
                break
    return best


def _turns(read: Recognition) -> tuple[int, ...]:
    """Quarters to try: to the sides where most stretches stand upright, else on the head first."""
    boxes = [word.box for word in read.words if len(word.text) > 2] + list(read.unread)
    tall = sum(box.y1 - box.y0 > box.x1 - box.x0 for box in boxes)
    return (1, 3) if 2 * tall > len(boxes) else (2,)


def _attempt(page: Upright, recipe: str, engines: Engines, quarters: int = 0) -> _Attempt:
    engine = engines.of(recipe)
    name = f"{engine.name}, {recipe}"
    seen = engine.recognise(RECIPES[recipe].prepare(page.picture))
    read = Recognition(tuple(map(_plain, seen.words)), seen.unread)
    foreign = unread(read) > FOREIGN or engines.arabic_asked or any(ARABIC.search(word.text) for word in read.words)
    if foreign and engines.arabic is not None:
        arabic = engines.arabic.recognise(without_background(page.picture)).words
        words = merged(read.words, map(_plain, arabic))
        if words != read.words:
            read, name = Recognition(words, _still_unread(read.unread, words)), f"{name} + {engines.arabic.name}"
    return _Attempt(read, name, page, quality(read), foreign, quarters)


def _still_unread(boxes: tuple[Box, ...], words: tuple[Seen, ...]) -> tuple[Box, ...]:
    return tuple(box for box in boxes if all(overlap(box, word.box) < 0.5 for word in words))


def _plain(word: Seen) -> Seen:
    return Seen(plain(word.text), word.box, word.confidence)


def _indic_feared(words: tuple[Seen, ...]) -> bool:
    """Whether there are Arabic-Indic digits, or may be: beside much Arabic any digit may be misread from one."""
    letters = arabic = 0
    for word in words:
        if not _INDIC.isdisjoint(word.text):
            return True
        letters += sum(map(str.isalpha, word.text))
        arabic += len(ARABIC.findall(word.text))
    return arabic > MUCH * letters


def _page(sheet: Sheet, number: int, best: _Attempt, doubts: tuple[Doubt, ...]) -> Page:
    width, height = sheet.size
    flat = flattened([word.box for word in best.read.words])
    level = [Seen(word.text, box, word.confidence) for word, box in zip(best.read.words, flat, strict=True)]
    came = {id(word): as_seen.box for word, as_seen in zip(level, best.read.words, strict=True)}
    return Page(
        number=number,
        width=width,
        height=height,
        words=tuple(
            Word(
                word.text,
                _placed(best.page.origin(came[id(word)]), sheet),
                line,
                word.confidence,
                _scaled(word.box, sheet.points),
            )
            for line, word in arranged(level)
        ),
        source=Source.OCR,
        engine=best.engine,
        quality=best.quality,
        doubts=doubts,
    )


def _scaled(box: Box, points: float) -> Box:
    return Box(box.x0 * points, box.y0 * points, box.x1 * points, box.y1 * points)


def _placed(box: Box, sheet: Sheet) -> Box:
    """In points, within the page."""
    width, height = sheet.size
    x0, x1 = (min(max(x * sheet.points, 0.0), width) for x in (box.x0, box.x1))
    y0, y1 = (min(max(y * sheet.points, 0.0), height) for y in (box.y0, box.y1))
    return Box(x0, y0, x1, y1)
