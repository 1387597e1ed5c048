"""Amounts as printed: `1.234,56`, `1,234.56`, `1 234,56`, `(12.00)`, `12,50-`, `١٬٢٣٤٫٥٦`. Decimal all through.

Which sign parts the decimals is decided once per document, from the numbers that leave no choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from ingestion.extract.currencies import CODES, SYMBOLS, THREE_DECIMALS

_ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬٪", "01234567890123456789.,%")
_INDIC = re.compile(r"[٠-٩۰-۹]")
_CURRENCY = "|".join([*sorted(map(re.escape, SYMBOLS), key=len, reverse=True), *sorted(CODES)])
_NUMBER = re.compile(
    rf"""(?<![\w/.,+])(?<!\d:)
    (?P<before>[-−–(]\s?)?
    (?P<percented>%\s?)?
    (?:(?P<left>{_CURRENCY})\s?)?
    (?P<inner>[-−–]\s?)?
    (?P<digits>\d{{1,3}}(?:[ \u00a0\u202f'’]\d{{3}})+(?:[.,]\d{{1,6}})?(?!\d)|\d+(?:[.,]\d+)*|[.,]\d+)
    (?P<after>\s?[-−)](?!\s?\w))?
    (?P<percent>\s?%)?
    (?:\s?(?P<right>{_CURRENCY})(?!\w))?
    (?![\w/:]|[.,]\d|-\w)""",
    re.VERBOSE,
)
_DECIDED = re.compile(r"(?<![\w.,/-])\d[\d.,' ]*([.,])(\d+)(?![\w/-]|[.,]\d)")
_LONGEST = 18
"""Digits of an amount; longer ones are numbers of something."""


class Amount(msgspec.Struct, frozen=True):
    """One number in a text."""

    value: Decimal
    start: int
    end: int
    currency: str = ""
    """ISO 4217 where it stands at the number; `$` alone says nothing and is the sign itself."""
    percent: bool = False
    decimals: int = 0
    sure: bool = True
    """False where another reading of the separators or digits was possible."""


def decimal_mark(texts: Iterable[str]) -> str:
    """`.` or `,` by majority of the numbers that leave no choice; empty where none speaks.

    >>> decimal_mark(["1.234,56", "19,0"]), decimal_mark(["1,234.5"]), decimal_mark(["1,234"])
    (',', '.', '')
    """
    votes = {".": 0, ",": 0}
    for text in texts:
        for found in _DECIDED.finditer(text.translate(_ARABIC)):
            mark, digits = found[1], found[2]
            body = found[0][: -len(digits) - 1]
            if body.count(mark):
                continue
            other = "," if mark == "." else "."
            if other in body:
                votes[mark] += 5
            elif len(digits) != 3:
                votes[mark] += 2 if len(digits) == 2 else 1
            elif len(body) > 3 or body == "0":
                votes[mark] += 1
    if votes["."] == votes[","]:
        return ""
    return max(votes, key=lambda mark: votes[mark])


def number(digits: str, mark: str, *, thousandths: bool = False) -> tuple[Decimal, int, bool] | None:
    """The value of digits with separators, its decimals as printed, and whether no other reading was possible.

    `thousandths`: the document's currency has three decimals.

    >>> number("1.234,56", ""), number("1,234", "."), number("4.900", ".")
    ((Decimal('1234.56'), 2, True), (Decimal('1234'), 0, True), (Decimal('4.900'), 3, True))
    >>> number("1.234", "")
    (Decimal('1234'), 0, False)
    """
    digits = re.sub(r"[ \u00a0\u202f'’]", "", digits)
    if sum(map(str.isdecimal, digits)) > _LONGEST:
        return None
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return Decimal(digits), 0, True
    sign, after = digits[last], len(digits) - last - 1
    other = "," if sign == "." else "."
    sure = True
    if digits.count(sign) > 1:
        whole = True
    elif other in digits or after != 3 or not 1 <= last <= 3 or digits.startswith("0"):
        whole = False
    elif mark:
        whole = sign != mark
    else:
        whole, sure = not thousandths, False
    if whole:
        groups = re.split(r"[.,]", digits)
        if any(len(group) != 3 for group in groups[1:]):
            return None
        return Decimal("".join(groups)), 0, sure
    body = digits[:last].split(other)
    if len(body) > 1 and any(len(group) not in (2, 3) for group in body[1:]):
        return None
    return Decimal("".join(body) + "." + digits[last + 1 :]), after, sure


def amounts(text: str, mark: str, currency: str = "") -> Iterator[Amount]:
    """All numbers of a text, percentages among them. `currency`: the document's, where it's known.

    >>> [str(amount.value) for amount in amounts("Total -SAR 1,050.00 of 12,5 % (3.00)", ".")]
    ['-1050.00', '12.5', '-3.00']
    """
    plain = text.translate(_ARABIC)
    indic = bool(_INDIC.search(text))
    for found in _NUMBER.finditer(plain):
        read = number(found["digits"], mark, thousandths=currency in THREE_DECIMALS)
        if read is None:
            continue
        value, decimals, sure = read
        before, after = (found["before"] or "").strip(), (found["after"] or "").strip()
        bracketed = before == "(" and after == ")"
        if (before and before != "(") or found["inner"] or after in ("-", "−") or bracketed:
            value = -value
        sign = found["left"] or found["right"] or ""
        start = found.start("digits") if before == "(" and not bracketed else found.start()
        yield Amount(
            value,
            start,
            found.end(),
            SYMBOLS.get(sign, sign),
            bool(found["percent"] or found["percented"]),
            decimals,
            sure and not indic,
        )
