"""Processes that die at a chosen step: before or after a commit, or a call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.wiring import Wiring


class Killed(BaseException):
    """The process is gone: nothing that only exceptions pass by is run."""


class Steps:
    """Kills at the step of this number."""

    def __init__(self, fatal: int) -> None:
        self.fatal, self.taken = fatal, 0

    def step(self) -> None:
        self.taken += 1
        if self.taken == self.fatal:
            raise Killed

    @property
    def reached(self) -> bool:
        return self.taken >= self.fatal


class Mortal:
    """Passes everything on, with a step before and after each of the calls named."""

    def __init__(self, real: Any, steps: Steps, *calls: str) -> None:
        self._real, self._steps, self._calls = real, steps, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in self._calls:
            return found

        async def call(*given: Any, **further: Any) -> Any:
            self._steps.step()
            answer = await found(*given, **further)
            self._steps.step()
            return answer

        return call


class MortalDatabase(Mortal):
    """With a step before and after each commit."""

    @asynccontextmanager
    async def company(self, company_id: UUID) -> AsyncIterator[AsyncConnection]:
        async with self._real.company(company_id) as db:
            yield db
            self._steps.step()
        self._steps.step()

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[AsyncConnection]:
        async with self._real.platform() as db:
            yield db
            self._steps.step()
        self._steps.step()


def mortal(wiring: Wiring, steps: Steps) -> Wiring:
    """The same, that dies at a step."""
    database: Any = MortalDatabase(wiring.database, steps)
    storage: Any = Mortal(wiring.storage, steps, "put")
    return msgspec.structs.replace(wiring, database=database, storage=storage)
