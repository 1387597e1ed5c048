"""A transcript as a person looks at it: cells of words that stand together, what is right of them and what below."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from ingestion.document import Box, Evidence, Page, Source, Transcript, Word

_SPLIT = re.compile(r"[^:#]*[:#]|[^:#]+")
_WHOLE = re.compile(r"\d:\d|://")
_WIDE = {Source.TEXT: 0.62, Source.OCR: 0.75, Source.XML: 0.62}
"""Heights between words of a line from which they stand apart: engines place words less exactly than a file does."""
_LIKE = str.maketrans("أإآٱىةیک", "اااايهيك")


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Letters and digits alone, without case, accents and Arabic spelling variants; `№`, `N°` and `#` are `no`.

    >>> fold("USt.-Id.-Nr."), fold("N° d'échéance"), fold("Invoice #")
    ('ustidnr', 'nodecheance', 'invoiceno')
    """
    text = text.replace("#", "no").replace("°", "o")
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LIKE)
    return "".join(sign for sign in plain if sign.isalnum())


class Token(msgspec.Struct, frozen=True):
    """A word, or a part of one that ends with a colon."""

    text: str
    key: str
    box: Box
    """Where it stands to the others, on a page that is laid flat."""
    confidence: float
    place: Box
    """On the page as it came."""


class Cell(msgspec.Struct, frozen=True):
    """Words of one line without a wide gap between them, in the order they are spoken."""

    page: int
    """From 1."""
    line: int
    tokens: tuple[Token, ...]
    box: Box
    text: str
    starts: tuple[int, ...]
    """Where each token begins in `text`."""
    source: Source
    engine: str

    @property
    def height(self) -> float:
        """Of its line, in points."""
        return self.box.y1 - self.box.y0

    def tokens_at(self, start: int, end: int) -> tuple[int, int]:
        """The tokens, first and one past the last, that a stretch of `text` touches."""
        return bisect_right(self.starts, start) - 1, bisect_right(self.starts, max(end - 1, start))

    def box_of(self, first: int, last: int) -> Box:
        """Around tokens `first` up to `last`, exclusive."""
        box = self.tokens[first].box
        for token in self.tokens[first + 1 : last]:
            box = box.union(token.box)
        return box

    def evidence(self, start: int, end: int) -> Evidence:
        """For a stretch of `text`: its words, place and how surely they were read."""
        first, last = self.tokens_at(start, end)
        place = self.tokens[first].place
        for token in self.tokens[first + 1 : last]:
            place = place.union(token.place)
        return Evidence(
            source=self.source,
            engine=self.engine,
            text=self.text[start:end].strip(),
            page=self.page,
            box=place,
            confidence=min(token.confidence for token in self.tokens[first:last]),
        )


class Sheet:
    """All cells of some pages, and their neighbours."""

    def __init__(self, pages: tuple[Page, ...]) -> None:
        """Cells are in reading order."""
        self.pages = {page.number: page for page in pages}
        self.cells: list[Cell] = [cell for page in pages for cell in _cells(page)]
        self._by_page: dict[int, list[Cell]] = {}
        for cell in self.cells:
            self._by_page.setdefault(cell.page, []).append(cell)
        for cells in self._by_page.values():
            cells.sort(key=lambda cell: cell.box.y0)
        self._tops = {page: [cell.box.y0 for cell in cells] for page, cells in self._by_page.items()}
        self._tallest = max((cell.height for cell in self.cells), default=0.0)

    def on(self, page: int) -> list[Cell]:
        """Cells of a page from top to bottom."""
        return self._by_page.get(page, [])

    def level(self, page: int, place: Box) -> Box:
        """A place of the page as it came, on the page laid flat; the same where no word stands there."""
        found: Box | None = None
        for cell in self.on(page):
            for token in cell.tokens:
                x, y = (token.place.x0 + token.place.x1) / 2, (token.place.y0 + token.place.y1) / 2
                if place.x0 <= x <= place.x1 and place.y0 <= y <= place.y1:
                    found = token.box if found is None else found.union(token.box)
        return found or place

    def beside(self, cell: Cell) -> list[Cell]:
        """Cells at the same height, from left to right, itself among them."""
        box = cell.box
        tops = self._tops.get(cell.page, [])
        first, last = bisect_left(tops, box.y0 - self._tallest), bisect_right(tops, box.y1)
        found = [
            other
            for other in self.on(cell.page)[first:last]
            if min(box.y1, other.box.y1) - max(box.y0, other.box.y0) > 0.5 * min(cell.height, other.height)
        ]
        return sorted(found, key=lambda other: other.box.x0)

    def below(self, page: int, box: Box, reach: float) -> list[Cell]:
        """Cells that begin under the box within `reach` points and share some of its width, the nearest first."""
        middle = (box.y0 + box.y1) / 2
        return [
            cell
            for cell in self.on(page)
            if middle < cell.box.y0 + 0.3 * cell.height <= box.y1 + reach
            and cell.box.y0 > box.y0
            and min(cell.box.x1, box.x1) - max(cell.box.x0, box.x0) > 0
        ]


def sheet(transcript: Transcript) -> Sheet:
    """Of a whole transcript."""
    return Sheet(transcript.pages)


def _turned(text: str, box: Box) -> bool:
    """Runs up or down the page: a note on the margin."""
    return len(text) > 2 and box.y1 - box.y0 > 1.6 * (box.x1 - box.x0)


def _beside(box: Box, turned: Box) -> bool:
    """Part of the same turned line, as short words are that don't look turned themselves."""
    gap = max(box.y0 - turned.y1, turned.y0 - box.y1)
    return turned.x0 - 1 <= box.x0 and box.x1 <= turned.x1 + 1 and gap < turned.x1 - turned.x0


def _tokens(page: Page) -> Iterator[tuple[int, Token]]:
    turned = [_flat(word) for word in page.words if _turned(word.text, _flat(word))]
    upright = 2 * len(turned) <= len(page.words)
    for word in page.words:
        box, text = _flat(word), word.text
        if not text or (upright and any(_beside(box, other) for other in turned)):
            continue
        parts = [text]
        if (":" in text or "#" in text) and not _WHOLE.search(text):
            parts = _SPLIT.findall(text)
        start = 0
        for part in parts:
            share = start / len(text), (start + len(part)) / len(text)
            start += len(part)
            sure = word.confidence * page.quality
            yield word.line, Token(part, fold(part), _part(box, *share), sure, _part(word.box, *share))


def _flat(word: Word) -> Box:
    return word.level or word.box


def _part(box: Box, start: float, end: float) -> Box:
    """Of its width, from one share to another."""
    if (start, end) == (0, 1):
        return box
    width = box.x1 - box.x0
    return Box(box.x0 + start * width, box.y0, box.x0 + end * width, box.y1)


def _cells(page: Page) -> Iterator[Cell]:
    line, run = -1, list[Token]()
    wide = _WIDE[page.source]
    for number, token in _tokens(page):
        if run:
            last = run[-1].box
            gap = max(token.box.x0 - last.x1, last.x0 - token.box.x1)
            if number != line or gap > wide * min(last.y1 - last.y0, token.box.y1 - token.box.y0):
                yield _cell(page, line, run)
                run = []
        line = number
        run.append(token)
    if run:
        yield _cell(page, line, run)


def _cell(page: Page, line: int, run: list[Token]) -> Cell:
    box, starts, length = run[0].box, list[int](), 0
    for token in run:
        box = box.union(token.box)
        starts.append(length)
        length += len(token.text) + 1
    text = " ".join(token.text for token in run)
    return Cell(page.number, line, tuple(run), box, text, tuple(starts), page.source, page.engine)
