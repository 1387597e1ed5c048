"""How well a page was read, so that recipes can be compared without knowing what the page says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ingestion.document import Box
from ingestion.ocr.engine import Recognition
from ingestion.readers.directions import ARABIC

_NUMBER = re.compile(r"[(\[]?[-+]?(?:[^\w\s]|[A-Z]{3})?\d+(?:[.,:/'’-]\d+)*[.,]?-?%?[^\w\s]?[)\]]?\Z")
_WORD = re.compile(r"[(\[\"'“‘]?[^\W\d_]+(?:[-'’&/.@][^\W\d_]+)*[.,:;)\]\"'”’]*\Z")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(?:[-/._][A-Za-z0-9]+)*[.,:;]?\Z")
_VOWEL = re.compile("[aeiouyàâäæáãåèéêëìíîïòóôöõøœùúûüAEIOUYÀÂÄÆÁÃÅÈÉÊËÌÍÎÏÒÓÔÖÕØŒÙÚÛÜ]")
_SHORT = frozenset({"gmbh", "bldg", "blvd", "mwst", "qtty"})


def quality(read: Recognition) -> float:
    """0 to 1: the mean confidence times the share of plausible tokens, both by signs, less what couldn't be read.

    A token is plausible as a number (`1,250.00`, `5%`, `31/01/2026`), as a code of letters and digits (`INV-2041`), or
    as a word: of one script, with a vowel where it is Latin and longer than three letters, or one of the few common
    abbreviations. A dictionary would favour some languages; noise fails this test as surely.
    The mean of two facts, no probability: it ranks readings of one page. Its bounds were chosen after looking at a few
    pages.
    """
    signs = sum(len(word.text) for word in read.words)
    if not signs:
        return 0.0
    sure = sum(len(word.text) * word.confidence for word in read.words) / signs
    sound = sum(len(word.text) for word in read.words if plausible(word.text)) / signs
    return sure * sound * (1 - unread(read))


def found(read: Recognition) -> float:
    """How many signs were read soundly: of two readings the one that found more is the better.

    Quality alone would favour a reading that saw only the clearest third of a page.
    """
    return quality(read) * sum(len(word.text) for word in read.words)


def unread(read: Recognition) -> float:
    """Share of the writing that couldn't be read, by its length."""
    lost = _length(read.unread)
    return lost / (lost + _length(word.box for word in read.words)) if lost else 0.0


def plausible(token: str) -> bool:
    """Whether it looks like something that is printed on a bill.

    >>> [plausible(token) for token in ("1,250.00", "INV-2041", "Total:", "درهم", "~;|", "xqzt", "dY1l)s")]
    [True, True, True, True, False, False, False]
    """
    if _NUMBER.match(token) or _CODE.match(token):
        return True
    if not _WORD.match(token):
        return False
    letters = [sign for sign in token if sign.isalpha()]
    if ARABIC.search(token):
        return len(letters) > 1 and all(ARABIC.match(sign) for sign in letters)
    if any("LATIN" not in unicodedata.name(sign, "") for sign in letters):
        return False
    word = "".join(letters)
    return len(word) <= 3 or word.lower() in _SHORT or bool(_VOWEL.search(word))


def _length(boxes: Iterable[Box]) -> float:
    return sum(max(box.x1 - box.x0, box.y1 - box.y0) for box in boxes)
