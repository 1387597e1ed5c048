"""The other direction: B's supplier sends bills on paper. They are read, corrected, matched, approved and paid."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any

import msgspec

from gateway.bills import units
from gateway.bills.evidence import SERIES
from gateway.demo import cast
from gateway.demo.paper import Paper, papers
from gateway.demo.story.stage import INVOICES, Stage, until
from gateway.demo.telling import StoryBroken
from gateway.periods.calendar import today
from ingestion.matching import Verdict
from ingestion.matching.words import said, would
from ingestion.samples import words
from ledger import merkle
from ubl.invoice import Line, Party

_MISSING = 2
"""Pieces that come late."""
_PIECE = units.code(words.UNITS["H87"][0])
_EVIDENCED = ("BILL", "READING", "CORRECTION", "READING", "MATCH", "APPROVAL", "PAYMENT")
"""The entries about a bill that was corrected, matched (as often as it took) and paid, in their order."""


async def bill(stage: Stage) -> None:
    """Order, delivery in two parts, two bills: one that needs people, and one that needs nobody until its approval."""
    buyer = cast.example(INVOICES[0]).buyer
    if buyer is None:
        raise StoryBroken(f"examples/{INVOICES[0]} names no buyer.")
    day = today(datetime.now(UTC))
    first, second = papers(stage.run_id, buyer, today=day, order=_order_number(stage, 2))
    seller = first.invoice.seller or Party()
    stage.tell.step(f"B buys from {seller.name}: two orders, and two pieces that are late")
    supplier = await _ordered(stage, seller, (first, second), day)
    stage.tell.step("The first bill comes as a PDF: read with evidence, put right by a person")
    bill_id = await _read(stage, first)
    await _corrected(stage, bill_id, supplier, seller)
    stage.tell.step("It is matched with order and receipt: what differs, in money, and what would mend it")
    await _matched(stage, bill_id, day)
    stage.tell.step("A second person releases the bank account and approves; the bill is paid and proven")
    await _paid(stage, bill_id, supplier["id"], day)
    await _proven(stage, bill_id, first)
    stage.tell.step("The next bill of the same supplier: nobody types anything")
    await _straight_through(stage, second)


def _order_number(stage: Stage, number: int) -> str:
    return f"PO-{stage.run_id}-{number}".upper()


async def _ordered(stage: Stage, seller: Party, bought: tuple[Paper, ...], day: date) -> dict[str, Any]:
    """Supplier, orders and receipts; of the first order's first line two pieces are missing."""
    clerk = stage.buyers
    supplier: dict[str, Any] = await clerk.ask("POST", "/v1/suppliers", {"name": seller.name}, status=201)
    stage.tell.fact(f"{seller.name} is in B's list of suppliers, without a tax id so far")
    for number, each in enumerate(bought, 1):
        order = _order_number(stage, number)
        lines = [_ordered_line(place, line) for place, line in enumerate(each.invoice.lines, 1)]
        content = {
            "number": order, "supplier_id": supplier["id"], "currency": "AED", "issue_date": str(day.replace(day=1)),
            "lines": lines,
        }  # fmt: skip
        made = await clerk.ask("POST", "/v1/purchase-orders", content, status=201)
        await clerk.ask("POST", f"/v1/purchase-orders/{made['id']}/send", {"by": "hand"}, status=202)
        late = _MISSING if number == 1 else 0
        await _receive(stage, number, "A", lines, day, late=late)
        came = f"all but {late} of {lines[0]['quantity']} {lines[0]['description']!r}" if late else "everything"
        stage.tell.fact(f"{order} over {made['total']} AED without VAT: ordered; {came} received")
    return supplier


def _ordered_line(place: int, line: Line) -> dict[str, str]:
    if line.item is None or line.price is None:
        raise StoryBroken("the supplier's paper has a line without goods or price.")
    return {
        "position": str(place * 10), "description": line.item.name or "", "seller_item": line.item.sellers_id or "",
        "unit": _PIECE, "quantity": str(line.quantity), "price": str(line.price.net), "tax_rate": "5",
    }  # fmt: skip


