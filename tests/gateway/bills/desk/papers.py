"""Bills for the tests of the desk: sent by form, read by the worker's own job."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import msgspec

from gateway.bills.hall import READ
from gateway.bills.jobs import HANDLERS
from ledger import store
from ledger.entry import Kind
from tests.gateway.bills.papers import page, pdf
from tests.gateway.house import Company, House, Person, ok

UPLOADS = "/v1/bills/uploads"
_counter = itertools.count(1)


def paper(*, total: str = "1050.00", pages: int = 1) -> bytes:
    """An invoice as a PDF, no two of them alike; nobody knows its supplier, so a person has to look at it."""
    content = page(f"F-{next(_counter):05d}", total=total)
    return pdf([content, *(b"BT /F1 12 Tf 100 700 Td (Terms) Tj ET" for _ in range(pages - 1))])


async def send(person: Person, *files: tuple[str, bytes], **headers: str) -> httpx.Response:
    """A form of files, as a browser sends it."""
    given = {"Authorization": f"Bearer {person.token}"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    form = [("files", (name, data, "application/octet-stream")) for name, data in files]
    return await person.house.client.post(UPLOADS, files=form, headers=given)


async def sent(person: Person, *papers: bytes) -> list[str]:
    """The ids of the bills that these papers became."""
    files = [(f"{place}.pdf", data) for place, data in enumerate(papers or [paper()])]
    return [one["bill_id"] for one in ok(await send(person, *files))["files"]]


async def read(house: House, company: Company, *bill_ids: str) -> None:
    """What the worker does with them."""
    for bill_id in bill_ids:
        await HANDLERS[READ](house.wiring, company.id, msgspec.json.encode({"bill_id": bill_id}), now=house.now)


async def in_review(house: House, company: Company, person: Person, count: int = 1) -> list[dict[str, Any]]:
    """Bills that wait for review, as they are shown."""
    ids = await sent(person, *(paper() for _ in range(count)))
    await read(house, company, *ids)
    shown = [ok(await person.get(f"/v1/bills/{one}")) for one in ids]
    assert {one["state"] for one in shown} == {"NEEDS_REVIEW"}, shown
    return shown


async def entries(house: House, company: Company, bill_id: str) -> list[str]:
    """The kinds of the ledger's entries about a bill, in their order."""
    async with house.database.company(company.id) as db:
        return [Kind(one.kind).name for one in await store.timeline(db, company.id, "bills", bill_id)]
