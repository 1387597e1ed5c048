"""The two servers that `bench_http` compares, each run as `involinks serve` runs: the gateway, and a bare endpoint.

python -m benchmarks.http_apps gateway|bare PORT

The gateway carries one address more than the real one: a naive way to finalize, for `bench_seal_api` to compare with.
"""

from __future__ import annotations

import os
import sys
from uuid import UUID

import msgspec
from litestar import Controller, Litestar, post
from sqlalchemy import text

import ubl
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.app import CONTROLLERS, Application, create_app
from gateway.http import edge, limits
from gateway.observability import logs
from gateway.outbound import sealing, view
from gateway.outbound.view import Document
from gateway.ratelimit import Rate
from gateway.settings import Settings


class Answer(msgspec.Struct):
    """About as little as an endpoint can say."""

    number: str | None


@post("/v1/invoices")
async def decode_only(data: ubl.Invoice) -> Answer:
    """The body into the same Struct, by the framework's own decoder; nothing else."""
    return Answer(data.number)


def bare() -> Litestar:
    """One endpoint, no middleware, no database."""
    return Litestar([decode_only], openapi_config=None)


class Naive(Controller):
    """Finalize as one would write it first: the head is locked before anything else, one transaction per request."""

    path = "/v1/naive"

    @post("/{document_id:uuid}/finalize", status_code=200, guards=[requires(Permission.DOCUMENTS_FINALIZE)])
    async def finalize(self, call: Call, document_id: UUID) -> Document:
        """Lock the head, number, check, sign, insert, commit."""
        locked = text("select count from ledger_heads where company_id = :company_id for update")
        await call.db.execute(locked, {"company_id": call.company_id})
        order = sealing.Order(document_id=document_id, actor=call.principal.actor)
        (outcome,) = await sealing.seal(call.db, call.company_id, [order], call.wiring, now=call.now)
        if not isinstance(outcome, sealing.Done):
            raise outcome
        return view.sealed(outcome)


def gateway() -> Application:
    """The whole gateway; limits are counted like everywhere, but so wide that a benchmark never meets one."""
    wide = Rate(a_minute=10_000_000, burst=1_000_000)
    edge.ADDRESS = limits.CALLER = limits.OPERATION = wide
    logs.configure("info")
    return create_app(Settings.from_environ(os.environ), controllers=[*CONTROLLERS, Naive])


def main() -> None:
    """Serve until killed."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        f"benchmarks.http_apps:{sys.argv[1]}",
        factory=True,
        interface=Interfaces.ASGI,
        port=int(sys.argv[2]),
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
