"""Lines as a person reads them, also where a photographed page leans."""

from __future__ import annotations

from ingestion.ocr.engine import Seen
from ingestion.ocr.lines import arranged, plain
from tests.ingestion.ocr.drawings import seen


def _lines(words: list[Seen]) -> list[str]:
    lines: dict[int, list[str]] = {}
    for line, word in arranged(words):
        lines.setdefault(line, []).append(word.text)
    return [" ".join(words) for _, words in sorted(lines.items())]


def test_a_line_that_climbs_is_one_line() -> None:
    words = [seen(f"w{n}", 100 * n, 100 - 6 * n, 100 * n + 60, 120 - 6 * n) for n in range(12)]
    below = [seen(f"v{n}", 100 * n, 130 - 6 * n, 100 * n + 60, 150 - 6 * n) for n in range(12)]
    expected = [" ".join(f"{letter}{n}" for n in range(12)) for letter in "wv"]
    assert _lines([*below[::-1], *words[::2], *words[1::2]]) == expected


def test_a_small_sign_beside_a_large_one_stays_in_its_line() -> None:
    words = [seen("TOTAL", 0, 0, 90, 40), seen("AED", 100, 14, 130, 26), seen("Net", 0, 60, 40, 75)]
    assert _lines(words) == ["TOTAL AED", "Net"]


def test_arabic_is_told_as_it_is_spoken() -> None:
    words = [seen("دبي", 10, 0, 40, 20), seen("شركة", 60, 0, 100, 20), seen("12.50", 105, 0, 140, 20)]
    assert _lines(words) == ["12.50 شركة دبي"]
    assert _lines([seen("Total", 0, 0, 50, 20), seen("الإجمالي", 300, 0, 350, 20)]) == ["Total الإجمالي"]


def test_words_without_a_sign_are_left_out() -> None:
    assert arranged([seen("", 0, 0, 5, 5)]) == []
    assert plain("Total：（5％）") == "Total:(5%)"
    assert plain("ﻻ\u200f") == "لا"
