"""Periods over HTTP: what is closed, closing a VAT period, letting one document in all the same."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.http.openapi import example
from gateway.periods import flow, queries
from gateway.periods.calendar import TaxCalendar
from gateway.periods.models import ClosedPeriod, Periods
from ledger.periods import Span

Most = Annotated[int, Parameter(ge=1, le=400, description="At most so many of each.")]


class Closing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which VAT period to close, and why now."""

    day: date
    """Any day of the period."""
    reason: str


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which draft to let into its closed VAT period, and why."""

    document_id: UUID
    reason: str


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """The draft may be finalized now."""

    document_id: UUID


_CLOSES = requires(Permission.LEDGER_CLOSE, step_up=StepUp.RECORDS)


class PeriodsController(Controller):
    """Closed days, months, years and VAT periods."""

    path = "/v1/ledger/periods"
    tags = ("Periods",)

    @get("/", guards=[requires(Permission.LEDGER_READ)], summary="What is closed")
    async def show(
        self, call: Call, span: Annotated[Span | None, Parameter(description="Only closes of this.")] = None,
        limit: Most = 50,
    ) -> Periods:  # fmt: skip
        """The calendar, the closed VAT periods, and the ledger's daily, monthly and yearly closes with their sums."""
        return Periods(
            calendar=await queries.calendar(call.db, call.company_id),
            tax_periods=tuple(await queries.tax_periods(call.db, call.company_id, most=limit)),
            closes=tuple(await queries.closes(call.db, call.company_id, span, most=limit)),
        )

    @put(
        "/calendar",
        guards=[requires(Permission.LEDGER_CLOSE, step_up=StepUp.RECORDS)],
        summary="Choose the VAT periods",
        opt=example(body=TaxCalendar()),
    )
    async def choose(self, call: Call, data: TaxCalendar) -> TaxCalendar:
        """Months or quarters as the tax authority gave them. Needs a fresh code for `records`."""
        return await flow.choose_calendar(call, data)

    @post(
        "/close",
        guards=[_CLOSES],
        summary="Close a VAT period",
        opt=example(body=Closing(day=date(2026, 9, 30), reason="The return is filed.")),
    )
    async def close(self, call: Call, data: Closing) -> ClosedPeriod:
        """No document dated into it is sealed from now on. Can't be undone. Needs a fresh code for `records`."""
        if not 2000 <= data.day.year < 2200:
            raise Unacceptable("/day", "A day between the years 2000 and 2200 is meant.")
        return await flow.close(
            call.db,
            call.company_id,
            data.day,
            reason=_why(data.reason),
            by=call.principal.actor,
            keys=call.wiring.keys,
            now=call.now,
        )

    @post(
        "/override",
        status_code=200,
        guards=[_CLOSES],
        summary="Let one document into a closed VAT period",
        opt=example(
            body=Override(
                document_id=UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e12"), reason="Disclosed to the authority."
            )
        ),
    )
    async def override(self, call: Call, data: Override) -> Admitted:
        """The ledger records who let it in and why. Needs a fresh code for `records`."""
        await flow.admit(call, data.document_id, reason=_why(data.reason))
        return Admitted(document_id=data.document_id)


def _why(reason: str) -> str:
    why = " ".join(reason.split())
    if not 0 < len(why) <= 500:
        raise Unacceptable("/reason", "Say why, in at most 500 characters.")
    return why


CONTROLLERS = (PeriodsController,)
