"""What is sent, from the outbox's point of view: how it is read, and what its own state becomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.lifecycle import Intent
from gateway.outbox.models import Tried
from gateway.wiring import Wiring
from peppol.errors import PeppolError
from peppol.message import Message, Submission
from peppol.provider import Provider


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be sent, read under the lock of its row."""

    id: UUID
    """Of the document or the response."""
    fresh: bool
    """It was ordered, and no attempt of this order has begun: `Cargo.begun` moves its state."""
    ordered_at: datetime
    """When it was ordered; a temporary trouble is given up about a day later."""
    message: Message | PeppolError
    """What goes out (instance id and time are filled in later), or why it can't be addressed."""
    series: str = ""
    """For the choice of a route; empty for what has none."""
    content_sha256: str = ""
    """Of the sealed bytes: binds the evidence to them."""


class Underway(msgspec.Struct, frozen=True, kw_only=True):
    """An intent that is committed: this goes out under this key, by this line."""

    id: UUID
    """Of the document or the response."""
    transmission_id: UUID
    number: int
    """Of the attempt, over the whole life."""
    of_order: int
    """Of the attempt in this order to send, from 1."""
    account_id: UUID | None
    adapter: str
    ask_first: bool
    """An earlier call may have reached this account, or is under way in another worker."""
    doubted: bool = False
    """Not being found means nothing: that call may still be on its way, or others say that it arrived."""
    ordered_at: datetime
    begun_at: datetime
    """Of the transmission; the envelope's time, the same in every attempt."""
    started_at: datetime
    """Of this attempt."""
    content_sha256: str
    message: Message | PeppolError
    line: Provider | PeppolError
    """The open adapter, or why this line can't be opened."""
    barred: PeppolError | None = None
    """Why it may be asked and not sent to: the account was switched off meanwhile."""

    @property
    def key(self) -> str:
        """The idempotency key."""
        return str(self.transmission_id)


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """An order to send that ended without a yes."""

    problem: str
    """`temporary`, `permanent`, `precondition` or `unknown`."""
    reason: str
    next_step: str
    tried: tuple[Tried, ...]
    """Every attempt of the order, oldest first."""

    @property
    def unknown(self) -> bool:
        """Nobody knows whether it arrived; otherwise it surely didn't."""
        return self.problem == "unknown"


class Cargo(Protocol):
    """One kind of thing that is sent. Its intents are carried out with what the outbox writes, in one transaction."""

    column: str
    """Of `transmissions`: `document_id` or `response_id`."""

    async def load(
        self, wiring: Wiring, db: AsyncConnection, company_id: UUID, ids: Sequence[UUID], *, now: datetime
    ) -> list[Load]:
        """Lock the rows in the order of their ids and read what is to be sent; leave out what isn't, or isn't any more.

        Raises whatever says that sending is impossible just now; then nothing is sent, and the job comes back.
        """
        ...

    async def locked(self, db: AsyncConnection, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
        """Lock the rows again; those that still wait for their outcome, by id."""
        ...

    def begun(self, underway: Underway) -> Intent:
        """The first attempt of an order begins."""
        ...

    def accepted(
        self, row: Row[Any], underway: Underway, submission: Submission, *, answer_sha256: str, tried: tuple[Tried, ...]
    ) -> Intent:
        """Corner 2 took it. `row`: as `locked` gave it."""
        ...

    async def taken(self, db: AsyncConnection, company_id: UUID, keys: Sequence[UUID], *, now: datetime) -> None:
        """Enqueue what follows for these transmissions, all of which were accepted in this transaction."""
        ...

    def ended(self, row: Row[Any], underway: Underway, ending: Ending, *, now: datetime) -> Intent:
        """The order is given up: surely not taken, or (`ending.unknown`) nobody knows, where the state must stay."""
        ...
