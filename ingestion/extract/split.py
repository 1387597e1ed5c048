"""Several documents in one file: where a page begins a new one."""

from __future__ import annotations

import re

from ingestion.document import Page, Transcript
from ingestion.extract.fields import document_number
from ingestion.extract.layout import Sheet, fold
from ingestion.extract.marks import View

_COUNT = re.compile(
    r"(?<!\w)(?:page|seite|page|pagina|página|strona|sida|side|oldal|صفحة)\s*:?\s*(\d{1,3})\s*(?:/|of|von|de|sur|van|di|من)\s*(\d{1,3})",
    re.IGNORECASE,
)
_SURE = 0.8


def split(transcript: Transcript) -> tuple[tuple[Page, ...], ...]:
    """Pages by document. A page begins a new one where its own count says `1 of n` or it shows another number, surely.

    A page without words, or without a number of its own, belongs to the one before.
    """
    groups: list[list[Page]] = []
    number = ""
    for page in transcript.pages:
        shown = _number(page) if len(transcript.pages) > 1 else ""
        counted = _count(page)
        new = not groups or (shown and number and shown != number)
        if counted is not None and counted > 1:
            new = not groups
        elif counted == 1 and groups and any(map(_has_words, groups[-1])) and _has_words(page):
            new = True
        if new:
            groups.append([page])
            number = shown
        else:
            groups[-1].append(page)
            number = number or shown
    return tuple(tuple(group) for group in groups)


def _has_words(page: Page) -> bool:
    return bool(page.words)


def _number(page: Page) -> str:
    reading = document_number(View(Sheet((page,))))
    return fold(str(reading.value)) if reading is not None and reading.confidence >= _SURE else ""


def _count(page: Page) -> int | None:
    """The page's number by its own count, where it has one."""
    text = " ".join(word.text for word in page.words)
    found = _COUNT.search(text)
    if found is None or int(found[1]) > int(found[2]):
        return None
    return int(found[1])
