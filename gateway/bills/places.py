"""Where on its pages a bill's values stand, for drawing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from gateway.access.call import Call
from gateway.bills import queries
from gateway.bills.fields import Fields
from gateway.bills.proof import Shown, proof
from gateway.http.problems import NotFound
from ingestion.detect import FileKind
from ingestion.document import Box


class Place(msgspec.Struct, frozen=True):
    """A part of a page."""

    page: int
    box: Box


async def drawable(call: Call, bill_id: UUID, page: int) -> str:
    """The digest of the file that this page of the bill is in. Raises BillNotFound, NotFound."""
    row = await queries.one(call.db, call.company_id, bill_id)
    _demand_page(row, page)
    digest: str = row.sha256
    return digest


async def find(call: Call, bill_id: UUID, term: str, line: int | None) -> Place:
    """Where a value stands: where a person showed it, else where it was read. Raises BillNotFound, NotFound."""
    row = await queries.one(call.db, call.company_id, bill_id)
    standing = msgspec.json.decode(row.fields, type=Fields) if row.fields is not None else None
    known = await proof(call.db, call.company_id, bill_id, standing, keys=call.wiring.keys)
    value = next((one for one in known.values if (one.term, one.line) == (term, line)), None) if known else None
    place = _place(value) if value is not None else None
    if place is None:
        where = f"{term!r}" if line is None else f"{term!r} of line {line}"
        raise NotFound(f"Of {where[:80]} no place on a page is known; `proof` of the bill says which values have one.")
    return place


def _place(value: Shown) -> Place | None:
    for correction in reversed(value.corrections):
        if correction.page is not None and correction.box is not None:
            return Place(correction.page, Box(*map(float, correction.box)))
    for spot in value.evidence:
        if spot.page is not None and spot.box is not None:
            return Place(spot.page, Box(*map(float, spot.box)))
    return None


def _demand_page(row: Row[Any], page: int) -> None:
    if row.media_type == FileKind.XML:
        raise NotFound("This bill came as data and has no pages; download the original.")
    if row.pages and page not in row.pages:
        numbers = ", ".join(map(str, row.pages[:20]))
        raise NotFound(f"Page {page} of the file isn't this bill's; it has {numbers}.")
