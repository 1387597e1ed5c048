"""What a caller is and may do: `/v1/me`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, delete, get

from gateway.access import queries
from gateway.access.call import PlatformCall
from gateway.access.flow import sessions
from gateway.access.guards import signed_in
from gateway.access.models import Membership, Session
from gateway.access.permissions import Permission, Role, StepUp
from gateway.access.principal import PrincipalKind
from gateway.access.window import Window


class Self(msgspec.Struct, frozen=True, kw_only=True):
    """The caller."""

    kind: PrincipalKind
    user_id: UUID
    """For an API key: its maker."""
    key_id: UUID | None
    email: str
    name: str
    company_id: UUID | None
    role: Role | None
    permissions: list[Permission]
    """What this token may do in this company."""
    step_ups: dict[StepUp, datetime]
    """Classes of action that stand open, and until when."""
    second_factor: bool
    backup_codes_left: int
    window: Window | None
    """The days an auditor is limited to; null: all."""
    memberships: list[Membership]
    """Empty for an API key, which has one company."""


class Me(Controller):
    """The caller: who, where, what is allowed, which sessions are open."""

    path = "/v1/me"
    tags = ("Access",)

    @get("/", summary="Who am I?")
    async def me(self, platform_call: PlatformCall) -> Self:
        """The person or the key behind the token, the company it names and what it may do there."""
        db, principal = platform_call.db, platform_call.principal
        account = await queries.account_by_id(db, principal.user_id)
        person = principal.kind is PrincipalKind.USER
        return Self(
            kind=principal.kind,
            user_id=principal.user_id,
            key_id=principal.key_id,
            email=account.email if account and person else "",
            name=account.name if account and person else "",
            company_id=principal.company_id,
            role=principal.role,
            permissions=sorted(principal.scopes),
            step_ups=principal.step_ups,
            second_factor=principal.second_factor,
            backup_codes_left=await queries.backup_codes_left(db, principal.user_id) if person else 0,
            window=principal.window,
            memberships=await queries.memberships(db, principal.user_id) if person else [],
        )

    @get("/sessions", guards=[signed_in], summary="List my open sessions")
    async def list_sessions(self, platform_call: PlatformCall) -> list[Session]:
        """Where the person is signed in."""
        return await queries.sessions_of(platform_call.db, platform_call.principal.user_id, now=platform_call.now)

    @delete("/sessions/{session_id:uuid}", guards=[signed_in], summary="End one of my sessions")
    async def end_session(self, platform_call: PlatformCall, session_id: UUID) -> None:
        """Its token and refresh token hold no more."""
        await sessions.sign_out(platform_call.db, platform_call.principal, session_id, now=platform_call.now)
