"""What became of a request to seal, as its asker sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from gateway.access.call import Call
from gateway.http.problems import Problem
from gateway.outbound import seal_queue
from gateway.outbound.errors import SealingNotFound


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that waits for its turn to be sealed, or had it."""

    id: UUID
    document_id: UUID
    state: Literal["waiting", "sealed", "refused"]
    requested_at: datetime
    decided_at: datetime | None
    problem: Problem | None
    """What stood in the way, as it would have been answered at once; the draft is as it was."""


def left(sealing_id: UUID, document_id: UUID, *, at: datetime) -> Sealing:
    """One that was asked for just now."""
    return Sealing(
        id=sealing_id, document_id=document_id, state="waiting", requested_at=at, decided_at=None, problem=None
    )


async def one(call: Call, sealing_id: UUID) -> Sealing:
    """Raises SealingNotFound."""
    found = await seal_queue.told(call.db, call.company_id, [sealing_id])
    if not found:
        raise SealingNotFound(sealing_id)
    (told,) = found
    decision = told.decision
    return Sealing(
        id=told.id,
        document_id=told.document_id,
        state="waiting" if decision is None else "sealed" if decision.problem is None else "refused",
        requested_at=told.requested_at,
        decided_at=told.decided_at,
        problem=None if decision is None else decision.problem,
    )
