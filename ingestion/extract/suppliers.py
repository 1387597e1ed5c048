"""Which of the known suppliers a document is from: by a printed tax id, by the printed name, by both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from rapidfuzz import fuzz

from ingestion.document import Evidence, Source, Term
from ingestion.extract.ids import compact
from ingestion.extract.layout import Cell, Sheet, fold

_LIKE = 92
"""Likeness, of 100, from which a printed name is taken for a known one with signs misread."""
_SHORTEST = 6


class Anchor(msgspec.Struct, frozen=True):
    """Where a supplier's documents have a value: right of or below these words."""

    words: str
    """Folded; empty: by its place on the page alone."""
    below: bool = False
    x: float = 0.0
    """Left edge of the value, as a share of the page's width."""
    y: float = 0.0


Anchors = Mapping[Term, tuple[Anchor, ...]]


class Supplier(msgspec.Struct, frozen=True):
    """What the master list knows of a supplier."""

    name: str
    tax_ids: tuple[str, ...] = ()
    anchors: Mapping[Term, tuple[Anchor, ...]] = {}
    """Learned from corrections of earlier documents."""


class Known(msgspec.Struct, frozen=True):
    """A supplier of the list, and where the document shows it."""

    supplier: Supplier
    name: Evidence | None
    """Its printed name."""
    tax_id: Evidence | None
    """Its printed tax id."""
    strength: float


def recognise(sheet: Sheet, suppliers: Sequence[Supplier], buyers: Sequence[Cell]) -> Known | None:
    """The supplier that the document shows best. What stands in `buyers`, the buyer's address, counts for less."""
    if not suppliers:
        return None
    addressed = {id(cell) for cell in buyers}
    folded = [(fold(cell.text), cell) for cell in sheet.cells]
    compacts = [(compact(cell.text), cell) for cell in sheet.cells if any(map(str.isdigit, cell.text))]
    best: Known | None = None
    shown = "\n".join(text for text, _ in compacts), "\n".join(text for text, _ in folded)
    likely = [supplier for supplier in suppliers if _perhaps(supplier, *shown)]
    recognised = any(cell.source is Source.OCR for cell in sheet.cells)
    for supplier in likely or (suppliers if recognised else ()):
        tax_id, sure = _tax_id(supplier, compacts, addressed)
        name, like = _name(supplier, folded, addressed)
        strength = sure + like
        if strength > 0 and (best is None or strength > best.strength):
            best = Known(supplier, name, tax_id, strength)
    return best if best is not None and best.strength >= 0.5 else None


def _perhaps(supplier: Supplier, numbers: str, words: str) -> bool:
    """A quick look over the whole document, so that a list of thousands costs little."""
    return any(compact(known) in numbers for known in supplier.tax_ids if len(known) >= _SHORTEST) or any(
        (key := fold(part)) and key[:12] in words for part in supplier.name.split("|")
    )


def _tax_id(supplier: Supplier, cells: list[tuple[str, Cell]], addressed: set[int]) -> tuple[Evidence | None, float]:
    best: tuple[Evidence | None, float] = (None, 0.0)
    for known in supplier.tax_ids:
        key = compact(known)
        if len(key) < 6:
            continue
        for text, cell in cells:
            if key in text:
                strength = 0.4 if id(cell) in addressed else 1.0
                if strength > best[1]:
                    best = (_within(cell, key), strength)
    return best


def _within(cell: Cell, key: str) -> Evidence:
    """The words of a cell that hold the letters and digits of `key`."""
    places = [index for index, sign in enumerate(cell.text) if sign.isalnum()]
    start = compact(cell.text).find(key)
    if len(compact(cell.text)) != len(places):
        return cell.evidence(0, len(cell.text))
    return cell.evidence(places[start], places[start + len(key) - 1] + 1)


def _name(supplier: Supplier, cells: list[tuple[str, Cell]], addressed: set[int]) -> tuple[Evidence | None, float]:
    """The printed name; also one that goes on in the line below, or is one of two languages divided by `|`."""
    best: tuple[Evidence | None, float] = (None, 0.0)
    names = [fold(part) for part in (supplier.name, *supplier.name.split("|"))]
    for key in dict.fromkeys(names):
        if len(key) < 3:
            continue
        for text, cell in cells:
            if not text or len(text) > 200 or (len(text) < len(key) and not key.startswith(text[:3])):
                continue
            strength = _likeness(key, text)
            if strength and id(cell) in addressed:
                strength *= 0.3
            if strength > best[1]:
                best = (cell.evidence(0, len(cell.text)), strength)
    return best


def _likeness(key: str, text: str) -> float:
    if text == key:
        return 1.0
    if len(key) >= _SHORTEST and key in text:
        return 0.6 + 0.3 * len(key) / len(text)
    if len(text) >= max(_SHORTEST, 0.6 * len(key)) and key.startswith(text):
        return 0.7 * len(text) / len(key)
    if len(key) >= 2 * _SHORTEST and abs(len(key) - len(text)) <= 3:
        like = fuzz.ratio(key, text, score_cutoff=_LIKE)
        return 0.8 * like / 100
    return 0.0
