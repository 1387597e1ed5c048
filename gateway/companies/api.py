"""Companies over HTTP: `/v1/companies` for platform and applicants, `/v1/companies/current` for their own people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.params import Parameter

from certs import Purpose
from gateway.access.api.auth import present
from gateway.access.call import Call, PlatformCall, Visit
from gateway.access.flow.members import Invited
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.companies import flow, keys, queries
from gateway.companies.keys import KeyFile, SigningKey
from gateway.companies.models import Company, PlatformEvent, Policies
from gateway.companies.profile import Address, Profile, Registration, RegistrationKind
from gateway.companies.states import CompanyState, Decision
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import NotFound
from gateway.ratelimit import Rate

_PROFILE = Profile(
    legal_name="Al Noor Trading LLC",
    trn="100234567890003",
    registration=Registration(
        kind=RegistrationKind.TRADE_LICENCE, number="CN-1234567", authority="Department of Economy and Tourism"
    ),
    address=Address(street="Sheikh Zayed Road 1", city="Dubai", emirate="DXB"),
    email="accounts@alnoor.ae",
    phone="+971 4 123 4567",
)

_APPLYING = {RATE: Rate(a_minute=10, burst=30)}
"""Open to everybody, and each application is stored."""

Most = Annotated[int, Parameter(ge=1, le=200, description="At most so many.")]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; the company's administrators see it."""

    reason: str


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """The company that the token names."""

    id: UUID
    profile: Profile
    participant: str
    """Its address on the network."""
    policies: Policies


_CHANGING_KEYS = {RATE: Rate(a_minute=6, burst=30)}
"""Making a key or opening a file with one takes a good part of a second of a processor."""

_DECIDES = requires(Permission.PLATFORM_COMPANIES, step_up=StepUp.APPROVE)


class Companies(Controller):
    """Apply; the platform's people approve, reject, suspend and reinstate."""

    path = "/v1/companies"
    tags = ("Companies",)

    @post(
        "/",
        status_code=202,
        summary="Apply for a company",
        opt=_APPLYING | example(body=flow.Application(profile=_PROFILE, admin_email="admin@alnoor.ae")),
    )
    async def apply(
        self,
        visit: Visit,
        data: flow.Application,
    ) -> flow.Applied:
        """Open to everybody. The platform checks the application; the administrator then gets an invitation."""
        async with visit.wiring.database.platform() as db:
            return await flow.register(db, data, now=visit.now)

    @get("/", guards=[requires(Permission.PLATFORM_READ)], summary="List companies")
    async def list_companies(
        self,
        platform_call: PlatformCall,
        in_state: Annotated[CompanyState | None, Parameter(query="state")] = None,
        after: UUID | None = None,
        limit: Most = 50,
    ) -> list[Company]:
        """In order of application; `after`: the last id of the page before."""
        return await queries.companies(platform_call.db, in_state, after, limit)

    @get("/{company_id:uuid}", guards=[requires(Permission.PLATFORM_READ)], summary="Show a company")
    async def show(self, platform_call: PlatformCall, company_id: UUID) -> Company:
        """Its entry in the registry."""
        return await flow.entry(platform_call.db, company_id)

    @post("/{company_id:uuid}/approve", status_code=200, guards=[_DECIDES], summary="Approve a company")
    async def approve(self, visit: Visit, company_id: UUID) -> flow.Approved:
        """Opens its ledger, makes its first key, invites its administrator. Needs a fresh code for `approve`."""
        return await flow.approve(visit.wiring, company_id, by=present(visit), now=visit.now)

    @post("/{company_id:uuid}/invitation", guards=[_DECIDES], summary="Invite the administrator again")
    async def invite(self, visit: Visit, company_id: UUID) -> Invited:
        """While nobody has joined the company yet."""
        async with visit.wiring.database.company(company_id) as db:
            return await flow.invite_administrator(
                db, company_id, by=present(visit), now=visit.now, keys=visit.wiring.keys
            )

    @post(
        "/{company_id:uuid}/reject",
        status_code=200,
        guards=[_DECIDES],
        summary="Reject an application",
        opt=example(body=Reason("The licence has expired.")),
    )
    async def reject(self, visit: Visit, company_id: UUID, data: Reason) -> Company:
        """Final; the company may apply again."""
        return await _decide(visit, company_id, Decision.REJECT, data.reason)

    @post(
        "/{company_id:uuid}/suspend",
        status_code=200,
        guards=[_DECIDES],
        summary="Suspend a company",
        opt=example(body=Reason("Deregistered by the FTA.")),
    )
    async def suspend(self, visit: Visit, company_id: UUID, data: Reason) -> Company:
        """It goes on reading and verifying, and changes nothing."""
        return await _decide(visit, company_id, Decision.SUSPEND, data.reason)

    @post(
        "/{company_id:uuid}/reinstate",
        status_code=200,
        guards=[_DECIDES],
        summary="Reinstate a company",
        opt=example(body=Reason("Registered again.")),
    )
    async def reinstate(self, visit: Visit, company_id: UUID, data: Reason) -> Company:
        """It works as before."""
        return await _decide(visit, company_id, Decision.REINSTATE, data.reason)


