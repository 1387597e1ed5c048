"""The tables of what arrived (migration 0017)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Table, Text, Uuid

from gateway.db import metadata

unreadable = Table(
    "unreadable_arrivals",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("provider", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sender", Text),
    Column("document_type", Text),
    Column("arrived_at", DateTime(timezone=True), nullable=False),
)
