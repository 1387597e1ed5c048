"""On the network: what was approved goes out, and arrives at the buyer as it was sealed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from gateway.demo.story.stage import EXPORT, INVOICES, Stage, until
from gateway.demo.telling import StoryBroken
from gateway.outbound.states import Public


async def send(stage: Stage) -> None:
    """Order the sending and wait for the network's word."""
    stage.tell.step("A's ERP sends; the worker hands each document to the network and keeps its word as evidence")
    for document in stage.documents.values():
        await stage.erp.ask("POST", f"/v1/invoices/{document['id']}/send", status=202)
    for name, document in stage.documents.items():
        export = name == EXPORT

        async def told(path: str = f"/v1/invoices/{document['id']}", export: bool = export) -> dict[str, Any] | None:
            shown: dict[str, Any] = await stage.erp.ask("GET", path)
            if shown["state"] in {Public.FAILED, Public.REFUSED, Public.UNDELIVERABLE, Public.REPORT_REFUSED}:
                raise StoryBroken(f"{shown['number']} is {shown['state']}: {shown['facts']}")
            arrived = shown["facts"]["authority"]["state"] == "yes" if export else shown["state"] == Public.DELIVERED
            return shown if arrived else None

        shown = stage.documents[name] = await until(told, f"{document['number']} arrives")
        abroad = " (the buyer abroad is not on the network)" if export else ""
        stage.tell.fact(f"{shown['number']} {shown['state']}: {shown['headline']['en']}{abroad}")


async def receive(stage: Stage) -> None:
    """B's inbox holds what A sealed, byte for byte; B acknowledges the invoice."""
    stage.tell.step("At B: the inbox holds the same bytes, checked and in B's own ledger")
    for name, document in stage.documents.items():
        if name == EXPORT:
            continue

        async def arrived(number: str = document["number"]) -> dict[str, Any] | None:
            page = await stage.buyers_erp.ask(
                "GET", f"/v1/inbox?number={number}&seller_endpoint=0235:{stage.seller.tin}"
            )
            return page["items"][0] if page["items"] else None

        item = await until(arrived, f"{document['number']} is in B's inbox")
        ours = sha256(await stage.erp.read(f"/v1/invoices/{document['id']}/xml")).hexdigest()
        theirs = sha256(await stage.buyers_erp.read(f"/v1/inbox/{item['id']}/xml")).hexdigest()
        if ours != theirs:
            raise StoryBroken(f"{document['number']} arrived with other bytes: {theirs}, sealed were {ours}.")
        stage.tell.fact(f"{document['number']} received, byte for byte what A sealed (SHA-256 {theirs[:16]}...)")
        if name == INVOICES[0]:
            await stage.buyers_erp.ask("POST", f"/v1/inbox/{item['id']}/acknowledge", {"note": "Handed to purchasing."})
            stage.tell.fact(f"{document['number']} acknowledged by B's ERP")
