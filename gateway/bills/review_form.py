"""The form of a review: each field in the order of the document, with what speaks for it, and back into changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from gateway.access.errors import Unacceptable
from gateway.bills.changes import COLUMNS, DATES, DECIMALS, HEADER, Change, shown
from gateway.bills.fields import Fields, Line
from gateway.bills.proof import Proof, Shown
from gateway.http.problems import Finding
from ingestion.document import Box

MOST_LINES: Final = 200
"""That the page shows; the others are put right over the API."""
SURE: Final = Decimal("0.90")
"""A value that was read less surely is doubtful."""
RARE: Final = frozenset({"supplier_endpoint", "charges", "rounding", "prepaid", "rate"})
"""Shown apart where they are empty."""
USUAL: Final = ("description", "item", "quantity", "unit", "unit_price", "discount", "net_amount", "tax_rate")
OTHERS: Final = tuple(name for name in Line.__struct_fields__ if name not in USUAL)
_LAST: Final = (9999, 0.0, 0.0)


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place on a page, in points from its top left corner."""

    page: int
    x: float
    y: float
    width: float
    height: float


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form."""

    name: str
    """`total`, `lines.0.quantity`."""
    term: str
    value: str
    read: str | None
    """What was read, where it differs from what stands."""
    percent: int | None
    """How often such readings are right."""
    doubtful: bool
    other: str | None
    """What another reading says."""
    spot: Spot | None
    wrong: str = ""
    """Why what was typed can't be taken."""

    @property
    def kind(self) -> str:
        """How it is typed."""
        if self.term == "kind":
            return "kind"
        return "amount" if self.term in DECIMALS else "date" if self.term in DATES else "text"

    @property
    def id(self) -> str:
        """For the page."""
        return self.name.replace(".", "-").replace("_", "-")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """All fields; `before` and `after` the lines as the document has them."""

    before: tuple[Input, ...]
    lines: tuple[tuple[Input, ...], ...]
    after: tuple[Input, ...]
    rare: tuple[Input, ...]
    fresh: tuple[Input, ...]
    """A line to be added."""
    left_out: int
    """Lines beyond those shown."""

    @property
    def every(self) -> Iterator[Input]:
        """In the order of the keyboard."""
        yield from self.before
        for line in self.lines:
            yield from line
        yield from self.after
        yield from self.rare


def form(
    standing: Fields,
    proof: Proof | None,
    findings: Sequence[Finding],
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Form:
    """What stands, or what was `typed` and couldn't be taken; `wrong`: name of a field -> why."""
    known = {(one.line, one.term): one for one in proof.values} if proof else {}
    others = {(one.line, one.term): one.other for one in proof.disagreements} if proof else {}
    pointed = {finding.pointer for finding in findings}

    def made(term: str, line: int | None, value: object) -> Input:
        name = term if line is None else f"lines.{line}.{term}"
        one = known.get((line, term))
        pointer = f"/{term}" if line is None else f"/lines/{line}/{term}"
        told = shown(value) or ""
        return Input(
            name=name,
            term=term,
            value=(typed or {}).get(name, told),
            read=one.read if one and one.read is not None and one.read != told else None,
            percent=_percent(one),
            doubtful=pointer in pointed or _doubtful(one) or ((line, term) in others and not (one and one.corrections)),
            other=others.get((line, term)),
            spot=_spot(one),
            wrong=(wrong or {}).get(name, ""),
        )

    header = sorted(
        (made(term, None, getattr(standing, term)) for term in Fields.__struct_fields__ if term != "lines"),
        key=lambda one: _place(one.spot),
    )
    lines = tuple(
        tuple(made(term, number, getattr(line, term)) for term in (*USUAL, *OTHERS))
        for number, line in enumerate(standing.lines[:MOST_LINES])
    )
    first = min((_place(one.spot) for line in lines for one in line if one.spot), default=_LAST)
    rare = tuple(one for one in header if one.term in RARE and not one.value and not one.wrong)
    usual = [one for one in header if one not in rare]
    room = len(standing.lines) < MOST_LINES
    return Form(
        before=tuple(one for one in usual if _place(one.spot) < first or (first == _LAST)),
        lines=lines,
        after=tuple(one for one in usual if _place(one.spot) >= first != _LAST),
        rare=rare,
        fresh=tuple(made(term, len(standing.lines), None) for term in USUAL) if room else (),
        left_out=len(standing.lines) - len(lines),
    )


def changes(standing: Fields, typed: Mapping[str, str]) -> tuple[tuple[Change, str], ...]:
    """What the form says otherwise than what stands, each with the name of its field.

    A line that is taken out is taken out last, from the end, so that the numbers of the others hold meanwhile. Raises
    Unacceptable where a place on a page is no place.
    """
    found: list[tuple[Change, str]] = []
    for term in sorted(HEADER):
        found += _changed(typed, term, term, None, getattr(standing, term))
    dropped = [number for number in range(len(standing.lines)) if typed.get(f"drop.{number}")]
    for number, line in enumerate((*standing.lines, Line())):
        if number not in dropped:
            for term in sorted(COLUMNS):
                found += _changed(typed, f"lines.{number}.{term}", term, number, getattr(line, term))
    found += [(Change(line=number), f"drop.{number}") for number in reversed(dropped)]
    return tuple(found)


def _changed(
    typed: Mapping[str, str], name: str, term: str, line: int | None, value: object
) -> Iterator[tuple[Change, str]]:
    if name not in typed:
        return
    told = " ".join(typed[name].split())
    if told != (shown(value) or ""):
        page, box = _shown_at(typed.get(f"at.{name}", ""), f"/at.{name}")
        yield Change(term=term, line=line, value=told or None, page=page, box=box), name


def _shown_at(told: str, pointer: str) -> tuple[int | None, Box | None]:
    """`1 350 300 500 312`: the page, and the box that the person drew on it."""
    if not told:
        return None, None
    try:
        page, *sides = told.split()
        x0, y0, x1, y1 = (float(Decimal(side)) for side in sides)
        if not (0 <= x0 < x1 <= 20_000 and 0 <= y0 < y1 <= 20_000 and 1 <= int(page) <= 9999):
            raise ValueError
    except (ValueError, ArithmeticError):
        raise Unacceptable(pointer, "Draw a box around the value on its page.") from None
    return int(page), Box(x0, y0, x1, y1)


def _percent(one: Shown | None) -> int | None:
    return int(Decimal(one.confidence) * 100) if one and one.confidence and not one.corrections else None


def _doubtful(one: Shown | None) -> bool:
    return bool(one and not one.corrections and one.confidence and Decimal(one.confidence) < SURE)


def _spot(one: Shown | None) -> Spot | None:
    """Where a person showed it, else where it was read."""
    if one is None:
        return None
    places = [*((each.page, each.box) for each in reversed(one.corrections)), *((e.page, e.box) for e in one.evidence)]
    for page, box in places:
        if page is not None and box is not None:
            x0, y0, x1, y1 = map(float, box)
            return Spot(page=page, x=x0 - 2, y=y0 - 2, width=x1 - x0 + 4, height=y1 - y0 + 4)
    return None


def _place(spot: Spot | None) -> tuple[int, float, float]:
    """Rows of a page from the top; what stands beside each other from the left."""
    return _LAST if spot is None else (spot.page, round(spot.y / 6), spot.x)
