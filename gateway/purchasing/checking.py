"""Whether an order's content can be taken: texts tidy, codes known, figures within bounds; every mistake at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from gateway.http.problems import Finding
from gateway.purchasing.errors import NotOrderable
from gateway.purchasing.models import Content, Line, OtherUnit
from ingestion.matching.candidates import bare
from ubl.rules.lists import CURRENCIES, UNITS

MOST_LINES = 1000
MOST_UNITS = 20
LARGEST = Decimal(10) ** 12
PLACES = 6
"""Decimal places of a quantity, price or factor."""
_MULTILINE = frozenset("\n")


def finding(pointer: str, message: str, rule: str = "GW-ORDER") -> Finding:
    """One thing that is wrong, at a JSON pointer into the body."""
    return Finding(rule=rule, layer="gateway", message=message, pointer=pointer)


def checked(content: Content, at: str = "") -> Content:
    """In its normal form: NFC, single spaces, plain figures. Raises NotOrderable with everything that is wrong.

    `at`: pointer of the content in the body.
    """
    tidy = _tidy(content)
    found = list(_findings(tidy, at))
    if found:
        raise NotOrderable(found)
    return _plain(tidy)


def figure(
    value: Decimal, pointer: str, *, least: Decimal | None = None, above: Decimal | None = None
) -> list[Finding]:
    """What is wrong with one figure."""
    if not value.is_finite() or value.copy_abs() > LARGEST:
        return [finding(pointer, f"Give a number of at most {LARGEST:,}.")]
    if _places(value) > PLACES:
        return [finding(pointer, f"At most {PLACES} decimal places are kept.")]
    if least is not None and value < least:
        return [finding(pointer, f"It can't be less than {least}.")]
    if above is not None and value <= above:
        return [finding(pointer, f"It has to be more than {above}.")]
    return []


def _places(value: Decimal) -> int:
    """Decimal places that say something; exactly, whatever the precision of calculations is."""
    _, digits, exponent = value.as_tuple()
    return max(-int(exponent) - len(digits) + len("".join(map(str, digits)).rstrip("0")), 0) if value else 0


def text(value: str, pointer: str, most: int, *, needed: bool = False, lines: bool = False) -> list[Finding]:
    """What is wrong with one tidy text."""
    plain = value.replace("\n", "") if lines else value
    if needed and not value:
        return [finding(pointer, "Say it; it can't be empty.")]
    if len(value) > most or not (plain.isprintable() or not plain):
        return [finding(pointer, f"At most {most} characters, without control characters.")]
    return []


def tidy(value: str, *, lines: bool = False) -> str:
    """NFC, spaces single and none around."""
    normal = unicodedata.normalize("NFC", value)
    if lines:
        return "\n".join(" ".join(part.split()) for part in normal.splitlines()).strip()
    return " ".join(normal.split())


def plain(value: Decimal) -> Decimal:
    """The same figure without exponent and trailing zeros.

    >>> plain(Decimal("1.50E+3"))
    Decimal('1500')
    """
    return Decimal(format(value.normalize(), "f")) if value else Decimal(0)


def day(value: date, pointer: str) -> list[Finding]:
    """What is wrong with a day."""
    return [] if 2000 <= value.year <= 2099 else [finding(pointer, "Give a day between 2000 and 2099.")]


def _tidy(content: Content) -> Content:
    return msgspec.structs.replace(
        content,
        number=tidy(content.number),
        note=tidy(content.note, lines=True),
        lines=tuple(
            msgspec.structs.replace(
                line,
                position=tidy(line.position),
                description=tidy(line.description),
                buyer_item=tidy(line.buyer_item),
                seller_item=tidy(line.seller_item),
                standard_item=tidy(line.standard_item),
                group=tidy(line.group),
            )
            for line in content.lines
        ),
    )


def _plain(content: Content) -> Content:
    return msgspec.structs.replace(
        content,
        charges=plain(content.charges),
        lines=tuple(
            msgspec.structs.replace(
                line,
                quantity=plain(line.quantity),
                price=plain(line.price),
                tax_rate=None if line.tax_rate is None else plain(line.tax_rate),
                other_units=tuple(
                    OtherUnit(unit=other.unit, factor=plain(other.factor))
                    for other in sorted(line.other_units, key=lambda one: one.unit)
                ),
            )
            for line in content.lines
        ),
    )


def _findings(content: Content, at: str) -> Iterator[Finding]:
    yield from number(content.number, f"{at}/number")
    if content.currency not in CURRENCIES:
        yield finding(f"{at}/currency", "Give the code of ISO 4217, such as AED.")
    yield from day(content.issue_date, f"{at}/issue_date")
    yield from figure(content.charges, f"{at}/charges", least=Decimal(0))
    yield from text(content.note, f"{at}/note", 2000, lines=True)
    if not 1 <= len(content.lines) <= MOST_LINES:
        yield finding(f"{at}/lines", f"An order has 1 to {MOST_LINES:,} lines.")
        return
    seen: set[str] = set()
    for index, line in enumerate(content.lines):
        yield from _line(line, f"{at}/lines/{index}")
        if line.position in seen:
            yield finding(f"{at}/lines/{index}/position", f"Position {line.position[:20]} stands twice.")
        seen.add(line.position)


def number(value: str, pointer: str) -> Iterator[Finding]:
    """What is wrong with an order's or a receipt's number."""
    yield from text(value, pointer, 60, needed=True)
    if value and not bare(value):
        yield finding(pointer, "A number needs letters or digits of the Latin script; bills are compared by them.")


def _line(line: Line, at: str) -> Iterator[Finding]:
    yield from text(line.position, f"{at}/position", 20, needed=True)
    yield from text(line.description, f"{at}/description", 300, needed=True)
    for name in ("buyer_item", "seller_item", "standard_item", "group"):
        yield from text(getattr(line, name), f"{at}/{name}", 60)
    if line.unit not in UNITS:
        yield finding(f"{at}/unit", "Give a unit of UN/ECE Recommendation 20, such as C62 (one) or KGM.")
    yield from figure(line.quantity, f"{at}/quantity", above=Decimal(0))
    yield from figure(line.price, f"{at}/price", least=Decimal(0))
    if line.tax_rate is not None:
        yield from figure(line.tax_rate, f"{at}/tax_rate", least=Decimal(0))
        if line.tax_rate.is_finite() and line.tax_rate > 100:
            yield finding(f"{at}/tax_rate", "A rate is a percentage, 5 for 5 %.")
    if len(line.other_units) > MOST_UNITS:
        yield finding(f"{at}/other_units", f"At most {MOST_UNITS} other units.")
        return
    seen = {line.unit}
    for index, other in enumerate(line.other_units):
        if other.unit not in UNITS:
            yield finding(
                f"{at}/other_units/{index}/unit",
                "Give a unit of UN/ECE Recommendation 20, or of 21 with an X in front, such as XBX (box).",
            )
        if other.unit in seen:
            yield finding(f"{at}/other_units/{index}/unit", f"{other.unit[:10]} stands twice.")
        seen.add(other.unit)
        yield from figure(other.factor, f"{at}/other_units/{index}/factor", above=Decimal(0))
