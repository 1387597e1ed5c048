"""The tables of bills (migration 0023), and the machine that moves them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, LargeBinary, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from gateway.bills import states
from gateway.db import metadata
from gateway.lifecycle import Machine

files = Table(
    "bill_files",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("sent_by", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("transcript_sha256", Text),
)

bills = Table(
    "bills",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_id", Uuid, nullable=False),
    Column("part", Integer, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("makers", ARRAY(Uuid), nullable=False),
    Column("pages", ARRAY(Integer), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("kind", Text),
    Column("fields", LargeBinary),
    Column("supplier_id", Uuid),
    Column("supplier_name", Text),
    Column("supplier_tax_id", Text),
    Column("number", Text),
    Column("issue_date", Date),
    Column("due_date", Date),
    Column("currency", Text),
    Column("net", Numeric),
    Column("tax", Numeric),
    Column("total", Numeric),
    Column("payable", Numeric),
    Column("po_number", Text),
    Column("iban", Text),
    Column("confidence", Numeric),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("failure", Text),
    Column("failure_code", Text),
    Column("reading_sha256", Text),
    Column("read_at", DateTime(timezone=True)),
    Column("reviewed_by", Text),
    Column("reviewed_at", DateTime(timezone=True)),
    Column("verdict", LargeBinary),
    Column("word", Text),
    Column("input_sha256", Text),
    Column("matched_at", DateTime(timezone=True)),
    Column("holds", ARRAY(Text), nullable=False),
    Column("released", ARRAY(Text), nullable=False),
    Column("near", ARRAY(Uuid), nullable=False),
    Column("discarded_by", Text),
    Column("discarded_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("refused_by", Text),
    Column("refused_at", DateTime(timezone=True)),
    Column("paid_by", Text),
    Column("paid_at", DateTime(timezone=True)),
    Column("paid_on", Date),
    Column("payment_reference", Text),
    Column("note", Text),
)

policies = Table(
    "bill_policies",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("policy", LargeBinary, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
)

MACHINE = Machine(
    subject="bill",
    table=bills,
    initial=states.State.RECEIVED,
    transitions=states.TRANSITIONS,
    evidenced=states.EVIDENCED,
)
