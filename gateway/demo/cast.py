"""Who takes part: the two companies of `examples/`, registered with the sandbox network, and people in them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

import ubl
from gateway import operations
from gateway.access import queries as access
from gateway.access.flow import members
from gateway.access.permissions import Role
from gateway.access.principal import Principal, PrincipalKind
from gateway.companies import flow as companies
from gateway.companies import queries as registry
from gateway.companies.flow import Application
from gateway.companies.profile import Address, Profile, Registration, RegistrationKind
from gateway.demo.telling import StoryBroken
from gateway.sandbox.journal import Participant
from gateway.sandbox.magic import TYPES
from gateway.wiring import Wiring
from peppol.identifiers import INVOICE_RESPONSE
from ubl.parties import Party

EXAMPLES = Path(__file__).parents[2] / "examples"
PLATFORM = "platform@involinks.example"


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two."""

    id: UUID
    name: str
    tin: str
    domain: str
    """Where its people have their addresses."""


async def platform(wiring: Wiring) -> Principal:
    """Whoever runs the platform here; made at the first telling, with a password that nobody knows."""
    async with wiring.database.platform() as db:
        account = await access.account_by_email(db, PLATFORM)
    user_id = account.id if account else await _make_platform(wiring)
    return Principal(kind=PrincipalKind.USER, user_id=user_id, role=Role.SUPER_ADMIN, second_factor=True)


async def _make_platform(wiring: Wiring) -> UUID:
    return await operations.create_admin(
        wiring.settings, email=PLATFORM, name="Platform", password=secrets.token_urlsafe(24), now=datetime.now(UTC)
    )


async def company(wiring: Wiring, party: Party, *, domain: str, by: Principal) -> Company:
    """A company as the examples describe it: found, or registered and approved (ledger opened, first key made)."""
    profile = _profile(party, domain)
    async with wiring.database.platform() as db:
        known = await registry.by_tin(db, profile.tin)
    return Company(
        id=known or await _register(wiring, profile, by), name=profile.legal_name, tin=profile.tin, domain=domain
    )


async def invite(wiring: Wiring, company_id: UUID, email: str, role: Role, *, by: Principal) -> str:
    """An invitation's token."""
    async with wiring.database.company(company_id) as db:
        return (await members.invite(db, company_id, email, role, by=by, now=datetime.now(UTC), keys=wiring.keys)).token


async def connect(wiring: Wiring, *parties: Company) -> None:
    """Register the companies with the sandbox network: what they take, and where we are told of it."""
    settings = wiring.settings
    for party in parties:
        participant = Participant(
            id=f"0235:{party.tin}",
            document_types=(*TYPES, str(INVOICE_RESPONSE)),
            deliver_to=f"{settings.public_url}/v1/network/deliveries",
            tell=f"{settings.public_url}/v1/network/statuses",
            secret=settings.provider_secrets[0].reveal(),
        )
        await desk(wiring, "PUT", "/participants", participant)


async def desk(wiring: Wiring, method: str, path: str, order: msgspec.Struct | None = None) -> httpx.Response:
    """Say something to the desk of the sandbox network."""
    settings = wiring.settings
    token = settings.provider_token.reveal() if settings.provider_token else ""
    async with httpx.AsyncClient(base_url=f"{settings.provider_url}/desk", trust_env=False, timeout=30) as http:
        answer = await http.request(
            method,
            path,
            content=msgspec.json.encode(order) if order else b"",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
    if not answer.is_success:
        raise StoryBroken(f"the network's desk refuses {method} {path}: {answer.status_code} {answer.text}")
    return answer


def example(name: str) -> ubl.Invoice:
    """One of `examples/`."""
    return ubl.decode((EXAMPLES / name).read_bytes())


async def _register(wiring: Wiring, profile: Profile, by: Principal) -> UUID:
    now = datetime.now(UTC)
    async with wiring.database.platform() as db:
        applied = await companies.register(
            db, Application(profile=profile, admin_email=f"first@{profile.email.partition('@')[2]}"), now=now
        )
    await companies.approve(wiring, applied.id, by=by, now=now)
    return applied.id


def _profile(party: Party, domain: str) -> Profile:
    address, legal = party.address, party.legal_id
    if address is None or legal is None or party.trn is None or party.endpoint is None:
        raise StoryBroken("The examples' parties need an address, a legal registration, a TRN and an endpoint.")
    return Profile(
        legal_name=party.name or "",
        trade_name=party.trade_name,
        trn=party.trn,
        tin=party.endpoint.id,
        registration=Registration(
            kind=RegistrationKind(legal.type or "TL"), number=legal.id, authority=legal.authority
        ),
        address=Address(street=address.street or "", city=address.city or "", emirate=address.subdivision or ""),
        email=f"accounts@{domain}",
        phone=(party.contact.phone if party.contact else None) or "+971 4 123 4567",
    )
