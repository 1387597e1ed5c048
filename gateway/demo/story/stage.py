"""What the steps share, and how they make documents and wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec

from gateway.demo.cast import Company
from gateway.demo.client import Client, Person
from gateway.demo.processes import Running
from gateway.demo.telling import StoryBroken, Teller
from gateway.wiring import Wiring

PATIENCE = 120.0
"""Seconds for a document to travel, or a verification to end, on a slow and busy machine."""
INVOICES = ("tax-invoice.json", "zero-rated.json", "reverse-charge.json", "export-usd.json")
EXPORT = "export-usd.json"
CREDIT_NOTE = "credit-note.json"


class Stage(msgspec.Struct, kw_only=True):
    """Everything the steps share."""

    tell: Teller
    wiring: Wiring
    children: Running
    folder: Path
    http: httpx.AsyncClient
    run_id: str
    seller: Company
    buyer: Company
    people: list[Person] = []
    erp: Client
    """The seller's ERP, with an API key."""
    buyers_erp: Client
    administrator: Person
    """Of the seller; made the ERP's key."""
    approver: Person
    """A finance user of the seller."""
    buyers: Person
    """An administrator of the buyer; made its ERP's key."""
    payer: Person
    """A finance user of the buyer."""
    documents: dict[str, dict[str, Any]] = {}
    """By the example's file name, as last shown."""


def body(path: Path) -> dict[str, Any]:
    """An example as this run posts it: without its number and unique id, which the gateway gives."""
    read: dict[str, Any] = json.loads(path.read_bytes())
    return {name: value for name, value in read.items() if name not in {"number", "uuid"}}


async def draft(stage: Stage, name: str, body: dict[str, Any], *, series: str = "") -> dict[str, Any]:
    """Post it, once however often; it must be lawful."""
    key = f"{stage.run_id}-{name}"
    path = f"/v1/invoices?series={series}" if series else "/v1/invoices"
    drafted = await stage.erp.ask("POST", path, body, status=201, Idempotency_Key=key)
    if not drafted["valid"]:
        raise StoryBroken(f"examples/{name} must be lawful, but: {json.dumps(drafted['findings'])}")
    stage.documents[name] = drafted
    return dict(drafted)


def amount(document: dict[str, Any]) -> str:
    """With its currency."""
    return f"{document['payable']} {document['currency']}"


async def seal(stage: Stage, name: str, what: str = "") -> None:
    """Finalize a draft, and tell the digest of what was sealed."""
    drafted = stage.documents[name]
    sealed = stage.documents[name] = await stage.erp.ask("POST", f"/v1/invoices/{drafted['id']}/finalize")
    digest = sha256(await stage.erp.read(f"/v1/invoices/{sealed['id']}/xml")).hexdigest()
    stage.tell.fact(f"{sealed['number']}{what}: sealed, SHA-256 of the XML {digest[:16]}...")


async def until(look: Callable[[], Awaitable[dict[str, Any] | None]], what: str) -> dict[str, Any]:
    """Look again and again until there is something; a slow machine is waited for."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise StoryBroken(f"{what}: not within {PATIENCE:.0f} seconds.")
