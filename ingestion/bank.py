"""IBAN and BIC: compact, checked by country, length and check digits (ISO 13616, ISO 9362). Pure.

>>> iban("ae07 0331 2345 6789 0123 456")
'AE070331234567890123456'
>>> bic("bomlaeadxxx")
'BOMLAEADXXX'
"""

from __future__ import annotations

import re
from typing import Final

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_SEPARATORS = str.maketrans("", "", " -.\u00a0\u200e\u200f\u202a\u202b\u202c")

LENGTHS: Final[dict[str, int]] = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
"""Signs of an IBAN by country, as the registry of ISO 13616 has them."""


class InvalidAccount(ValueError):
    """No IBAN, or no BIC; the message says what is wrong."""


def compact(text: str) -> str:
    """Without the spaces, hyphens and marks of direction that people and printers put in, in capitals."""
    return text.translate(_SEPARATORS).upper()


def iban(text: str) -> str:
    """The compact IBAN. Raises `InvalidAccount`."""
    value = compact(text)
    if not _IBAN.match(value):
        raise InvalidAccount("An IBAN is two letters of the country, two check digits and up to 30 letters and digits")
    length = LENGTHS.get(value[:2])
    if length is None:
        raise InvalidAccount(f"No country with IBANs is known as {value[:2]}")
    if len(value) != length:
        raise InvalidAccount(f"An IBAN of {value[:2]} has {length} letters and digits; this one has {len(value)}")
    if int("".join(str(int(sign, 36)) for sign in value[4:] + value[:4])) % 97 != 1:
        raise InvalidAccount("The check digits of this IBAN don't fit; compare it with the original, sign by sign")
    return value


def bic(text: str) -> str:
    """The compact BIC, of 8 or 11 signs. Raises `InvalidAccount`."""
    value = compact(text)
    if not _BIC.match(value):
        raise InvalidAccount("A BIC has 8 or 11 signs: four letters of the bank, two of the country, two of the place")
    return value
