"""The tables of what is on its way (migrations 0004, part 3, and 0016), and what is told of an attempt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid

from gateway.db import metadata

transmissions = Table(
    "transmissions",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("document_id", Uuid),
    Column("response_id", Uuid),
    Column("account_id", Uuid),
    Column("provider", Text, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("ordered_at", DateTime(timezone=True), nullable=False),
    Column("lifetime", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", DateTime(timezone=True), nullable=False),
    Column("uncertain", Boolean, nullable=False),
    Column("problem", Text),
    Column("reason", Text),
    Column("next_step", Text),
    Column("reference", Text),
    Column("accepted_at", DateTime(timezone=True)),
    Column("evidence_sha256", Text),
)

transmission_attempts = Table(
    "transmission_attempts",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("transmission_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("account_id", Uuid),
    Column("adapter", Text, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("reason", Text),
    Column("answer_sha256", Text),
    Column("next_at", DateTime(timezone=True)),
)

transmission_events = Table(
    "transmission_events",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("transmission_id", Uuid, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("evidence_sha256", Text, nullable=False),
)


class Outcome(StrEnum):
    """How one attempt ended; beside `accepted` the names of the provider line's errors."""

    ACCEPTED = "accepted"
    """Corner 2 has it, by its own word."""
    TEMPORARY = "temporary"
    """Surely not taken; the same may succeed later."""
    PERMANENT = "permanent"
    """Refused for what it is."""
    PRECONDITION = "precondition"
    """Surely not taken; something outside of it must be mended."""
    UNKNOWN = "unknown"
    """It may have been taken."""


class Bringer(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was tried before the one that a transmission goes by now, and that says it brought it."""

    account_id: UUID | None
    adapter: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, as the ledger and the API tell it."""

    number: int
    """Counted over the whole life of the transmission, from 1."""
    account_id: UUID | None
    """The company's provider account; null is the installation's provider."""
    adapter: str
    begun_at: datetime
    ended_at: datetime | None
    """Null while it is under way, and for ever where the process ended before the answer was written down."""
    outcome: Outcome | None
    answer_sha256: str | None
    """Digest of the provider's raw answer in the storage; null where none came."""


class Attempt(Tried, frozen=True, kw_only=True):
    """The same with the words for a person; the ledger does without them, since they could name one."""

    reason: str | None
    next_at: datetime | None
    """When the next attempt is due; null where there is none."""
