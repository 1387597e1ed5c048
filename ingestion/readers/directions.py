"""Letters in the order they are spoken: Arabic from right to left as it lies on the page, its numbers the other way.

Text layers store Arabic in either order, so only the places of the signs are believed (Unicode Annex 9, simplified to
what a bill has: one direction per line, runs of the other one inside).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeVar

_ARABIC = "\u0590-\u065f\u066d-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
ARABIC = re.compile(f"[{_ARABIC}]")
"""A letter or mark that runs from right to left; digits don't."""
_LEFT = re.compile(f"[^\\W\\d{_ARABIC}_]")
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


def runs_backward(texts: Iterable[str]) -> bool:
    """Whether nearly all letters are Arabic: a page in two languages is laid out from left to right as a rule."""
    arabic = latin = 0
    for text in texts:
        if text.isascii():
            latin += sum(map(str.isalpha, text))
        else:
            arabic += len(ARABIC.findall(text))
            latin += len(_LEFT.findall(text))
    return arabic > 3 * latin


def in_order(words: Sequence[T], texts: Sequence[str], *, backward: bool) -> list[T]:
    """Words that stand together as they are spoken, from their order on the page from left to right.

    `backward`: which way mixed words run as a whole; words of the other direction that stand together keep an order
    of their own, and numbers go with Latin.

    >>> in_order("abc", ["Total", "12.00", "AED"], backward=True)
    ['a', 'b', 'c']
    >>> in_order("abc", ["AED", "12.00", "عومجملا"], backward=True)
    ['c', 'a', 'b']
    >>> in_order("abc", ["Total", "عومجملا", "يعرفلا"], backward=False)
    ['a', 'c', 'b']
    """
    arabic = [not text.isascii() and bool(ARABIC.search(text)) for text in texts]
    if not any(arabic):
        return list(words)
    backward = backward or not any(_LEFT.search(text) for text in texts)
    runs: list[tuple[bool, list[T]]] = []
    for word, foreign in zip(words, arabic, strict=True):
        if runs and runs[-1][0] == foreign:
            runs[-1][1].append(word)
        else:
            runs.append((foreign, [word]))
    ordered = reversed(runs) if backward else runs
    return [word for foreign, run in ordered for word in (reversed(run) if foreign else run)]
