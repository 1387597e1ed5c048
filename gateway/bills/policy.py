"""What a company asks of its bills: how sure a reading must be, how far a bill may stray, who approves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.bills.models import policies
from ingestion import matching
from ingestion.confidence import Thresholds


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Who may approve."""

    another_from: Decimal = Decimal(0)
    """From this total on, in the bill's currency, nobody who sent, corrected or accepted the bill may approve it."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One version of it, as a whole."""

    reading: Thresholds = Thresholds()
    matching: matching.Policy = matching.Policy()
    approval: Approval = Approval()


class Standing(msgspec.Struct, frozen=True):
    """The policy in force; version 0 is the default, which nobody chose."""

    version: int
    policy: Policy


async def current(db: AsyncConnection, company_id: UUID) -> Standing:
    """The latest version."""
    latest = select(policies.c.version, policies.c.policy).where(policies.c.company_id == company_id)
    row = (await db.execute(latest.order_by(policies.c.version.desc()).limit(1))).one_or_none()
    return Standing(0, Policy()) if row is None else Standing(row.version, msgspec.json.decode(row.policy, type=Policy))


async def change(
    db: AsyncConnection, company_id: UUID, policy: Policy, *, version: int, actor: str, now: datetime
) -> None:
    """Add the version after `version`; of two at the same time the second breaks the table's key."""
    await db.execute(
        insert(policies).values(
            company_id=company_id, version=version + 1, policy=msgspec.json.encode(policy), changed_at=now,
            changed_by=actor,
        )
    )  # fmt: skip
