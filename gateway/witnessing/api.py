"""Witnesses and time stamps for a company's auditors."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.access.window import HASHES
from gateway.http.problems import NotFound
from gateway.settings.witnesses import WitnessPlace
from gateway.witnessing import flow, queries
from gateway.witnessing.models import AnswerPage, AnswerView, StampPage, WitnessList, WitnessView
from ledger import store
from ledger.errors import LedgerMissing

Limit = Annotated[int, Parameter(ge=1, le=200, description="How many at most.")]
Before = Annotated[UUID | None, Parameter(description="Only what is older: the `next` of the page before.")]


class Witnesses(Controller):
    """What others say about the company's ledger."""

    path = "/v1/ledger"
    tags = ("Ledger",)

    @get(
        "/witnesses",
        guards=[requires(Permission.LEDGER_READ)],
        summary="Who outside keeps an eye on the ledger",
        opt=HASHES,
    )
    async def get_witnesses(self, call: Call) -> WitnessList:
        """Each witness, how many entries it vouches for, and whether it and the ledger contradict each other."""
        try:
            head = await store.head(call.db, call.company_id)
        except LedgerMissing:
            raise NotFound("This company has no ledger yet; it is opened when the company is approved.") from None
        places = {place.name: place for place in call.wiring.settings.witnesses}
        latest = await queries.latest(call.db, call.company_id)
        vouched = await queries.good_sizes(call.db, call.company_id)
        names = [*places, *sorted(latest.keys() - places.keys())]
        return WitnessList(
            origin=head.origin,
            keys=[key.text() for key in await flow.log_keys(call.db, call.company_id)],
            size=head.count,
            witnesses=[
                _view(name, places.get(name), latest.get(name), vouched.get(name, 0), head.count) for name in names
            ],
        )

    @get("/witnesses/answers", guards=[requires(Permission.LEDGER_READ)], summary="What witnesses answered", opt=HASHES)
    async def get_answers(self, call: Call, limit: Limit = 50, before: Before = None) -> AnswerPage:
        """Newest first, with the cosigned checkpoints."""
        found = await queries.answers(call.db, call.company_id, before=before, most=limit + 1)
        return AnswerPage(answers=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    @get("/timestamps", guards=[requires(Permission.LEDGER_READ)], summary="Time stamps over the ledger", opt=HASHES)
    async def get_timestamps(self, call: Call, limit: Limit = 50, before: Before = None) -> StampPage:
        """Newest first; each with the token and the proof that this ledger's checkpoint was under it."""
        found = await queries.stamp_views(call.db, call.company_id, before=before, most=limit + 1)
        return StampPage(timestamps=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


def _view(name: str, place: WitnessPlace | None, latest: AnswerView | None, size: int, count: int) -> WitnessView:
    return WitnessView(
        name=name,
        kind=place.kind if place else None,
        key=place.key.text() if place and place.key else None,
        standing=latest.standing if latest else None,
        size=size,
        behind=max(count - size, 0),
        latest=latest,
    )


CONTROLLERS = (Witnesses,)
