"""The tables of received documents (migrations 0004, part 2, and 0017), and the machine that moves them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, Table, Text, Uuid

from gateway.db import metadata
from gateway.inbound import states
from gateway.lifecycle import Machine

received = Table(
    "received_documents",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("envelope_sha256", Text, nullable=False),
    Column("xml_sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("verbatim", Boolean, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("number", Text),
    Column("type_code", Text),
    Column("issue_date", Date),
    Column("currency", Text),
    Column("payable", Numeric),
    Column("total", Numeric),
    Column("seller_name", Text),
    Column("seller_endpoint", Text),
    Column("twin_of", Uuid),
    Column("valid", Boolean, nullable=False),
    Column("findings", LargeBinary, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("acknowledged_by", Text),
    Column("note", Text),
)

envelopes = Table(
    "received_envelopes",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("instance_id", Text, primary_key=True),
    Column("document_id", Uuid, nullable=False),
    Column("envelope_sha256", Text, nullable=False),
    Column("rebuilt", Boolean, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)

MACHINE = Machine(
    subject="document",
    table=received,
    initial=states.State.RECEIVED,
    transitions=states.TRANSITIONS,
    evidenced=states.EVIDENCED,
)
"""Whatever the network brings; what becomes of it as something to be paid is told of its bill (`gateway.bills`)."""
