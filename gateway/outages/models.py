"""What is kept of an outage (migration 0018, part 2), and how it is shown."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Cause(StrEnum):
    """What failed."""

    PROVIDER = "provider"
    """The line to a service provider: it can't be reached, or refuses us."""
    SENDING = "sending"
    """Our own part: documents wait although the line is well."""
    REPORTED = "reported"
    """What a person says."""


class Duty(StrEnum):
    """How it stands with telling the authority."""

    PENDING = "pending"
    LATE = "late"
    """The last day is over, and nobody has said that the authority was told."""
    NOTIFIED = "notified"
    DISMISSED = "dismissed"
    """A person found that the authority needn't be told, and said why."""


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """A document that couldn't go out, or went out late, because of it."""

    id: UUID
    number: str
    issue_date: date | None
    transmit_by: date | None
    sent_at: datetime | None


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which the company couldn't send."""

    id: UUID
    cause: Cause
    account_id: UUID | None
    """The provider account whose line failed; null: the installation's provider, or none in particular."""
    line: str
    """What failed, as a person calls it."""
    since: datetime
    opened_at: datetime
    opened_by: str
    detail: str
    over_at: datetime | None
    """Null while it lasts."""
    duty: Duty
    due_on: date
    """The last day for telling the authority, in the UAE: two business days after the failure."""
    due_at: datetime
    """When that day is over."""
    notified_at: datetime | None
    notified_by: str | None
    reference: str | None
    """What the authority's portal answered with."""
    entry: str | None
    """Path of the ledger's entry that proves the notice."""
    dismissed_at: datetime | None
    dismissed_by: str | None
    dismissal: str | None
    """Why the authority needn't be told."""


class Count(msgspec.Struct, frozen=True):
    """How many documents an outage concerns."""

    documents: int
    waiting: int
    """Of them, those that aren't transmitted yet."""


class Drafts(msgspec.Struct, frozen=True, kw_only=True):
    """The record for the authority, ready to be copied."""

    en: str
    ar: str


class OutageShown(Outage, frozen=True, kw_only=True):
    """One outage with the record for the authority."""

    concerned: tuple[Concerned, ...]
    """The first 200 documents by number."""
    concerned_count: Count
    record: Drafts


class OutagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Outages, latest first."""

    items: tuple[Outage, ...]
    next: UUID | None


class NewOutage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person reports."""

    line: str
    """What failed: `Our ERP's connection`."""
    since: datetime
    """When it began; with its offset from UTC."""
    detail: str
    """What happened, for the authority."""
    over_at: datetime | None = None
    """When it was well again; null while it lasts."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the authority was told."""

    at: datetime
    reference: str
    """The number that the authority's portal gave."""


class Dismissal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the authority needn't be told."""

    reason: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: a person told the authority."""

    outage_id: UUID
    cause: Cause
    line: str
    since: datetime
    over_at: datetime | None
    due_on: date
    notified_at: datetime
    notified_by: str
    reference: str
    documents: int


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the events `outage.opened`, `.over`, `.due_soon` and `.dismissed`."""

    cause: Cause
    line: str
    since: datetime
    due_on: date
    over_at: datetime | None = None
    reason: str | None = None
