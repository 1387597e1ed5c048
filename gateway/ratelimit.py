"""Rate limits that hold across processes: token buckets in PostgreSQL, spent from small local allowances.

A process takes a few tokens of a bucket at once, in one round trip for all buckets of a request, and spends them
without asking again. What it holds was taken from the shared bucket, so all processes together never exceed the
limit. Allowances lapse after a moment, and a refusal is remembered until the next token is due: a flood of refused
requests costs no database at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TAKE = text(
    "select bucket, granted, tokens from rate_take("
    "cast(:buckets as text[]), cast(:wanted as float8[]), cast(:rates as float8[]), cast(:bursts as float8[]))"
)
_FORGET = text("select rate_forget(:idle)")

_LAPSE = 2.0
"""Seconds after which an unspent allowance is worth nothing."""
_MOST_HELD = 50_000
"""Buckets a process remembers; above that it forgets those that have lapsed."""


class Rate(msgspec.Struct, frozen=True):
    """So many requests a minute in the long run, and so many at once."""

    a_minute: float
    burst: int

    @property
    def a_second(self) -> float:
        """Tokens that flow back each second."""
        return self.a_minute / 60

    @property
    def portion(self) -> int:
        """Tokens that one process takes at a time: few enough that little is lost when they lapse."""
        return max(1, min(self.burst // 20, int(self.a_second)))


class Limit(msgspec.Struct, frozen=True):
    """One bucket that a request draws from."""

    name: str
    """What is limited: `address`, `principal`, `operation`."""
    subject: str
    """Whose bucket it is."""
    rate: Rate

    @property
    def bucket(self) -> str:
        """The bucket's name, the same in every process."""
        return f"{self.name} {self.subject}"


class Refusal(msgspec.Struct, frozen=True):
    """Which limit was hit, and when a token is there again."""

    limit: Limit
    retry_after: float
    """Seconds."""


class _Allowance(msgspec.Struct):
    tokens: float
    """At least one; none at all is a refusal."""
    until: float
    """When the tokens lapse, or the refusal ends (seconds of the process's clock)."""


class Limiter:
    """One process's allowances."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds that never go back."""
        self._clock = clock
        self._held: dict[str, _Allowance] = {}

    def spend(self, limits: Sequence[Limit]) -> Refusal | list[Limit]:
        """Spend one token of each bucket from what is held here.

        Returns the limits for which `draw` has to ask the database first (none: go on), or the refusal that still
        stands. Nothing is spent unless all can be.
        """
        now, short = self._clock(), []
        for limit in limits:
            held = self._held.get(limit.bucket)
            if held is None or now >= held.until:
                short.append(limit)
            elif held.tokens < 1:
                return Refusal(limit, held.until - now)
        if not short:
            for limit in limits:
                held = self._held[limit.bucket]
                held.tokens -= 1
                if held.tokens < 1:
                    del self._held[limit.bucket]
        return short

    async def draw(self, db: AsyncConnection, limits: Sequence[Limit]) -> None:
        """Fetch a portion of each of these buckets, in one round trip; then call `spend` again."""
        rates = {limit.bucket: limit.rate for limit in limits}
        values = {
            "buckets": list(rates),
            "wanted": [float(rate.portion) for rate in rates.values()],
            "rates": [rate.a_second for rate in rates.values()],
            "bursts": [float(rate.burst) for rate in rates.values()],
        }
        rows = (await db.execute(_TAKE, values)).all()
        now = self._clock()
        if len(self._held) > _MOST_HELD:
            self._held = {name: held for name, held in self._held.items() if held.until > now}
        for bucket, granted, tokens in rows:
            held = self._held.get(bucket)
            drawn_meanwhile = held.tokens if held is not None and held.until > now else 0
            wait = _LAPSE if granted + drawn_meanwhile >= 1 else (1 - tokens) / rates[bucket].a_second
            self._held[bucket] = _Allowance(granted + drawn_meanwhile, now + wait)

    async def admit(self, db: AsyncConnection, limits: Sequence[Limit]) -> Refusal | None:
        """Spend, drawing first where needed."""
        outcome = self.spend(limits)
        while isinstance(outcome, list) and outcome:
            await self.draw(db, outcome)
            outcome = self.spend(limits)
        return outcome if isinstance(outcome, Refusal) else None


async def forget(db: AsyncConnection, *, idle: timedelta) -> int:
    """Drop buckets that nobody has drawn from for this long (they would be full); returns how many."""
    gone: int = (await db.execute(_FORGET, {"idle": idle})).scalar_one()
    return gone
