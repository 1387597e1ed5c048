"""What periods are told as: payloads of entries, and answers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from gateway.periods.calendar import TaxCalendar
from ledger.periods import Close


class TaxPeriodClosed(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of a TAX_PERIOD entry: no further document of these days."""

    what: str = "closed"
    first_day: date
    last_day: date
    closed_by: str
    """`user:<id>`, or `system:periods` once the return was due."""
    reason: str


class DocumentAdmitted(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of a TAX_PERIOD entry: one document may be sealed into a closed period."""

    what: str = "admitted"
    document_id: UUID
    first_day: date
    last_day: date
    admitted_by: str
    reason: str


class ClosedPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A closed VAT period."""

    first_day: date
    last_day: date
    closed_at: datetime
    closed_by: str
    entry_seq: int


class CloseView(msgspec.Struct, frozen=True, kw_only=True):
    """A day, month or year that the ledger has closed."""

    seq: int
    """The entry's place."""
    close: Close | None
    """As the entry has it; null where it can't be read."""


class Periods(msgspec.Struct, frozen=True, kw_only=True):
    """Where the periods stand."""

    calendar: TaxCalendar
    tax_periods: tuple[ClosedPeriod, ...]
    """The closed ones, latest first; every other is open."""
    closes: tuple[CloseView, ...]
    """Latest first."""