async def _receive(
    stage: Stage, number: int, part: str, lines: list[dict[str, str]], day: date, *, late: int = 0
) -> None:
    order = _order_number(stage, number)
    came = [
        {"order": order, "position": line["position"], "received": str(Decimal(line["quantity"]) - (late * (not at)))}
        for at, line in enumerate(lines)
    ]
    receipt = {"number": f"GR-{order}-{part}", "received_on": str(day), "lines": came}
    await stage.buyers.ask("POST", "/v1/goods-receipts", receipt, status=201)


async def _upload(stage: Stage, paper: Paper) -> dict[str, Any]:
    form = [("files", (f"{paper.invoice.seller and paper.invoice.seller.name}.pdf", paper.pdf, "application/pdf"))]
    answer = await stage.buyers.ask("POST", "/v1/bills/uploads", files=form)
    (file,) = answer["files"]
    return dict(file)


async def _shown(stage: Stage, bill_id: str, *states: str) -> dict[str, Any]:
    """The bill once it stands in one of these states."""

    async def there() -> dict[str, Any] | None:
        shown: dict[str, Any] = await stage.buyers.ask("GET", f"/v1/bills/{bill_id}")
        if shown["state"] == "FAILED":
            raise StoryBroken(f"the bill couldn't be read: {shown['failure']}")
        return shown if shown["state"] in states else None

    return await until(there, f"the bill is {' or '.join(states)}")


async def _read(stage: Stage, paper: Paper) -> str:
    file = await _upload(stage, paper)
    again = await _upload(stage, paper)
    if (file["outcome"], again["outcome"]) != ("taken", "duplicate") or file["bill_id"] != again["bill_id"]:
        raise StoryBroken(f"the same file twice must be one bill: {file}, {again}")
    stage.tell.fact(f"{file['name']} uploaded, {file['size']} bytes, SHA-256 {file['sha256'][:16]}...")
    stage.tell.refusal("the same file again: a duplicate, answered with the first one's bill")
    shown = await _shown(stage, file["bill_id"], "NEEDS_REVIEW", "READ", "MATCHED", "EXCEPTION")
    if shown["state"] != "NEEDS_REVIEW" or "supplier_unknown" not in shown["reasons"]:
        raise StoryBroken(f"a bill of an unknown tax id must wait for a person: {shown['state']} {shown['reasons']}")
    wanted = {"invoice_number": paper.invoice.number, "total": _total(paper), "iban": _iban(paper)}
    stage.tell.fact("read by our rules; each value with its place on the page:")
    for term, value in wanted.items():
        found = next((one for one in shown["proof"]["values"] if one["term"] == term and one["line"] is None), None)
        if found is None or str(found["value"]) != str(value):
            raise StoryBroken(f"{term} is {value} on the paper, and was read as {found}")
        spot = found["evidence"][0]
        stage.tell.detail(f"{term:<15}{found['value']:<26} page {spot['page']}, box {', '.join(spot['box'])}")
    crop = await stage.buyers.read(f"/v1/bills/{shown['id']}/crops/total")
    if not crop.startswith(b"\x89PNG"):
        raise StoryBroken("the place of the total is no picture.")
    stage.tell.detail(f"the total's place, cut out of the page: a PNG of {len(crop)} bytes")
    stage.tell.refusal(f"nobody may skip the review: {', '.join(shown['reasons'])}")
    return str(shown["id"])


def _total(paper: Paper) -> Decimal:
    totals = paper.invoice.totals
    if totals is None or totals.tax_inclusive is None:
        raise StoryBroken("the supplier's paper has no total.")
    return totals.tax_inclusive


def _iban(paper: Paper) -> str | None:
    account = paper.invoice.payment_means[0].account
    return account.id if account else None


