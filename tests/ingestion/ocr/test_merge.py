"""An English and an Arabic reading of one page become one, and neither loses what only it could read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.document import Box
from ingestion.ocr.engine import Seen
from ingestion.ocr.merge import merged, overlap
from tests.ingestion.ocr.drawings import seen

_BOXES = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.integers(0, 100),
    st.integers(0, 30),
    st.integers(1, 60),
    st.integers(1, 20),
)
_SURE = st.floats(0, 1)
_LATIN = st.lists(
    st.builds(Seen, st.sampled_from(["Total", "1,250.00", "INV-7", "aS sry", "5%"]), _BOXES, _SURE), max_size=8
)
_ARABIC = st.lists(
    st.builds(Seen, st.sampled_from(["فاتورة", "المجموع", "١٢٣", "880", "ا8غ70", "شركة"]), _BOXES, _SURE), max_size=8
)


def test_a_bilingual_line() -> None:
    english = [
        seen("Total", 10, 10, 60, 30),
        seen("1,250.00", 70, 10, 150, 30, 0.7),
        seen("JlezYl", 160, 10, 220, 30, 0.3),
    ]
    arabic = [
        seen("الإجمالي", 161, 9, 219, 31, 0.9),
        seen("٠٠ر٢٥٠", 70, 10, 150, 30, 0.8),
        seen("880", 10, 10, 60, 30, 0.9),
    ]
    assert [word.text for word in merged(english, arabic)] == ["Total", "1,250.00", "الإجمالي"]


def test_one_arabic_word_takes_the_place_of_many_scraps() -> None:
    scraps = [seen("pd)", 0, 0, 20, 10, 0.2), seen("l!", 25, 0, 40, 10, 0.4), seen("AED", 60, 0, 90, 10)]
    assert [word.text for word in merged(scraps, [seen("المجموع", 0, 0, 42, 11, 0.8)])] == ["AED", "المجموع"]


def test_a_word_that_one_engine_is_surer_of_stays() -> None:
    assert [word.text for word in merged([seen("Dubai", 0, 0, 40, 10, 0.9)], [seen("دبي", 0, 0, 40, 10, 0.5)])] == [
        "Dubai"
    ]


@settings(max_examples=150, deadline=None)
@given(_LATIN, _ARABIC)
def test_nothing_is_invented_and_no_ink_is_read_twice(base: list[Seen], arabic: list[Seen]) -> None:
    result = merged(base, arabic)
    assert all(any(word is given for given in (*base, *arabic)) for word in result)
    ours = [word for word in result if any(word is given for given in base)]
    theirs = [word for word in result if not any(word is given for given in base)]
    assert not any(overlap(one.box, other.box) > 0.4 for one in ours for other in theirs)
    sure = [word for word in base if word.text in ("1,250.00", "5%") and word.confidence >= 0.6]
    assert all(any(word is kept for kept in ours) for word in sure)
    lost = [word for word in base if not any(word is kept for kept in ours)]
    assert all(any(overlap(word.box, other.box) > 0.4 for other in theirs) for word in lost)


@settings(max_examples=50, deadline=None)
@given(_LATIN, _ARABIC)
def test_merging_with_nothing_changes_nothing(base: list[Seen], arabic: list[Seen]) -> None:
    assert merged(base, []) == tuple(base)
    assert all("؀" <= word.text[0] <= "ۿ" for word in merged([], arabic))
    once = merged(base, arabic)
    assert len(merged(once, arabic)) >= len(once)
