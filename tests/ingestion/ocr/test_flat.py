"""Lines that climb: turned, seen from the side or curled, they come out level; what isn't lines stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from ingestion.document import Box, Kind, Page, Source, Term, Transcript, Word
from ingestion.extract import extract
from ingestion.ocr.engine import Seen
from ingestion.ocr.flat import flattened
from ingestion.ocr.lines import arranged

WAYS: dict[str, Callable[[float, float], float]] = {
    "turned": lambda x, y: 0.03 * x,
    "from the side": lambda x, y: (x - 800) * (y - 1100) / 45_000,
    "curled": lambda x, y: (x - 700) ** 2 / 40_000,
}
"""How far down a point is moved."""


def page(way: Callable[[float, float], float], chance: Random) -> list[list[Box]]:
    """Lines of words, moved; engines don't box each word alike."""
    return [
        [
            Box(x, y + way(x, y) + chance.uniform(-1, 1), x + 70, y + 30 + way(x, y) + chance.uniform(-1, 1))
            for x in range(100, 1500, 90)
            if chance.random() < 0.85
        ]
        for y in range(100, 2200, 60)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_words_of_a_line_come_to_stand_level(way: str) -> None:
    lines = page(WAYS[way], Random(way))
    boxes = [box for line in lines for box in line]
    flat = iter(flattened(boxes))
    for line in lines:
        level = [next(flat) for _ in line]
        assert max(box.y0 for box in level) - min(box.y0 for box in level) < 10
        assert [(box.x0, box.x1) for box in level] == [(box.x0, box.x1) for box in line]
    assert any(max(box.y0 for box in line) - min(box.y0 for box in line) > 15 for line in lines)


def test_level_lines_stay_where_they_are() -> None:
    boxes = [box for line in page(lambda x, y: 0.0, Random(1)) for box in line]
    assert all(abs(new.y0 - old.y0) < 3 for new, old in zip(flattened(boxes), boxes, strict=True))


@pytest.mark.parametrize("boxes", [[], [Box(0, 0, 10, 10)], [Box(0, 40 * n, 50, 40 * n + 10) for n in range(30)]])
def test_too_few_neighbours_say_nothing(boxes: list[Box]) -> None:
    assert flattened(boxes) == tuple(boxes)


def test_a_far_column_stays_in_its_line_and_evidence_points_to_the_page_as_it_came() -> None:
    rows = [("Invoice", "INV-77"), ("Subtotal", "100.00"), ("VAT", "5.00"), ("Total", "105.00")]
    filling = [[(x, f"goods{x}") for x in range(100, 1500, 100)] for _ in range(6)]
    printed = [[*row, (1400, f"{n}")] for n, row in enumerate(filling)]
    printed += [[(100, label), (260, "AED"), (1400, value)] for label, value in rows]
    climb = 0.04
    words = [
        Seen(text, Box(x, 100 + 40 * n + climb * x, x + 14 * len(text), 130 + 40 * n + climb * x), 0.9)
        for n, row in enumerate(printed)
        for x, text in row
    ]
    flat = [Seen(word.text, box, 0.9) for word, box in zip(words, flattened([w.box for w in words]), strict=True)]
    came = {id(new): old.box for new, old in zip(flat, words, strict=True)}
    read = Page(
        number=1,
        width=1654,
        height=2339,
        words=tuple(Word(word.text, came[id(word)], line, 0.9, word.box) for line, word in arranged(flat)),
        source=Source.OCR,
        engine="hand",
    )
    [found] = extract(Transcript(sha256="", pages=(read,)))
    total = found.header[Term.TOTAL]
    assert found.kind is Kind.INVOICE
    assert str(total.value) == "105.00"
    assert total.evidence[0].box == next(word.box for word in words if word.text == "105.00")
