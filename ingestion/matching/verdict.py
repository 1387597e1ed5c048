"""The roll-up: one word over all findings, with boundaries to the hundredth.

What is compared, part by part: for each order line the net amount billed for it beside what is due of it at the order's
price, for each bill line without an order line its whole amount beside nothing, and the document's net amount with
charges beside all that is due. The deviation of a bill is the largest of these, never their sum, so that two errors
can't make each other good; the percentage is the largest too, each part's deviation of what was expected of that part.

| deviation | word |
|---|---|
| below 0.01, nothing unmatched, nothing that holds | FULL_MATCH |
| below 5 % | VARIANCE_DETECTED |
| 5 % and more, or anything where nothing was expected | PARTIAL_MATCH |
| no order at all, or none of its lines | NOT_MATCHED |
| orders or lines fit alike | AMBIGUOUS |
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec

from ingestion.matching.findings import Code, Finding

EXACT = Decimal("0.01")
"""Order's currency; a deviation below counts as none."""
LARGE = Decimal(5)
"""Percent; a deviation from here on is large."""


class Word(StrEnum):
    """The verdict in one word."""

    FULL_MATCH = "FULL_MATCH"
    VARIANCE_DETECTED = "VARIANCE_DETECTED"
    PARTIAL_MATCH = "PARTIAL_MATCH"
    NOT_MATCHED = "NOT_MATCHED"
    AMBIGUOUS = "AMBIGUOUS"
    """A person must choose; nothing is consumed before."""


class Compared(msgspec.Struct, frozen=True):
    """One part of a bill beside what was expected of it, in the order's currency."""

    billed: Decimal
    expected: Decimal

    @property
    def deviation(self) -> Decimal:
        """Without sign."""
        return abs(self.billed - self.expected)

    @property
    def percent(self) -> Decimal | None:
        """Of what was expected; None: there is a deviation, and nothing was expected."""
        if self.deviation < EXACT:
            return Decimal(0)
        return self.deviation * 100 / abs(self.expected) if self.expected else None


class Measured(msgspec.Struct, frozen=True):
    """How far a bill is from what was expected."""

    deviation: Decimal
    """The largest of all parts, order's currency."""
    percent: Decimal | None
    """The largest of all parts; None: money is asked for where nothing was expected."""


def measure(parts: Iterable[Compared]) -> Measured:
    """The largest deviation and the largest percentage; they may be those of different parts."""
    both = [(part.deviation, part.percent) for part in parts]
    percents = [percent for _, percent in both]
    known = [percent for percent in percents if percent is not None]
    return Measured(
        max((deviation for deviation, _ in both), default=Decimal(0)),
        None if None in percents else max(known, default=Decimal(0)),
    )


_UNCLEAR = frozenset({Code.ORDER_UNCLEAR, Code.LINE_UNCLEAR})
_UNMATCHED = frozenset({Code.LINE_UNORDERED, Code.UNIT_DIFFERS})


def word(measured: Measured, findings: Iterable[Finding], *, matched: bool) -> Word:
    """`matched`: at least one line of the bill goes with a line of an order."""
    found = list(findings)
    codes = {finding.code for finding in found}
    if codes & _UNCLEAR:
        return Word.AMBIGUOUS
    if not matched:
        return Word.NOT_MATCHED
    holds = any(finding.holds for finding in found)
    if measured.deviation < EXACT and not holds and not codes & _UNMATCHED:
        return Word.FULL_MATCH
    if measured.percent is not None and measured.percent < LARGE:
        return Word.VARIANCE_DETECTED
    return Word.PARTIAL_MATCH
