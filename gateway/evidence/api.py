"""`/v1/invoices/{id}/evidence` and `/v1/inbox/{id}/evidence` over HTTP."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Final
from uuid import UUID

from litestar import get
from litestar.response import Stream

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.access.window import WITHIN
from gateway.evidence.package import Writer, name_of
from gateway.evidence.queries import Subject
from gateway.http.download import attachment
from gateway.http.limits import RATE
from gateway.inbound import evidence as receptions
from gateway.inbound import queries as inbox
from gateway.outbound import queries as invoices
from gateway.outbound.errors import NotSealed
from gateway.outbound.states import State
from gateway.ratelimit import Rate
from gateway.storage import CHUNK

PACKING: Final = {RATE: Rate(a_minute=30, burst=20)}
"""Each package reads all that is known of a document, from the storage too."""
_IN_MEMORY: Final = 4 * 2**20
"""Bytes of a package that wait in memory; a longer one waits in the scratch folder."""


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
    row = await invoices.one(call.db, call.company_id, document_id)
    if row.state == State.DRAFT:
        raise NotSealed(document_id)
    subject = Subject(
        id=row.id, direction="issued", number=row.number, series=row.series, xml_sha256=row.xml_hash.hex()
    )
    return await _packed(call, subject)


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
    row = await inbox.one(call.db, call.company_id, document_id)
    subject = Subject(
        id=row.id,
        direction="received",
        number=row.number or "",
        series=receptions.series_of(row.sender),
        xml_sha256=row.xml_sha256,
    )
    return await _packed(call, subject)


async def _packed(call: Call, subject: Subject) -> Stream:
    scratch = call.wiring.settings.home / "scratch"
    await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(scratch))  # noqa: SIM115  # streamed later
    try:
        writer = Writer(call, subject, file)
        try:
            await writer.write()
        finally:
            writer.discard()
        length = file.seek(0, 2)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": attachment(name_of(subject), "zip"), "Content-Length": str(length)}
    return Stream(_pieces(file), media_type="application/zip", headers=headers)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        await asyncio.to_thread(file.seek, 0)
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


CONTROLLERS = (of_issued, of_received)
