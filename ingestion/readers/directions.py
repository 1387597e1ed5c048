"""Letters in the order they are spoken: Arabic from right to left as it lies on the page, its numbers the other way.

Text layers store Arabic in either order, so only the places of the signs are believed (Unicode Annex 9, simplified to
what a bill has: one direction per line, runs of the other one inside).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

_ARABIC = "\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
ARABIC = re.compile(f"[{_ARABIC}]")
"""A letter or mark that runs from right to left; digits don't."""
_LEFT = re.compile(f"[^\\W{_ARABIC}_]")
_FORWARD = re.compile(f"[^\\W{_ARABIC}_](?:[^\\s{_ARABIC}()\\[\\]]*[^\\W{_ARABIC}_])?[%٪]?")
_FORMS = re.compile("[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]")
_UNSEEN = re.compile("[\u00ad\u0640\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MIRROR = str.maketrans("()[]{}<>«»", ")(][}{><»«")

T = TypeVar("T")


def letters(text: str) -> str:
    """`text` with presentation forms and ligatures as plain letters, without stretching and invisible marks, in NFC.

    >>> letters("\ufefb\ufee3") == "لام"[:2] + "م"
    True
    >>> letters("\ufb01ve\u200b")
    'five'
    """
    if text.isascii():
        return text
    plain = _FORMS.sub(lambda form: unicodedata.normalize("NFKC", form[0]), text)
    return unicodedata.normalize("NFC", _UNSEEN.sub("", plain))


def spoken(shown: str) -> str:
    """A word as it is spoken, from its signs as they stand on the page from left to right.

    >>> spoken("ةروتاف")
    'فاتورة'
    >>> spoken("12.50مهرد")
    'درهم12.50'
    >>> spoken("INV-1")
    'INV-1'
    """
    if not ARABIC.search(shown):
        return shown
    turned = shown[::-1].translate(_MIRROR)
    return _FORWARD.sub(lambda run: run[0][::-1], turned)


def in_order(words: Sequence[T], texts: Sequence[str]) -> list[T]:
    """A line's words as they are spoken, from their order on the page from left to right.

    The line runs as most of its letters do; words of the other direction that stand together keep an order of their
    own, and numbers go with Latin.

    >>> in_order("abc", ["Total", "12.00", "AED"])
    ['a', 'b', 'c']
    >>> in_order("abc", ["AED", "12.00", "عومجملا"])
    ['c', 'a', 'b']
    """
    arabic = sum(len(ARABIC.findall(text)) for text in texts)
    if not arabic:
        return list(words)
    latin = sum(1 for text in texts for sign in _LEFT.findall(text) if not sign.isdecimal())
    backward = arabic >= latin
    runs: list[tuple[bool, list[T]]] = []
    for word, text in zip(words, texts, strict=True):
        same = bool(ARABIC.search(text)) == backward
        if runs and runs[-1][0] == same:
            runs[-1][1].append(word)
        else:
            runs.append((same, [word]))
    if not backward:
        return [word for same, run in runs for word in (run if same else run[::-1])]
    return [word for same, run in reversed(runs) for word in (run[::-1] if same else run)]
