"""Bills in every state that a page shows, made over the API. Whoever calls says how the worker works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.gateway.bills.desk.papers import paper, send
from tests.gateway.bills.papers import BUYER_TRN, SELLER_TRN, page, pdf, xml
from tests.gateway.house import Company, Person, ok

Settle = Callable[[str, str], Awaitable[dict[str, Any]]]
"""Waits until the bill of this id stands in this state, and returns it."""
HOSTILE = '"><script>alert(1)</script> مؤسسة صقر'


async def upload(person: Person, *files: tuple[str, bytes]) -> list[str]:
    """The ids of the bills."""
    return [one["bill_id"] for one in ok(await send(person, *files))["files"]]


async def ordered(clerk: Person) -> None:
    """A supplier, an order of ten, and eight of them received."""
    supplier = ok(await clerk.post("/v1/suppliers", {"name": "Desert Toner", "tax_ids": [SELLER_TRN]}), 201)
    line = {"position": "1", "description": "Toner cartridge", "seller_item": "TN-1", "unit": "C62", "quantity": "10"}
    order = {"number": "PO-1", "supplier_id": supplier["id"], "currency": "AED", "issue_date": "2026-11-01"}
    order |= {"lines": [{**line, "price": "100", "tax_rate": "5"}]}
    made = ok(await clerk.post("/v1/purchase-orders", order), 201)
    ok(await clerk.post(f"/v1/purchase-orders/{made['id']}/send", {"by": "hand"}), 202)
    came = [{"order": "PO-1", "position": "1", "received": "8"}]
    ok(await clerk.post("/v1/goods-receipts", {"number": "G-1", "received_on": "2026-11-19", "lines": came}), 201)


async def unmatched(company: Company, clerk: Person, settle: Settle, number: str = "DT-1") -> dict[str, Any]:
    """Ten billed to this company, eight received; its account is one that nobody has released."""
    data = xml(number, order="PO-1")
    for ours, theirs in ((company.trn, BUYER_TRN), (company.trn[:10], BUYER_TRN[:10])):
        data = data.replace(theirs.encode(), ours.encode())
    (bill_id,) = await upload(clerk, (f"{number}.xml", data))
    return await settle(bill_id, "EXCEPTION")


async def doubtful(clerk: Person, settle: Settle) -> dict[str, Any]:
    """One whose total contradicts its lines."""
    (bill_id,) = await upload(clerk, ("scan <b>1</b>.pdf", paper(total="1060.00")))
    return await settle(bill_id, "NEEDS_REVIEW")


async def hostile(clerk: Person, settle: Settle) -> dict[str, Any]:
    """A bill whose words a person put right into something that would like to be more than words."""
    (bill_id,) = await upload(clerk, ("hostile.pdf", pdf([page("H-1", total="1050.00")])))
    bill = await settle(bill_id, "NEEDS_REVIEW")
    changes = [{"term": "supplier_name", "value": HOSTILE}, {"term": "description", "line": 0, "value": HOSTILE}]
    return dict(ok(await clerk.patch(f"/v1/bills/{bill_id}", {"changes": changes}, If_Match=f'"{bill["version"]}"')))


async def failed(clerk: Person, settle: Settle) -> dict[str, Any]:
    """One that can't be read."""
    (bill_id,) = await upload(clerk, ("broken.pdf", b"%PDF-1.7 this goes nowhere"))
    return await settle(bill_id, "FAILED")


async def everything(company: Company, clerk: Person, settle: Settle) -> dict[str, str]:
    """Name -> address of every page of bills."""
    await ordered(clerk)
    exception, review = await unmatched(company, clerk, settle), await doubtful(clerk, settle)
    odd, broken = await hostile(clerk, settle), await failed(clerk, settle)
    gone = await doubtful(clerk, settle)
    meant = {"If_Match": f'"{gone["version"]}"'}
    ok(await clerk.post(f"/v1/bills/{gone['id']}/discard", {"confirm": "discard", "reason": "Twice."}, **meant))
    refused = await unmatched(company, clerk, settle, "DT-2")
    head = await company.person("FINANCE_USER")
    meant = {"If_Match": f'"{refused["version"]}"'}
    ok(await head.post(f"/v1/bills/{refused['id']}/refuse", {"reason": "Not ours."}, **meant))
    return {
        "bills": "/bills",
        "bills-tasks": "/bills?only=tasks",
        "bills-held": "/bills?only=held",
        "bills-none-found": "/bills?search=nothing-like-this",
        "bill-exception": f"/bills/{exception['id']}",
        "bill-refused": f"/bills/{refused['id']}",
        "bill-discarded": f"/bills/{gone['id']}",
        "review": f"/bills/{review['id']}/review",
        "review-hostile": f"/bills/{odd['id']}/review",
        "review-failed": f"/bills/{broken['id']}/review",
        "review-data": f"/bills/{exception['id']}/review",
    }
