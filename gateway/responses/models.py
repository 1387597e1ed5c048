"""The tables of responses (migration 0019), and the machine that moves those we send."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Integer, LargeBinary, Table, Text, Uuid

from gateway.db import metadata
from gateway.lifecycle import Machine
from gateway.responses import states

sent = Table(
    "sent_responses",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("document_id", Uuid, nullable=False),
    Column("place", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("clarifications", LargeBinary, nullable=False),
    Column("note", Text),
    Column("effective", Date),
    Column("payment", Text),
    Column("sender", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("xml", LargeBinary, nullable=False),
    Column("xml_sha256", Text, nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("queued_by", Text, nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("failure", Text),
    Column("problem", Text),
    Column("c3", Text),
    Column("c3_at", DateTime(timezone=True)),
    Column("c3_reason", Text),
)

received = Table(
    "received_responses",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("document_id", Uuid),
    Column("instance_id", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("envelope_sha256", Text, nullable=False),
    Column("xml_sha256", Text, nullable=False),
    Column("response_number", Text),
    Column("number", Text),
    Column("code", Text),
    Column("clarifications", LargeBinary, nullable=False),
    Column("note", Text),
    Column("effective", Date),
    Column("payment", Text),
    Column("issue_date", Date),
    Column("findings", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)

MACHINE = Machine(
    subject="response",
    table=sent,
    initial=states.State.QUEUED,
    transitions=states.TRANSITIONS,
    evidenced=states.EVIDENCED,
)
"""Responses that we send."""