async def _corrected(stage: Stage, bill_id: str, supplier: dict[str, Any], seller: Party) -> None:
    clerk = stage.buyers
    entry = {"name": seller.name, "tax_ids": [seller.trn]}
    await clerk.ask("PUT", f"/v1/suppliers/{supplier['id']}?version={supplier['version']}", entry)
    stage.tell.fact(f"a person compares with the page: TRN {seller.trn} is the supplier's, and goes into B's list")
    taken = await clerk.ask("POST", "/v1/bills/review/next")
    if taken["id"] != bill_id:  # documents of A wait as well: they came over the network
        await clerk.ask("DELETE", f"/v1/bills/{taken['id']}/lease", status=204)
        await clerk.ask("POST", f"/v1/bills/{bill_id}/lease")
    before = await clerk.ask("GET", f"/v1/bills/{bill_id}")
    order = _order_number(stage, 1)
    change = {"changes": [{"term": "po_number", "value": order}]}
    after = await clerk.ask("PATCH", f"/v1/bills/{bill_id}?version={before['version']}", change)
    stage.tell.fact(f"the paper names no order: the person writes {order}; the ledger keeps who, and what stood before")
    await clerk.ask("POST", f"/v1/bills/{bill_id}/accept?version={after['version']}")
    late = await clerk.call("PATCH", f"/v1/bills/{bill_id}?version={after['version'] + 1}", change)
    if late.status_code != 409:
        raise StoryBroken(f"an accepted bill could be changed: {late.status_code} {late.text}")
    stage.tell.refusal("changing it after acceptance: 409")


async def _matched(stage: Stage, bill_id: str, day: date) -> None:
    shown = await _shown(stage, bill_id, "EXCEPTION", "MATCHED")
    verdict = msgspec.convert(shown["verdict"], Verdict, strict=False)
    if shown["state"] != "EXCEPTION" or not verdict.findings:
        raise StoryBroken(f"two pieces are missing, but the bill is {shown['state']}: {shown['verdict']}")
    stage.tell.refusal(f"{shown['state']}, {verdict.word}: {verdict.deviation} AED, {verdict.percent:.2f} % of a line")
    for finding in verdict.findings:
        stage.tell.detail(f"line {finding.line}: {said(finding, 'en')} {would(finding, 'en')}".rstrip())
    stage.tell.detail(f"a task for somebody until {shown['task']['due_on']}")
    order = _order_number(stage, 1)
    line = {"order": order, "position": "10", "received": str(_MISSING)}
    receipt = {"number": f"GR-{order}-B", "received_on": str(day), "lines": [line]}
    await stage.buyers.ask("POST", "/v1/goods-receipts", receipt, status=201)
    stage.tell.fact(f"the {_MISSING} late pieces come: GR-{order}-B")
    shown = await _shown(stage, bill_id, "MATCHED")
    stage.tell.fact(f"matched again by itself: {shown['state']}, {shown['word']}; the task is done")


async def _paid(stage: Stage, bill_id: str, supplier_id: str, day: date) -> None:
    path, payer = f"/v1/bills/{bill_id}", stage.payer
    await payer.confirm("approve")
    shown = await _shown(stage, bill_id, "MATCHED")
    held = await payer.call("POST", f"{path}/approve?version={shown['version']}", {})
    if held.status_code != 409 or shown["holds"] != ["new_account"]:
        raise StoryBroken(f"a new account must hold the bill: {shown['holds']}, {held.status_code} {held.text}")
    stage.tell.refusal(f"approving it: 409 {held.json()['detail']}")
    supplier = await payer.ask("GET", f"/v1/suppliers/{supplier_id}")
    (account,) = supplier["accounts"]
    await payer.ask("POST", f"/v1/suppliers/{supplier_id}/accounts/{account['id']}/release")
    stage.tell.fact(f"{payer.email} knows the account {account['iban']}, and releases it")

    async def free() -> dict[str, Any] | None:
        now: dict[str, Any] = await payer.ask("GET", path)
        return None if now["holds"] else now

    shown = await until(free, "the hold is lifted")
    await stage.buyers.confirm("approve")
    own = await stage.buyers.call("POST", f"{path}/approve?version={shown['version']}", {})
    if own.status_code != 403 or own.json()["code"] != "four-eyes":
        raise StoryBroken(f"who corrected a bill must not approve it: {own.status_code} {own.text}")
    stage.tell.refusal(f"{stage.buyers.email}, who corrected it, approves: 403 {own.json()['detail']}")
    done = await payer.ask("POST", f"{path}/approve?version={shown['version']}", {"note": "As agreed."})
    stage.tell.fact(f"{done['number']} over {done['total']} {done['currency']} approved by {payer.email}")
    told = {"paid_on": str(day), "reference": f"TT-{stage.run_id}"}
    done = await stage.buyers.ask("POST", f"{path}/paid?version={done['version']}", told)
    stage.tell.fact(f"marked as {done['state']} on {done['paid_on']}, reference {done['payment_reference']}")


