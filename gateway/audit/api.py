"""The ledger for its auditors: read it, take its bytes, have it verified."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_202_ACCEPTED

from gateway.access import windowed
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.access.window import HASHES, OWN_ENTRY, WITHIN
from gateway.audit import queries
from gateway.audit.jobs import VERIFY, VerifyJob
from gateway.audit.keys import KeyList, as_pem, key_list
from gateway.audit.known import known_by
from gateway.audit.models import (
    EntryPage,
    EntryView,
    HeadView,
    Since,
    VerificationRequest,
    VerificationView,
    level_of,
)
from gateway.db import new_id
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import NotFound
from gateway.jobqueue import enqueue
from gateway.ratelimit import Rate
from ledger import store
from ledger.errors import LedgerMissing
from ledger.record import Head, Record

_MAX_SEQ = 2**63 - 1

VERIFYING = {RATE: Rate(a_minute=6, burst=30)}
"""Each verification reads the whole ledger."""

Seq = Annotated[int, Parameter(ge=0, le=_MAX_SEQ, description="Place in the chain, from 0.")]
Last = Annotated[
    int | None, Parameter(ge=0, le=_MAX_SEQ, description="No entry behind this one; left out: to the end.")
]
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many at most.")]


class LedgerController(Controller):
    """Reading and verifying the company's ledger."""

    path = "/v1/ledger"
    tags = ("Ledger",)

    @get("/head", guards=[requires(Permission.LEDGER_READ)], summary="Where the chain ends", opt=HASHES)
    async def get_head(self, call: Call) -> HeadView:
        """Count, hash of the last entry and the key in force. Keep it: a later ledger must still contain it."""
        return HeadView.of(await _head(call))

    @get("/entries", guards=[requires(Permission.LEDGER_READ)], summary="Entries in order", opt=WITHIN)
    async def get_entries(self, call: Call, first: Seq = 0, last: Last = None, limit: Limit = 50) -> EntryPage:
        """Entries from seq `first` on, with the very bytes that were hashed.

        An auditor's reading is an entry itself: to come to an end, read the head and give its last seq as `last`.
        """
        records = await windowed.batch(call, first, last, entries=limit + 1)
        following = records[limit].seq if len(records) > limit else None
        return EntryPage(entries=[EntryView.of(record) for record in records[:limit]], next=following)

    @get("/timeline", guards=[requires(Permission.LEDGER_READ)], summary="All entries about one document", opt=WITHIN)
    async def get_timeline(
        self,
        call: Call,
        number: Annotated[str, Parameter(min_length=1, max_length=200, description="The document's number.")],
        series: Annotated[str, Parameter(max_length=200, description="Its series, as its entry names it.")] = "",
    ) -> EntryPage:
        """From the document's own entry to the last evidence about it; the first 1,000."""
        records = await store.timeline(call.db, call.company_id, series, number)
        shown = [EntryView.of(record) for record in records if windowed.holds(call, record)]
        return EntryPage(entries=shown, next=None)

    @get("/entries/{seq:int}", guards=[requires(Permission.LEDGER_READ)], summary="One entry", opt=WITHIN)
    async def get_entry(self, call: Call, seq: Seq) -> EntryView:
        """One entry by its place."""
        return EntryView.of(await _record(call, seq))

    @get(
        "/entries/{seq:int}/canonical",
        guards=[requires(Permission.LEDGER_READ)],
        media_type="application/json",
        summary="The canonical JSON of an entry, byte for byte",
        opt=WITHIN,
    )
    async def get_canonical(self, call: Call, seq: Seq) -> Response[bytes]:
        """SHA-256 of this answer's body is the entry's `invoice_hash`."""
        canonical, _ = await _content(call, seq)
        return Response(canonical, media_type="application/json")

    @get(
        "/entries/{seq:int}/attached",
        guards=[requires(Permission.LEDGER_READ)],
        media_type="application/octet-stream",
        summary="The XML of an entry, byte for byte",
        opt=WITHIN,
    )
    async def get_attached(self, call: Call, seq: Seq) -> Response[bytes]:
        """SHA-256 of this answer's body is the entry's `xml_hash`. 404 where the entry has none."""
        _, attached = await _content(call, seq)
        if attached is None:
            raise NotFound(f"Entry {seq} has no attached bytes.")
        return Response(
            attached,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="entry-{seq}"'},
        )

    @get("/keys", guards=[requires(Permission.LEDGER_READ)], summary="Public keys", opt=HASHES)
    async def get_keys(self, call: Call) -> KeyList:
        """Every public key the company ever had, oldest first, with the certificates of imported ones."""
        return await key_list(call.db, await _head(call))

    @get(
        "/keys.pem",
        guards=[requires(Permission.LEDGER_READ)],
        media_type="application/x-pem-file",
        summary="Public keys and certificates as one PEM file",
        opt=HASHES,
    )
    async def get_keys_pem(self, call: Call) -> Response[bytes]:
        """The same in the form that other programs read."""
        return Response(
            as_pem(await key_list(call.db, await _head(call))).encode("ascii"),
            media_type="application/x-pem-file",
            headers={"Content-Disposition": 'attachment; filename="keys.pem"'},
        )

    @post(
        "/verifications",
        guards=[requires(Permission.LEDGER_VERIFY)],
        status_code=HTTP_202_ACCEPTED,
        summary="Have the ledger verified",
        opt=VERIFYING | OWN_ENTRY | example(body=VerificationRequest(since=Since())),
    )
    async def post_verification(self, call: Call, data: VerificationRequest) -> Response[VerificationView]:
        """Runs in the background; `Location` tells where progress and outcome are.

        The report is signed with the ledger's keys, and becomes an entry.
        """
        await _head(call)
        view = await request_verification(call, data)
        return Response(view, headers={"Location": f"/v1/ledger/verifications/{view.id}"})

    @get(
        "/verifications/{verification_id:uuid}",
        guards=[requires(Permission.LEDGER_READ)],
        summary="A verification",
        opt=OWN_ENTRY,
    )
    async def get_verification(self, call: Call, verification_id: UUID) -> VerificationView:
        """Progress, and the report once `state` is `done`."""
        view = await queries.one(call.db, call.company_id, verification_id)
        if view is None:
            raise NotFound(f"There is no verification {verification_id}.")
        return view


