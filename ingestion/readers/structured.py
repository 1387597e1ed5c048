"""What readers of XML share: elements to values with their place as evidence, exactly or not at all.

A value that its kind can't hold is absent, as if it weren't there; nothing is repaired or guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec
from lxml import etree

from ingestion.document import Column, Evidence, Extraction, Reading, Source, Term, Value
from ubl import Invoice

K = TypeVar("K", Term, Column)
Element = etree._Element
Spot = Element | tuple[Element, str] | None
"""An element, an attribute of one, or nothing."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_DIGITS = 60
"""Longest number read, in characters."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}\Z")


class Structured(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that states its values itself."""

    extraction: Extraction
    """The values that every reader gives, each with the XPath it stands at."""
    invoice: Invoice
    """All that the document says as far as there is a field for it: allowances, order lines, payment means."""


def text_of(text: str) -> str | None:
    """A text on one line.

    >>> text_of("  Palm   Trading\\n LLC ")
    'Palm Trading LLC'
    """
    return " ".join(text.split()) or None


def number_of(text: str) -> Decimal | None:
    """An xs:decimal as written, digit by digit; None for anything else, exponents and NaN among it.

    >>> number_of(" 100.00 "), number_of("1e3"), number_of("1,5")
    (Decimal('100.00'), None, None)
    """
    text = text.strip()
    return Decimal(text) if len(text) <= _DIGITS and _DECIMAL.match(text) else None


def day_of(text: str) -> date | None:
    """An xs:date; a time zone, which some programs add, doesn't change the day."""
    text = text.strip()
    if not _DAY.match(text):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:  # the 30th of February
        return None


def iban_of(text: str) -> str | None:
    """An account number that has the form of an IBAN (ISO 13616), without spaces.

    >>> iban_of("AE07 0331 2345 6789 0123 456")
    'AE070331234567890123456'
    """
    plain = "".join(text.split()).upper()
    return plain if _IBAN.match(plain) else None


KINDS: Mapping[Term | Column, Callable[[str], Value | None]] = {
    Term.ISSUE_DATE: day_of,
    Term.DUE_DATE: day_of,
    Term.NET: number_of,
    Term.TAX: number_of,
    Term.TOTAL: number_of,
    Term.PAYABLE: number_of,
    Term.IBAN: iban_of,
    Column.QUANTITY: number_of,
    Column.UNIT_PRICE: number_of,
    Column.NET_AMOUNT: number_of,
    Column.TAX_RATE: number_of,
    Column.DISCOUNT: number_of,
}
"""How the text of a value is taken; as a text where nothing is said."""


class Reader(msgspec.Struct, frozen=True):
    """One syntax: who reads it, and how it writes names and days."""

    engine: str
    prefixes: Mapping[str, str]
    """Namespace -> the prefix it is shown with."""
    day: Callable[[Element], date | None] = lambda element: day_of(element.text or "")

    def readings(self, found: Mapping[K, Spot]) -> dict[K, Reading]:
        """The values that are there and can be read."""
        read = ((key, self.reading(key, spot)) for key, spot in found.items())
        return {key: reading for key, reading in read if reading is not None}

    def reading(self, key: Term | Column, spot: Spot) -> Reading | None:
        """One of them."""
        if spot is None:
            return None
        element, attribute = spot if isinstance(spot, tuple) else (spot, "")
        text = (element.get(attribute) if attribute else element.text) or ""
        kind = KINDS.get(key, text_of)
        value = self.day(element) if kind is day_of else kind(text)
        return None if value is None else Reading(value, (self.evidence(element, attribute, text),), 1.0)

    def evidence(self, element: Element, attribute: str, text: str) -> Evidence:
        """Where it stands."""
        path = location(element, self.prefixes) + (f"/@{attribute}" if attribute else "")
        return Evidence(source=Source.XML, engine=self.engine, text=text.strip(), path=path)

    def per_unit(self, price: Spot, base: Spot) -> Reading | None:
        """A price per one unit where it is stated for several (IBT-149); None where that has no end."""
        stated, several = self.reading(Column.UNIT_PRICE, price), self.reading(Column.QUANTITY, base)
        if stated is None or several is None or not isinstance(several.value, Decimal) or several.value in (0, 1):
            return stated
        assert isinstance(stated.value, Decimal)  # noqa: S101 - by its kind
        each = stated.value / several.value
        if each * several.value != stated.value:
            return None
        return Reading(each, stated.evidence + several.evidence, 1.0)


def location(element: Element, prefixes: Mapping[str, str]) -> str:
    """XPath of an element from the root; a place is given among several only."""
    steps: list[str] = []
    for step in (element, *element.iterancestors()):
        name = etree.QName(step)
        prefix = prefixes.get(name.namespace or "", "")
        parent = step.getparent()
        twins = [] if parent is None else list(parent.iterchildren(step.tag))
        place = f"[{twins.index(step) + 1}]" if len(twins) > 1 else ""
        steps.append((f"{prefix}:" if prefix else "") + name.localname + place)
    return "/" + "/".join(reversed(steps))
