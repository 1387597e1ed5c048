"""What a company may use of a language model in a day, counted before each question so that none goes beyond it.

Readings run in threads while the database belongs to the event loop: a budget hands its counting over and waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import Database
from gateway.wiring import Wiring
from ingestion.extract.llm import LlmExtractor
from ledger.periods import EMIRATES

_T = TypeVar("_T")
_TAKE = text(
    "insert into llm_usage as u (company_id, day, tokens, calls)"
    " select :company_id, :day, cast(:tokens as bigint), 1 where cast(:tokens as bigint) <= cast(:most as bigint)"
    " on conflict (company_id, day) do update set tokens = u.tokens + excluded.tokens, calls = u.calls + 1"
    " where u.tokens + excluded.tokens <= cast(:most as bigint) returning tokens"
)
_CORRECT = text(
    "update llm_usage set tokens = greatest(0, tokens + cast(:more as bigint))"
    " where company_id = :company_id and day = :day"
)
_USED = text("select tokens, calls from llm_usage where company_id = :company_id and day = :day")


class Usage(msgspec.Struct, frozen=True):
    """Of one day."""

    tokens: int
    calls: int


async def take(db: AsyncConnection, company_id: UUID, day: date, tokens: int, *, most: int) -> bool:
    """Whether so many tokens may still be used that day; they count as used from then on, also beside other calls."""
    values = {"company_id": company_id, "day": day, "tokens": tokens, "most": most}
    return (await db.execute(_TAKE, values)).scalar_one_or_none() is not None


async def correct(db: AsyncConnection, company_id: UUID, day: date, more: int) -> None:
    """A call has used more than was taken for it, or less (below zero)."""
    await db.execute(_CORRECT, {"company_id": company_id, "day": day, "more": more})


async def used(db: AsyncConnection, company_id: UUID, day: date) -> Usage:
    """What a company has used."""
    row = (await db.execute(_USED, {"company_id": company_id, "day": day})).one_or_none()
    return Usage(0, 0) if row is None else Usage(row.tokens, row.calls)


class CompanyBudget:
    """A `Budget` over the table. Its methods are called from other threads than the loop's, and only from those."""

    def __init__(self, database: Database, company_id: UUID, day: date, *, most: int) -> None:
        """Made in the event loop. `most`: tokens a day."""
        self._database, self._company_id, self._day, self._most = database, company_id, day, most
        self._loop = asyncio.get_running_loop()

    def take(self, tokens: int) -> bool:
        """Committed before the question leaves: what is killed in between stays counted."""
        return self._wait(self._take(tokens))

    def spent(self, taken: int, used: int) -> None:
        """Corrects what was taken."""
        if taken != used:
            self._wait(self._correct(used - taken))

    async def _take(self, tokens: int) -> bool:
        async with self._database.company(self._company_id) as db:
            return await take(db, self._company_id, self._day, tokens, most=self._most)

    async def _correct(self, more: int) -> None:
        async with self._database.company(self._company_id) as db:
            await correct(db, self._company_id, self._day, more)

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def model_for(wiring: Wiring, company_id: UUID, *, now: datetime) -> LlmExtractor | None:
    """The installation's language model on the company's budget; None where it has none. Called in the event loop."""
    if wiring.llm is None:
        return None
    day, most = now.astimezone(EMIRATES).date(), wiring.settings.llm_tokens_per_day
    return wiring.llm.within(CompanyBudget(wiring.database, company_id, day, most=most))
