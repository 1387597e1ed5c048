"""TRN and TIN, the Emirates' tax numbers: compact, validate, is_valid, format.

A TRN (VAT registration, IBT-031) has 15 digits, starts with 1 and ends with 03; its first ten digits are the TIN.

    >>> validate("100-2345-6789-0003")
    '100234567890003'
    >>> format("100234567890003")
    '100-2345-6789-0003'
    >>> is_valid("100234567890004")
    False
    >>> tin("100234567890003")
    '1002345678'

The published text calls the TIN's tenth digit a Luhn check digit, but the published examples don't satisfy it, so it
isn't checked here. PINT-AE 1.0.4: ibr-132-ae, ibr-148-ae; Peppol participant scheme 0235.
"""

import re

_TRN = re.compile(r"1[0-9]{12}03\Z")
_TIN = re.compile(r"1[0-9]{9}\Z")
_SEPARATORS = str.maketrans("", "", " -.")


class InvalidTrn(ValueError):
    """Not a TRN or TIN; the message says what one looks like."""


def compact(number: str) -> str:
    """`number` without the spaces, hyphens and dots people put in."""
    return number.translate(_SEPARATORS)


def validate(number: str) -> str:
    """The compact TRN. Raises `InvalidTrn`."""
    trn = compact(number)
    if not _TRN.match(trn):
        raise InvalidTrn("A TRN has 15 digits, starts with 1 and ends with 03")
    return trn


def is_valid(number: str) -> bool:
    """Whether `number` is a TRN, separators allowed."""
    return _TRN.match(compact(number)) is not None


def format(number: str) -> str:
    """The TRN as it is printed, 3-4-4-4. Raises `InvalidTrn`."""
    trn = validate(number)
    return f"{trn[:3]}-{trn[3:7]}-{trn[7:11]}-{trn[11:]}"


def tin(number: str) -> str:
    """The TIN of a TRN: its first ten digits. Raises `InvalidTrn`."""
    return validate(number)[:10]


def validate_tin(number: str) -> str:
    """The compact TIN, ten digits that start with 1. Raises `InvalidTrn`."""
    found = compact(number)
    if not _TIN.match(found):
        raise InvalidTrn("A TIN has 10 digits and starts with 1")
    return found
