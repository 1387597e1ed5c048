"""Numbers that prove themselves: IBAN (ISO 13616, mod 97) and tax ids, each with the check its country prescribes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from ingestion.bank import LENGTHS

_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\s?\d{2}(?:[\s.-]?[A-Z0-9]{2,4}){2,8}(?:[\s.-]?[A-Z0-9]{1,4})?(?![A-Z0-9])")
_VAT = {
    "AT": r"ATU\d{8}", "BE": r"BE[01]\d{9}", "BG": r"BG\d{9,10}", "CY": r"CY\d{8}[A-Z]", "CZ": r"CZ\d{8,10}",
    "DE": r"DE\d{9}", "DK": r"DK\d{8}", "EE": r"EE\d{9}", "EL": r"EL\d{9}", "ES": r"ES[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"FI\d{8}", "FR": r"FR[A-HJ-NP-Z0-9]{2}\d{9}", "GB": r"GB(?:\d{12}|\d{9})", "HR": r"HR\d{11}",
    "HU": r"HU\d{8}", "IE": r"IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", "IT": r"IT\d{11}", "LT": r"LT(?:\d{12}|\d{9})",
    "LU": r"LU\d{8}", "LV": r"LV\d{11}", "MT": r"MT\d{8}", "NL": r"NL\d{9}B\d{2}", "OM": r"OM\d{10}",
    "PL": r"PL\d{10}", "PT": r"PT\d{9}", "RO": r"RO\d{2,10}", "SE": r"SE\d{12}", "SI": r"SI\d{8}", "SK": r"SK\d{10}",
    "CH": r"CHE\d{9}(?:MWST|TVA|IVA)?", "NO": r"NO\d{9}MVA", "XI": r"XI(?:\d{12}|\d{9})",
}  # fmt: skip
_LETTERED = re.compile(
    r"(?<![A-Z0-9])(?:"
    + "|".join([*(key for key in _VAT if key != "CH"), "CHE"])
    + r")[\s.-]?[A-Z0-9*+](?:[\s.-]?[A-Z0-9*+]){1,13}(?![A-Z0-9])"
)
_WHOLE = {country: re.compile(pattern) for country, pattern in _VAT.items()}
_FIFTEEN = re.compile(r"(?<![\w-])\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?![\w-])")
_PLAIN = re.compile(r"(?<![\w/-])[A-Z]{0,3}\d(?:[ ./-]?[A-Z0-9]){5,17}(?![\w/])")


class Id(msgspec.Struct, frozen=True):
    """One such number in a text."""

    value: str
    """Letters and digits alone."""
    start: int
    end: int
    proven: bool
    """Its pattern and its check digits, where the country has any, hold."""


def compact(text: str) -> str:
    """Letters and digits alone, in capitals.

    >>> compact("FR 05 987.654-321")
    'FR05987654321'
    """
    return "".join(sign for sign in text.upper() if sign.isalnum())


def is_iban(text: str) -> bool:
    """ISO 13616: the country's length, and 1 modulo 97.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    value = compact(text)
    if not re.match(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}\Z", value) or not value.isascii():
        return False
    if LENGTHS.get(value[:2], len(value)) != len(value):
        return False
    return int("".join(str(int(sign, 36)) for sign in value[4:] + value[:4])) % 97 == 1


def ibans(text: str) -> Iterator[Id]:
    """IBANs of a text; those that fail the check are given as unproven only where their length fits the country."""
    for found in _IBAN.finditer(text.upper()):
        end = found.end()
        value = compact(found[0])
        length = LENGTHS.get(value[:2])
        if length is not None and len(value) > length:
            end, value = _cut(found[0], found.start(), length), value[:length]
        if is_iban(value):
            yield Id(value, found.start(), end, True)
        elif length == len(value):
            yield Id(value, found.start(), end, False)


def _cut(text: str, start: int, length: int) -> int:
    """Where `length` letters and digits of the text are over."""
    for index, sign in enumerate(text):
        length -= sign.isalnum()
        if length == 0:
            return start + index + 1
    return start + len(text)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _mod_11_10(digits: str) -> bool:
    """ISO 7064 Mod 11,10: Germany, Croatia."""
    product = 10
    for digit in digits[:-1]:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return (11 - product) % 10 == int(digits[-1])


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 - (index + len(digits)) % 2) for index, digit in enumerate(digits, 1))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


_CHECKS: dict[str, Callable[[str], bool]] = {
    "BE": lambda body: 97 - int(body[:8]) % 97 == int(body[8:]),
    "DE": _mod_11_10,
    "DK": lambda body: _weighted(body, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0,
    "FR": lambda body: not body[:2].isdecimal() or int(body[:2]) == (12 + 3 * (int(body[2:]) % 97)) % 97,
    "HR": _mod_11_10,
    "IT": _luhn,
    "LU": lambda body: int(body[:6]) % 89 == int(body[6:]),
    "PL": lambda body: _weighted(body, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(body[9]),
    "PT": lambda body: (-_weighted(body, (9, 8, 7, 6, 5, 4, 3, 2))) % 11 % 10 == int(body[8]),
    "SI": lambda body: (-_weighted(body, (8, 7, 6, 5, 4, 3, 2))) % 11 % 10 == int(body[7]),
}


def vat_id(text: str) -> bool | None:
    """Whether the check digits of a tax id hold; None where no country's pattern fits.

    A country without published check digits is taken by its pattern (UAE: 15 digits that begin with 1; FTA).

    >>> vat_id("DE136695976"), vat_id("DE136695975"), vat_id("100123456700003"), vat_id("A-17")
    (True, False, True, None)
    """
    value = compact(text)
    country = "CH" if value.startswith("CHE") else value[:2]
    pattern = _WHOLE.get(country)
    if pattern is not None and pattern.fullmatch(value):
        check = _CHECKS.get(country)
        return check is None or check(value[2:])
    return True if re.fullmatch(r"[13]\d{14}", value) and value.isascii() else None


def tax_ids(text: str, *, labelled: bool = False) -> Iterator[Id]:
    """Tax ids of a text. `labelled`: a label says one stands here, so that other patterns count as well, unproven."""
    upper = text.upper()
    taken = 0
    for pattern in (_LETTERED, _FIFTEEN):
        for found in pattern.finditer(upper):
            value = compact(found[0])
            while len(value) > 9 and vat_id(value) is None and " " in found[0] and pattern is _LETTERED:
                value = value[:-1]
            holds = vat_id(value)
            if holds is not None:
                taken += 1
                yield Id(value, found.start(), _cut(found[0], found.start(), len(value)), holds)
    if labelled and not taken:
        for found in _PLAIN.finditer(upper):
            yield Id(compact(found[0]), found.start(), found.end(), False)
