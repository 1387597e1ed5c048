"""`/v1/invoices/{id}/evidence` and `/v1/inbox/{id}/evidence` over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Final
from uuid import UUID

from litestar import get
from litestar.response import Stream

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.access.window import WITHIN
from gateway.evidence import flow
from gateway.evidence.queries import Subject
from gateway.http.download import attachment
from gateway.http.limits import RATE
from gateway.ratelimit import Rate
from gateway.storage import CHUNK

PACKING: Final = {RATE: Rate(a_minute=30, burst=20)}
"""Each package reads all that is known of a document, from the storage too."""


@get(
    "/v1/invoices/{document_id:uuid}/evidence",
    tags=("Documents issued",),
    guards=[requires(Permission.DOCUMENTS_READ)],
    summary="Download everything that proves a document",
    media_type="application/zip",
    opt=PACKING | WITHIN,
)
async def of_issued(call: Call, document_id: UUID) -> Stream:
    """One ZIP: XML, envelope, providers' answers, reports, ledger entries with proofs, and a verifier.

    `python verify_evidence.py PACKAGE.zip` needs nothing of ours. The same state gives the same bytes. Of an erased
    document its entries, hashes, seals and places are left.
    """
    return await _streamed(call, await flow.issued(call, document_id))


@get(
    "/v1/inbox/{document_id:uuid}/evidence",
    tags=("Documents received",),
    guards=[requires(Permission.INBOX_READ)],
    summary="Download everything that proves a received document",
    media_type="application/zip",
    opt=PACKING | WITHIN,
)
async def of_received(call: Call, document_id: UUID) -> Stream:
    """The same for a document that came: with the envelopes as they came, and our answers to it."""
    return await _streamed(call, await flow.received(call, document_id))


async def _streamed(call: Call, subject: Subject) -> Stream:
    file, length = await flow.pack(call, subject)
    headers = {"Content-Disposition": attachment(flow.name_of(subject), "zip"), "Content-Length": str(length)}
    return Stream(_pieces(file), media_type="application/zip", headers=headers)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        await asyncio.to_thread(file.seek, 0)
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


CONTROLLERS = (of_issued, of_received)
