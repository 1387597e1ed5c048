"""The tables of what is on its way (migration 0004, part 3)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid

from gateway.db import metadata

transmissions = Table(
    "transmissions",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("document_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
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
