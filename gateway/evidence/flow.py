"""Pack what proves a document: find it, then write its package into a file that is sent and forgotten."""

from __future__ import annotations

import asyncio
import tempfile
from typing import IO, Final
from uuid import UUID

from gateway.access.call import Call
from gateway.evidence.package import Writer
from gateway.evidence.queries import Subject
from gateway.inbound import evidence as receptions
from gateway.inbound import queries as inbox
from gateway.outbound import queries as invoices
from gateway.outbound.errors import NotSealed
from gateway.outbound.states import State

_IN_MEMORY: Final = 4 * 2**20
"""Bytes of a package that wait in memory; a longer one waits in the scratch folder."""


async def issued(call: Call, document_id: UUID) -> Subject:
    """A document that we issued. Raises DocumentNotFound, NotSealed."""
    row = await invoices.one(call.db, call.company_id, document_id)
    if row.state == State.DRAFT:
        raise NotSealed(document_id)
    return Subject(id=row.id, direction="issued", number=row.number, series=row.series, xml_sha256=row.xml_hash.hex())


async def received(call: Call, document_id: UUID) -> Subject:
    """A document that came. Raises BillNotFound."""
    row = await inbox.one(call.db, call.company_id, document_id)
    return Subject(
        id=row.id,
        direction="received",
        number=row.number or "",
        series=receptions.series_of(row.sender),
        xml_sha256=row.xml_sha256,
    )


async def pack(call: Call, subject: Subject) -> tuple[IO[bytes], int]:
    """The package and its length; whoever reads it closes it. Raises as `Writer.write`."""
    scratch = call.wiring.settings.home / "scratch"
    await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(scratch))  # noqa: SIM115
    try:
        writer = Writer(call, subject, file)
        try:
            await writer.write()
        finally:
            writer.discard()
        return file, file.seek(0, 2)
    except BaseException:
        file.close()
        raise


def name_of(subject: Subject) -> str:
    """What the file is called."""
    return f"evidence-{subject.number or subject.id}"
