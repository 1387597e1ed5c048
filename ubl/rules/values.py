"""The values rules compare: text, decimals, doubles, dates, booleans, as XPath 2.0 reads them out of untyped XML.

Nothing here raises for bad text: what isn't a number is `None` (decimal), NaN (double); what isn't a date is `None`.
Decimals never pass through a float. Caches are bounded: one invoice repeats the same few texts many times.
"""

import math
import re
from decimal import ROUND_FLOOR, Context, Decimal
from functools import lru_cache

EXACT = Context(prec=200)
"""Arithmetic context of a run: wide enough that sums of amounts are exact."""
_HALF = Decimal("0.5")
_HUNDRED = Decimal(100)
SPACE = " \t\r\n"
"""What XML takes for spaces, and no more."""
_decimal_text = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z").match
_double_text = re.compile(r"(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN)\Z").match
_zone = r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?\Z"
_date_text = re.compile(r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-([0-9]{2})-([0-9]{2})" + _zone).match
_time_text = re.compile(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)" + _zone).match
_runs_of_space = re.compile(r"[ \t\r\n]+")


def normalize(text: str | None) -> str:
    """XPath `normalize-space`: the four XML spaces trimmed and collapsed, no other."""
    if not text:
        return ""
    if text.isalnum():
        return text
    if text.isascii():  # where XML knows no spaces but those four
        return " ".join(text.split())
    return _runs_of_space.sub(" ", text.strip(SPACE))


@lru_cache(maxsize=8192)
def decimal(text: str | None) -> Decimal | None:
    """`xs:decimal`: no exponent, no infinity; `None` when the text isn't one."""
    trimmed = (text or "").strip(SPACE)
    return Decimal(trimmed) if _decimal_text(trimmed) else None


@lru_cache(maxsize=8192)
def double(text: str | None) -> float:
    """`xs:double` as `number()` reads it: NaN when the text isn't one."""
    trimmed = (text or "").strip(SPACE)
    return float(trimmed) if _double_text(trimmed) else math.nan


@lru_cache(maxsize=1024)
def date(text: str | None) -> int | None:
    """`xs:date` as minutes on one time line, so that dates compare across time zones; none given counts as UTC."""
    match = _date_text((text or "").strip(SPACE))
    if not match:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (
        not 1 <= month <= 12
        or not 1 <= day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    ):
        return None
    # Days of the proleptic Gregorian calendar, counted from March so that the leap day ends the year.
    shifted, months = year - (month <= 2), (month + 9) % 12
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + (153 * months + 2) // 5 + day
    zone = match[4]
    if not zone or zone == "Z":
        return days * 1440
    offset = int(zone[1:3]) * 60 + int(zone[4:6])
    return days * 1440 - (offset if zone[0] == "+" else -offset)


def is_time(text: str | None) -> bool:
    """Whether the text is an `xs:time`."""
    return _time_text((text or "").strip(SPACE)) is not None


def boolean(text: str | None) -> bool | None:
    """`xs:boolean`: true and 1, false and 0; anything else is neither."""
    if text in ("true", "false"):
        return text == "true"
    trimmed = (text or "").strip(SPACE)
    if trimmed in ("true", "1"):
        return True
    return False if trimmed in ("false", "0") else None


def cents(value: Decimal) -> Decimal:
    """Rounded to two decimals, a half going up (toward plus infinity, also below zero), as XPath rounds."""
    return (value * _HUNDRED + _HALF).to_integral_value(ROUND_FLOOR) / _HUNDRED


def round_double(value: float) -> float:
    """XPath `round` of a double: to the nearest whole number, a half going up."""
    if not math.isfinite(value) or value == 0:
        return value
    whole = math.floor(value)
    return float(whole + 1 if value - whole >= 0.5 else whole)


def divide(dividend: float, divisor: float) -> float:
    """XPath `div` of doubles: by zero gives an infinity or NaN, never an error."""
    if divisor != 0:
        return dividend / divisor
    if dividend == 0 or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def near(value: Decimal, expected: Decimal, slack: Decimal) -> bool:
    """Whether two amounts differ by no more than `slack`."""
    return abs(value - expected) <= slack


def decimals_after_point(text: str | None) -> int:
    """How many characters follow the first point; 0 when there is none."""
    return len((text or "").partition(".")[2])
