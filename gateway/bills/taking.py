"""What the network brought, as a bill: the received XML goes through the hall like any other file."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.bills import hall
from gateway.bills.came import Came, Door
from gateway.bills.errors import FileRefused, ScannerUnavailable
from gateway.inbound import queries as inbound
from gateway.inbound.flow import ACTOR
from gateway.jobqueue import Permanent, Temporary
from gateway.wiring import Wiring


async def take(wiring: Wiring, company_id: UUID, document_id: UUID, *, now: datetime) -> None:
    """Take a received document; the same bytes are one bill, however often this runs and whoever uploads them too.

    Raises Permanent where the file is refused (it stays in the inbox), Temporary where the scanner doesn't answer.
    """
    async with wiring.database.company(company_id) as db:
        row = await inbound.one(db, company_id, document_id)
    data = await wiring.storage.get(row.xml_sha256)
    came = Came(
        door=Door.NETWORK,
        name=f"{row.number or document_id}.xml".replace("/", "-").replace("\\", "-"),
        media_type="application/xml",
        actor=ACTOR,
        facts={"received_document_id": str(document_id), "sender": row.sender, "instance_id": row.instance_id},
    )
    try:
        await hall.receive(wiring, company_id, data, came, now=now)
    except FileRefused as refused:
        raise Permanent(f"the received document {document_id} is no bill: {refused}") from refused
    except ScannerUnavailable as unavailable:
        raise Temporary(str(unavailable)) from unavailable
