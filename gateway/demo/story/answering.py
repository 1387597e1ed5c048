"""The buyer answers with an Invoice Response, and the seller knows it: a fact with evidence."""

from __future__ import annotations

from typing import Any

from gateway.demo.story.stage import INVOICES, Stage, until


async def answer(stage: Stage) -> None:
    """B accepts; the answer travels as a document of its own, and stands in both ledgers."""
    stage.tell.step("B answers: an Invoice Response over the same network, a fact at A")
    given = await respond(stage, {"code": "AP", "note": "Everything came as ordered."})
    stage.tell.fact(
        f"B's ERP: {given['headline']}; checked, sealed in B's ledger, SHA-256 {given['xml_sha256'][:16]}..."
    )
    shown = await said(stage, "buyer_accepted")
    fact = shown["facts"]["buyer"]
    entry = await stage.erp.ask("GET", fact["evidence"]["entry"])
    stage.tell.fact(
        f"at A: {shown['number']}: {shown['headline']['en']} (entry {entry['seq']} of A's ledger, {entry['kind']})"
    )


async def respond(stage: Stage, response: dict[str, Any]) -> dict[str, Any]:
    """Let B's ERP answer the first invoice."""
    number = stage.documents[INVOICES[0]]["number"]
    page = await stage.buyers_erp.ask("GET", f"/v1/inbox?number={number}&seller_endpoint=0235:{stage.seller.tin}")
    path = f"/v1/inbox/{page['items'][0]['id']}/responses"
    given: dict[str, Any] = await stage.buyers_erp.ask("POST", path, response, status=201)
    return given


async def said(stage: Stage, outcome: str) -> dict[str, Any]:
    """The first invoice at A, once it knows this of its buyer."""
    document = stage.documents[INVOICES[0]]

    async def known() -> dict[str, Any] | None:
        shown: dict[str, Any] = await stage.erp.ask("GET", f"/v1/invoices/{document['id']}")
        return shown if shown["facts"]["buyer"]["outcome"] == outcome else None

    return await until(known, f"A knows that {document['number']} is {outcome}")
