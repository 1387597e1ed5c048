"""Alarms: what must wake a person, counted for the monitoring across all processes and companies.

A worker that finds something raises it here in its own transaction; `/metrics` of any server process shows the counts
(`involinks_alarms`). What it was about stands where it belongs, in the company's rows, events and ledger.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_RAISE = text("select alarm_raise(:kind, :times, :at)")
_CENSUS = text("select kind, times, last_at from alarm_census()")


class Alarm(StrEnum):
    """What can go off."""

    WITNESS = "witness"
    """A witness and a company's ledger contradict each other: cut off, rewritten, or an old backup restored."""
    TIMESTAMP = "timestamp"
    """The time-stamping authority refuses, or what it sends doesn't hold."""
    REPLAY_DRIFT = "replay_drift"
    """A sealed document isn't made again as it was sealed."""
    PERIOD_WRONG = "period_wrong"
    """A period close in a ledger isn't what its entries come to."""

    DOCUMENT_OVERDUE = "document_overdue"
    """A document wasn't transmitted by its last day; the company's events name it."""
    MAILBOX = "mailbox"
    """A mailbox that bills come to can't be looked into for half an hour; the company's events name it."""
    OUTAGE = "outage"
    """A company can't send, or couldn't; within two business days the authority is to be told."""


class Count(msgspec.Struct, frozen=True):
    """How often one went off since the database was made."""

    kind: str
    times: int
    last_at: datetime


async def sound(db: AsyncConnection, alarm: Alarm, *, times: int = 1, now: datetime) -> None:
    """Count an alarm, in the caller's transaction."""
    await db.execute(_RAISE, {"kind": alarm.value, "times": times, "at": now})


async def census(db: AsyncConnection) -> list[Count]:
    """Every kind that ever went off."""
    return [Count(row.kind, row.times, row.last_at) for row in await db.execute(_CENSUS)]
