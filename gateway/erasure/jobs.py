"""The last part of an erasure: objects that told of the document leave the storage."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from gateway.erasure import queries
from gateway.erasure.flow import REMOVE, RemoveJob
from gateway.jobqueue import Permanent, Temporary
from gateway.storage import StorageUnavailable
from gateway.wiring import Wiring


async def remove(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Remove each object that no other company needs; safe to repeat.

    What can't be removed now is tried again, and ends as a dead letter.
    """
    if company_id is None:
        raise Permanent("an erasure belongs to a company")
    digests = msgspec.json.decode(payload, type=RemoveJob).digests
    async with wiring.database.platform() as db:
        needed = await queries.needed_by_others(db, company_id, digests)
    for digest in digests:
        if digest in needed:
            continue
        try:
            await wiring.storage.remove(digest)
        except StorageUnavailable as error:
            raise Temporary(str(error)) from error


HANDLERS = {REMOVE: remove}
