"""Days as printed, in many languages; whether the day or the month comes first is decided by evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from ingestion.extract.layout import fold
from ingestion.extract.months import MONTHS

_ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_BY_NAME = {fold(name): month for month, names in MONTHS.items() for name in names.split()}
_YEAR_FIRST = re.compile(r"(?<![\w/.-])(\d{4})\s?([-/.年])\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?![\d/-]|\.\d)")
_FIGURES = re.compile(r"(?<![\w/.-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\w/-]|\.\d)")
_DAY_NAME = re.compile(
    r"(?<![\w/])(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s.-]{0,2}(?:de |of )?"
    r"([^\W\d_]{3,12})\.?[\s,.-]{0,2}(?:de )?(\d{4}|\d{2})(?![\w/])"
)
_NAME_DAY = re.compile(r"(?<!\w)([^\W\d_]{3,12})\.?\s?(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_COMPACT = re.compile(r"(?<![\w/.,-])(20\d{2})(\d{2})(\d{2})(?![\w/.,-])")


class Day(msgspec.Struct, frozen=True):
    """One date in a text, in every reading that the calendar allows."""

    start: int
    end: int
    dmy: date | None
    mdy: date | None = None
    """Only where figures alone leave the order open."""
    compact: bool = False
    """Eight figures: a date only where a label says so."""

    @property
    def open(self) -> bool:
        """Both orders give a day, and not the same."""
        return self.dmy is not None and self.mdy is not None and self.dmy != self.mdy


def _on(year: int, month: int, day: int) -> date | None:
    year += 2000 if year < 100 else 0
    if not 1990 <= year <= 2100:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def days(text: str) -> Iterator[Day]:
    """All dates of a text from left to right, each place once.

    >>> [str(day.dmy) for day in days("2014-07-03 or 11. Juli 2014, July 29, 2019 and 06.02.26")]
    ['2014-07-03', '2014-07-11', '2019-07-29', '2026-02-06']
    >>> next(days("04/01/2025")).open, next(days("13/02/2026")).open
    (True, False)
    """
    plain = text.translate(_ARABIC)
    if not any(sign.isdecimal() for sign in plain):
        return
    kept: list[Day] = []
    for found in _all(plain):
        if all(found.end <= other.start or other.end <= found.start for other in kept):
            kept.append(found)
    yield from sorted(kept, key=lambda day: day.start)


def _all(text: str) -> Iterator[Day]:
    for found in _YEAR_FIRST.finditer(text):
        if day := _on(int(found[1]), int(found[3]), int(found[4])):
            yield Day(*found.span(), day)
    for found in _FIGURES.finditer(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        dmy, mdy = _on(year, second, first), _on(year, first, second)
        if found[2] == ".":
            mdy = None
        if dmy or mdy:
            yield Day(*found.span(), dmy, mdy)
    for found in _DAY_NAME.finditer(text):
        month = _BY_NAME.get(fold(found[2]))
        if month and (day := _on(int(found[3]), month, int(found[1]))):
            yield Day(*found.span(), day)
    for found in _NAME_DAY.finditer(text):
        month = _BY_NAME.get(fold(found[1]))
        if month and (day := _on(int(found[3]), month, int(found[2]))):
            yield Day(*found.span(), day)
    for found in _COMPACT.finditer(text):
        if day := _on(int(found[1]), int(found[2]), int(found[3])):
            yield Day(*found.span(), day, compact=True)


def month_first(found: Iterable[Day]) -> bool | None:
    """Whether the document writes the month first: decided by a day above 12; None where none decides.

    >>> month_first(days("03/20/2023 04/04/2023")), month_first(days("04/04/2023 05/04/2023"))
    (True, None)
    """
    votes = {True: 0, False: 0}
    for day in found:
        if day.dmy is None and day.mdy is not None:
            votes[True] += 1
        elif day.dmy is not None and day.mdy is None and not day.compact:
            votes[False] += 1
    return None if votes[True] == votes[False] else votes[True] > votes[False]
