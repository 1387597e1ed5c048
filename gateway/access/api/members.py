"""The people of a company: `/v1/members`."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put

from gateway.access import queries
from gateway.access.call import UNKEPT, Call
from gateway.access.flow import members
from gateway.access.guards import requires
from gateway.access.models import Invitation, Member
from gateway.access.permissions import Permission, Role, StepUp
from gateway.access.window import Window
from gateway.http.openapi import example


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`COMPANY_ADMIN`, `FINANCE_USER` or `AUDITOR`."""

    role: Role
    window: Window | None = None
    """The days (Asia/Dubai, both included) that an auditor sees; left out: all. Not for other roles."""


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite, and as what."""

    email: str
    role: Role
    window: Window | None = None
    """The days (Asia/Dubai, both included) that an auditor sees; left out: all. Not for other roles."""


class Members(Controller):
    """Invite people, give them roles, remove them. Every change is in the company's ledger."""

    path = "/v1/members"
    tags = ("Members",)

    @get("/", guards=[requires(Permission.MEMBERS_READ)], summary="List members")
    async def list_members(self, call: Call) -> list[Member]:
        """Everybody who belongs to the company, with role and whether a second factor is enrolled."""
        return await queries.members(call.db)

    @put(
        "/{user_id:uuid}/role",
        status_code=204,
        guards=[requires(Permission.MEMBERS_WRITE, step_up=StepUp.ROLES)],
        summary="Change a member's role",
        opt=example(body=NewRole(Role.AUDITOR)),
    )
    async def change_role(self, call: Call, user_id: UUID, data: NewRole) -> None:
        """Holds from the member's next request. Nobody changes the own role; one administrator must stay."""
        await members.change_role(
            call.db,
            call.company_id,
            user_id,
            data.role,
            window=data.window,
            by=call.principal,
            now=call.now,
            keys=call.wiring.keys,
        )

    @delete(
        "/{user_id:uuid}",
        guards=[requires(Permission.MEMBERS_WRITE, step_up=StepUp.ROLES)],
        summary="Remove a member",
    )
    async def remove(self, call: Call, user_id: UUID) -> None:
        """The member's tokens and API keys for this company hold no more; what the member did stays."""
        await members.change_role(
            call.db, call.company_id, user_id, None, by=call.principal, now=call.now, keys=call.wiring.keys
        )

    @get("/invitations", guards=[requires(Permission.MEMBERS_READ)], summary="List invitations")
    async def invitations(self, call: Call) -> list[Invitation]:
        """Open, accepted and revoked ones, newest first."""
        return await queries.invitations(call.db)

    @post(
        "/invitations",
        guards=[requires(Permission.MEMBERS_WRITE, step_up=StepUp.ROLES)],
        summary="Invite somebody",
        opt=UNKEPT | example(body=NewInvitation("finance@seller.ae", Role.FINANCE_USER)),
    )
    async def invite(
        self,
        call: Call,
        data: NewInvitation,
    ) -> members.Invited:
        """The token is shown this once and holds for seven days; hand it to the invited person."""
        return await members.invite(
            call.db,
            call.company_id,
            data.email,
            data.role,
            window=data.window,
            by=call.principal,
            now=call.now,
            keys=call.wiring.keys,
        )

    @delete(
        "/invitations/{invitation_id:uuid}",
        guards=[requires(Permission.MEMBERS_WRITE, step_up=StepUp.ROLES)],
        summary="Take an invitation back",
    )
    async def revoke(self, call: Call, invitation_id: UUID) -> None:
        """Its token holds no more."""
        await members.revoke_invitation(
            call.db, call.company_id, invitation_id, by=call.principal, now=call.now, keys=call.wiring.keys
        )
