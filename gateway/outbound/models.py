"""The tables of issued documents (migrations 0004, part 1, and 0008), and the machine that moves them."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from gateway.db import metadata
from gateway.lifecycle import Machine
from gateway.outbound import states


def _instant(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


series = Table(
    "series",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("numbering", Text, nullable=False),
    Column("prefix", Text),
    Column("digits", SmallInteger, nullable=False),
    Column("next_number", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
)

documents = Table(
    "issued_documents",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("series_id", Uuid, nullable=False),
    Column("number", Text),
    Column("type_code", Text, nullable=False),
    Column("issue_date", Date),
    Column("transmit_by", Date),
    Column("predefined", Boolean, nullable=False),
    Column("currency", Text),
    Column("buyer_name", Text),
    Column("buyer_endpoint", Text),
    Column("payable", Numeric),
    Column("total", Numeric),
    Column("body", LargeBinary, nullable=False),
    Column("posted_xml", LargeBinary),
    Column("external_reference", Boolean, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("findings", LargeBinary, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("makers", ARRAY(Uuid), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    _instant("sealed_at"),
    Column("sealed_by", Text),
    Column("xml_hash", LargeBinary),
    _instant("approved_at"),
    Column("approved_by", Text),
    _instant("rejected_at"),
    Column("rejected_by", Text),
    Column("rejection", Text),
    _instant("queued_at"),
    Column("queued_by", Text),
    _instant("sent_at"),
    _instant("failed_at"),
    Column("failure", Text),
    Column("c3", Text),
    _instant("c3_at"),
    Column("c3_reason", Text),
    Column("c5", Text),
    _instant("c5_at"),
    Column("c5_reason", Text),
    Column("buyer", Text),
    _instant("buyer_at"),
    Column("buyer_reason", Text),
    Column("personal", Boolean, nullable=False),
    _instant("erased_at"),
    Column("public_state", Text, Computed("", persisted=True), nullable=False),
)

credited_amounts = Table(
    "credited_amounts",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, primary_key=True),
    Column("credit_note_id", Uuid, primary_key=True),
    Column("amount", Numeric, nullable=False),
)

seal_leases = Table(
    "seal_leases",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)

seal_requests = Table(
    "seal_requests",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("document_id", Uuid, nullable=False),
    Column("version", Integer),
    Column("actor", Text, nullable=False),
    Column("key", Text),
    Column("request_id", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    _instant("decided_at"),
    Column("fence", BigInteger),
    Column("status", SmallInteger),
    Column("problem", LargeBinary),
)

MACHINE = Machine(
    subject="invoice",
    table=documents,
    initial=states.State.DRAFT,
    transitions=states.TRANSITIONS,
    evidenced=states.EVIDENCED,
)
"""Issued documents; credit notes are moved by it too, and called invoices in event names."""