async def _proven(stage: Stage, bill_id: str, paper: Paper) -> None:
    """From the ledger alone: the entries, the reading's bytes, the original, and the place in the signed tree."""
    reader = stage.buyers
    page = await reader.ask("GET", f"/v1/ledger/timeline?series={SERIES}&number={bill_id}")
    kinds = [entry["kind"].upper() for entry in page["entries"]]
    if [kind for kind, _ in groupby(kinds)] != list(_EVIDENCED):
        raise StoryBroken(f"the ledger tells something else of the bill: {kinds}")
    shown = await reader.ask("GET", f"/v1/bills/{bill_id}")
    seq = shown["proof"]["entry"]
    content = await reader.read(f"/v1/ledger/entries/{seq}/canonical")
    original = await reader.read(f"/v1/bills/{bill_id}/original")
    digests = (sha256(content).hexdigest(), sha256(original).hexdigest(), json.loads(content)["file_sha256"])
    if digests != (shown["proof"]["sha256"], sha256(paper.pdf).hexdigest(), sha256(paper.pdf).hexdigest()):
        raise StoryBroken(f"the reading's entry doesn't lead to the original: {digests}")
    proof = await reader.ask("GET", f"/v1/ledger/entries/{seq}/proof")
    checkpoint = proof["checkpoint"]
    leaf, path = merkle.leaf(bytes.fromhex(proof["entry_hash"])), [bytes.fromhex(step) for step in proof["path"]]
    if not merkle.verify_inclusion(leaf, seq, checkpoint["size"], path, bytes.fromhex(checkpoint["root"])):
        raise StoryBroken(f"entry {seq} isn't in the tree of the checkpoint over {checkpoint['size']} entries.")
    stage.tell.fact(f"the ledger tells it in {len(kinds)} entries: {', '.join(kinds).lower()}")
    stage.tell.fact(
        f"entry {seq}, the reading, leads to the original's SHA-256 {digests[1][:16]}..., and stands in the signed "
        f"checkpoint over {checkpoint['size']} entries"
    )


async def _straight_through(stage: Stage, paper: Paper) -> None:
    file = await _upload(stage, paper)
    shown = await _shown(stage, file["bill_id"], "MATCHED", "EXCEPTION", "NEEDS_REVIEW")
    if shown["state"] != "MATCHED" or shown["reviewed"] or shown["holds"] or shown["number"] != paper.invoice.number:
        raise StoryBroken(
            f"nothing speaks against this bill, but: {shown['state']} {shown['reasons']} {shown['holds']}"
        )
    stage.tell.fact(
        f"{shown['number']} over {shown['total']} {shown['currency']}: read, known by TRN, account released, "
        f"{shown['word']} with {shown['po_number']}"
    )
    payer = stage.payer
    done = await payer.ask("POST", f"/v1/bills/{shown['id']}/approve?version={shown['version']}", {})
    stage.tell.fact(f"it waits for its approval alone, and {payer.email} gives it: {done['state']}")
