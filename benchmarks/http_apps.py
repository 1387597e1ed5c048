"""The two servers that `bench_http` compares, each run as `involinks serve` runs: the gateway, and a bare endpoint.

python -m benchmarks.http_apps gateway|bare PORT

The gateway carries one address more than the real one: a naive way to finalize, for `bench_seal_api` to compare with.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from uuid import UUID

import msgspec
from litestar import Controller, Litestar, post
from sqlalchemy import text

import ubl
from gateway import lifecycle
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.app import CONTROLLERS, Application, create_app
from gateway.http import edge, limits
from gateway.observability import logs
from gateway.outbound import drafting, judgement, numbering, queries, rules, view
from gateway.outbound.models import MACHINE
from gateway.outbound.states import State
from gateway.outbound.view import Document
from gateway.ratelimit import Rate
from gateway.settings import Settings
from ledger import envelope, store
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals


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


_LOCK_HEAD = text("select count from ledger_heads where company_id = :company_id for update")
_DRAW = text(
    "update series set next_number = next_number + 1 where company_id = :company_id and id = :id "
    "returning prefix, digits, next_number - 1 as counter"
)


class Naive(Controller):
    """Finalize as one would write it first: the head is locked before anything else, one transaction per request."""

    path = "/v1/naive"

    @post("/{document_id:uuid}/finalize", status_code=200, guards=[requires(Permission.DOCUMENTS_FINALIZE)])
    async def finalize(self, call: Call, document_id: UUID) -> Document:
        """Lock the head, number, check, sign, insert, commit: the same work, each step a statement of its own."""
        db, company_id, wiring = call.db, call.company_id, call.wiring
        await db.execute(_LOCK_HEAD, {"company_id": company_id})
        row = await queries.one(db, company_id, document_id, lock=True)
        drawn = {"company_id": company_id, "id": row.series_id}
        series = (await db.execute(_DRAW, drawn)).one()
        number = numbering.written(series.prefix, series.digits, series.counter)
        posted = judgement.from_store(row.body, row.posted_xml)
        ready = await drafting.apart(call, lambda: judgement.prepare(posted, number=number, document_id=document_id))
        issuer = await queries.issuer(db, company_id)
        house = {"given": None, "assigned": True, "external": False, "lock": True, "document_id": document_id}
        findings, _ = await rules.check(db, company_id, ready.judgement.invoice, issuer, **house)
        if not ready.judgement.plus(findings).valid:
            raise ValueError("the benchmark's own invoice is wrong")
        judged = ready.judgement
        canonical = envelope.wrap(
            judged.invoice, generator=ready.generator, ruleset=judged.ruleset, ruleset_digest=judged.digest
        )
        signer = await store.current_signer(db, company_id, wiring.keys)
        (seal,) = await make_seals(signer, [(canonical, ready.xml)], wiring.executor)
        intent = lifecycle.Intent(
            machine=MACHINE,
            document_id=document_id,
            to=State.FINALIZED,
            actor=call.principal.actor,
            entry=NewEntry(
                kind=Kind.INVOICE, canonical=canonical, attached=ready.xml, series=row.series, number=number, seal=seal
            ),
            values={
                **drafting.described(judged),
                "number": number,
                "body": msgspec.json.encode(judged.invoice),
                "sealed_at": call.now,
                "sealed_by": call.principal.actor,
                "xml_hash": sha256(ready.xml).digest(),
                "changed_at": call.now,
            },
        )
        await lifecycle.advance(db, [intent], company_id=company_id, now=call.now, keys=wiring.keys)
        return await view.document(call, document_id)


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