async def request_verification(call: Call, asked: VerificationRequest) -> VerificationView:
    """Queue a verification in the caller's transaction; the pages ask for one in the same way."""
    since = None
    if asked.since is not None:
        since = await known_by(call.db, call.company_id, asked.since, call.wiring.keys)
    view = await queries.insert(
        call.db,
        call.company_id,
        new_id(),
        level=level_of(asked.level),
        deep=asked.deep,
        since=since,
        requested_by=call.principal.actor,
        now=call.now,
    )
    payload = msgspec.json.encode(VerifyJob(verification_id=view.id))
    await enqueue(call.db, VERIFY, payload, company_id=call.company_id)
    return view


async def _head(call: Call) -> Head:
    try:
        return await store.head(call.db, call.company_id)
    except LedgerMissing:
        raise NotFound("This company has no ledger yet; it is opened when the company is approved.") from None


async def _record(call: Call, seq: int) -> Record:
    records = await store.batch(call.db, call.company_id, seq, seq, contents=False)
    if not records:
        raise NotFound(f"There is no entry {seq}.")
    if not windowed.holds(call, records[0]):
        raise windowed.outside(call, f"Entry {seq} was")
    return records[0]


async def _content(call: Call, seq: int) -> tuple[bytes, bytes | None]:
    await _record(call, seq)
    try:
        return await store.content(call.db, call.company_id, seq, keys=call.wiring.keys)
    except LedgerMissing:
        raise NotFound(f"There is no entry {seq}.") from None
