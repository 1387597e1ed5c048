"""One row of an imported table, read with everything that is wrong about it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from gateway.purchasing.models import OtherUnit
from gateway.sheets import Row, day, number

_YES, _NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n"}


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong at one place of the file."""

    line: int
    """Row of the file, from 1; the names stand in the first."""
    column: str
    """Empty where the row, or the document it begins, is meant as a whole."""
    message: str


class Cells:
    """The cells of one row."""

    def __init__(self, row: Row, wrong: list[Wrong]) -> None:
        self._row, self._wrong = row, wrong

    def text(self, column: str, *, needed: bool = False) -> str:
        value = self._row.cells.get(column, "")
        if needed and not value:
            self._say(column, "It can't be empty.")
        return value

    def number(self, column: str, *, needed: bool = False) -> Decimal | None:
        value = self.text(column, needed=needed)
        found = number(value) if value else None
        if value and found is None:
            self._say(column, f"{value[:40]!r} is no number; write 1234.50.")
        return found

    def day(self, column: str) -> date | None:
        value = self.text(column, needed=True)
        found = day(value) if value else None
        if value and found is None:
            self._say(column, f"{value[:40]!r} is no day; write 2026-11-30.")
        return found

    def yes(self, column: str) -> bool:
        value = self.text(column).lower()
        if value and value not in _YES | _NO:
            self._say(column, "Say yes or no.")
        return value not in _NO

    def units(self, column: str) -> tuple[OtherUnit, ...]:
        """`XBX=12; XPK=6`."""
        found = []
        for part in filter(None, (part.strip() for part in self.text(column).split(";"))):
            unit, _, factor = part.partition("=")
            if (value := number(factor.strip())) is None:
                self._say(column, f"{part[:40]!r} is no factor; write XBX=12; XPK=6.")
            else:
                found.append(OtherUnit(unit=unit.strip(), factor=value))
        return tuple(found)

    def _say(self, column: str, message: str) -> None:
        self._wrong.append(Wrong(self._row.line, column, message))
