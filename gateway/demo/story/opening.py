"""Before the first step: an installation, two companies, people and keys."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import httpx

from gateway.access.permissions import KEY_SCOPES, Role
from gateway.demo import cast
from gateway.demo.cast import Company
from gateway.demo.client import Client, Person
from gateway.demo.processes import Running
from gateway.demo.story.stage import INVOICES, Stage
from gateway.demo.telling import StoryBroken, Teller
from gateway.wiring import Wiring

_ROLES = ("administrator of A", "finance user of A, approves", "administrator of B", "finance user of B, approves")


async def start(tell: Teller, wiring: Wiring, children: Running) -> None:
    """Until database, network, gateway and worker answer."""
    settings = wiring.settings
    tell.fact(f"PostgreSQL: {'its own server' if settings.embedded else 'the given server'}, migrated")
    await children.ready(f"{settings.provider_url}/health")
    tell.fact(f"a network of its own at {settings.provider_url}: access points for both sides, and the tax authority's")
    await children.ready(f"{settings.public_url}/ready")
    tell.fact(f"the gateway at {settings.public_url}, and a worker")


async def people(tell: Teller, wiring: Wiring, children: Running, http: httpx.AsyncClient, folder: Path) -> Stage:
    """Two approved companies on the network, with people and an API key in each."""
    tell.step("Two companies: A sells, B buys")
    invoice = cast.example(INVOICES[0])
    if invoice.seller is None or invoice.buyer is None:
        raise StoryBroken(f"examples/{INVOICES[0]} names no seller or no buyer.")
    platform = await cast.platform(wiring)
    seller = await cast.company(wiring, invoice.seller, domain="seller.example", by=platform)
    buyer = await cast.company(wiring, invoice.buyer, domain="buyer.example", by=platform)
    await cast.connect(wiring, seller, buyer)
    run_id = secrets.token_hex(3)

    async def person(company: Company, what: str, role: Role) -> Person:
        email = f"{what}.{run_id}@{company.domain}"
        made = Person(http, f"{what} of {company.name}", email)
        await made.join(await cast.invite(wiring, company.id, email, role, by=platform))
        return made

    administrator, approver, buyers, payer = await asyncio.gather(
        person(seller, "administrator", Role.COMPANY_ADMIN),
        person(seller, "finance", Role.FINANCE_USER),
        person(buyer, "administrator", Role.COMPANY_ADMIN),
        person(buyer, "finance", Role.FINANCE_USER),
    )
    erp = await _key(administrator, f"ERP of {seller.name}")
    buyers_erp = await _key(buyers, f"ERP of {buyer.name}")
    for company in (seller, buyer):
        tell.fact(f"{company.name}, TIN {company.tin}: registered, approved, ledger open, signing key made")
    tell.fact("people with a password and a second factor:")
    everybody = [administrator, approver, buyers, payer]
    tell.table((each.email, role) for each, role in zip(everybody, _ROLES, strict=True))
    tell.fact("each ERP has an API key, made by its administrator with a fresh code")
    return Stage(
        tell=tell,
        wiring=wiring,
        children=children,
        folder=folder,
        http=http,
        run_id=run_id,
        seller=seller,
        buyer=buyer,
        people=everybody,
        erp=erp,
        buyers_erp=buyers_erp,
        administrator=administrator,
        approver=approver,
        buyers=buyers,
        payer=payer,
    )


async def _key(person: Person, name: str) -> Client:
    await person.confirm("keys")
    wanted = {"name": name, "scopes": sorted(KEY_SCOPES), "expires_in_days": 30}
    made = await person.ask("POST", "/v1/api-keys", wanted, status=201)
    return Client(person.http, name, made["secret"])
