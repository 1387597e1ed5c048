"""Printed units -> codes of UN/ECE Recommendation 20, in which orders are written. What isn't here stays as printed."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "C62": "pcs pc piece pieces pce ea each nos no unit units item items stk stück st قطعة حبة وحدة",
    "KGM": "kg kgs kilo kilos kilogram kilograms كجم كغم",
    "GRM": "g gr gram grams",
    "TNE": "t ton tons tonne tonnes mt طن",
    "MTR": "m mtr mtrs meter meters metre metres lm متر",
    "CMT": "cm",
    "MMT": "mm",
    "KMT": "km",
    "MTK": "m2 m² sqm",
    "MTQ": "m3 m³ cbm",
    "LTR": "l ltr ltrs litre litres liter liters لتر",
    "HUR": "h hr hrs hour hours std ساعة",
    "DAY": "day days tag tage يوم",
    "MON": "month months monat monate شهر",
    "ANN": "year years",
    "SET": "set sets",
    "PR": "pair pairs",
    "XBX": "box boxes bx كرتون صندوق",
    "XCT": "carton cartons ctn ctns",
    "XPK": "pack packs pkt packet packets pkg package packages",
    "XRO": "roll rolls",
    "XBG": "bag bags",
    "DZN": "dozen dz doz",
    "KWH": "kwh",
}
_CODES = {name: code for code, names in _NAMES.items() for name in names.split()}


def code(printed: str | None) -> str:
    """The code of a printed unit; empty where nothing is printed.

    >>> code("Pcs."), code("KGM"), code("Eimer"), code(None)
    ('C62', 'KGM', 'Eimer', '')
    """
    plain = (printed or "").strip().rstrip(".")
    return plain if plain in _NAMES else _CODES.get(plain.casefold(), plain)
