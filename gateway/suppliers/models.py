"""The tables of suppliers (migration 0021), and the machines that move suppliers and their bank accounts."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from gateway.db import metadata
from gateway.lifecycle import Machine
from gateway.suppliers import states

suppliers = Table(
    "suppliers",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("other_names", ARRAY(Text), nullable=False),
    Column("tax_ids", ARRAY(Text), nullable=False),
    Column("endpoints", ARRAY(Text), nullable=False),
    Column("emails", ARRAY(Text), nullable=False),
    Column("currency", Text),
    Column("payment_days", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
)

keys = Table(
    "supplier_keys",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("supplier_id", Uuid, primary_key=True),
)

accounts = Table(
    "supplier_accounts",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("iban", Text, nullable=False),
    Column("bic", Text),
    Column("origin", Text, nullable=False),
    Column("makers", ARRAY(Uuid), nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("decided_person", Uuid),
    Column("reason", Text),
)

account_bills = Table(
    "supplier_account_bills",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)

lessons = Table(
    "supplier_anchors",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("supplier_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("anchors", JSONB, nullable=False),
    Column("forgotten", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("bill_id", Uuid),
)

SUPPLIERS = Machine(
    subject="supplier",
    table=suppliers,
    initial=states.State.ACTIVE,
    transitions=states.TRANSITIONS,
    evidenced=frozenset(),
)
"""Entries of the master list."""

ACCOUNTS = Machine(
    subject="bank_account",
    table=accounts,
    initial=states.AccountState.PROPOSED,
    transitions=states.ACCOUNT_TRANSITIONS,
    evidenced=states.EVIDENCED,
)
"""Bank accounts of suppliers."""
