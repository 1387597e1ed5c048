"""The tenant table of companies, and what the registry answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Table, Text, Uuid

from gateway.companies.profile import Profile
from gateway.companies.states import CompanyState
from gateway.db import metadata

company_policies = Table(
    "company_policies",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("four_eyes", Boolean, nullable=False),
    Column("approve_sends", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
)


class Policies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a company decides about its own way of working."""

    four_eyes: bool = True
    """Whoever made a document can't be the one to approve it; an API key's maker counts as the maker."""
    approve_sends: bool = False
    """An approval orders the sending as well."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the registry, as the platform sees it."""

    id: UUID
    state: CompanyState
    profile: Profile
    admin_email: str
    """Who is invited as the first administrator."""
    created_at: datetime
    decided_at: datetime | None
    reason: str | None
    """Why it was rejected, suspended or reinstated."""


class PlatformEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform's people did or read."""

    id: UUID
    at: datetime
    actor: str
    kind: str
    company_id: UUID | None
    facts: msgspec.Raw
