"""The one hall behind every door: check a file, keep its bytes, make its bill, order its reading."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.bills.came import Came, Door, Taken
from gateway.wiring import Wiring

__all__ = ["Came", "Door", "Taken", "receive"]


async def receive(wiring: Wiring, company_id: UUID, data: bytes, came: Came, *, now: datetime) -> Taken:
    """Take a file; on return it is committed.

    The same bytes make nothing new, through whatever door and at the same time: the earlier bill is answered, whatever
    became of it. Raises FileRefused: never try again. ScannerUnavailable and anything else: try again.
    """
    raise NotImplementedError
