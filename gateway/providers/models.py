"""A company's accounts at providers: what the lines need to know of them, and their table (migration 0015)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gateway.db import metadata
from peppol.identifiers import DocumentTypeId, ParticipantId


class DocumentKind(StrEnum):
    """What a message is, as far as routes tell kinds apart."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    SELF_BILLED_INVOICE = "self_billed_invoice"
    SELF_BILLED_CREDIT_NOTE = "self_billed_credit_note"
    RESPONSE = "response"
    """The buyer's answer to an invoice."""


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What a route is chosen by."""

    receiver: ParticipantId
    """Corner 4."""
    document_type: DocumentTypeId
    series: str = ""
    """The number series of an invoice or credit note; empty for a message that has none."""

    @property
    def kind(self) -> DocumentKind | None:
        """By the document element and its customization; None for a type that routes don't name."""
        name = self.document_type.local_name
        if name == "ApplicationResponse":
            return DocumentKind.RESPONSE
        self_billed = "selfbilling" in self.document_type.customization
        if name == "Invoice":
            return DocumentKind.SELF_BILLED_INVOICE if self_billed else DocumentKind.INVOICE
        if name == "CreditNote":
            return DocumentKind.SELF_BILLED_CREDIT_NOTE if self_billed else DocumentKind.CREDIT_NOTE
        return None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One registration of a company at a provider, without its secrets."""

    id: UUID
    adapter: str
    """A name in `peppol.providers.PROVIDERS`."""
    label: str
    """What the company calls it."""
    enabled: bool
    """Whether new documents may take it. What was submitted through it is followed up all the same."""
    position: int
    """In the order of fallback; the smallest first."""


class Registered(Account, frozen=True, kw_only=True):
    """A whole row of `provider_accounts`; its secrets are sealed."""

    base_url: str
    options: dict[str, str]
    credentials: tuple[str, ...]
    """Names only."""
    webhook_secrets: int
    """How many are active."""
    sealed: bytes
    version: int
    """Grows with every change that an open adapter has to learn of."""
    created_at: datetime
    changed_at: datetime

    def __repr__(self) -> str:
        return f"Registered({self.id}, {self.adapter!r}, version {self.version}, ...)"


accounts = Table(
    "provider_accounts",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("adapter", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("credentials", ARRAY(Text), nullable=False),
    Column("webhook_secrets", SmallInteger, nullable=False),
    Column("sealed", LargeBinary),
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("removed_at", DateTime(timezone=True)),
)
