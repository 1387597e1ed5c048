"""What a company asks of its bills: how sure a reading must be, how far a bill may stray, who approves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.bills.models import policies
from ingestion import matching
from ingestion.confidence import Thresholds

BASE = "AED"
"""The currency of the amounts in a policy."""


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people it takes from an amount on."""

    least: Decimal
    """What is to be paid, in dirhams; the highest level that a bill reaches counts."""
    approvers: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    """Different persons."""
    admins: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    """So many of them administrators of the company."""


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may approve."""

    another_from: Decimal = Decimal(0)
    """From this amount on, in dirhams, nobody who sent, corrected or accepted the bill may approve it."""
    levels: Annotated[tuple[Level, ...], msgspec.Meta(max_length=20)] = (Level(least=Decimal(0)),)
    """A bill in another currency takes the highest level there is: its worth isn't ours to guess."""

    def level(self, amount: Decimal | None, currency: str | None) -> Level:
        """The level of a bill; where its amount in dirhams isn't known, the one that asks the most.

        >>> large = Level(least=Decimal(10_000), approvers=2)
        >>> approval = Approval(levels=(Level(least=Decimal(0)), large))
        >>> [approval.level(Decimal(n), "AED").approvers for n in (9_999, 10_000)]
        [1, 2]
        >>> approval.level(Decimal(5), "EUR") is large
        True
        """
        reached = [level for level in self.levels if amount is None or currency != BASE or abs(amount) >= level.least]
        return max(reached, key=lambda level: (level.approvers, level.admins), default=Level(least=Decimal(0)))

    def needs_another(self, amount: Decimal | None, currency: str | None) -> bool:
        """Whether nobody who had a hand in the bill may approve it."""
        return amount is None or currency != BASE or abs(amount) >= self.another_from


class Exceptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who looks into bills that don't match."""

    owner: UUID | None = None
    """Whose tasks they are at first; null: nobody's, until somebody takes them."""
    days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 3
    """Until when, in days; never later than the bill falls due."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of it, as a whole."""

    reading: Thresholds = Thresholds()
    matching: matching.Policy = msgspec.field(default_factory=matching.Policy)
    approval: Approval = Approval()
    exceptions: Exceptions = Exceptions()


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
