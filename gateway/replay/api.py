"""Replay over HTTP: one document at once, and what the nightly samples found."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.http.limits import RATE
from gateway.http.problems import NotFound
from gateway.ratelimit import Rate
from gateway.replay import jobs, queries
from gateway.replay.models import SampleView
from gateway.replay.replay import Replayed
from ledger.errors import LedgerMissing

_REPLAYING = {RATE: Rate(a_minute=60, burst=60)}
"""Each one writes and checks a document."""

Seq = Annotated[int, Parameter(ge=0, le=2**63 - 1, description="Place in the chain, from 0.")]
Most = Annotated[int, Parameter(ge=1, le=200, description="At most so many.")]


class Replays(Controller):
    """Sealed documents made again."""

    path = "/v1/ledger"
    tags = ("Ledger",)

    @post(
        "/entries/{seq:int}/replay",
        status_code=200,
        guards=[requires(Permission.LEDGER_VERIFY)],
        summary="Make a sealed document again",
        opt=_REPLAYING,
    )
    async def replay(self, call: Call, seq: Seq) -> Replayed:
        """From its recorded JSON, generator and rules; `outcome` says whether bytes and verdict are the same."""
        try:
            return await jobs.one(call.wiring, call.company_id, seq)
        except LedgerMissing:
            raise NotFound(f"There is no entry {seq}.") from None
        except ValueError:
            raise NotFound(f"Entry {seq} is no sealed document; invoices, credit notes and bills are.") from None

    @get("/replays", guards=[requires(Permission.LEDGER_READ)], summary="What nightly replays found")
    async def samples(self, call: Call, limit: Most = 30) -> list[SampleView]:
        """Newest first; `findings` names each document that isn't simply the same."""
        return await queries.latest(call.db, call.company_id, most=limit)


CONTROLLERS = (Replays,)
