"""Identifiers of registers abroad: check digits of the schemes that PINT knows."""

import math
import re

from ubl.rules.contexts import IDENTIFIER
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf
from ubl.rules.values import double, normalize

_TERMS = ("IBT-034", "IBT-049", "IBT-029", "IBT-046", "IBT-060", "IBT-030", "IBT-047", "IBT-061")
_digits = re.compile(r"[0-9]+\Z").match
_whole = re.compile(r"\s*[+-]?[0-9]+\s*\Z", re.ASCII).match
_letters = re.compile(r"[A-Za-z]+\Z").match
_codice = re.compile(r"[A-Za-z0-9]{6}\Z").match
_cvr = re.compile(r"DK[0-9]{8}\Z").match


@rule("ibr-068", IDENTIFIER, *_TERMS, case="0088")
def global_location_number(leaf: Leaf) -> bool:
    """A GLN is all digits and ends in the GS1 check digit."""
    value = normalize(leaf.text)
    if not _digits(value):
        return False
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(value[:-1])))
    return -weighted % 10 == int(value[-1])


@rule("ibr-127", IDENTIFIER, *_TERMS, case="0007")
def swedish_number(leaf: Leaf) -> bool:
    """A Swedish organisation number has ten digits."""
    value = normalize(leaf.text)
    return len(value) == 10 and not math.isnan(double(value))


@rule("ibr-069", IDENTIFIER, *_TERMS, case="0192")
def norwegian_number(leaf: Leaf) -> bool:
    """A Norwegian organisation number has nine digits, the last a modulus 11 check digit."""
    value = normalize(leaf.text)
    if len(value) != 9 or not _digits(value) or int(value) == 0:
        return False
    weighted = sum(int(digit) * (place % 6 + 2) for place, digit in enumerate(reversed(value[:-1])))
    return -weighted % 11 == int(value[-1])


@rule("ibr-070", IDENTIFIER, *_TERMS, case="0184")
def danish_number(leaf: Leaf) -> bool:
    """A Danish company number is DK followed by eight digits."""
    return _cvr(leaf.text or "") is not None


@rule("ibr-113", IDENTIFIER, *_TERMS, case="0208")
def belgian_number(leaf: Leaf) -> bool:
    """A Belgian enterprise number has ten digits, the last two the modulus 97 check of the others."""
    value = normalize(leaf.text)
    return len(value) == 10 and _digits(value) is not None and 97 - int(value[:8]) % 97 == int(value[8:])


@rule("ibr-114", IDENTIFIER, *_TERMS, case="0201")
def italian_office(leaf: Leaf) -> bool:
    """An Italian office code has six letters or digits."""
    return _codice(normalize(leaf.text)) is not None


@rule("ibr-115", IDENTIFIER, *_TERMS, case=("0210", "9907"))
def italian_tax_code(leaf: Leaf) -> bool:
    """An Italian tax code has eleven digits, or the sixteen characters of a person's code."""
    value = normalize(leaf.text)
    if len(value) == 11:
        return _whole(value) is not None
    if len(value) != 16:
        return False
    letters = (value[:6], value[8], value[15])
    numbers = (value[6:8], value[9:11], value[14])
    return all(map(_letters, letters)) and all(map(_whole, numbers))


@rule("ibr-116", IDENTIFIER, *_TERMS, case=("0211", "9906"))
def italian_vat_number(leaf: Leaf) -> bool:
    """An Italian VAT number is IT and eleven digits, the last a check digit."""
    value = normalize(leaf.text)
    if value[:2] not in ("IT", "it"):
        return True
    number = value[2:]
    if len(number) != 11 or not _digits(number):
        return False
    odd = sum(int(digit) for digit in number[::2])
    even = sum(int("0246813579"[int(digit)]) for digit in number[1::2])
    return (odd + even) % 10 == 0


@rule("ibr-120", IDENTIFIER, *_TERMS, case="0151")
def australian_number(leaf: Leaf) -> bool:
    """An Australian business number has eleven digits that pass the modulus 89 check."""
    value = normalize(leaf.text)
    if len(value) != 11 or not _digits(value):
        return False
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    numbers = [int(value[0]) - 1, *map(int, value[1:])]
    return sum(weight * number for weight, number in zip(weights, numbers, strict=True)) % 89 == 0