async def _decide(visit: Visit, company_id: UUID, decision: Decision, reason: str) -> Company:
    async with visit.wiring.database.company(company_id) as db:
        return await flow.decide(
            db, company_id, decision, reason, by=present(visit), now=visit.now, keys=visit.wiring.keys
        )


def _company(visit: Visit) -> UUID:
    company_id = present(visit).company_id
    if company_id is None:
        raise NotFound("This token names no company.")
    return company_id


class CurrentCompany(Controller):
    """The company that the token names: profile, policies, signing keys, who of the platform looked."""

    path = "/v1/companies/current"
    tags = ("Companies",)

    @get("/", guards=[requires(Permission.COMPANY_READ)], summary="Show my company")
    async def show(self, call: Call) -> Current:
        """Profile, address on the network, policies."""
        profile = await queries.profile(call.db)
        return Current(
            id=call.company_id,
            profile=profile,
            participant=str(profile.participant),
            policies=await queries.policies(call.db, call.company_id),
        )

    @put(
        "/profile",
        guards=[requires(Permission.COMPANY_WRITE)],
        summary="Change the profile",
        opt=example(body=_PROFILE),
    )
    async def change_profile(self, call: Call, data: Profile) -> Profile:
        """Everything but TRN and TIN, which were checked on approval."""
        return await flow.change_profile(call.db, call.company_id, data, by=call.principal, now=call.now)

    @put(
        "/policies",
        guards=[requires(Permission.COMPANY_WRITE, step_up=StepUp.ROLES)],
        summary="Choose policies",
        opt=example(body=Policies()),
    )
    async def choose_policies(self, call: Call, data: Policies) -> Policies:
        """Four eyes, and whether an approval sends. The ledger keeps who chose what. Needs a fresh code for `roles`."""
        return await flow.choose_policies(
            call.db, call.company_id, data, by=call.principal, now=call.now, keys=call.wiring.keys
        )

    @get("/keys", guards=[requires(Permission.KEYS_READ)], summary="List signing keys")
    async def list_keys(self, call: Call) -> list[SigningKey]:
        """The public parts, newest first; of imported keys also what their certificate says and how it stands."""
        return await keys.signing_keys(call.db, call.company_id, now=call.now)

    @post(
        "/keys",
        guards=[requires(Permission.KEYS_WRITE, step_up=StepUp.KEYS)],
        summary="Replace a signing key",
        opt=_CHANGING_KEYS,
    )
    async def rotate(self, visit: Visit, purpose: Purpose = Purpose.DOCUMENT) -> SigningKey:
        """The new key signs from now on; what the old one signed stays valid. Needs a fresh code for `keys`."""
        return await keys.rotate(visit.wiring, _company(visit), purpose, by=present(visit), now=visit.now)

    @post(
        "/certificate",
        guards=[requires(Permission.KEYS_WRITE, step_up=StepUp.KEYS)],
        summary="Bring a key with its certificates",
        opt=_CHANGING_KEYS | example(body=KeyFile(pem="-----BEGIN PRIVATE KEY-----\n...", password="")),
    )
    async def bring(self, visit: Visit, data: KeyFile) -> SigningKey:
        """Documents are sealed with the company's own key from now on; its certificates stand in the ledger.

        All certificates up to a self-signed one are needed and must be valid. Needs a fresh code for `keys`.
        """
        return await keys.bring(visit.wiring, _company(visit), data, by=present(visit), now=visit.now)

    @get("/platform-events", guards=[requires(Permission.LEDGER_READ)], summary="Who of the platform looked?")
    async def events(self, call: Call, before: UUID | None = None, limit: Most = 50) -> list[PlatformEvent]:
        """What the platform's people did with this company or read of it, newest first."""
        return await queries.events(call.db, before, limit, here=True)


class Platform(Controller):
    """What happened on the platform itself."""

    path = "/v1/platform"
    tags = ("Companies",)

    @get("/events", guards=[requires(Permission.PLATFORM_READ)], summary="List the platform's events")
    async def events(
        self, platform_call: PlatformCall, before: UUID | None = None, limit: Most = 50
    ) -> list[PlatformEvent]:
        """Applications, decisions, readings of companies' data, changes of second factors; newest first."""
        return await queries.events(platform_call.db, before, limit, here=False)


CONTROLLERS = (Companies, CurrentCompany, Platform)
