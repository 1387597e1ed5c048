"""The days that an auditor may see, and which endpoints know of them.

An auditor with a window reaches only endpoints that say `opt=WITHIN` (they leave out what lies outside of it) or
`opt=HASHES` (they show no content of the company); everything else is refused (`gateway.access.guards.requires`).
What any auditor reads becomes an entry of the ledger, except through `HASHES` and `OWN_ENTRY`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

WITHIN: dict[str, Any] = {"within": True}
"""The endpoint itself shows nothing outside of the caller's window."""
HASHES: dict[str, Any] = {"within": True, "unrecorded": True}
"""Hashes, signatures and public keys: no company content. Were reading them an entry, whoever fetched the head, or a
proof to it, would move it by that."""
OWN_ENTRY: dict[str, Any] = {"unrecorded": True}
"""What is asked for here, or shown, is an entry of its own that names who asked: a verification, an export."""

_DUBAI = ZoneInfo("Asia/Dubai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_END_US = 2**63 - 1


class Window(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}
):
    """Days of the Emirates, both included; an end that is left out is open."""

    first: date | None = None
    """The first day."""
    last: date | None = None
    """The last day."""

    def bounds_us(self) -> tuple[int, int]:
        """The first microsecond since the epoch that lies inside, and the one behind the last."""
        start = _midnight_us(self.first) if self.first else 0
        end = _midnight_us(self.last + _DAY) if self.last and self.last < date.max else _END_US
        return start, end

    def holds(self, at_us: int) -> bool:
        """Whether this moment lies inside."""
        start, end = self.bounds_us()
        return start <= at_us < end

    def __str__(self) -> str:
        """As it is recorded: `2026-01-01..2026-03-31`."""
        return f"{self.first or ''}..{self.last or ''}"


def window_of(first: date | None, last: date | None) -> Window | None:
    """The window of two columns; None where both are open."""
    return Window(first=first, last=last) if first or last else None


def _midnight_us(day: date) -> int:
    return (datetime.combine(day, time(), _DUBAI) - _EPOCH) // timedelta(microseconds=1)
